import { expect, test } from "@jest/globals";
import type { PoolFee } from "../../../../core/execution/fee-policy.ts";
import type { Address } from "../../../../core/types/address.ts";
import { FeeWatch, type FeeWatchOptions } from "../../../../services/feed/fee-watch.ts";

function poolsOf(count: number): FeeWatchOptions["pools"] {
	return Array.from({ length: count }, (_, index) => ({
		address: `pool ${index}` as unknown as Address,
		vaultA: `a ${index}` as unknown as Address,
		vaultB: `b ${index}` as unknown as Address,
	}));
}

/** A watch over a node that answers with `pricesOf` the accounts asked for. */
function watchOver(pools: FeeWatchOptions["pools"], pricesOf: (accounts: readonly string[]) => readonly number[]) {
	const asked: (readonly string[])[] = [];
	const told: (readonly PoolFee[])[] = [];
	const troubles: string[] = [];
	const rpc = {
		getRecentPrioritizationFees: (accounts: readonly string[]) => ({
			send: async () => {
				asked.push(accounts);
				return pricesOf(accounts).map((prioritizationFee, slot) => ({ prioritizationFee, slot }));
			},
		}),
	} as unknown as FeeWatchOptions["rpc"];
	const watch = new FeeWatch({
		rpc,
		pools,
		percentile: 75,
		timeoutMs: 60_000,
		onFees: (fees) => told.push(fees),
		onTrouble: (reason) => troubles.push(reason),
	});
	return { watch, asked, told, troubles };
}

const round = () => new Promise((resolve) => setTimeout(resolve, 5));

test("few pools are asked for one by one: pool and vaults, the percentile of the slots", async () => {
	const { watch, asked, told } = watchOver(poolsOf(2), ([pool]) => (pool === "pool 0" ? [4, 1, 3, 2] : []));
	watch.advance(100);
	watch.advance(101);
	await round();
	expect(asked).toEqual([
		["pool 0", "a 0", "b 0"],
		["pool 1", "a 1", "b 1"],
	]);
	expect(told).toEqual([
		[
			{ pool: "pool 0", microLamports: 3n },
			{ pool: "pool 1", microLamports: 0n },
		],
	]);
	watch.advance(109);
	await round();
	expect(told).toHaveLength(1);
	watch.advance(110);
	await round();
	expect(told).toHaveLength(2);
});

test.each([8, 9, 336, 337, 2_000])("%d pools: every one's turn comes, and no request is too large", async (count) => {
	const { watch, asked, told } = watchOver(poolsOf(count), () => [5]);
	const rounds = Math.ceil(count / 336) + 1;
	for (let at = 0; at < rounds; at++) {
		watch.advance(100 + at * 10);
		await round();
	}
	expect(Math.max(...asked.map((accounts) => accounts.length))).toBeLessThanOrEqual(128);
	expect(asked.length).toBeLessThanOrEqual(8 * rounds);
	expect(new Set(told.flat().map(({ pool }) => pool)).size).toBe(count);
});

test("a node that fails halfway: what was read is told, the trouble too, and it goes on", async () => {
	let isDown = true;
	const { watch, told, troubles } = watchOver(poolsOf(2), ([pool]) => {
		if (isDown && pool === "pool 1") throw new Error("429");
		return [7];
	});
	watch.advance(100);
	await round();
	expect(told).toEqual([[{ pool: "pool 0", microLamports: 7n }]]);
	expect(troubles).toEqual(["recent fees cannot be read: 429"]);
	isDown = false;
	watch.advance(110);
	await round();
	expect(told.at(-1)).toHaveLength(2);
});

test("stopped, it tells nothing more", async () => {
	const { watch, told, troubles } = watchOver(poolsOf(1), () => {
		watch.stop();
		throw new Error("aborted");
	});
	watch.advance(100);
	await round();
	expect([told, troubles]).toEqual([[], []]);
});

test("without pools there is nothing to ask", async () => {
	const { watch, asked } = watchOver([], () => [1]);
	watch.advance(100);
	await round();
	expect(asked).toEqual([]);
});
