import { join, resolve } from "node:path";
import type { OrderView } from "../../../broker/contracts/orders.ts";
import { type ActorName, Machine, type MachineNode } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

const ORDERS_SERVICE = join(resolve(__dirname, "../../../services"), "executor/orders/orders.service.ts");
/** Without strategies: what the wallet does is what orders do. */
const ACTORS: readonly ActorName[] = ["localnet", "feed", "risk", "executor"];

export const SOL = "So11111111111111111111111111111111111111112";
export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

/** A machine with a lively market: a book that hears nothing is stale. */
export function openOrderMachine(environment: Readonly<Record<string, string>> = {}): Promise<Machine> {
	return Machine.open({
		MOJO__LOCALNET__TRADES_PER_SECOND: "40.0",
		MOJO__LOCALNET__VOLATILITY_BPS: "5.0",
		MOJO__LOCALNET__SLOT_MS: "40",
		MOJO__EXECUTION__ORDERS__RETRY_MS: "50",
		...environment,
	});
}

/** Starts a node with its order desk, and waits until orders can be taken. */
export async function startWithOrders(machine: Machine, actors = ACTORS): Promise<MachineNode> {
	const node = await machine.start(actors);
	await startOrders(node);
	return node;
}

/** Starts the node's order desk, and waits until orders can be taken. */
export async function startOrders(node: MachineNode): Promise<void> {
	node.broker.loadService(ORDERS_SERVICE);
	let last = "";
	const ready = until(
		async () => {
			const quiet = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null);
			const [desk, risk, executor, catalog] = await Promise.all([
				quiet(node.bus.call("orders.status")),
				quiet(node.bus.call("risk.status")),
				quiet(node.bus.call("executor.status")),
				quiet(node.bus.call("feed.catalog")),
			]);
			last = JSON.stringify([desk, risk, executor], (_, value) => (typeof value === "bigint" ? `${value}` : value));
			const isWhole = catalog?.pools.length === node.config.localnet.pools;
			return (
				isWhole &&
				desk?.waitingFor === null &&
				risk?.recovering === false &&
				executor?.recovering === false &&
				executor.routes > 0
			);
		},
		{ what: "an order desk that takes orders", timeoutMs: 30_000 },
	);
	await ready.catch((error: Error) => {
		throw new Error(`${error.message}: ${last}`);
	});
}

/** As if the desk's process were gone: without a word, its lock free, its journal as it is. */
export async function stopOrders({ broker }: MachineNode): Promise<void> {
	await broker.destroyService("order-keeper");
	await broker.destroyService("orders");
}

/** Submits an order that has to be taken. */
export async function submitted(node: MachineNode, request: object): Promise<OrderView> {
	const answer = await node.bus.call("orders.submit", request);
	if (answer.status !== "accepted") throw new Error(`${answer.code}: ${answer.detail}`);
	return answer.order;
}

/** Waits for an order to be as it should. */
export async function orderThat(
	node: MachineNode,
	{ orderId }: Pick<OrderView, "orderId">,
	is: (order: OrderView) => boolean,
	what: string,
): Promise<OrderView> {
	let last: OrderView | null = null;
	try {
		await until(
			async () => {
				last = await node.bus.call("orders.get", { orderId });
				return last !== null && is(last);
			},
			{ what, timeoutMs: 30_000 },
		);
	} catch (error) {
		throw new Error(
			`${(error as Error).message}: ${JSON.stringify(last, (_, v) => (typeof v === "bigint" ? `${v}` : v))}`,
		);
	}
	return last as unknown as OrderView;
}

export function ended(node: MachineNode, order: Pick<OrderView, "orderId">): Promise<OrderView> {
	return orderThat(node, order, ({ end }) => end !== null, "the end of the order");
}

/** Submits orders for now until one is filled: the market moves, and an attempt may revert. */
export function filled(node: MachineNode, request: object): Promise<OrderView> {
	return until(
		async () => {
			const order = await ended(node, await submitted(node, request));
			return order.status === "filled" ? order : null;
		},
		{ what: "an order that fills", timeoutMs: 30_000 },
	);
}
