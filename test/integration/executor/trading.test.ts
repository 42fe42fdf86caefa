import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import { BONK, Desk, type RunningExecutor, USDC, until } from "./desk.ts";

let desk: Desk;
let executor: RunningExecutor;

beforeAll(async () => {
	desk = await Desk.open();
	executor = await desk.start();
});

afterAll(() => desk.close());

describe("an executor on a real chain", () => {
	test("has made its token accounts before it says that it is ready", async () => {
		expect(await desk.balance(BONK)).toBe(0n);
		expect(await executor.status()).toMatchObject({ recovering: false, wallet: desk.wallet, inFlight: 0 });
	});

	test("an arbitrage with borrowed money lands, and the fill is the wallet's change to the unit", async () => {
		const before = await desk.balances();
		expect(before.get(USDC)).toBe(0n);
		const intent = desk.intent();
		const ack = await executor.execute(intent);
		expect(ack).toMatchObject({ status: "accepted", intentId: intent.intentId, executor: "executor-1" });
		const settlement = await executor.settlement(intent);
		expect(settlement.outcome).toBe("landed");
		const { fill } = settlement;
		expect(fill).toMatchObject({ reverted: false, error: null, intentId: intent.intentId });
		expect(fill?.legs.map(({ pool }) => pool)).toEqual(intent.legs.map(({ pool }) => pool));
		expect(fill?.legs[0]).toMatchObject({ amountIn: intent.loan?.amount, amountOut: intent.legs[1]?.amountIn });
		expect(fill?.legs[1]?.amountOut).toBe(intent.legs[1]?.expectedAmountOut);
		const after = await desk.balances();
		for (const mint of [SOL_MINT, USDC, BONK]) {
			const change = fill?.changes.find((line) => line.mint === mint);
			const told = change ? change.fill - change.loanFee - change.networkFee : 0n;
			expect(told).toBe((after.get(mint) ?? 0n) - (before.get(mint) ?? 0n));
		}
		const usdc = fill?.changes.find(({ mint }) => mint === USDC);
		expect(usdc?.loanFee).toBe(intent.loan?.fee);
		expect(usdc && usdc.fill - usdc.loanFee > 0n).toBe(true);
		const stamps = settlement.timings;
		const order = [stamps.approved, stamps.claimed, stamps.signed, stamps.sent, stamps.landed] as number[];
		expect([...order].sort((a, b) => a - b)).toEqual(order);
		expect(executor.states).toEqual(["sent", "landed"]);
	});

	test("a trade below its minimum profit reverts on chain, costs its fee alone, and is no fill", async () => {
		const before = await desk.balances();
		const intent = desk.intent({}, 10n ** 9n);
		await executor.execute(intent);
		const { outcome, fill } = await executor.settlement(intent);
		expect(outcome).toBe("reverted");
		expect(fill).toMatchObject({ reverted: true, legs: [] });
		expect(fill?.error).toContain("InstructionError");
		expect(fill?.changes).toHaveLength(1);
		const after = await desk.balances();
		const fee = (before.get(SOL_MINT) ?? 0n) - (after.get(SOL_MINT) ?? 0n);
		expect(fill?.changes[0]).toMatchObject({ mint: SOL_MINT, fill: 0n, networkFee: fee });
		expect(fee > 0n && fee <= intent.maximumFeeLamports).toBe(true);
		expect(after.get(USDC)).toBe(before.get(USDC));
	});

	test("the same intent again gets the same answer and has one signature and one landing", async () => {
		const intent = desk.intent();
		const [first, second] = await Promise.all([executor.execute(intent), executor.execute(intent)]);
		expect(second).toEqual(first);
		await executor.settlement(intent);
		expect(await executor.execute(intent)).toEqual(first);
		expect(await desk.transactionsOf(intent)).toHaveLength(1);
		expect(executor.settlements.filter(({ intentId }) => intentId === intent.intentId)).toHaveLength(1);
	});

	test("two executors racing with the same intent: one landing, both learn of it", async () => {
		const other = await desk.start();
		const intent = desk.intent();
		const [one, two] = await Promise.all([executor.execute(intent), other.execute(intent)]);
		expect(one.status === "accepted" && two.status === "accepted" && one.signature === two.signature).toBe(true);
		const [here, there] = await Promise.all([executor.settlement(intent), other.settlement(intent)]);
		expect([here.outcome, there.outcome]).toEqual(["landed", "landed"]);
		expect(there.fill).toEqual(here.fill);
		expect(await desk.transactionsOf(intent)).toHaveLength(1);
		await other.kill();
	});

	test("a mint that is new in the catalog gets its token account", async () => {
		const mint = desk.addMint();
		const { mints, catalogEpoch } = desk.catalog;
		const tokenProgram = TOKEN_PROGRAM_ADDRESS;
		const added = { address: mint, symbol: "NEW", decimals: 6, tokenProgram };
		desk.replaceCatalog({ ...desk.catalog, catalogEpoch: catalogEpoch + 1, mints: [...mints, added] });
		await executor.broker.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: catalogEpoch + 1 });
		const [account] = await findAssociatedTokenPda({ owner: desk.wallet, mint, tokenProgram });
		await until(() => desk.chain.getAccount(account, "confirmed"), "its token account");
		const intent = desk.intent();
		await executor.execute(intent);
		expect((await executor.settlement(intent)).outcome).toBe("landed");
	});

	test("tells its latencies, its counts and its wallet", async () => {
		await until(() => executor.latencies.length > 0, "latencies");
		expect(executor.latencies.at(-1)).toMatchObject({ executor: "executor-1" });
		const status = await executor.status();
		expect(status).toMatchObject({ inFlight: 0, expired: 0, unknown: 0, refused: {} });
		expect(status.submitted).toBe(status.landed + status.reverted);
		expect(status.routes).toBeGreaterThan(0);
		expect(executor.warnings).toEqual([]);
		expect(executor.fatal).toEqual([]);
	});

	test("says again that it is ready, and repeats a settlement until it is booked", async () => {
		executor.booksSettlements = false;
		const told = executor.readyCount;
		const intent = desk.intent();
		await executor.execute(intent);
		const count = () => executor.settlements.filter(({ intentId }) => intentId === intent.intentId).length;
		await until(() => count() === 1, "a settlement");
		executor.booksSettlements = true;
		await until(() => count() === 2 && executor.readyCount > told, "its repetition");
		await until(() => executor.readyCount > told + 1, "the next round");
		expect(count()).toBe(2);
	});
});
