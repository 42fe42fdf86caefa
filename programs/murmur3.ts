/**
 * MurmurHash3, 32 bits, x86 variant, seed 0 (Austin Appleby, public domain algorithm): the number by which sBPF names a
 * syscall (solana-sbpf, `ebpf::hash_symbol_name`).
 */
export function murmur3(text: string): number {
	const bytes = new TextEncoder().encode(text);
	const wholeLength = bytes.length & ~3;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let hash = 0;
	for (let at = 0; at < wholeLength; at += 4) {
		hash ^= scramble(view.getUint32(at, true));
		hash = (Math.imul(rotateLeft(hash, 13), 5) + 0xe6546b64) | 0;
	}
	let tail = 0;
	for (let at = bytes.length - 1; at >= wholeLength; at--) tail = (tail << 8) | bytes[at]!;
	hash ^= scramble(tail) ^ bytes.length;
	hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
	return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
	return Math.imul(rotateLeft(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function rotateLeft(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}
