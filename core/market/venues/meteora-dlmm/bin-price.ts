import { BASIS_POINT_MAX } from "./accounts.ts";

const SCALE = 64n;
const ONE = 1n << SCALE;
const U128_MAX = (1n << 128n) - 1n;

/**
 * The price of X in Y of a bin, Q64.64: (1 + step/10,000)^id by the program's own squaring, whose roundings are part of
 * the result (dlmm-sdk, commons/src/math/price_math.rs, u64x64_math.rs `pow`). Null where the program finds no price.
 */
export function binPrice(id: number, binStep: number): bigint | null {
	if (id === 0) return ONE;
	const base = ONE + (BigInt(binStep) << SCALE) / BigInt(BASIS_POINT_MAX);
	// The reciprocal stays below one, so that its squares fit the program's u128.
	let square = U128_MAX / base;
	let result = ONE;
	for (let rest = Math.abs(id); rest > 0; rest >>>= 1) {
		if ((rest & 1) === 1) result = (result * square) >> SCALE;
		square = (square * square) >> SCALE;
	}
	if (result === 0n) return null;
	return id > 0 ? U128_MAX / result : result;
}
