import type { Address } from "./address.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ADDRESS_BYTES = 32;
/** Five digits a limb: a limb times 256 stays an exact double. */
const LIMB_DIGITS = 5;
const LIMB = 58 ** LIMB_DIGITS;

/** Bytes as base58 text (Bitcoin's alphabet, as Solana uses it). For addresses when they are first seen, not per tick. */
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
			digits = ALPHABET[rest - next * 58] + digits;
			rest = next;
		}
	}
	let padding = 0;
	while (padding < digits.length && digits[padding] === "1") padding++;
	return "1".repeat(leadingZeros) + digits.slice(padding);
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
