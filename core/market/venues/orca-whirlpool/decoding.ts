import type { DecodeError } from "../venue.ts";

/** An error that names a field, what it is, and what it may be. */
export function impossible(field: string, found: bigint | number | string, expected: string): DecodeError {
	return { code: "impossibleValue", detail: `${field} is ${found}, expected ${expected}` };
}

/** Whether the data holds `bytes` at `offset`. */
export function holds(data: Uint8Array, offset: number, bytes: ArrayLike<number>): boolean {
	for (let index = 0; index < bytes.length; index++) {
		if (data[offset + index] !== bytes[index]) return false;
	}
	return true;
}
