import { type LoanTerms, quoteFlashLoan } from "../../execution/flash-loan.ts";
import type { ChainClock } from "../../market/chain-clock.ts";
import { passRoute, type RouteLeg } from "../../market/route.ts";
import type { NoQuoteCode, PoolMarket } from "../../market/venues/venue.ts";
import { failure, type Result, success } from "../../types/result.ts";

export interface SizeRequest {
	/** In order; they lead from the funding mint back to it. */
	readonly legs: readonly RouteLeg[];
	readonly lender: LoanTerms;
	/** Base units of the funding mint. */
	readonly networkCost: bigint;
	/** The most that may be borrowed whatever the lender has, base units. */
	readonly maximumAmount: bigint;
	readonly clock: ChainClock;
	/** How many quotes of single legs may be asked for around the peak. */
	readonly maximumQuotes: number;
}

/** The best size that was found. All amounts are exact: the venues' and the lender's own arithmetic. */
export interface Size {
	readonly amount: bigint;
	readonly loanFee: bigint;
	/** What each leg gives; the next one spends exactly that. */
	readonly outputs: readonly bigint[];
	/** The arrays that each leg's swap has to name. */
	readonly arrays: readonly (readonly number[])[];
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

/** Refusals that a larger size may not meet. */
const TOO_SMALL: readonly NoQuoteCode[] = ["zeroInput", "zeroOutput", "transferFee"];
/** Steps towards the peak. One is enough while no leg leaves its range; each range that is crossed costs one or two. */
const MOST_STEPS = 32;

/**
 * The loan that nets most.
 *
 * What a route gives for a loan is a concave curve: every leg's price worsens with its input. First its peak is
 * approached: at a size, the legs' markets as the route leaves them tell the curve around it, which is that of constant
 * products as long as no leg leaves its range, and the best size on that curve is the next one looked at. Around the
 * peak sizes are then quoted one by one, outward on both sides, until what rounding may still hide on that side nets no
 * more than the best so far (`isProven`) or the quotes are used up: near the peak of deep pools the curve is flat, and
 * the best found is short of the true one by at most `atMost − netProfit`, a few base units.
 */
export function sizeCycle(request: SizeRequest): Result<Size, NoSizeCode> {
	const { lender, maximumAmount } = request;
	const cap = largestLoan(lender, maximumAmount);
	const repayShare = 1 + Number(lender.feeNumerator) / Number(lender.feeDenominator);
	const curve = curveAt(
		request,
		request.legs.map(({ market }) => market),
	);
	if (!(curve.slope > repayShare)) return failure("noGap");
	if (cap < 1n) return failure("noLoan");
	return new Search(request, { cap, repayShare }).run(curve.best(repayShare));
}

/** What may be borrowed: no more than the lender has, whatever else is allowed. Base units. */
export function largestLoan({ availableAmount }: Pick<LoanTerms, "availableAmount">, maximumAmount: bigint): bigint {
	return availableAmount < maximumAmount ? availableAmount : maximumAmount;
}

/** The route's curve around a state of its markets, in doubles: what a little more, or less, brings. */
interface LocalCurve {
	/** What one more unit brings. */
	readonly slope: number;
	/** What rounding may have taken from a quote, base units of the last mint. */
	readonly slack: number;
	/** How much further the best size is; negative when it is behind. */
	best(repayShare: number): number;
}

function curveAt({ legs, clock }: Pick<SizeRequest, "legs" | "clock">, markets: readonly PoolMarket[]): LocalCurve {
	let a = 1;
	let b = 1;
	let c = 0;
	let slack = 0;
	for (const [at, { direction }] of legs.entries()) {
		const market = markets[at] as PoolMarket;
		const isAToB = direction === "aToB";
		const reserveIn = Number(isAToB ? market.reserveA : market.reserveB);
		const reserveOut = Number(isAToB ? market.reserveB : market.reserveA);
		const kept = market.keptShare(direction, clock);
		c = reserveIn * c + kept * a;
		a *= kept * reserveOut;
		b *= reserveIn;
		// The fee is rounded up in the input, the output down.
		const price = reserveOut / reserveIn;
		slack = (slack + 1) * price + 1;
		// Products of reserves pass the range of doubles after a few legs.
		a /= b;
		c /= b;
		b = 1;
	}
	return { slope: a, slack, best: (repayShare) => (Math.sqrt(a / repayShare) - 1) / c };
}

/** Why there is nothing at a size: it is too small for the lender or a venue, or too large for one. */
type Refused = "tooSmall" | "tooLarge";

interface Looked {
	readonly amount: bigint;
	readonly loanFee: bigint;
	readonly outputs: readonly bigint[];
	readonly arrays: readonly (readonly number[])[];
	readonly netProfit: bigint;
	readonly curve: LocalCurve;
}

/** The search for the best size of one route. */
class Search {
	readonly #request: SizeRequest;
	readonly #cap: bigint;
	readonly #repayShare: number;
	#quotesLeft: number;
	readonly #seen = new Map<bigint, Looked | Refused>();
	#best: Looked | null = null;

	constructor(request: SizeRequest, { cap, repayShare }: { readonly cap: bigint; readonly repayShare: number }) {
		this.#request = request;
		this.#cap = cap;
		this.#repayShare = repayShare;
		this.#quotesLeft = request.maximumQuotes;
	}

	/** @param distance from nothing to the best size on the curve of now */
	run(distance: number): Result<Size, NoSizeCode> {
		const { peak, isCapped } = this.#approach(distance);
		this.#quotesLeft = this.#request.maximumQuotes;
		const atPeak = this.#look(peak);
		const isCoarse = this.#isCoarse();
		let right: bigint | null = isCoarse ? this.#growsAt(peak + 1n) : peak + 1n;
		let left: bigint | null = isCoarse ? this.#growsBefore(peak) : peak - 1n;
		while ((left !== null || right !== null) && this.#quotesLeft >= this.#request.legs.length) {
			if (right !== null) right = this.#stepRight(right, isCoarse);
			if (left !== null) left = this.#stepLeft(left, isCoarse);
		}
		const best = this.#best;
		if (best === null) return failure("noQuote");
		const isProven = left === null && right === null;
		const { amount, loanFee, outputs, arrays, netProfit } = best;
		const slack = isLooked(atPeak) ? Math.max(atPeak.curve.slack, best.curve.slack) : best.curve.slack;
		const atMost = isProven ? netProfit : netProfit + BigInt(Math.ceil(slack));
		return success({ amount, loanFee, outputs, arrays, netProfit, atMost, isProven, isCapped });
	}

	/**
	 * Goes to where the curve's slope is what the loan costs. Of the sizes seen, `low` still rises and `high` falls
	 * already, or is refused.
	 */
	#approach(distance: number): { readonly peak: bigint; readonly isCapped: boolean } {
		let low = 0n;
		let high = this.#cap + 1n;
		let next = this.#inside(distance, 0n, { low, high });
		for (let step = 0; step < MOST_STEPS && high - low > 1n; step++) {
			const looked = this.#look(next);
			if (!isLooked(looked)) {
				if (looked === "tooSmall") low = next;
				else high = next;
				if (high - low > 1n) next = low + (high - low) / 2n;
				continue;
			}
			const further = looked.curve.best(this.#repayShare);
			if (looked.curve.slope > this.#repayShare) low = next;
			else high = next;
			if (Math.abs(further) < 1) break;
			const guess = this.#inside(further, next, { low, high });
			if (guess === next) break;
			next = guess;
		}
		return { peak: clamp(next, 1n, this.#cap), isCapped: low === this.#cap };
	}

	/** A size that far from another, strictly between the bounds where there is one. */
	#inside(distance: number, from: bigint, { low, high }: { readonly low: bigint; readonly high: bigint }): bigint {
		const far = Number.isFinite(distance) ? BigInt(Math.round(distance)) : high;
		return clamp(from + far, low + 1n, high > low + 1n ? high - 1n : low + 1n);
	}

	/** Looks at a loan and gives the next larger one, or null when no larger one can net more than the best. */
	#stepRight(amount: bigint, isCoarse: boolean): bigint | null {
		if (amount > this.#cap) return null;
		const looked = this.#look(amount);
		if (looked === "tooLarge" || (isLooked(looked) && this.#cannotImprove(looked))) return null;
		return isCoarse ? this.#growsAt(amount + 1n) : amount + 1n;
	}

	/** The same towards smaller ones. */
	#stepLeft(amount: bigint, isCoarse: boolean): bigint | null {
		if (amount < 1n) return null;
		const looked = this.#look(amount);
		if (looked === "tooSmall" || (isLooked(looked) && this.#cannotImprove(looked))) return null;
		return isCoarse ? this.#growsBefore(amount) : amount - 1n;
	}

	#look(amount: bigint): Looked | Refused {
		const seen = this.#seen.get(amount);
		if (seen !== undefined) return seen;
		this.#quotesLeft -= this.#request.legs.length;
		const looked = this.#quote(amount);
		this.#seen.set(amount, looked);
		if (!isLooked(looked)) return looked;
		if (this.#best === null || looked.netProfit > this.#best.netProfit) this.#best = looked;
		return looked;
	}

	#quote(amount: bigint): Looked | Refused {
		const { legs, lender, networkCost, clock } = this.#request;
		const loan = quoteFlashLoan(lender, amount);
		// A lender refuses what its fee would eat; more than it has is not asked for.
		if (!loan.ok) return "tooSmall";
		const passage = passRoute(legs, amount, clock);
		if (!passage.ok) return TOO_SMALL.includes(passage.error) ? "tooSmall" : "tooLarge";
		const { outputs, arrays, after } = passage.value;
		const netProfit = (outputs.at(-1) as bigint) - amount - loan.value.fee - networkCost;
		const curve = curveAt(this.#request, after);
		return { amount, loanFee: loan.value.fee, outputs, arrays, netProfit, curve };
	}

	/** Whether no loan further out nets more than the best: the curve falls from here on, and rounding hides so much. */
	#cannotImprove({ netProfit, curve }: Looked): boolean {
		return this.#best !== null && netProfit + BigInt(Math.ceil(curve.slack)) <= this.#best.netProfit;
	}

	/** A unit of the second mint is worth several of the funding mint: only loans at which the first output grows count. */
	#isCoarse(): boolean {
		const { market, direction } = this.#request.legs[0] as RouteLeg;
		return direction === "aToB" ? market.reserveB < market.reserveA : market.reserveA < market.reserveB;
	}

	/** The smallest loan, not below `amount`, at which the first leg gives more than just below it; null: not found. */
	#growsAt(amount: bigint): bigint | null {
		const found = this.#leastFor(this.#firstOutput(amount - 1n) + 1n);
		return found === null || found < amount ? (found === null ? null : amount) : found;
	}

	/** The largest such loan below `amount`. */
	#growsBefore(amount: bigint): bigint | null {
		const below = this.#firstOutput(amount - 1n);
		const found = below < 1n ? null : this.#leastFor(below);
		return found !== null && found < amount ? found : null;
	}

	/** The loan that the first leg asks for an output. */
	#leastFor(output: bigint): bigint | null {
		const { market, direction } = this.#request.legs[0] as RouteLeg;
		this.#quotesLeft--;
		const quote = market.quoteExactOut(direction, output, this.#request.clock);
		return quote.ok ? quote.value.amountIn : null;
	}

	#firstOutput(amount: bigint): bigint {
		if (amount < 1n) return 0n;
		const { market, direction } = this.#request.legs[0] as RouteLeg;
		this.#quotesLeft--;
		const quote = market.quoteExactIn(direction, amount, this.#request.clock);
		return quote.ok ? quote.value.amountOut : 0n;
	}
}

function isLooked(looked: Looked | Refused): looked is Looked {
	return typeof looked !== "string";
}

function clamp(value: bigint, least: bigint, most: bigint): bigint {
	if (value > most) return most;
	return value > least ? value : least;
}
