import type { ChainClock } from "../../chain-clock.ts";
import { transferFeeAt } from "../../transfer-fee.ts";
import type {
	AccountMarket,
	Direction,
	MarketAccount,
	PoolMarket,
	Quote,
	QuoteResult,
	WantedAccount,
} from "../venue.ts";
import { FEE_RATE_DENOMINATOR } from "./accounts.ts";
import { AdaptiveFee } from "./adaptive-fee.ts";
import { afterSwap } from "./after-swap.ts";
import { readPoolState } from "./layout.ts";
import { readOracle } from "./oracle.ts";
import { quoteExactIn, quoteExactOut, type WhirlpoolQuote } from "./quote.ts";
import { emptyState, type WhirlpoolPool, type WhirlpoolState } from "./state.ts";
import { oracleSeeds, readTickArray, startIndexesAround, tickArraySeeds } from "./tick-array.ts";

const BASIS_POINTS = 10_000;
const NOTHING_WANTED: readonly WantedAccount[] = [];

/** A pool priced by its account, the tick arrays near its price, and its oracle when its fee is adaptive. */
export class WhirlpoolMarket implements AccountMarket {
	readonly #pool: WhirlpoolPool;
	readonly #state: WhirlpoolState;
	#wanted: readonly WantedAccount[] = NOTHING_WANTED;
	#wantedFor = "";

	/** Of a pool of which nothing is known yet, or of a state that a swap leaves behind. */
	constructor(pool: WhirlpoolPool, state: WhirlpoolState = emptyState()) {
		this.#pool = pool;
		this.#state = state;
	}

	/** Virtual reserves of the present range: the liquidity divided by the root of the price, and times it. */
	get reserveA(): bigint {
		const { liquidity, sqrtPrice } = this.#state;
		return sqrtPrice === 0n ? 0n : (liquidity << 64n) / sqrtPrice;
	}

	get reserveB(): bigint {
		const { liquidity, sqrtPrice } = this.#state;
		return (liquidity * sqrtPrice) >> 64n;
	}

	/** The program knows no pause: only a pool that was not read, or whose oracle is unknown, has no swaps. */
	get swapEnabled(): boolean {
		const { sqrtPrice, isOracleKnown } = this.#state;
		return sqrtPrice !== 0n && (isOracleKnown || !this.#pool.hasAdaptiveFee);
	}

	get openTimeSeconds(): bigint {
		return this.#state.oracle?.tradeEnableSeconds ?? 0n;
	}

	keptShare(direction: Direction, clock: ChainClock): number {
		const { oracle, feeRate, tickCurrentIndex } = this.#state;
		let rate = feeRate;
		if (oracle !== null) {
			const { lastReferenceUpdateTimestamp, lastMajorSwapTimestamp } = oracle.variables;
			const nowSeconds = Math.max(Number(clock.unixSeconds), lastReferenceUpdateTimestamp, lastMajorSwapTimestamp);
			const swap = { isAToB: direction === "aToB", staticRate: feeRate, tickCurrentIndex, nowSeconds };
			rate = new AdaptiveFee(oracle, swap).rate();
		}
		let kept = 1 - Number(rate) / Number(FEE_RATE_DENOMINATOR);
		for (const schedule of [this.#pool.transferFeeA, this.#pool.transferFeeB]) {
			const fee = transferFeeAt(schedule, clock.epoch);
			if (fee !== null) kept *= 1 - Number(fee.basisPoints) / BASIS_POINTS;
		}
		return kept;
	}

	quoteExactIn(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return quoteExactIn({ pool: this.#pool, state: this.#state, direction, amount, clock });
	}

	quoteExactOut(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return quoteExactOut({ pool: this.#pool, state: this.#state, direction, amount, clock });
	}

	afterSwap(_direction: Direction, quote: Quote): PoolMarket {
		// The contract: a quote of this market's own.
		return new WhirlpoolMarket(this.#pool, afterSwap(this.#state, quote as WhirlpoolQuote));
	}

	apply({ place, startIndex, data }: MarketAccount): boolean {
		const target = { pool: this.#pool, state: this.#state };
		switch (place) {
			case "pool":
				if (data !== null) return readPoolState(data, this.#state) === null;
				this.#state.sqrtPrice = 0n;
				return false;
			case "array":
				return readTickArray(data, startIndex, target) === null;
			case "oracle":
				return readOracle(data, target) === null;
			default:
				return false;
		}
	}

	wanted(): readonly WantedAccount[] {
		const { tickCurrentIndex, sqrtPrice } = this.#state;
		if (sqrtPrice === 0n) return this.#wanted;
		const { tickSpacing, addressBytes, hasAdaptiveFee } = this.#pool;
		const starts = startIndexesAround(tickCurrentIndex, tickSpacing);
		const key = starts.join();
		if (key === this.#wantedFor) return this.#wanted;
		this.#wantedFor = key;
		const arrays = starts.map((startIndex): WantedAccount => {
			return { place: "array", startIndex, seeds: tickArraySeeds(addressBytes, startIndex) };
		});
		const oracle: WantedAccount = { place: "oracle", startIndex: 0, seeds: oracleSeeds(addressBytes) };
		this.#wanted = hasAdaptiveFee ? [...arrays, oracle] : arrays;
		return this.#wanted;
	}
}
