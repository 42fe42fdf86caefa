import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Context, ServiceSchema } from "moleculer";
import type { RiskEvents } from "../../../broker/contracts/risk.ts";
import { runtimeOf } from "../../../broker/runtime.ts";
import { attemptIntentId, isOrderId, newOrderId, type OrderTerms } from "../../../core/orders/order.ts";
import type { Address } from "../../../core/types/address.ts";
import type { IntentId } from "../../../core/types/identifiers.ts";
import { systemClock } from "../../../libs/clock.ts";
import { systemRandom } from "../../../libs/random.ts";
import { RpcRouter } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { AttemptOutcomes } from "../../../services/executor/orders/attempt-outcome.ts";
import type { OrderDesk } from "../../../services/executor/orders/order-desk.ts";
import { OrderKeeper } from "../../../services/executor/orders/order-keeper.ts";
import { OrderLedger } from "../../../services/executor/orders/order-ledger.ts";
import type { Machine, MachineNode } from "../../support/machine.ts";
import { until } from "../../support/until.ts";
import {
	ended,
	filled,
	openOrderMachine,
	SOL,
	startOrders,
	startWithOrders,
	stopOrders,
	submitted,
	USDC,
} from "./order-machine.ts";

let machine: Machine;
let node: MachineNode;

beforeEach(async () => {
	machine = await openOrderMachine();
	node = await startWithOrders(machine);
}, 60_000);

afterEach(async () => {
	await machine.close();
});

const SELL = {
	baseMint: "SOL",
	quoteMint: "USDC",
	side: "sell",
	type: "market",
	amount: "100000000",
	slippageBps: 500,
};

/** Runs something as soon as risk approves an intent. */
function onApproval(act: (intentId: IntentId) => void): void {
	node.broker.createService({
		name: "approval-listener",
		events: {
			"risk.intent.approved": ({ params }: Context<RiskEvents["risk.intent.approved"]>) => act(params.intent.intentId),
		},
	} as unknown as ServiceSchema);
}

async function holding(mint: string): Promise<bigint> {
	return (await node.bus.call("risk.positions")).find((position) => position.mint === mint)?.balance ?? 0n;
}

/** Every transaction of the wallet that carries an intent of an order. */
async function attemptsOnChain(orderId: string): Promise<string[]> {
	const { wallet } = await node.bus.call("executor.describe");
	const { rpc } = new RpcRouter({ chain: node.config.chain, clock: systemClock, random: systemRandom });
	const history = await rpc.getSignaturesForAddress(wallet, { commitment: "confirmed" }).send();
	return history.filter(({ memo, err }) => memo?.includes(orderId) && err === null).map(({ memo }) => memo ?? "");
}

describe("the desk dies", () => {
	test("after the submission: what landed meanwhile is found, counted once and not tried again", async () => {
		// The first one shows that everything is there for the second.
		await filled(node, { ...SELL, amount: "1000000" });
		const usdc = await holding(USDC);
		const { landed } = await node.bus.call("risk.status");
		const stopped = new Promise<void>((resolve, reject) => {
			onApproval(() => stopOrders(node).then(resolve, reject));
		});
		const order = await submitted(node, SELL);
		await stopped;
		await until(async () => (await node.bus.call("risk.status")).landed > landed, { what: "the trade on chain" });
		await startOrders(node);
		const found = await ended(node, order);
		expect(found).toMatchObject({ status: "filled", spent: 100_000_000n, attempts: 1 });
		expect(await holding(USDC)).toBe(usdc + found.received);
		expect(await attemptsOnChain(order.orderId)).toHaveLength(1);
	}, 60_000);

	test("between record and submission: absence has to be proven, then the order goes on, and trades once", async () => {
		await stopOrders(node);
		const { genesisHash } = (await node.bus.call("localnet.status")) ?? { genesisHash: "" };
		const folder = join(machine.folder, genesisHash.slice(0, 8), "orders", "journal");
		const ledger = await OrderLedger.open({ folder, keptEnded: 10, onChanged: () => {} });
		const nowMicros = systemClock.epochMicros();
		const terms: OrderTerms = {
			orderId: newOrderId(systemRandom),
			clientOrderId: "crashed",
			side: "sell",
			type: "limit",
			timeInForce: "gtc",
			baseMint: SOL as Address,
			quoteMint: USDC as Address,
			amount: 100_000_000n,
			limitPrice: { text: "1", quoteUnits: 1_000_000n, baseUnits: 1_000_000_000n },
			stopPrice: null,
			slippageBps: 500,
			timeoutMs: null,
			acceptedAtMicros: nowMicros,
			expiresAtMicros: null,
		};
		await ledger.accept(terms);
		await ledger.record(terms.orderId, { type: "rested", atMicros: nowMicros });
		const deadlineMicros = nowMicros + 250_000;
		await ledger.record(terms.orderId, {
			type: "attempted",
			amountIn: 100_000_000n,
			deadlineMicros,
			atMicros: nowMicros,
		});
		await ledger.close();
		await startOrders(node);
		const before = await node.bus.call("orders.get", { orderId: terms.orderId });
		expect(before).toMatchObject({ status: "working", intentId: attemptIntentId(terms.orderId, 0) });
		const done = await ended(node, terms);
		expect(done).toMatchObject({ status: "filled", spent: 100_000_000n, attempts: 2, clientOrderId: "crashed" });
		expect(await attemptsOnChain(terms.orderId)).toEqual([`[16] ${attemptIntentId(terms.orderId, 1)}`]);
	}, 90_000);

	test("what risk has forgotten is found in the wallet's history by its memo", async () => {
		const order = await filled(node, SELL);
		if (!isOrderId(order.orderId)) throw new Error("no order id");
		const { wallet } = await node.bus.call("executor.describe");
		const router = new RpcRouter({ chain: node.config.chain, clock: systemClock, random: systemRandom });
		const outcomes = new AttemptOutcomes({
			bus: { call: async () => ({ status: "unknown" }) } as never,
			rpc: router.truth,
			router,
			clock: systemClock,
			timeoutMs: 2_000,
			abortSignal: new AbortController().signal,
			wallet: async () => wallet,
			tipAccounts: node.config.risk.tip_accounts as readonly string[] as readonly Address[],
		});
		const attempt = {
			number: 0,
			intentId: attemptIntentId(order.orderId, 0),
			amountIn: order.amount,
			deadlineMicros: order.acceptedAtMicros,
			atMicros: order.acceptedAtMicros,
		};
		const terms = { orderId: order.orderId, side: "sell", baseMint: SOL, quoteMint: USDC } as OrderTerms;
		const found = await until(() => outcomes.find(attempt, terms), { what: "the outcome", timeoutMs: 60_000 });
		expect(found).toMatchObject({
			outcome: "filled",
			spent: order.spent,
			received: order.received,
			signature: order.signatures[0],
		});
		const never = { ...attempt, intentId: "neverneverneverx" as IntentId };
		expect(await until(() => outcomes.find(never, terms), { what: "the proof of absence", timeoutMs: 60_000 })).toEqual(
			{
				outcome: "notLanded",
			},
		);
	}, 150_000);

	test("a second desk of the machine stands by, and takes over what waits", async () => {
		const order = await submitted(node, { ...SELL, type: "limit", limitPrice: "100000", amount: "7" });
		let held: OrderDesk | null = null;
		const second = new OrderKeeper({
			runtime: { ...runtimeOf(node.broker), nodeID: "second" },
			bus: node.bus,
			log: { info: () => {}, warn: () => {} },
			onHeld: (desk) => {
				held = desk;
			},
		});
		second.start();
		try {
			await new Promise((wake) => setTimeout(wake, 1_200));
			expect(held).toBeNull();
			await stopOrders(node);
			const heir = await until(() => held, { what: "the orders in the second desk's hands" });
			expect(heir.get(order.orderId)).toMatchObject({ status: "resting", amount: 7n });
			expect(heir.status().node).toBe("second");
		} finally {
			await second.stop();
			await second.stop();
		}
	}, 60_000);

	test("a damaged journal is no order book: the process ends with a word on it", async () => {
		await submitted(node, { ...SELL, type: "limit", limitPrice: "100000" });
		await stopOrders(node);
		const { genesisHash } = (await node.bus.call("localnet.status")) ?? { genesisHash: "" };
		const file = join(machine.folder, genesisHash.slice(0, 8), "orders", "journal", "0000000001.journal");
		const bytes = readFileSync(file);
		bytes[80] = (bytes[80] ?? 0) ^ 1;
		writeFileSync(file, bytes);
		const fatal: Error[] = [];
		const keeper = new OrderKeeper({
			runtime: { ...runtimeOf(node.broker), fatal: ((error: Error) => void fatal.push(error)) as never },
			bus: node.bus,
			log: { info: () => {}, warn: () => {} },
			onHeld: () => {},
		});
		keeper.start();
		await until(() => fatal.length > 0, { what: "the end of the process" });
		expect(fatal[0]?.message).toContain("is damaged at byte");
		await keeper.stop();
	}, 60_000);
});
