/** Where the parts of a compiled v0 message stand, in bytes from its beginning. */
export interface MessageLayout {
	readonly blockhash: number;
	/** Of every instruction, in order: the first byte of its data, and how many there are. */
	readonly instructionData: readonly { readonly offset: number; readonly length: number }[];
}

const VERSION_0 = 0x80;
const HEADER_BYTES = 3;
const KEY_BYTES = 32;

/**
 * Walks over a compiled message (Solana, "Versioned transactions": version, header, keys, blockhash, instructions).
 *
 * @throws RangeError when the bytes are no v0 message
 */
export function readMessageLayout(message: Uint8Array): MessageLayout {
	if (message[0] !== VERSION_0)
		throw new RangeError(`message version byte is ${message[0]}, expected ${VERSION_0} (v0)`);
	const reader = new LengthReader(message, 1 + HEADER_BYTES);
	reader.skip(reader.length() * KEY_BYTES);
	const blockhash = reader.offset;
	reader.skip(KEY_BYTES);
	const count = reader.length();
	const instructionData: { offset: number; length: number }[] = [];
	for (let index = 0; index < count; index++) {
		// The program's place among the keys.
		reader.skip(1);
		reader.skip(reader.length());
		const length = reader.length();
		instructionData.push({ offset: reader.offset, length });
		reader.skip(length);
	}
	return { blockhash, instructionData };
}

class LengthReader {
	readonly #bytes: Uint8Array;
	offset: number;

	constructor(bytes: Uint8Array, offset: number) {
		this.#bytes = bytes;
		this.offset = offset;
	}

	skip(count: number): void {
		this.offset += count;
		if (this.offset > this.#bytes.length) throw new RangeError(`message ends at ${this.#bytes.length}, inside a part`);
	}

	/** A compact-u16: seven bits a byte, low ones first. */
	length(): number {
		let value = 0;
		for (let shift = 0; shift < 21; shift += 7) {
			const byte = this.#bytes[this.offset];
			this.skip(1);
			value |= ((byte as number) & 0x7f) << shift;
			if (((byte as number) & 0x80) === 0) return value;
		}
		throw new RangeError(`length at ${this.offset} is longer than three bytes`);
	}
}
