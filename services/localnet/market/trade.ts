import type { Direction } from "../../../core/market/venues/venue.ts";
import type { Random } from "../../../core/types/clock.ts";

/** Typical distance of a trader's opinion from the fair price. */
const OPINION_SPREAD = 0.006;
/** A trader leaves a price alone that is nearer to his opinion than this. */
const INDIFFERENCE = 0.001;

export interface TradeDecision {
	readonly direction: Direction;
	readonly amountIn: bigint;
}

export interface TradeSituation {
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	/** The fair price: base units of B for one base unit of A. */
	readonly fairPrice: number;
	readonly feeBps: number;
	/** No single trade takes more than this share of a side. */
	readonly maximumShare: number;
}

/**
 * What a trader with an opinion near the fair price does in a constant-product pool: he trades towards his opinion, and
 * where the next pool's trader thinks otherwise, prices drift apart. Null when the price suits him.
 */
export function decideTrade(situation: TradeSituation, random: Random): TradeDecision | null {
	const { feeBps, fairPrice, maximumShare } = situation;
	const [reserveA, reserveB] = [Number(situation.reserveA), Number(situation.reserveB)];
	if (!(reserveA > 0 && reserveB > 0)) return null;
	const wanted = fairPrice * Math.exp(OPINION_SPREAD * normal(random));
	const ratio = reserveB / reserveA / wanted;
	if (Math.abs(Math.log(ratio)) < INDIFFERENCE) return null;
	// Selling A moves the price of A down by the square of (1 + share); buying it takes the same share of B.
	const share = Math.min(maximumShare, Math.sqrt(ratio > 1 ? ratio : 1 / ratio) - 1);
	const side = ratio > 1 ? reserveA : reserveB;
	const amountIn = BigInt(Math.floor((side * share) / (1 - feeBps / 10_000)));
	return amountIn > 0n ? { direction: ratio > 1 ? "aToB" : "bToA", amountIn } : null;
}

/** A standard normal number, nearly: the sum of twelve uniform ones (Irwin and Hall). */
function normal(random: Random): number {
	let sum = -6;
	for (let draw = 0; draw < 12; draw++) sum += random.nextUint32() / 2 ** 32;
	return sum;
}
