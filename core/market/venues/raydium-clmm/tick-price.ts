import { MAX_TICK } from "./pool-account.ts";

const U128_MAX = (1n << 128n) - 1n;
const Q64 = 1n << 64n;

/** 2^64 ÷ 1.0001^(2^(i−1)), cut as the program has it (raydium-clmm, libraries/tick_math.rs `get_sqrt_price_at_tick`). */
const FACTORS: readonly bigint[] = [
	0xfffcb933bd6fb800n,
	0xfff97272373d4000n,
	0xfff2e50f5f657000n,
	0xffe5caca7e10f000n,
	0xffcb9843d60f7000n,
	0xff973b41fa98e800n,
	0xff2ea16466c9b000n,
	0xfe5dee046a9a3800n,
	0xfcbe86c7900bb000n,
	0xf987a7253ac65800n,
	0xf3392b0822bb6000n,
	0xe7159475a2caf000n,
	0xd097f3bdfd2f2000n,
	0xa9f746462d9f8000n,
	0x70d869a156f31c00n,
	0x31be135f97ed3200n,
	0x9aa508b5b85a500n,
	0x5d6af8dedc582cn,
	0x2216e584f5fan,
];

/**
 * The square root of the price at a tick, Q64.64. The program's own factors are cut shorter than Orca's, so that the two differ.
 * The caller guarantees −443,636 ≤ tick ≤ 443,636.
 */
export function sqrtPriceAtTick(tick: number): bigint {
	const distance = Math.abs(tick);
	let ratio = Q64;
	for (let bit = 0; distance >>> bit !== 0; bit++) {
		if (((distance >>> bit) & 1) !== 0) ratio = (ratio * (FACTORS[bit] as bigint)) >> 64n;
	}
	return tick > 0 ? U128_MAX / ratio : ratio;
}

/** Ticks in one unit of the natural logarithm of a square root of a price. */
const TICKS_A_NATURAL_LOG = 2 / Math.log(1.0001);
const LOG_OF_Q64 = 64 * Math.LN2;
/** A floating logarithm errs by less than 10^-9 ticks, and the lowest prices' own cut by 10^-4: nearer than this is looked at exactly. */
const DOUBTFUL = 0.001;

/**
 * The greatest tick whose price is not above `sqrtPrice` (libraries/tick_math.rs `get_tick_at_sqrt_price`, which finds the same
 * by sixteen squarings). The caller guarantees a price within the program's bounds.
 */
export function tickAtSqrtPrice(sqrtPrice: bigint): number {
	const exact = (Math.log(Number(sqrtPrice)) - LOG_OF_Q64) * TICKS_A_NATURAL_LOG;
	const floor = Math.floor(exact);
	const part = exact - floor;
	if (part > DOUBTFUL && part < 1 - DOUBTFUL) return floor;
	const near = Math.min(Math.round(exact), MAX_TICK);
	return sqrtPriceAtTick(near) <= sqrtPrice ? near : near - 1;
}
