import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { OrderView } from "../../broker/contracts/orders.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import { attemptIntentId } from "../../core/orders/order.ts";
import type { Address } from "../../core/types/address.ts";
import { readUint64 } from "../../core/types/bytes.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import orderKeeper from "../../services/executor/orders/orders.service.ts";
import { requireAccountKey } from "../../services/localnet/chain/keys.ts";
import { tokenAccount } from "../../services/localnet/genesis/token.ts";
import { until } from "../support/until.ts";
import { tradesOf } from "./invariants.ts";
import { Observer } from "./observer.ts";
import { World } from "./world.ts";

const SLOT_MS = 30;
/** Slots from confirmed to finalized on the local chain, at least. */
const FINAL_AFTER_SLOTS = 30;
const PURSE = 1_000_000_000n;
/** Two parts and more of what risk lets through at once. */
const AMOUNT = 100_000_000n;
const AMOUNT_AT = 64;

let world: World;
let observer: Observer;
let usdc: Address;

beforeEach(async () => {
	world = await World.open({
		seed: 7,
		slotMs: SLOT_MS,
		configure: (config) => {
			const [budget] = config.risk.budgets;
			// Nobody trades here but orders: a book without news is old, not wrong.
			const risk = { ...config.risk, stale_after_slots: 100_000 };
			return { ...config, risk: { ...risk, budgets: [{ ...budget!, strategy: "order" }] } };
		},
	});
	usdc = world.config.assets.find(({ symbol }) => symbol === "USDC")!.mint as Address;
	const { address: _address, ...purse } = tokenAccount({
		address: await accountOf(usdc),
		mint: usdc,
		owner: world.wallet,
		amount: PURSE,
	});
	world.chain.setAccount(await accountOf(usdc), purse);
	observer = new Observer();
	await world.startFeed("feed");
	observer.listen(await world.startRisk("risk"));
	const { broker, bus } = await world.startExecutor("executor-1");
	await until(async () => !(await bus.call("risk.status")).recovering, { what: "risk's recovery" });
	await broker.createService(orderKeeper(broker));
	await until(async () => (await bus.call("orders.status").catch(() => null))?.waitingFor === null, {
		what: "an order desk that trades",
	});
	// The wallet's own preparations are final before anything is traded.
	const prepared = world.chain.slot("processed");
	await until(() => world.chain.slot("finalized") > prepared, { what: "a final start" });
}, 60_000);

afterEach(async () => {
	await world.close();
});

async function accountOf(mint: Address): Promise<Address> {
	return (await findAssociatedTokenPda({ owner: world.wallet, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS }))[0];
}

async function holding(mint: Address): Promise<bigint> {
	const data = world.chain.account(requireAccountKey(await accountOf(mint)), "processed")?.data;
	return data ? readUint64(data, AMOUNT_AT) : 0n;
}

const bus = () => world.node("executor-1").bus;

async function get({ orderId }: Pick<OrderView, "orderId">): Promise<OrderView> {
	const order = await bus().call("orders.get", { orderId });
	if (!order) throw new Error("the order is gone");
	return order;
}

async function submit(change: object): Promise<OrderView> {
	const request = { side: "buy", baseMint: "SOL", quoteMint: "USDC", amount: `${AMOUNT}`, slippageBps: 500, ...change };
	const answer = await bus().call("orders.submit", request);
	if (answer.status !== "accepted") throw new Error(`${answer.code}: ${answer.detail}`);
	return answer.order;
}

/** Waits until an order counts what a fork can still drop. */
async function untilUnproven(order: OrderView): Promise<OrderView> {
	return until(
		async () => {
			const now = await get(order);
			return !now.isFinal && now.spent > 0n ? now : null;
		},
		{ what: "a fill", everyMs: 2 },
	);
}

/**
 * Waits until an order counts what a fork can still drop, and drops its block: alone, or with that of its blockhash, so
 * that it can never land again.
 */
async function dropFill(
	order: OrderView,
	{ isLost, keep = () => false }: { readonly isLost: boolean; readonly keep?: (signature: Signature) => boolean },
): Promise<OrderView> {
	const filled = await untilUnproven(order);
	const landing = tradesOf(world).at(0)!;
	const backToSlot = isLost ? world.chain.slot("finalized") : landing.slot - 1;
	const { dropped, replayed } = world.chain.fork({ backToSlot, keep });
	expect([...dropped, ...replayed]).toContain(filled.signatures.at(-1));
	return filled;
}

async function settled(order: OrderView): Promise<OrderView> {
	return until(
		async () => {
			const now = await get(order);
			return now.end !== null && now.isFinal ? now : null;
		},
		{ what: "the final end of the order", timeoutMs: 90_000 },
	);
}

/** What the order says it gave and took is what the chain moved, and its transactions are far apart. */
async function expectExact(order: OrderView): Promise<void> {
	expect(PURSE - (await holding(usdc))).toBe(order.spent);
	expect(await holding(SOL_MINT)).toBe(order.received);
	const landed = tradesOf(world).filter(({ err }) => err === null);
	expect(landed.map((record) => record.detail().signature).reverse()).toEqual(order.signatures);
	const slots = landed.map(({ slot }) => slot).reverse();
	for (const [at, slot] of slots.slice(1).entries()) {
		expect(slot - slots[at]!).toBeGreaterThanOrEqual(FINAL_AFTER_SLOTS);
	}
	expect(observer.halts).toEqual([]);
}

test("a fork drops the first part of a limit order: it is given again, and the order never gives more than its amount", async () => {
	const order = await submit({ type: "limit", limitPrice: "100000" });
	const filled = await dropFill(order, { isLost: true });
	expect(filled).toMatchObject({ status: "resting", attempts: 1 });
	const done = await settled(order);
	expect(done).toMatchObject({ status: "filled", spent: AMOUNT });
	expect(done.reversals).toBeGreaterThan(0);
	expect(done.attempts).toBeGreaterThan(2);
	await expectExact(done);
}, 120_000);

test("a fork keeps the part in another block: it counts once", async () => {
	const order = await submit({ type: "limit", limitPrice: "100000" });
	await dropFill(order, { isLost: false, keep: () => true });
	const done = await settled(order);
	expect(done).toMatchObject({ status: "filled", spent: AMOUNT });
	await expectExact(done);
}, 120_000);

test("a fork drops the block, and the same bytes land again: a market order is filled once", async () => {
	const order = await submit({ type: "market", amount: "40000000" });
	await dropFill(order, { isLost: false });
	const done = await settled(order);
	expect(done).toMatchObject({ status: "filled", spent: 40_000_000n, attempts: 1 });
	await expectExact(done);
}, 120_000);

test("a reversal that the chain does not confirm, told twice: the order looks again, and counts its fill once", async () => {
	const order = await submit({ type: "market", amount: "40000000" });
	const filled = await untilUnproven(order);
	const reversal = { signature: filled.signatures[0]!, intentId: attemptIntentId(order.orderId, 0) };
	for (let time = 0; time < 2; time++) world.node("risk").bus.broadcast("risk.settlement.reversed", reversal);
	await until(async () => (await get(order)).reversals > 0, { what: "the reversal to be heard" });
	const done = await settled(order);
	expect(done).toMatchObject({ status: "filled", spent: 40_000_000n, attempts: 1, reversals: 1 });
	await expectExact(done);
}, 120_000);

test("a fork drops an order for now alone: filled, then cancelled with nothing given, and never tried again", async () => {
	const order = await submit({ type: "market", timeInForce: "fok", amount: "40000000" });
	expect(await dropFill(order, { isLost: true })).toMatchObject({ status: "filled", spent: 40_000_000n });
	const done = await settled(order);
	expect(done).toMatchObject({ status: "cancelled", spent: 0n, received: 0n, attempts: 1, end: { code: "reversed" } });
	await expectExact(done);
}, 120_000);
