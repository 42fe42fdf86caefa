import { sqrtPriceAtTick } from "../../../../../../core/market/venues/raydium-clmm/tick-price.ts";
import type { Scenario } from "../../../../../../tools/vectors/raydium-clmm/scenario.ts";

/** A pool at price 1 with ranges in three arrays: −600, 0 and 600. */
export const SCENARIO: Scenario = {
	kind: "plain",
	tickSpacing: 10,
	tradeRate: 2_500,
	protocolRate: 120_000,
	fundRate: 40_000,
	status: 0,
	openTimeSeconds: 0n,
	tick: 5,
	sqrtPrice: sqrtPriceAtTick(5) + 1_000n,
	liquidity: 3_000_000_000n,
	protocolFees: [0n, 0n],
	ticks: [
		[-500, 1_000_000_000n, 1_000_000_000n],
		[-10, 2_000_000_000n, 2_000_000_000n],
		[20, -2_000_000_000n, 2_000_000_000n],
		[700, -1_000_000_000n, 1_000_000_000n],
	],
	arrays: [0, -600],
	hasExtension: true,
	direction: "aToB",
	exact: "in",
	amount: 1_000_000n,
	epoch: 900n,
	unixSeconds: 1_790_000_000n,
	transferFeeA: null,
	transferFeeB: null,
};
