/** Bits of a double's significand: the first guess is right to about so many. */
const GUESS_BITS = 52;

/** The largest integer whose square is not above `value`. Newton's method from a floating-point guess. */
export function integerSquareRoot(value: bigint): bigint {
	if (value < 0n) throw new RangeError("the square root of a negative number was asked for");
	if (value < 2n) return value;
	let root = guess(value);
	for (;;) {
		const next = (root + value / root) >> 1n;
		// From above the steps fall until they reach the root; one that does not fall has arrived.
		if (next >= root) return root;
		root = next;
	}
}

/** A number not below the root: one step of Newton's method from any guess lands there. */
function guess(value: bigint): bigint {
	const rough = Number(value);
	if (rough <= Number.MAX_VALUE) {
		const root = BigInt(Math.ceil(Math.sqrt(rough)));
		return (root + value / root + 1n) >> 1n;
	}
	const bits = value.toString(16).length * 4;
	const shift = bits > GUESS_BITS ? (bits - GUESS_BITS + 1) & ~1 : 0;
	const root = BigInt(Math.ceil(Math.sqrt(Number(value >> BigInt(shift))))) << BigInt(shift / 2);
	return (root + value / root + 1n) >> 1n;
}
