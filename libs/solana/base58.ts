import { BASE58_ALPHABET } from "../../core/types/base58.ts";
import type { Signature } from "../../core/types/identifiers.ts";

const BASE = 58;
/** Digits are handled five at a time: such a limb times a word, summed over all words, stays an exact double. */
const LIMB_DIGITS = 5;
const LIMB = BASE ** LIMB_DIGITS;
/** Bytes are handled two at a time. */
const WORD = 2 ** 16;

const SIGNATURE_BYTES = 64;
const SIGNATURE_WORDS = SIGNATURE_BYTES / 2;
/** 58^90 is the first power of 58^5 above 2^512. */
const SIGNATURE_LIMBS = 18;

const HASH_BYTES = 32;
const HASH_WORDS = HASH_BYTES / 2;
/** 58^45 is the first power of 58^5 above 2^256. */
const HASH_LIMBS = 9;
const MOST_HASH_DIGITS = 44;

/** By place of a word, the limbs of one unit of it; the most significant of both comes first. */
const WORD_IN_LIMBS = unitsOf({ count: SIGNATURE_WORDS, unit: WORD, parts: SIGNATURE_LIMBS, part: LIMB });
/** By place of a limb, the words of one unit of it. */
const LIMB_IN_WORDS = unitsOf({ count: HASH_LIMBS, unit: LIMB, parts: HASH_WORDS, part: WORD });
/** Where a row of these tables begins to differ from 0: half of all products are left out. */
const FIRST_LIMB = firstOfRows(WORD_IN_LIMBS, SIGNATURE_LIMBS);
const FIRST_WORD = firstOfRows(LIMB_IN_WORDS, HASH_WORDS);
const ALPHABET_CODES = Uint8Array.from(BASE58_ALPHABET, (digit) => digit.charCodeAt(0));
const NO_DIGIT = 255;
const DIGIT_OF_CODE = new Uint8Array(128).fill(NO_DIGIT);
ALPHABET_CODES.forEach((code, digit) => {
	DIGIT_OF_CODE[code] = digit;
});

/**
 * The two base58 conversions that every signed trade needs, both without long division: a sum of products with a table
 * of powers, then one pass of carries.
 */
export class Base58 {
	readonly #limbs = new Float64Array(SIGNATURE_LIMBS);
	readonly #words = new Float64Array(HASH_WORDS);
	readonly #text = Buffer.alloc(SIGNATURE_LIMBS * LIMB_DIGITS);

	/** The 64 bytes of a signature as text. */
	signature(bytes: Uint8Array): Signature {
		if (bytes.length !== SIGNATURE_BYTES) throw new RangeError(`a signature has 64 bytes, not ${bytes.length}`);
		const limbs = this.#limbs.fill(0);
		for (let word = 0; word < SIGNATURE_WORDS; word++) {
			const value = ((bytes[word * 2] as number) << 8) | (bytes[word * 2 + 1] as number);
			const row = word * SIGNATURE_LIMBS;
			for (let limb = FIRST_LIMB[word] as number; limb < SIGNATURE_LIMBS; limb++) {
				limbs[limb] = (limbs[limb] as number) + value * (WORD_IN_LIMBS[row + limb] as number);
			}
		}
		const text = this.#text;
		let carry = 0;
		for (let limb = SIGNATURE_LIMBS - 1; limb >= 0; limb--) {
			const sum = (limbs[limb] as number) + carry;
			carry = Math.floor(sum / LIMB);
			let rest = (sum - carry * LIMB) | 0;
			for (let at = (limb + 1) * LIMB_DIGITS - 1; at >= limb * LIMB_DIGITS; at--) {
				const next = (rest / BASE) | 0;
				text[at] = ALPHABET_CODES[rest - next * BASE] as number;
				rest = next;
			}
		}
		return text.toString("latin1", firstDigit(text, leadingZeros(bytes))) as Signature;
	}

	/**
	 * Writes the 32 bytes of a hash or address that is given as text.
	 *
	 * @throws RangeError when the text is not 32 bytes of base58
	 */
	readHash(text: string, bytes: Uint8Array): void {
		const words = this.#words.fill(0);
		const length = text.length;
		if (length > MOST_HASH_DIGITS) throw notAHash(text);
		// The last limb ends with the text; the first may have fewer digits.
		for (let limb = HASH_LIMBS - 1, end = length; end > 0; limb--, end -= LIMB_DIGITS) {
			let value = 0;
			for (let at = Math.max(0, end - LIMB_DIGITS); at < end; at++) {
				const digit = DIGIT_OF_CODE[text.charCodeAt(at)] ?? NO_DIGIT;
				if (digit === NO_DIGIT) throw notAHash(text);
				value = value * BASE + digit;
			}
			const row = limb * HASH_WORDS;
			for (let word = FIRST_WORD[limb] as number; word < HASH_WORDS; word++) {
				words[word] = (words[word] as number) + value * (LIMB_IN_WORDS[row + word] as number);
			}
		}
		let carry = 0;
		for (let word = HASH_WORDS - 1; word >= 0; word--) {
			const sum = (words[word] as number) + carry;
			carry = Math.floor(sum / WORD);
			const value = sum - carry * WORD;
			bytes[word * 2] = value >>> 8;
			bytes[word * 2 + 1] = value & 0xff;
		}
		// A zero byte in front is one "1" in front, or else the text has another length in bytes.
		if (carry > 0 || leadingZeros(bytes) !== leadingOnes(text)) throw notAHash(text);
	}
}

function leadingZeros(bytes: Uint8Array): number {
	let zeros = 0;
	while (zeros < bytes.length && bytes[zeros] === 0) zeros++;
	return zeros;
}

function leadingOnes(text: string): number {
	let ones = 0;
	while (ones < text.length && text.charCodeAt(ones) === ALPHABET_CODES[0]) ones++;
	return ones;
}

/** Where the text begins: before the first digit that is not 0, as many zeros as there are zero bytes in front. */
function firstDigit(text: Uint8Array, zeroBytes: number): number {
	let first = 0;
	while (first < text.length && text[first] === ALPHABET_CODES[0]) first++;
	return first - zeroBytes;
}

function notAHash(text: string): RangeError {
	return new RangeError(`${text} is no hash in base58: expected 32 bytes`);
}

/** `unit^(count - 1 - place)` in digits of base `part`, a row of `parts` for every place. */
function unitsOf(size: {
	readonly count: number;
	readonly unit: number;
	readonly parts: number;
	readonly part: number;
}): Float64Array {
	const { count, unit, parts, part } = size;
	const table = new Float64Array(count * parts);
	let power = 1n;
	for (let place = count - 1; place >= 0; place--) {
		let rest = power;
		for (let at = parts - 1; at >= 0; at--) {
			table[place * parts + at] = Number(rest % BigInt(part));
			rest /= BigInt(part);
		}
		power *= BigInt(unit);
	}
	return table;
}

function firstOfRows(table: Float64Array, parts: number): Uint8Array {
	return Uint8Array.from({ length: table.length / parts }, (_, row) =>
		table.subarray(row * parts, (row + 1) * parts).findIndex((part) => part !== 0),
	);
}
