const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const DIGITS = new Int8Array(128).fill(-1);
for (let digit = 0; digit < ALPHABET.length; digit++) DIGITS[ALPHABET.charCodeAt(digit)] = digit;

const LIMB = 2 ** 32;

/** The bytes of a base58 text; `null` when a character is outside the alphabet. */
export function decodeBase58(text: string): Uint8Array | null {
	let zeros = 0;
	while (zeros < text.length && text[zeros] === "1") zeros++;
	/** Least significant limb first. */
	const limbs: number[] = [];
	for (let index = zeros; index < text.length; index++) {
		const code = text.charCodeAt(index);
		const digit = code < 128 ? DIGITS[code]! : -1;
		if (digit < 0) return null;
		let carry = digit;
		for (let limb = 0; limb < limbs.length; limb++) {
			const value = limbs[limb]! * 58 + carry;
			limbs[limb] = value % LIMB;
			carry = Math.floor(value / LIMB);
		}
		if (carry > 0) limbs.push(carry);
	}
	const tail: number[] = [];
	for (const limb of limbs) for (let shift = 0; shift < 32; shift += 8) tail.push((limb >>> shift) & 0xff);
	while (tail.length > 0 && tail.at(-1) === 0) tail.pop();
	const bytes = new Uint8Array(zeros + tail.length);
	for (let index = 0; index < tail.length; index++) bytes[bytes.length - 1 - index] = tail[index]!;
	return bytes;
}
