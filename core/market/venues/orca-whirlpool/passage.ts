import { U64_MAX } from "../../constant-product.ts";
import { MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, sqrtPriceAtTick } from "../../tick-math.ts";
import type { NoQuoteCode } from "../venue.ts";
import { TICKS_IN_ARRAY } from "./accounts.ts";
import type { AdaptiveFee } from "./adaptive-fee.ts";
import type { TickArray, WhirlpoolPool, WhirlpoolState } from "./state.ts";
import { computeStep, type StepQuestion, type SwapStep } from "./swap-step.ts";
import { sqrtPriceOfSlot, startIndexesFor } from "./tick-array.ts";

/** More steps than a transaction has compute for. */
const MAX_STEPS = 1_000;
const ONE_IN_BASIS_POINTS = 10_000n;
const U128_MAX = (1n << 128n) - 1n;

export interface PassageRequest {
	readonly pool: WhirlpoolPool;
	readonly state: WhirlpoolState;
	readonly isExactIn: boolean;
	readonly isAToB: boolean;
	/** What the pool receives, or gives: transfer fees taken off or added. */
	readonly amount: bigint;
	/** Null: the pool's static rate. */
	readonly adaptiveFee: AdaptiveFee | null;
}

/** A swap on its way through a pool's ticks, transfer fees aside (whirlpools, manager/swap_manager.rs `swap`). */
export class Passage {
	/** The input with its fee. */
	amountIn = 0n;
	amountOut = 0n;
	fee = 0n;
	protocolFee = 0n;
	sqrtPrice: bigint;
	liquidity: bigint;
	/** Null: the tick of {@link sqrtPrice}. */
	tickIndex: number | null;
	readonly arrays: number[] = [];

	readonly #request: PassageRequest;
	readonly #starts: readonly number[];
	#remaining: bigint;
	#searchTick: number;
	#arrayIndex = 0;
	/** Where the last search ended. */
	#nextTick = { index: 0, sqrtPrice: 0n };
	#nextArray: TickArray | null = null;
	#nextSlot = -1;

	constructor(request: PassageRequest) {
		const { state, pool, isAToB } = request;
		this.#request = request;
		this.sqrtPrice = state.sqrtPrice;
		this.liquidity = state.liquidity;
		this.tickIndex = state.tickCurrentIndex;
		this.#searchTick = state.tickCurrentIndex;
		this.#remaining = request.amount;
		this.#starts = startIndexesFor(isAToB ? "aToB" : "bToA", state.tickCurrentIndex, pool.tickSpacing);
	}

	/** Goes the whole way; null when all of the amount has passed. */
	run(): NoQuoteCode | null {
		const { isAToB, isExactIn, state, adaptiveFee } = this.#request;
		const limit = isAToB ? MIN_SQRT_PRICE : MAX_SQRT_PRICE;
		if (this.sqrtPrice === limit) return "priceLimit";
		const question: StepQuestion = {
			isExactIn,
			isAToB,
			remaining: this.#remaining,
			feeRate: state.feeRate,
			liquidity: this.liquidity,
			sqrtPrice: this.sqrtPrice,
			target: 0n,
		};
		const step: SwapStep = { amountIn: 0n, amountOut: 0n, fee: 0n, sqrtPrice: 0n };
		for (let steps = 0; this.#remaining > 0n; ) {
			if (this.sqrtPrice === limit) return "insufficientLiquidity";
			const refused = this.#findNext();
			if (refused !== null) return refused;
			do {
				if (++steps > MAX_STEPS) return "insufficientLiquidity";
				question.remaining = this.#remaining;
				question.liquidity = this.liquidity;
				question.sqrtPrice = this.sqrtPrice;
				question.target = this.#nextTick.sqrtPrice;
				if (adaptiveFee !== null) {
					question.feeRate = adaptiveFee.rate();
					question.target = adaptiveFee.target(question.target, this.liquidity);
				}
				if (!computeStep(question, step) || !this.#take(step)) return "amountOverflow";
				adaptiveFee?.advance(this.sqrtPrice, this.#nextTick);
			} while (this.#remaining > 0n && this.sqrtPrice !== this.#nextTick.sqrtPrice);
		}
		return null;
	}

	/** Books a step; false where the program's counters fail. */
	#take(step: SwapStep): boolean {
		const { isExactIn, state } = this.#request;
		const paid = step.amountIn + step.fee;
		this.#remaining -= isExactIn ? paid : step.amountOut;
		if (this.#remaining < 0n) return false;
		this.amountIn += paid;
		this.amountOut += step.amountOut;
		if ((isExactIn ? this.amountOut : this.amountIn) > U64_MAX) return false;
		this.fee += step.fee;
		this.protocolFee += (step.fee * state.protocolFeeRate) / ONE_IN_BASIS_POINTS;
		if (step.sqrtPrice === this.#nextTick.sqrtPrice) {
			if (!this.#cross()) return false;
		} else if (step.sqrtPrice !== this.sqrtPrice) {
			this.tickIndex = null;
		}
		this.sqrtPrice = step.sqrtPrice;
		return true;
	}

	#cross(): boolean {
		const { isAToB, pool } = this.#request;
		const array = this.#nextArray as TickArray;
		const { index } = this.#nextTick;
		if (this.#nextSlot >= 0) {
			const net = array.liquidityNet[this.#nextSlot] as bigint;
			this.liquidity += isAToB ? -net : net;
			if (this.liquidity < 0n || this.liquidity > U128_MAX) return false;
		}
		const slot = Math.floor((index - array.startIndex) / pool.tickSpacing);
		if (slot === (isAToB ? 0 : TICKS_IN_ARRAY - 1)) this.#arrayIndex++;
		this.tickIndex = isAToB ? index - 1 : index;
		this.#searchTick = this.tickIndex;
		return true;
	}

	/** The next tick that is initialised or ends the arrays (whirlpools, util/swap_tick_sequence.rs). */
	#findNext(): NoQuoteCode | null {
		const { isAToB, pool } = this.#request;
		const { tickSpacing } = pool;
		const span = TICKS_IN_ARRAY * tickSpacing;
		for (let search = this.#searchTick; ; this.#arrayIndex++) {
			const found = this.#arrayAt(this.#arrayIndex);
			if (typeof found === "string") return found;
			this.#nextArray = found;
			const slot = nextSlot(found, search, isAToB, tickSpacing);
			this.#nextSlot = slot;
			if (slot >= 0) {
				this.#nextTick.index = found.startIndex + slot * tickSpacing;
				this.#nextTick.sqrtPrice = sqrtPriceOfSlot(found, slot, tickSpacing);
				return null;
			}
			const end = found.startIndex + span - 1;
			// The lowest and the highest array are always the last ones of a swap.
			if (this.#arrayIndex + 1 === this.#starts.length) {
				this.#endAt(isAToB ? Math.max(found.startIndex, MIN_TICK) : Math.min(end, MAX_TICK));
				return null;
			}
			search = isAToB ? found.startIndex - 1 : end;
		}
	}

	#endAt(tick: number): void {
		this.#nextTick.index = tick;
		this.#nextTick.sqrtPrice =
			tick === MIN_TICK ? MIN_SQRT_PRICE : tick === MAX_TICK ? MAX_SQRT_PRICE : sqrtPriceAtTick(tick);
	}

	#arrayAt(index: number): TickArray | NoQuoteCode {
		const start = this.#starts[index];
		if (start === undefined) return "insufficientLiquidity";
		const array = this.#request.state.arrays.get(start);
		if (array === undefined) return "arrayMissing";
		if (index === this.arrays.length) this.arrays.push(start);
		return array;
	}
}

/** The slot of the next initialised tick; −1 when the array has none in that direction. */
function nextSlot(array: TickArray, searchTick: number, isAToB: boolean, tickSpacing: number): number {
	const slot = Math.floor((searchTick - array.startIndex) / tickSpacing);
	if (isAToB) return slot < 0 ? -1 : array.initialized.lastIndexOf(1, slot);
	return array.initialized.indexOf(1, slot + 1);
}
