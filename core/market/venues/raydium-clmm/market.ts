import { readInt32 } from "../../../types/bytes.ts";
import { success } from "../../../types/result.ts";
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
import { bitmapExtensionSeeds, startIndexesAround, tickArraySeeds } from "./addresses.ts";
import { afterSwap } from "./after-swap.ts";
import { SPACING_WITHOUT_EXTENSION } from "./array-bitmap.ts";
import {
	type ClmmPool,
	type ClmmState,
	emptyState,
	readBitmapExtension,
	readPoolState,
	readTickArray,
} from "./layout.ts";
import { FEE_RATE_DENOMINATOR, TICK_ARRAY_OFFSET } from "./pool-account.ts";
import { type ClmmQuote, type ClmmQuoteResult, quoteExactIn, quoteExactOut } from "./quote.ts";

/** Arrays that hold ticks, wanted in either direction beside the one that the price is in. */
const ARRAYS_EACH_WAY = 3;
const BASIS_POINTS = 10_000;

/** Stands in a quote's arrays, before all others, for the bitmap extension: the swap has to name that account too. */
export const BITMAP_EXTENSION_INDEX = -0x8000_0000;

/** A pool at one moment. */
class ClmmMoment implements PoolMarket {
	protected readonly pool: ClmmPool;
	protected readonly state: ClmmState;

	constructor(pool: ClmmPool, state: ClmmState) {
		this.pool = pool;
		this.state = state;
	}

	get reserveA(): bigint {
		const { liquidity, sqrtPrice } = this.state;
		return sqrtPrice === 0n ? 0n : (liquidity << 64n) / sqrtPrice;
	}

	get reserveB(): bigint {
		return (this.state.liquidity * this.state.sqrtPrice) >> 64n;
	}

	get swapEnabled(): boolean {
		return this.state.swapEnabled;
	}

	/** The program takes swaps after its open time, not at it. */
	get openTimeSeconds(): bigint {
		const { openTimeSeconds } = this.state;
		return openTimeSeconds === 0n ? 0n : openTimeSeconds + 1n;
	}

	keptShare(_direction: Direction, { epoch }: ChainClock): number {
		const { rates, transferFeeA, transferFeeB } = this.pool;
		let kept = 1 - Number(rates.trade) / Number(FEE_RATE_DENOMINATOR);
		for (const schedule of [transferFeeA, transferFeeB]) {
			const fee = transferFeeAt(schedule, epoch);
			if (fee !== null) kept *= 1 - Number(fee.basisPoints) / BASIS_POINTS;
		}
		return kept;
	}

	quoteExactIn(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return withExtension(quoteExactIn({ pool: this.pool, state: this.state, direction, amount, clock }));
	}

	quoteExactOut(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return withExtension(quoteExactOut({ pool: this.pool, state: this.state, direction, amount, clock }));
	}

	afterSwap(_direction: Direction, quote: Quote): PoolMarket {
		return new ClmmMoment(this.pool, afterSwap(this.state, quote as ClmmQuote));
	}
}

function withExtension(quoted: ClmmQuoteResult): QuoteResult {
	if (!quoted.ok || !quoted.value.needsBitmapExtension) return quoted;
	return success({ ...quoted.value, arrays: [BITMAP_EXTENSION_INDEX, ...quoted.value.arrays] });
}

/** A Raydium CLMM pool, kept by the bytes of its accounts: the pool's own, its bitmap extension, its tick arrays. */
export class ClmmMarket extends ClmmMoment implements AccountMarket {
	#wanted: readonly WantedAccount[];

	constructor(pool: ClmmPool) {
		super(pool, emptyState());
		this.#wanted = this.#list([]);
	}

	apply({ place, startIndex, data }: MarketAccount): boolean {
		switch (place) {
			case "pool":
				return this.#applyPool(data);
			case "bitmap":
				return this.#applyExtension(data);
			case "array":
				return this.#applyArray(startIndex, data);
			default:
				return false;
		}
	}

	wanted(): readonly WantedAccount[] {
		return this.#wanted;
	}

	#applyPool(data: Uint8Array | null): boolean {
		const isRead = data !== null && readPoolState(data, this.state) === null;
		if (!isRead) {
			this.state.swapEnabled = false;
			this.state.liquidity = 0n;
		}
		this.#want();
		return isRead;
	}

	/** An extension that does not exist is as one not read: a swap that needs it is refused either way. */
	#applyExtension(data: Uint8Array | null): boolean {
		const { bitmap } = this.state;
		bitmap.isExtensionKnown = false;
		const isRead = data === null || readBitmapExtension(data, this.pool, this.state) === null;
		this.#want();
		return isRead;
	}

	#applyArray(startIndex: number, data: Uint8Array | null): boolean {
		const isRead = data !== null && this.#readArray(startIndex, data);
		if (!isRead) this.state.arrays.delete(startIndex);
		return isRead || data === null;
	}

	#readArray(startIndex: number, data: Uint8Array): boolean {
		if (data.length < TICK_ARRAY_OFFSET.ticks) return false;
		if (readInt32(data, TICK_ARRAY_OFFSET.startTickIndex) !== startIndex) return false;
		return readTickArray(data, this.pool, this.state) === null;
	}

	/** Follows the price; an array that is wanted no more gets no updates, so it is forgotten. */
	#want(): void {
		const starts = startIndexesAround(this.pool, this.state, ARRAYS_EACH_WAY);
		const before = this.#wanted.filter(({ place }) => place === "array");
		if (starts.length === before.length && before.every(({ startIndex }, at) => startIndex === starts[at])) return;
		for (const known of this.state.arrays.keys()) if (!starts.includes(known)) this.state.arrays.delete(known);
		this.#wanted = this.#list(starts);
	}

	#list(starts: readonly number[]): readonly WantedAccount[] {
		const { pool } = this;
		const arrays = starts.map((startIndex) => {
			return { place: "array", startIndex, seeds: tickArraySeeds(pool, startIndex) } as const;
		});
		if (pool.tickSpacing >= SPACING_WITHOUT_EXTENSION) return arrays;
		return [{ place: "bitmap", startIndex: 0, seeds: bitmapExtensionSeeds(pool) }, ...arrays];
	}
}
