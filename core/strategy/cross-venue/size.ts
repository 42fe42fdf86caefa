import { type LoanTerms, quoteFlashLoan } from "../../execution/flash-loan.ts";
import type { ChainClock } from "../../market/chain-clock.ts";
import { ceilDiv } from "../../market/constant-product.ts";
import type { PoolDescriptor } from "../../market/pool.ts";
import type { Direction, PoolMarket } from "../../market/venues/venue.ts";
import { failure, type Result, success } from "../../types/result.ts";
import { integerSquareRoot } from "../../types/square-root.ts";

/** One leg with the state that it is quoted on. */
export interface SizeLeg {
	readonly pool: PoolDescriptor;
	readonly market: Pick<PoolMarket, "reserveA" | "reserveB" | "quoteExactIn">;
	readonly direction: Direction;
}

export interface SizeRequest {
	/** In order; they lead from the funding mint back to it. */
	readonly legs: readonly SizeLeg[];
	readonly lender: LoanTerms;
	/** Base units of the funding mint. */
	readonly networkCost: bigint;
	/** The most that may be borrowed whatever the lender has, base units. */
	readonly maximumAmount: bigint;
	readonly clock: ChainClock;
	/** How many quotes of single legs may be asked for. */
	readonly maximumQuotes: number;
	/**
	 * Good enough is short of the best by no more than one part in so many of the net profit: no further quote is asked
	 * for, and `isProven` stays false. Absent: every quote is used.
	 */
	readonly goodEnough?: bigint;
}

/** The best size that was found. All amounts are exact: the venues' and the lender's own arithmetic. */
export interface Size {
	readonly amount: bigint;
	readonly loanFee: bigint;
	/** What each leg gives; the next one spends exactly that. */
	readonly outputs: readonly bigint[];
	/** Last output − amount − loan fee − network cost; may be negative. Base units of the funding mint. */
	readonly netProfit: bigint;
	/** No other size nets more than this. */
	readonly atMost: bigint;
	/** No other size nets more than {@link netProfit}: every one that could was quoted. */
	readonly isProven: boolean;
	/** A larger loan than allowed would net more. */
	readonly isCapped: boolean;
}

/**
 * `noGap`: prices are too close for any size. `noLoan`: nothing may be borrowed. `noQuote`: the venues or the lender
 * refuse the sizes around the best one.
 */
export type NoSizeCode = "noGap" | "noLoan" | "noQuote";

/**
 * The loan that nets most. A closed form over the whole route gives the real-valued optimum; from there sizes are quoted
 * exactly, outward on both sides, until the curve proves that nothing further out nets more than the best so far
 * (`isProven`) or the quotes are used up. The curve falls off quadratically: in deep pools the quotes end first, and
 * then the best found is short of the true one by at most `atMost − netProfit`, a few base units.
 *
 * Both claims need quotes that are never above the constant-product curve with the descriptor's fee on the input. Raydium
 * AMM v4 and CPMM keep to it, except CPMM pools whose creator takes a fee from the output: there it holds up to the
 * product of the two rates. The amounts themselves are exact in any case.
 */
export function sizeCycle(request: SizeRequest): Result<Size, NoSizeCode> {
	const curve = routeCurve(request.legs);
	const { feeNumerator, feeDenominator } = request.lender;
	const repaid = feeDenominator + feeNumerator;
	if (curve.a * feeDenominator <= curve.b * repaid) return failure("noGap");
	const cap = largestLoan(request.lender, request.maximumAmount);
	if (cap < 1n) return failure("noLoan");
	// Rounded down twice, so that the real optimum is within [peak, peak + 2).
	const root = integerSquareRoot((curve.a * curve.b * feeDenominator) / repaid);
	const peak = root > curve.b ? (root - curve.b) / curve.c : 0n;
	return new Search(request, curve, { peak, cap }).run();
}

/** What may be borrowed: no more than the lender has, whatever else is allowed. Base units. */
export function largestLoan({ availableAmount }: Pick<LoanTerms, "availableAmount">, maximumAmount: bigint): bigint {
	return clamp(maximumAmount, 0n, availableAmount);
}

/** How far above {@link Search} `peak` the real optimum can be. */
const PEAK_ERROR = 2n;

/** `out = a·x / (b + c·x)`: the whole route without rounding. */
interface Curve {
	readonly a: bigint;
	readonly b: bigint;
	readonly c: bigint;
}

function routeCurve(legs: readonly SizeLeg[]): Curve {
	let a = 1n;
	let b = 1n;
	let c = 0n;
	for (const leg of legs) {
		const { reserveIn, reserveOut, kept, whole } = orient(leg);
		c = whole * reserveIn * c + kept * a;
		a *= kept * reserveOut;
		b *= whole * reserveIn;
	}
	return { a, b, c };
}

interface Oriented {
	readonly reserveIn: bigint;
	readonly reserveOut: bigint;
	/** Of `whole` units that go in, the curve sees `kept`. */
	readonly kept: bigint;
	readonly whole: bigint;
}

function orient({ pool, market, direction }: SizeLeg): Oriented {
	const isAToB = direction === "aToB";
	return {
		reserveIn: isAToB ? market.reserveA : market.reserveB,
		reserveOut: isAToB ? market.reserveB : market.reserveA,
		kept: pool.feeDenominator - pool.feeNumerator,
		whole: pool.feeDenominator,
	};
}

/** The search around the peak of one route. */
class Search {
	readonly #request: SizeRequest;
	readonly #curve: Curve;
	readonly #peak: bigint;
	readonly #cap: bigint;
	/** A unit of the second mint is worth several of the funding mint: only loans at which the first output grows count. */
	readonly #isCoarse: boolean;
	#quotesLeft: number;
	/** A quote was refused for another reason than a size of nothing: what lies behind it is not known. */
	#isRefused = false;
	#best: { amount: bigint; loanFee: bigint; outputs: bigint[]; netProfit: bigint } | null = null;

	constructor(request: SizeRequest, curve: Curve, { peak, cap }: { readonly peak: bigint; readonly cap: bigint }) {
		this.#request = request;
		this.#curve = curve;
		this.#peak = peak;
		this.#cap = cap;
		this.#quotesLeft = request.maximumQuotes;
		const first = orient(request.legs[0] as SizeLeg);
		this.#isCoarse = first.kept * first.reserveOut < first.whole * first.reserveIn;
	}

	run(): Result<Size, NoSizeCode> {
		const start = clamp(this.#peak, 1n, this.#cap);
		let right: bigint | null = this.#isCoarse ? this.#growsAt(start) : start;
		let left: bigint | null = this.#isCoarse ? this.#growsBefore(right ?? start) : start - 1n;
		while ((left !== null || right !== null) && this.#quotesLeft >= this.#request.legs.length) {
			if (right !== null) right = this.#stepRight(right);
			if (this.#isGoodEnough(start)) break;
			if (left !== null) left = this.#stepLeft(left);
		}
		if (this.#best === null) return failure("noQuote");
		const isProven = left === null && right === null && !this.#isRefused;
		const { netProfit } = this.#best;
		const isCapped = this.#peak > this.#cap;
		return success({ ...this.#best, isProven, isCapped, atMost: isProven ? netProfit : this.#bound(start) });
	}

	/** Looks at a loan and gives the next larger one, or null when no larger one can net more than the best. */
	#stepRight(amount: bigint): bigint | null {
		if (amount > this.#cap) return null;
		this.#look(amount);
		if (amount >= this.#peak + PEAK_ERROR && this.#cannotImprove(amount)) return null;
		return this.#isCoarse ? this.#growsAt(amount + 1n) : amount + 1n;
	}

	/** The same towards smaller ones. */
	#stepLeft(amount: bigint): bigint | null {
		if (amount < 1n) return null;
		this.#look(amount);
		if (amount <= this.#peak && this.#cannotImprove(amount)) return null;
		return this.#isCoarse ? this.#growsBefore(amount) : amount - 1n;
	}

	#look(amount: bigint): void {
		const { legs, lender, networkCost, clock } = this.#request;
		const loan = quoteFlashLoan(lender, amount);
		if (!loan.ok) {
			// Counts as a quote, so that a lender who refuses everything ends the search.
			this.#quotesLeft--;
			return;
		}
		const outputs: bigint[] = [];
		let carried = amount;
		for (const { market, direction } of legs) {
			this.#quotesLeft--;
			const quote = market.quoteExactIn(direction, carried, clock);
			if (!quote.ok) return;
			carried = quote.value.amountOut;
			outputs.push(carried);
		}
		const netProfit = carried - amount - loan.value.fee - networkCost;
		if (this.#best !== null && netProfit <= this.#best.netProfit) return;
		this.#best = { amount, loanFee: loan.value.fee, outputs, netProfit };
	}

	/** Whether no loan from `amount` on outward nets more than the best. */
	#cannotImprove(amount: bigint): boolean {
		return this.#best !== null && this.#net(amount, amount) <= this.#best.netProfit;
	}

	/** Whether what a better loan could still add is not worth the time. A refused quote leaves that unknown. */
	#isGoodEnough(start: bigint): boolean {
		const { goodEnough } = this.#request;
		if (goodEnough === undefined || this.#best === null || this.#isRefused) return false;
		const { netProfit } = this.#best;
		return netProfit > 0n && (this.#bound(start) - netProfit) * goodEnough <= netProfit;
	}

	/** No loan nets more than this; `start` is where the search began. */
	#bound(start: bigint): bigint {
		// Within the cap the real optimum is somewhere in [peak, peak + 2); below the peak the curve rises to the cap.
		return this.#net(start < this.#peak ? start : start + PEAK_ERROR, start);
	}

	/** What the output of one loan, rounded up, would net at the cost of another, rounded down. */
	#net(sold: bigint, borrowed: bigint): bigint {
		const { a, b, c } = this.#curve;
		const output = (a * sold) / (b + c * sold) + 1n;
		const { lender, networkCost } = this.#request;
		const fee = (borrowed * lender.feeNumerator) / lender.feeDenominator;
		return output - borrowed - fee - networkCost;
	}

	/** The smallest loan, not below `amount`, at which the first leg gives more than just below it; null: not found. */
	#growsAt(amount: bigint): bigint | null {
		const below = amount > 1n ? this.#firstOutput(amount - 1n) : 0n;
		return this.#leastFor(below + 1n, amount);
	}

	/** The largest such loan below `amount`. */
	#growsBefore(amount: bigint): bigint | null {
		const below = amount > 1n ? this.#firstOutput(amount - 1n) : 0n;
		return below < 1n ? null : this.#leastFor(below, 1n);
	}

	/** The smallest loan, not below `least`, of which the first leg makes at least `output`. */
	#leastFor(output: bigint, least: bigint): bigint | null {
		const { reserveIn, reserveOut, kept, whole } = orient(this.#request.legs[0] as SizeLeg);
		if (output >= reserveOut) return null;
		const seen = ceilDiv(reserveIn * output, reserveOut - output);
		let amount = ceilDiv(seen * whole, kept);
		if (amount < least) amount = least;
		// The formula is the venues' own; where one rounds otherwise, the smallest is within a few units above.
		while (this.#quotesLeft > 0 && this.#firstOutput(amount) < output) amount++;
		return amount;
	}

	#firstOutput(amount: bigint): bigint {
		const { market, direction } = this.#request.legs[0] as SizeLeg;
		this.#quotesLeft--;
		const quote = market.quoteExactIn(direction, amount, this.#request.clock);
		if (quote.ok) return quote.value.amountOut;
		if (quote.error !== "zeroInput" && quote.error !== "zeroOutput") this.#isRefused = true;
		return 0n;
	}
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
	if (value > most) return most;
	return value > least ? value : least;
}
