/** The floor of the square root of a non-negative integer below 2^1000. */
export function integerSqrt(radicand: bigint): bigint {
	if (radicand === 0n) return 0n;
	// A double gives 52 correct bits, each Newton step doubles them: two are enough for a u256.
	let root = BigInt(Math.floor(Math.sqrt(Number(radicand))));
	for (let step = 0; step < 2; step++) root = (root + radicand / root) >> 1n;
	while (root * root > radicand) root -= 1n;
	while ((root + 1n) * (root + 1n) <= radicand) root += 1n;
	return root;
}

/** The smaller of two integers. */
export function smaller(first: bigint, second: bigint): bigint {
	if (first < second) return first;
	return second;
}

/** `numerator / denominator` rounded up, both above 0 or the numerator 0: one operation on a wide number less than usual. */
export function ceilDiv(numerator: bigint, denominator: bigint): bigint {
	return numerator === 0n ? 0n : (numerator - 1n) / denominator + 1n;
}
