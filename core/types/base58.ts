import type { Address } from "./address.ts";

/** Bitcoin's alphabet, as Solana uses it. */
export const BASE58_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ADDRESS_BYTES = 32;
/** Five digits a limb: a limb times 256 stays an exact double. */
const LIMB_DIGITS = 5;
const LIMB = 58 ** LIMB_DIGITS;
const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < BASE58_ALPHABET.length; digit++) DIGITS[BASE58_ALPHABET.charCodeAt(digit)] = digit;
/** Four bytes a limb when a text is read. */
const BYTES_LIMB = 2 ** 32;

/** Bytes as base58 text. For addresses when they are first seen, not per tick. */
export function encodeBase58(bytes: Uint8Array): string {
	let leadingZeros = 0;
	while (leadingZeros < bytes.length && bytes[leadingZeros] === 0) leadingZeros++;
	const limbs: number[] = [];
	for (let index = leadingZeros; index < bytes.length; index++) {
		let carry = bytes[index] as number;
		for (let limb = 0; limb < limbs.length; limb++) {
			const value = (limbs[limb] as number) * 256 + carry;
			carry = Math.floor(value / LIMB);
			limbs[limb] = value - carry * LIMB;
		}
		if (carry > 0) limbs.push(carry);
	}
	let digits = "";
	for (const limb of limbs) {
		let rest = limb;
		for (let digit = 0; digit < LIMB_DIGITS; digit++) {
			const next = Math.floor(rest / 58);
			digits = BASE58_ALPHABET[rest - next * 58] + digits;
			rest = next;
		}
	}
	let padding = 0;
	while (padding < digits.length && digits[padding] === "1") padding++;
	return "1".repeat(leadingZeros) + digits.slice(padding);
}

/** The bytes of a base58 text; `null` when a character is outside the alphabet. */
export function decodeBase58(text: string): Uint8Array | null {
	let zeros = 0;
	while (zeros < text.length && text[zeros] === "1") zeros++;
	/** Least significant limb first. */
	const limbs: number[] = [];
	for (let index = zeros; index < text.length; index++) {
		const code = text.charCodeAt(index);
		const digit = code < 128 ? (DIGITS[code] as number) : -1;
		if (digit < 0) return null;
		let carry = digit;
		for (let limb = 0; limb < limbs.length; limb++) {
			const value = (limbs[limb] as number) * 58 + carry;
			limbs[limb] = value % BYTES_LIMB;
			carry = Math.floor(value / BYTES_LIMB);
		}
		if (carry > 0) limbs.push(carry);
	}
	const tail: number[] = [];
	for (const limb of limbs) for (let shift = 0; shift < 32; shift += 8) tail.push((limb >>> shift) & 0xff);
	while (tail.length > 0 && tail.at(-1) === 0) tail.pop();
	const bytes = new Uint8Array(zeros + tail.length);
	for (let index = 0; index < tail.length; index++) bytes[bytes.length - 1 - index] = tail[index] as number;
	return bytes;
}

/**
 * The address whose 32 bytes stand at `offset`.
 *
 * @throws RangeError when the data ends before the address: callers check the account's size first.
 */
export function readAddress(data: Uint8Array, offset: number): Address {
	if (offset < 0 || offset + ADDRESS_BYTES > data.length) {
		throw new RangeError(`address at ${offset} is outside ${data.length} bytes: check the account size before reading`);
	}
	return encodeBase58(data.subarray(offset, offset + ADDRESS_BYTES)) as Address;
}
