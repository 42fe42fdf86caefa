import { quoteExactIn } from "../../core/market/venues/orca-whirlpool/quote.ts";
import { startIndexesFor } from "../../core/market/venues/orca-whirlpool/tick-array.ts";
import { seededRandom } from "../../libs/random.ts";
import { quoted } from "../../tools/vectors/orca-whirlpool/compare.ts";
import { type Scenario, ScenarioSource } from "../../tools/vectors/orca-whirlpool/scenario.ts";
import type { QuoteCase, QuotePeer } from "./peer.ts";

const SEED = 5;
const COUNT = 40;
const TICKS_IN_ARRAY = 88;
const filled = (byte: number) => new Uint8Array(32).fill(byte);
const NAMES = { config: filled(9), bump: 255, mints: [filled(3), filled(4)], vaults: [filled(5), filled(6)] } as const;
const NO_REWARD = { emissionsPerSecondX64: 0n, growthGlobalX64: 0n };

interface Sdk {
	swapQuoteByInputToken(...terms: unknown[]): { readonly tokenEstOut: bigint };
}

/** whirlpools-core (WebAssembly), `swapQuoteByInputToken`, over static fees, without transfer fees. */
export const orcaWhirlpool: QuotePeer = {
	name: "Orca Whirlpool",
	cases(load) {
		const sdk = load("@orca-so/whirlpools-core") as Sdk;
		const source = new ScenarioSource(seededRandom(SEED));
		const cases: QuoteCase[] = [];
		while (cases.length < COUNT) {
			const one = caseOf(source.next(), sdk);
			if (one !== null) cases.push(one);
		}
		return cases;
	},
};

/** Null: no such swap, or one of the two refuses it. */
function caseOf(scenario: Scenario, sdk: Sdk): QuoteCase | null {
	const { amount, direction, exact, tick, tickSpacing, unixSeconds, epoch, transferFeeA, transferFeeB } = scenario;
	const isStatic = scenario.oracle === null && scenario.feeTierIndex === tickSpacing;
	if (exact !== "in" || amount === 0n || transferFeeA || transferFeeB || !isStatic) return null;
	const { pool, state, quote } = quoted(scenario, filled(2), NAMES);
	if (!quote.ok) return null;
	const arrays = startIndexesFor(direction, tick, tickSpacing).map((start) => arrayOf(scenario, start));
	const isAToB = direction === "aToB";
	const terms = [amount, isAToB, 0, poolOf(scenario), null, arrays, unixSeconds, null, null];
	const theirs = () => sdk.swapQuoteByInputToken(...terms).tokenEstOut;
	const request = { pool, state, direction, amount, clock: { slot: 1n, epoch, unixSeconds } };
	try {
		theirs();
	} catch {
		// The SDK refuses some swaps that the program takes.
		return null;
	}
	return {
		ours() {
			const own = quoteExactIn(request);
			return own.ok ? own.value.amountOut : own.error;
		},
		theirs,
	};
}

function arrayOf({ arrays }: Scenario, start: number) {
	const nets = new Map(arrays.find((array) => array.start === start)?.ticks ?? []);
	const ticks = Array.from({ length: TICKS_IN_ARRAY }, (_, slot) => ({
		initialized: nets.has(slot),
		liquidityNet: nets.get(slot) ?? 0n,
		liquidityGross: 0n,
		feeGrowthOutsideA: 0n,
		feeGrowthOutsideB: 0n,
		rewardGrowthsOutside: [0n, 0n, 0n],
	}));
	return { startTickIndex: start, ticks };
}

function poolOf({ feeTierIndex, tickSpacing, feeRate, protocolFeeRate, liquidity, sqrtPrice, tick }: Scenario) {
	return {
		feeTierIndexSeed: Uint8Array.of(feeTierIndex & 0xff, feeTierIndex >> 8),
		tickSpacing,
		feeRate,
		protocolFeeRate,
		liquidity,
		sqrtPrice,
		tickCurrentIndex: tick,
		feeGrowthGlobalA: 0n,
		feeGrowthGlobalB: 0n,
		rewardLastUpdatedTimestamp: 0n,
		rewardInfos: [NO_REWARD, NO_REWARD, NO_REWARD],
	};
}
