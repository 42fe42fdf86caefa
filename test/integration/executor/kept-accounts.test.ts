import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { PUMPSWAP_PROGRAM } from "../../../core/market/venues/pumpswap/layout.ts";
import { pumpSwap } from "../../../core/market/venues/pumpswap/venue.ts";
import { until as waitUntil } from "../../support/until.ts";
import { derive, wholePool } from "../../unit/core/market/venues/pumpswap/accounts.ts";
import { BONK, Desk, type RunningExecutor, USDC, until } from "./desk.ts";

/** The program of PumpSwap is not on this chain: what is shown here is what the executor does before a trade of its. */
let desk: Desk;
let executor: RunningExecutor;
let pump: PoolDescriptor;

beforeEach(async () => {
	desk = await Desk.open();
	executor = await desk.start();
	desk.node.sent.length = 0;
	pump = wholePool({ baseMint: BONK, quoteMint: USDC });
});

afterEach(() => desk.close());

async function tellOf(pools: readonly PoolDescriptor[], catalogEpoch: number): Promise<void> {
	desk.replaceCatalog({ ...desk.catalog, catalogEpoch, pools: [...desk.catalog.pools, ...pools] });
	await executor.broker.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch });
}

/** Buys on the desk's first pool and sells on PumpSwap, with the amounts of a trade that the desk's other pool takes. */
function intentThroughPump(): ApprovedIntent {
	const intent = desk.intent();
	const [out, back] = intent.legs;
	if (!out || !back) throw new Error("the desk's trade has two legs");
	const leg = { ...back, pool: pump.address, venue: pump.venue, direction: "aToB" as const };
	return { ...intent, legs: [out, leg] };
}

test("a route through PumpSwap waits for the wallet's volume account, is refused by name before, and others go on", async () => {
	const [volume] = pumpSwap.walletAccounts?.(pump, desk.wallet, derive) ?? [];
	if (!volume) throw new Error("PumpSwap keeps an account for every buyer");
	await tellOf([pump], 2);
	// The chain refuses the opening, as it has no such program; it is told, and not tried again and again.
	const told = (line: string) => line.includes("accounts that venues keep") && line.includes("could not be made yet");
	await until(() => executor.warnings.find(told), "that the account could not be opened");
	expect(desk.node.sent).toHaveLength(1);
	const refused = await executor.execute(intentThroughPump());
	expect(refused).toMatchObject({ status: "refused", code: "unknownPool" });
	expect(refused.status === "refused" && refused.detail).toContain(`pumpswap does not keep ${volume.address}`);
	const other = desk.intent();
	expect(await executor.execute(other)).toMatchObject({ status: "accepted" });
	expect(await executor.settlement(other)).toMatchObject({ outcome: "landed" });
	expect(executor.warnings.filter(told)).toHaveLength(1);

	// Somebody opened it: the next catalog shows it, and what is left is that the route takes a lookup table.
	desk.chain.setAccount(volume.address, { owner: PUMPSWAP_PROGRAM, data: new Uint8Array(90), lamports: 10n ** 7n });
	desk.node.sent.length = 0;
	await tellOf([], 3);
	const codes = new Set<string>();
	const compiled = async () => {
		const ack = await executor.execute(intentThroughPump());
		codes.add(ack.status === "refused" ? ack.code : ack.status);
		return codes.has("transactionTooLarge");
	};
	await waitUntil(compiled, { what: "a route that is compiled" });
	expect([...codes].every((code) => ["unknownPool", "transactionTooLarge"].includes(code))).toBe(true);
	expect(executor.warnings.filter(told)).toHaveLength(1);
});

test("nothing is opened for a market without such venues", async () => {
	await tellOf([], 2);
	const intent = desk.intent();
	expect(await executor.execute(intent)).toMatchObject({ status: "accepted" });
	await executor.settlement(intent);
	expect(executor.warnings.filter((line) => line.includes("accounts that venues keep"))).toEqual([]);
});
