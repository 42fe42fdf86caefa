const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;
const ROUNDS = 64;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const ROUND_CONSTANTS = firstPrimes(ROUNDS).map((prime) => fraction(prime ** (1 / 3)));
/** The same of their square roots, of the first 8 (FIPS 180-4, 5.3.3). */
const FIRST_STATE = firstPrimes(8).map((prime) => fraction(Math.sqrt(prime)));

/** SHA-256 (FIPS 180-4). For addresses when they are first seen: plain code, not made for speed. */
export function sha256(message: Uint8Array): Uint8Array {
	const blocks = Math.ceil((message.length + 1 + LENGTH_BYTES) / BLOCK_BYTES);
	const padded = new Uint8Array(blocks * BLOCK_BYTES);
	padded.set(message);
	padded[message.length] = 0x80;
	const view = new DataView(padded.buffer);
	view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
	view.setUint32(padded.length - 4, message.length * 8);
	const state = Uint32Array.from(FIRST_STATE);
	const words = new Uint32Array(ROUNDS);
	for (let offset = 0; offset < padded.length; offset += BLOCK_BYTES) {
		for (let index = 0; index < 16; index++) words[index] = view.getUint32(offset + index * 4);
		mix(state, words);
	}
	const digest = new Uint8Array(32);
	const out = new DataView(digest.buffer);
	for (const [index, word] of state.entries()) out.setUint32(index * 4, word);
	return digest;
}

function mix(state: Uint32Array, words: Uint32Array): void {
	for (let index = 16; index < ROUNDS; index++) {
		const early = words[index - 15] as number;
		const late = words[index - 2] as number;
		const small0 = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
		const small1 = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
		words[index] = (words[index - 16] as number) + small0 + (words[index - 7] as number) + small1;
	}
	let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
	for (let index = 0; index < ROUNDS; index++) {
		const big1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
		const choice = (e & f) ^ (~e & g);
		const first = (h + big1 + choice + (ROUND_CONSTANTS[index] as number) + (words[index] as number)) | 0;
		const big0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
		const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
		[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
	}
	for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = (state[index] as number) + value;
}

type Eight = [number, number, number, number, number, number, number, number];

function rotated(word: number, bits: number): number {
	return (word >>> bits) | (word << (32 - bits));
}

/** 32 bits: a double has them with more than ten to spare below a cube root of 311. */
function fraction(root: number): number {
	return Math.floor((root - Math.floor(root)) * 2 ** 32);
}

function firstPrimes(count: number): number[] {
	const primes: number[] = [];
	for (let candidate = 2; primes.length < count; candidate++) {
		if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
	}
	return primes;
}
