import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createSolanaRpc } from "@solana/web3.js";
import { assertBooksExact, Desk } from "../support/product.ts";

const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	await desk.close();
});

test("with the minimum profit out of reach nothing lands and nothing is lost", async () => {
	const outOfReach = '{ USDC = "100000000", SOL = "1000000" }';
	desk.start({
		environment: {
			// Over more venues the executor prepares a lookup table, and its rent leaves the wallet.
			MOJO__LOCALNET__POOLS: "6",
			MOJO__STRATEGIES__CROSS_VENUE__MINIMUM_PROFIT: outOfReach,
			MOJO__STRATEGIES__CYCLIC__MINIMUM_PROFIT: outOfReach,
		},
	});
	const begun = await desk.statusWhen("the books", ({ books, slot }) => books.length === 3 && slot > 5);
	const later = await desk.statusWhen("ten more slots", ({ slot }) => slot > begun.slot + 10);
	expect(later.executor).toEqual({ submitted: 0, landed: 0, reverted: 0, expired: 0, unknown: 0, reversed: 0 });
	expect(later.books.map(({ symbol, chain }) => [symbol, chain])).toEqual(
		begun.books.map(({ symbol, chain }) => [symbol, chain]),
	);
}, 90_000);

test("a first run lands trades that the wallet could not have paid for, stops cleanly, and goes on where it was", async () => {
	const first = desk.start({ environment: { MOJO__LOCALNET__WALLET_TOKENS: '{ USDC = "0", SOL = "0" }' } });
	const landed = await desk.statusWhen("twenty landed trades", ({ executor }) => executor.landed >= 20, 70_000);
	expect(landed.books.find(({ symbol }) => symbol === "USDC")?.opening).toBe("0");
	const intents =
		await desk.get<
			{
				intent: { strategy: string; loan: { amount: string }; legs: unknown[] };
				signature: string | null;
				fill: { reverted: boolean } | null;
			}[]
		>("/api/intents?limit=50");
	const settled = intents.find(({ fill }) => fill && !fill.reverted)!;
	expect(BigInt(settled.intent.loan.amount)).toBeGreaterThan(0n);
	const lengths = settled.intent.strategy === "cross-venue" ? [2] : [3, 4];
	expect(lengths).toContain(settled.intent.legs.length);
	// What the trace says is on the chain, for anybody who asks the chain.
	const rpc = createSolanaRpc(`http://127.0.0.1:${desk.ports.rpc}`);
	const transaction = await rpc
		.getTransaction(settled.signature as never, {
			commitment: "confirmed",
			encoding: "json",
			maxSupportedTransactionVersion: 0,
		})
		.send();
	expect(transaction?.meta?.err).toBeNull();
	const usdc = transaction?.meta?.postTokenBalances?.some(({ mint }) => mint === USDC);
	expect(usdc ?? false).toBe(settled.intent.legs.length > 0 && JSON.stringify(settled.intent.legs).includes(USDC));

	expect(await first.interrupt()).toBe(0);
	expect(first.output).toMatch(/first trade landed/);
	expect(first.output).toMatch(/books at slot/);
	expect(first.errors).not.toMatch(/\bat .*\.ts:/);

	desk.start();
	// The ledger knows at once what landed while the first one stopped: only what lands on top of that is new.
	const back = await desk.statusWhen("the chain to go on", ({ slot }) => slot > landed.slot);
	const again = await desk.statusWhen("more landed trades", ({ executor }) => executor.landed > back.executor.landed);
	for (const line of again.books) {
		expect(line.opening).toBe(landed.books.find(({ symbol }) => symbol === line.symbol)?.opening);
	}
	assertBooksExact(again);
}, 150_000);
