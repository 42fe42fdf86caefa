import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createSolanaRpc } from "@solana/web3.js";
import { fitsPacket } from "../../../core/execution/transaction-size.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import type { Address } from "../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../core/types/identifiers.ts";
import type { Machine, MachineNode } from "../../support/machine.ts";
import { until } from "../../support/until.ts";
import { openOrderMachine, startWithOrders, USDC } from "./order-machine.ts";

let machine: Machine;
let node: MachineNode;

beforeEach(async () => {
	// Far apart, so that long ways pay, too.
	machine = await openOrderMachine({ MOJO__LOCALNET__VOLATILITY_BPS: "60.0", MOJO__LOCALNET__POOLS: "6" });
	node = await startWithOrders(machine);
}, 60_000);

afterEach(() => machine.close());

/** Ways of three and four legs from USDC back to it, each pool once, that fit no transaction without a lookup table. */
async function longWays(): Promise<readonly (readonly Address[])[]> {
	const { pools, lenders } = await node.bus.call("feed.catalog");
	const lender = lenders.find(({ mint }) => mint === USDC) ?? null;
	const ways: PoolDescriptor[][] = [];
	const walk = (way: PoolDescriptor[], mint: string): void => {
		if (way.length >= 3 && mint === USDC) ways.push(way);
		if (way.length === 4) return;
		for (const pool of pools) {
			if (way.includes(pool) || (pool.mintA !== mint && pool.mintB !== mint)) continue;
			walk([...way, pool], pool.mintA === mint ? pool.mintB : pool.mintA);
		}
	};
	walk([], USDC);
	const long = ways.filter((way) => !fitsPacket({ lender, pools: way, isTipped: false }));
	return long.map((way) => way.map(({ address }) => address));
}

/** The first of the ways that risk approves at the moment, and what it denied on the way. */
async function takeOne(ways: readonly (readonly Address[])[], denials: string[]): Promise<IntentId | null> {
	for (const pools of ways) {
		const cycle = { fundingMint: "USDC", minimumProfit: "1", pools };
		const answer = await node.bus.call("orders.submitFlashLoanArbitrage", cycle);
		if (answer.status !== "submitted") continue;
		if (answer.verdict.status === "approved") return answer.intentId;
		denials.push(`${answer.verdict.code}: ${answer.verdict.detail}`);
	}
	return null;
}

test("a way that is too long for a transaction lands through a lookup table, and the books are exact", async () => {
	const ways = await longWays();
	expect(ways.length).toBeGreaterThan(10);
	const denials: string[] = [];
	const landed = await until(
		async () => {
			const intentId = await takeOne(ways, denials);
			if (intentId === null) return null;
			const outcome = await until(
				async () => {
					const told = await node.bus.call("risk.outcome", { intentId });
					return told.status === "ended" ? told : null;
				},
				{ what: "the outcome of the arbitrage", timeoutMs: 30_000 },
			);
			return outcome.outcome === "landed" ? intentId : null;
		},
		{ what: "a long way that lands", timeoutMs: 60_000 },
	).catch((error: Error) => {
		throw new Error(`${error.message}: ${[...new Set(denials)].slice(0, 5).join(" | ")}`);
	});
	// What was asked for first had no table yet.
	expect(denials[0]).toMatch(/^executorRefused: .*transactionTooLarge: .* without a lookup table/);
	const { lookupTable, wallet } = await node.bus.call("executor.describe");
	expect(lookupTable?.entries.length).toBeGreaterThan(20);

	const rpc = createSolanaRpc(machine.rpcUrl);
	const history = await rpc.getSignaturesForAddress(wallet, { commitment: "confirmed" }).send();
	const signature = history.find(({ memo }) => memo?.includes(landed))?.signature as Signature;
	const found = await rpc
		.getTransaction(signature, { commitment: "confirmed", encoding: "json", maxSupportedTransactionVersion: 0 })
		.send();
	expect(found?.transaction.message).toMatchObject({ addressTableLookups: [{ accountKey: lookupTable?.address }] });

	const { slot } = await node.bus.call("risk.books");
	await until(async () => (await node.bus.call("risk.books")).slot > slot, { what: "a new cut of the books" });
	const { lines } = await node.bus.call("risk.books");
	expect(lines.length).toBeGreaterThan(2);
	expect(lines.map(({ difference }) => difference)).toEqual(lines.map(() => 0n));
	expect(await node.bus.call("risk.tradingState")).toMatchObject({ state: "active" });
}, 180_000);
