/** A number's two halves, put together without arithmetic on big integers. Machines that Node runs on are little-endian. */
const WHOLE = new BigUint64Array(1);
const HALVES = new Uint32Array(WHOLE.buffer);

/**
 * The little-endian u64 at `offset`, without a view object: the hot path reads thousands a second.
 *
 * @throws RangeError when the data ends before the number: callers check the account's size first.
 */
export function readUint64(data: Uint8Array, offset: number): bigint {
	if (offset < 0 || offset + 8 > data.length) {
		throw new RangeError(`u64 at ${offset} is outside ${data.length} bytes: check the account size before reading`);
	}
	HALVES[0] = readUint32(data, offset);
	HALVES[1] = readUint32(data, offset + 4);
	return WHOLE[0]!;
}

/** {@link readUint64} into two halves of an array, the lower first: no integer is made on the heap. */
export function copyUint64(data: Uint8Array, offset: number, halves: Uint32Array, at: number): void {
	if (offset < 0 || offset + 8 > data.length) {
		throw new RangeError(`u64 at ${offset} is outside ${data.length} bytes: check the account size before reading`);
	}
	halves[at] = readUint32(data, offset);
	halves[at + 1] = readUint32(data, offset + 4);
}

/** Writes `value` as a little-endian u64. The caller guarantees 0 ≤ value < 2^64. */
export function writeUint64(data: Uint8Array, offset: number, value: bigint): void {
	let low = Number(value & 0xffff_ffffn);
	let high = Number((value >> 32n) & 0xffff_ffffn);
	for (let index = 0; index < 4; index++, low >>>= 8, high >>>= 8) {
		data[offset + index] = low & 0xff;
		data[offset + 4 + index] = high & 0xff;
	}
}

/** The little-endian u128 at `offset`; errors as {@link readUint64}. */
export function readUint128(data: Uint8Array, offset: number): bigint {
	const high = readUint64(data, offset + 8);
	const low = readUint64(data, offset);
	return high === 0n ? low : (high << 64n) | low;
}

/** The little-endian i128 at `offset`; errors as {@link readUint64}. */
export function readInt128(data: Uint8Array, offset: number): bigint {
	return BigInt.asIntN(128, readUint128(data, offset));
}

/** The little-endian i64 at `offset`; errors as {@link readUint64}. */
export function readInt64(data: Uint8Array, offset: number): bigint {
	return BigInt.asIntN(64, readUint64(data, offset));
}

/** The little-endian i32 at `offset`. @throws RangeError when the data ends before the number */
export function readInt32(data: Uint8Array, offset: number): number {
	if (offset < 0 || offset + 4 > data.length) throw new RangeError(`i32 at ${offset} is outside ${data.length} bytes`);
	return readUint32(data, offset) | 0;
}

/** The little-endian u16 at `offset`. @throws RangeError when the data ends before the number */
export function readUint16(data: Uint8Array, offset: number): number {
	if (offset < 0 || offset + 2 > data.length) throw new RangeError(`u16 at ${offset} is outside ${data.length} bytes`);
	return (data[offset] as number) | ((data[offset + 1] as number) << 8);
}

function readUint32(data: Uint8Array, offset: number): number {
	return (
		((data[offset] as number) |
			((data[offset + 1] as number) << 8) |
			((data[offset + 2] as number) << 16) |
			((data[offset + 3] as number) << 24)) >>>
		0
	);
}
