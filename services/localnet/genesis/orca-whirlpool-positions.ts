import { MAX_TICK, MIN_TICK, sqrtPriceAtTick, tickAtSqrtPrice } from "../../../core/market/tick-math.ts";

/** Liquidity between two ticks. */
export interface WhirlpoolPosition {
	/** Multiples of the pool's tick spacing. */
	readonly lowerTick: number;
	readonly upperTick: number;
	readonly liquidity: bigint;
}

/** One ring of a pool's depth around its price. */
export interface WhirlpoolRing {
	/** Ticks to either side of the price; a tick is a hundredth of a per cent. Widened to the tick spacing. */
	readonly halfWidthTicks: number;
	/** Parts of the depth, of the sum over all rings. */
	readonly parts: bigint;
}

/** A concentrated centre of one per cent, a shoulder of five, wings that halve and double the price. */
export const USUAL_RINGS: readonly WhirlpoolRing[] = [
	{ halfWidthTicks: 100, parts: 50n },
	{ halfWidthTicks: 500, parts: 30n },
	{ halfWidthTicks: 7_000, parts: 20n },
];

const SHIFT = 64n;

/**
 * The square root price, Q64.64, at which one base unit of A is worth amountB / amountA base units of B.
 *
 * @throws RangeError when an amount is not positive
 */
export function sqrtPriceOf(price: { readonly amountA: bigint; readonly amountB: bigint }): bigint {
	const { amountA, amountB } = price;
	if (amountA <= 0n || amountB <= 0n) throw new RangeError(`price ${amountB} / ${amountA}: both must be positive`);
	return squareRoot((amountB << (2n * SHIFT)) / amountA);
}

/**
 * Positions around a price that hold about `amountA` of token A, and of token B what it is worth; half of a ring lies on
 * either side.
 *
 * @throws RangeError when the price is so near to the outermost tick that a ring has no room
 */
export function positionsAround(depth: {
	readonly sqrtPrice: bigint;
	readonly tickSpacing: number;
	/** Base units, over all rings. */
	readonly amountA: bigint;
	readonly rings?: readonly WhirlpoolRing[];
}): WhirlpoolPosition[] {
	const { sqrtPrice, tickSpacing, amountA, rings = USUAL_RINGS } = depth;
	const tick = tickAtSqrtPrice(sqrtPrice);
	const all = rings.reduce((sum, ring) => sum + ring.parts, 0n);
	return rings.map(({ halfWidthTicks, parts }) => {
		const lowerTick = Math.floor((tick - halfWidthTicks) / tickSpacing) * tickSpacing;
		const upperTick = Math.ceil((tick + 1 + halfWidthTicks) / tickSpacing) * tickSpacing;
		if (lowerTick < MIN_TICK || upperTick > MAX_TICK)
			throw new RangeError(`a ring from tick ${lowerTick} to ${upperTick} leaves the ticks that exist: narrow it`);
		const upper = sqrtPriceAtTick(upperTick);
		const liquidity = ((((amountA * parts) / all) * sqrtPrice * upper) / (upper - sqrtPrice)) >> SHIFT;
		return { lowerTick, upperTick, liquidity };
	});
}

/** What a position holds at a price, in base units, rounded up as the program takes deposits (math/token_math.rs). */
export function amountsOf(position: WhirlpoolPosition, sqrtPrice: bigint): { amountA: bigint; amountB: bigint } {
	const [lower, upper] = [sqrtPriceAtTick(position.lowerTick), sqrtPriceAtTick(position.upperTick)];
	const price = sqrtPrice < lower ? lower : sqrtPrice > upper ? upper : sqrtPrice;
	const { liquidity } = position;
	return {
		amountA: dividedUp((liquidity << SHIFT) * (upper - price), upper * price),
		amountB: dividedUp(liquidity * (price - lower), 1n << SHIFT),
	};
}

function dividedUp(dividend: bigint, divisor: bigint): bigint {
	return (dividend + divisor - 1n) / divisor;
}

/** The root of a whole number, rounded down: Newton's steps from above. */
function squareRoot(of: bigint): bigint {
	let root = 1n << BigInt(Math.ceil((of.toString(2).length + 1) / 2));
	for (;;) {
		const next = (root + of / root) >> 1n;
		if (next >= root) return root;
		root = next;
	}
}
