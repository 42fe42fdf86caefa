const BLOCK_BYTES = 128;
const BLOCK_WORDS = 16;
const STATE_WORDS = 8;
const HASH_BYTES = 32;
const ROUNDS = 12;
/** RFC 7693, section 2.6. */
const INITIAL = BigUint64Array.of(
	0x6a09e667f3bcc908n,
	0xbb67ae8584caa73bn,
	0x3c6ef372fe94f82bn,
	0xa54ff53a5f1d36f1n,
	0x510e527fade682d1n,
	0x9b05688c2b3e6c1fn,
	0x1f83d9abfb41bd6bn,
	0x5be0cd19137e2179n,
);
/** RFC 7693, section 2.7: the order in which a round takes the words of a block, as hexadecimal digits. */
const ORDERS = [
	"0123456789abcdef",
	"ea489fd61c02b753",
	"b8c052fdae367194",
	"7931dcbe265a40f8",
	"905724afe1bc683d",
	"2c6a0b834d75fe19",
	"c51fed4a0763928b",
	"db7ec13950f4862a",
	"6fe9b308c2d714a5",
	"a2847615fb9e3cd0",
].map((digits) => Uint8Array.from(digits, (digit) => Number.parseInt(digit, 16)));
/** RFC 7693, section 3.2: which words of the state a round mixes, columns first and then diagonals. */
const MIXED = [
	[0, 4, 8, 12],
	[1, 5, 9, 13],
	[2, 6, 10, 14],
	[3, 7, 11, 15],
	[0, 5, 10, 15],
	[1, 6, 11, 12],
	[2, 7, 8, 13],
	[3, 4, 9, 14],
] as const;

/**
 * BLAKE2b-256 under a key (RFC 7693), as libsodium's `crypto_generichash` makes it: for machines on which libsodium
 * cannot be loaded, as Node's own BLAKE2b takes no key. Some 0.3 ms for an approval.
 *
 * @param key 1 to 64 bytes
 */
export function keyedBlake2b(message: Uint8Array, key: Uint8Array): Uint8Array {
	const state = INITIAL.slice();
	state[0] = (state[0] as bigint) ^ BigInt(0x01010000 | (key.length << 8) | HASH_BYTES);
	const length = BLOCK_BYTES + message.length;
	const bytes = new Uint8Array(Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES);
	bytes.set(key);
	bytes.set(message, BLOCK_BYTES);
	// Little-endian, as every machine is that Node runs on.
	const words = new BigUint64Array(bytes.buffer);
	for (let end = BLOCK_BYTES; end <= bytes.length; end += BLOCK_BYTES) {
		const block = words.subarray(end / 8 - BLOCK_WORDS, end / 8);
		compress(state, block, { counted: BigInt(Math.min(end, length)), isLast: end === bytes.length });
	}
	bytes.fill(0);
	return new Uint8Array(state.buffer, 0, HASH_BYTES);
}

function compress(
	state: BigUint64Array,
	block: BigUint64Array,
	{ counted, isLast }: { readonly counted: bigint; readonly isLast: boolean },
): void {
	const v = new BigUint64Array(2 * STATE_WORDS);
	v.set(state);
	v.set(INITIAL, STATE_WORDS);
	v[12] = (v[12] as bigint) ^ counted;
	if (isLast) v[14] = ~(v[14] as bigint);
	for (let round = 0; round < ROUNDS; round++) {
		const order = ORDERS[round % ORDERS.length] as Uint8Array;
		for (const [index, places] of MIXED.entries()) {
			mix(v, places, block[order[2 * index] as number] as bigint, block[order[2 * index + 1] as number] as bigint);
		}
	}
	for (let at = 0; at < STATE_WORDS; at++) {
		state[at] = (state[at] as bigint) ^ (v[at] as bigint) ^ (v[at + STATE_WORDS] as bigint);
	}
}

/** RFC 7693, section 3.1. What is written into the array is cut to 64 bits. */
function mix(v: BigUint64Array, [a, b, c, d]: readonly [number, number, number, number], x: bigint, y: bigint): void {
	v[a] = (v[a] as bigint) + (v[b] as bigint) + x;
	v[d] = rotated((v[d] as bigint) ^ (v[a] as bigint), 32n);
	v[c] = (v[c] as bigint) + (v[d] as bigint);
	v[b] = rotated((v[b] as bigint) ^ (v[c] as bigint), 24n);
	v[a] = (v[a] as bigint) + (v[b] as bigint) + y;
	v[d] = rotated((v[d] as bigint) ^ (v[a] as bigint), 16n);
	v[c] = (v[c] as bigint) + (v[d] as bigint);
	v[b] = rotated((v[b] as bigint) ^ (v[c] as bigint), 63n);
}

/** To the right, by bits. */
function rotated(word: bigint, bits: bigint): bigint {
	return (word >> bits) | (word << (64n - bits));
}
