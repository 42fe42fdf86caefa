import type { FeePolicy } from "../../../../../core/execution/fee-policy.ts";
import { type StatisticalSettings, statisticalTerms } from "../../../../../core/strategy/statistical/parameters.ts";
import { StatisticalPairs } from "../../../../../core/strategy/statistical/strategy.ts";
import type { IntentProposal } from "../../../../../core/strategy/strategy.ts";
import { PositionWorld, TOKENS, tokenPool } from "../holding/position-world.ts";
import { SURROUNDINGS, settingsOf } from "./statistical-settings.ts";

/** Short lookbacks, so that a test need not live through an hour. */
const SHORT: Partial<StatisticalSettings> = { lookback_seconds: [60, 120], sample_seconds: 5, minimum_edge_bps: 0 };

/** USDC in a pool whose token costs so much, of 150 USDC. */
export function usdcAt(factor: number): bigint {
	return BigInt(Math.round((Number(TOKENS) * 0.15 * factor) / 1)) * 100n;
}

/** What the pools hold of their tokens: so much that a position hardly moves them. */
export const DEEP_TOKENS = TOKENS * 100n;

export interface PairWorldOptions {
	readonly settings?: Partial<StatisticalSettings>;
	readonly pools?: number;
	readonly fees?: FeePolicy;
	readonly prepare?: (strategy: StatisticalPairs) => void;
}

/** Tokens 1 … n against USDC in pools 0 … n−1, whose prices go together. */
export class PairWorld extends PositionWorld<StatisticalPairs> {
	readonly #count: number;
	#step = 0;

	constructor({ settings, pools = 2, fees, prepare }: PairWorldOptions = {}) {
		const terms = statisticalTerms(settingsOf({ ...SHORT, ...settings }), SURROUNDINGS);
		super(
			Array.from({ length: pools }, (_, number) => tokenPool(number + 1)),
			(nextIntentId) => new StatisticalPairs({ terms, nextIntentId, ...(fees && { fees }) }),
			prepare,
		);
		this.#count = pools;
	}

	/** Prices of all tokens, relative to 150 USDC; five seconds later unless told. */
	prices(factors: readonly number[], seconds = 5): readonly IntentProposal[] {
		const changes = factors.map((factor, poolIndex) => ({
			poolIndex,
			reserveA: DEEP_TOKENS,
			usdc: usdcAt(factor),
		}));
		return this.update(changes, { seconds });
	}

	/** Lets all prices go up and down together, with a noise of a tenth of a percent of their own. */
	warmUp(samples = 30): readonly IntentProposal[] {
		const proposals: IntentProposal[] = [];
		for (let at = 0; at < samples; at++) proposals.push(...this.prices(this.together()));
		return proposals;
	}

	/** The next prices of a market that all tokens follow. */
	together(): number[] {
		const at = this.#step++;
		const common = 1 + 0.02 * Math.sin(at / 3);
		return Array.from({ length: this.#count }, (_, number) => common * (1 + 0.001 * Math.sin(at * 2.1 + number * 1.7)));
	}
}
