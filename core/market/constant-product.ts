/** The largest amount an SPL token account holds, in base units. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** `numerator / denominator` rounded up. Both non-negative, denominator > 0: the caller has checked. */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
	return (numerator + denominator - 1n) / denominator;
}

/**
 * What a constant-product curve without fees gives for `amountIn`, rounded down in the pool's favour.
 * Base units; needs `reserveIn + amountIn > 0`.
 */
export function curveOutput(amountIn: bigint, reserveIn: bigint, reserveOut: bigint): bigint {
	return (amountIn * reserveOut) / (reserveIn + amountIn);
}

/**
 * What a constant-product curve without fees asks for `amountOut`, rounded up in the pool's favour.
 * Base units; needs `amountOut < reserveOut`.
 */
export function curveInput(amountOut: bigint, reserveIn: bigint, reserveOut: bigint): bigint {
	return ceilDiv(reserveIn * amountOut, reserveOut - amountOut);
}
