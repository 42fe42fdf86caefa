import { type Result, success } from "../../../types/result.ts";
import type { ChainClock } from "../../chain-clock.ts";
import { transferFeeAt } from "../../transfer-fee.ts";
import type {
	AccountMarket,
	Direction,
	MarketAccount,
	NoQuoteCode,
	PoolMarket,
	Quote,
	QuoteResult,
	WantedAccount,
} from "../venue.ts";
import { BASIS_POINT_MAX, BIN_ARRAY_OFFSET, BIN_OFFSET, BINS_PER_ARRAY, FEE_PRECISION } from "./accounts.ts";
import { afterSwap } from "./after-swap.ts";
import { arrayIndexOf, binStart, priceOf } from "./bin-array.ts";
import { emptyBitmap, OWN_HIGHEST_INDEX, OWN_LOWEST_INDEX } from "./bitmap.ts";
import { feeRate } from "./fee-rate.ts";
import {
	arrayIndexesAround,
	binArraySeeds,
	bitmapExtensionSeeds,
	type DlmmPool,
	type DlmmState,
	emptyState,
	readBinArray,
	readBitmapExtension,
	readPoolState,
} from "./layout.ts";
import { type DlmmQuote, quoteExactIn, quoteExactOut } from "./quote.ts";

/** Stands in a quote's arrays, before all others, for the bitmap extension: the swap has to name that account too. */
export const BITMAP_EXTENSION_INDEX = -0x8000_0000;

/** Arrays with liquidity, wanted in either direction; the one under the price counts for both. */
const ARRAYS_EACH_WAY = 3;

/** A pair at one moment. */
class DlmmMoment implements PoolMarket {
	protected readonly pool: DlmmPool;
	protected readonly state: DlmmState;

	constructor(pool: DlmmPool, state: DlmmState) {
		this.pool = pool;
		this.state = state;
	}

	/** X of a curve that is as deep as the bin under the price, over the bin's width. */
	get reserveA(): bigint {
		const bin = this.#activeBin();
		if (bin === null) return 0n;
		const held = bin.amountX + (bin.amountY << 64n) / bin.price;
		return (held * BigInt(2 * BASIS_POINT_MAX)) / BigInt(this.pool.binStep);
	}

	get reserveB(): bigint {
		const bin = this.#activeBin();
		return bin === null ? 0n : (this.reserveA * bin.price) >> 64n;
	}

	get swapEnabled(): boolean {
		return this.state.swapEnabled;
	}

	/** Of a pair that counts slots it is not told by a time: its quotes are refused until then. */
	get openTimeSeconds(): bigint {
		const { hasActivationPoint, isTimedBySlot } = this.pool;
		return hasActivationPoint && !isTimedBySlot ? this.state.activationPoint : 0n;
	}

	keptShare(_direction: Direction, { epoch }: ChainClock): number {
		const { rates, volatilityReference } = this.state;
		let kept = 1 - Number(feeRate(rates, volatilityReference)) / Number(FEE_PRECISION);
		for (const schedule of [this.pool.transferFeeX, this.pool.transferFeeY]) {
			const fee = transferFeeAt(schedule, epoch);
			if (fee !== null) kept *= 1 - Number(fee.basisPoints) / BASIS_POINT_MAX;
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
		return new DlmmMoment(this.pool, afterSwap(this.state, quote as DlmmQuote));
	}

	#activeBin(): { readonly price: bigint; readonly amountX: bigint; readonly amountY: bigint } | null {
		const { activeId, arrays } = this.state;
		const array = arrays.get(arrayIndexOf(activeId));
		if (array === undefined) return null;
		const slot = activeId - array.index * BINS_PER_ARRAY;
		const price = priceOf(array, slot);
		if (price === 0n) return null;
		const start = binStart(slot);
		const amount = (offset: number) => array.view.getBigUint64(start + offset, true);
		return { price, amountX: amount(BIN_OFFSET.amountX), amountY: amount(BIN_OFFSET.amountY) };
	}
}

/** A Meteora DLMM pair, kept by the bytes of its accounts: the pair's own, its bitmap extension, its bin arrays. */
export class DlmmMarket extends DlmmMoment implements AccountMarket {
	#wanted: readonly WantedAccount[];

	constructor(pool: DlmmPool) {
		super(pool, emptyState());
		this.#wanted = this.#list([]);
	}

	apply({ place, startIndex, data }: MarketAccount): boolean {
		switch (place) {
			case "pool":
				return this.#applyPair(data);
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

	#applyPair(data: Uint8Array | null): boolean {
		const isRead = data !== null && readPoolState(data, this.pool, this.state) === null;
		if (!isRead) this.state.swapEnabled = false;
		this.#want();
		return isRead;
	}

	#applyExtension(data: Uint8Array | null): boolean {
		const { bitmap } = this.state;
		const own = bitmap.words.slice();
		bitmap.hasExtension = false;
		const isRead = data !== null && readBitmapExtension(data, this.pool, this.state) === null;
		if (!isRead) bitmap.words.set(ownWords(own));
		this.#want();
		return isRead || data === null;
	}

	#applyArray(index: number, data: Uint8Array | null): boolean {
		const isRead = data !== null && indexOf(data) === index && readBinArray(data, this.pool, this.state) === null;
		if (!isRead) this.state.arrays.delete(index);
		return isRead || data === null;
	}

	/** Follows the price; an array that is wanted no more gets no updates, so it is forgotten. */
	#want(): void {
		const indexes = arrayIndexesAround(this.state, ARRAYS_EACH_WAY);
		const before = this.#wanted.filter(({ place }) => place === "array");
		if (indexes.length === before.length && before.every(({ startIndex }, at) => startIndex === indexes[at])) return;
		for (const known of this.state.arrays.keys()) if (!indexes.includes(known)) this.state.arrays.delete(known);
		this.#wanted = this.#list(indexes);
	}

	#list(indexes: readonly number[]): readonly WantedAccount[] {
		const arrays = indexes.map((startIndex) => {
			return { place: "array", startIndex, seeds: binArraySeeds(this.pool, startIndex) } as const;
		});
		return [{ place: "bitmap", startIndex: 0, seeds: bitmapExtensionSeeds(this.pool) }, ...arrays];
	}
}

/** The part of a bitmap that the pair's own account tells. */
function ownWords(words: Uint32Array): Uint32Array {
	const { words: none } = emptyBitmap();
	const first = (none.length - OWN_WORDS) / 2;
	none.set(words.subarray(first, first + OWN_WORDS), first);
	return none;
}

const OWN_WORDS = (OWN_HIGHEST_INDEX - OWN_LOWEST_INDEX + 1) / 32;

function indexOf(data: Uint8Array): number | null {
	if (data.length < BIN_ARRAY_OFFSET.version) return null;
	return Number(new DataView(data.buffer, data.byteOffset).getBigInt64(BIN_ARRAY_OFFSET.index, true));
}

/** Arrays outside of the pair's own bitmap are found by the extension alone. */
function withExtension(quoted: Result<DlmmQuote, NoQuoteCode>): QuoteResult {
	if (!quoted.ok || quoted.value.arrays.every((index) => index >= OWN_LOWEST_INDEX && index <= OWN_HIGHEST_INDEX)) {
		return quoted;
	}
	return success({ ...quoted.value, arrays: [BITMAP_EXTENSION_INDEX, ...quoted.value.arrays] });
}
