import { LARGEST_TRANSACTION_BYTES } from "../../../core/execution/transaction-size.ts";
import { failure, type Result, success } from "../../../core/types/result.ts";
import {
	type AccountKey,
	accountKeyAt,
	type BlockhashKey,
	KEY_BYTES,
	SIGNATURE_BYTES,
	type SignatureKey,
} from "./keys.ts";

/** Accounts that one transaction may name: indexes are single bytes. */
const MAX_ACCOUNTS = 256;

export interface WireInstruction {
	readonly programIdIndex: number;
	readonly accountIndexes: Buffer;
	readonly data: Buffer;
}

export interface WireLookup {
	readonly table: AccountKey;
	readonly writableIndexes: Buffer;
	readonly readonlyIndexes: Buffer;
}

/** A transaction message, legacy or version 0 (`solana-message`: `legacy::Message`, `v0::Message`). */
export interface WireMessage {
	readonly version: "legacy" | 0;
	readonly requiredSignatures: number;
	readonly readonlySigned: number;
	readonly readonlyUnsigned: number;
	readonly accountKeys: readonly AccountKey[];
	readonly recentBlockhash: BlockhashKey;
	readonly instructions: readonly WireInstruction[];
	readonly lookups: readonly WireLookup[];
}

export interface WireTransaction {
	/** The chain's own copy of the bytes. */
	readonly bytes: Buffer;
	readonly signatureKey: SignatureKey;
	readonly signatures: readonly Buffer[];
	readonly message: WireMessage;
}

/**
 * Reads a transaction strictly. Stricter than Solana's own decoder in one way, on purpose: nothing may follow the
 * message. The virtual machine ends the whole process on bytes that it cannot decode, so whatever passes here must be
 * decodable there (`solana-short-vec`: canonical lengths; `solana-message`: `sanitize`).
 * @returns the error as a sentence part, such as "signature count 2 does not fit the 1 signers of the message".
 */
export function parseWireTransaction(input: Uint8Array): Result<WireTransaction, string> {
	if (input.length > LARGEST_TRANSACTION_BYTES) {
		return failure(`transaction of ${input.length} bytes is larger than ${LARGEST_TRANSACTION_BYTES}`);
	}
	const bytes = Buffer.from(input);
	const reader = new Reader(bytes);
	try {
		const count = reader.length("signature");
		const signatures = Array.from({ length: count }, () => reader.bytes(SIGNATURE_BYTES, "signature"));
		const message = readMessage(reader);
		reader.end();
		if (count !== message.requiredSignatures) {
			return failure(`signature count ${count} does not fit the ${message.requiredSignatures} signers of the message`);
		}
		const signatureKey = signatures[0]!.toString("latin1") as SignatureKey;
		return success({ bytes, signatureKey, signatures, message });
	} catch (error) {
		if (error instanceof Malformed) return failure(error.message);
		throw error;
	}
}

/** Reads a bare message, such as `getFeeForMessage` takes. */
export function parseWireMessage(input: Uint8Array): Result<WireMessage, string> {
	if (input.length > LARGEST_TRANSACTION_BYTES) {
		return failure(`message of ${input.length} bytes is larger than ${LARGEST_TRANSACTION_BYTES}`);
	}
	const reader = new Reader(Buffer.from(input));
	try {
		const message = readMessage(reader);
		reader.end();
		return success(message);
	} catch (error) {
		if (error instanceof Malformed) return failure(error.message);
		throw error;
	}
}

/** Whether the message asks to write to its static account; reserved addresses are not excluded. */
export function isWritable(message: WireMessage, index: number): boolean {
	if (index < message.requiredSignatures) return index < message.requiredSignatures - message.readonlySigned;
	return index < message.accountKeys.length - message.readonlyUnsigned;
}

class Malformed extends Error {}

function readMessage(reader: Reader): WireMessage {
	const first = reader.byte("message header");
	const versioned = first >= 0x80;
	if (versioned && first !== 0x80) throw new Malformed(`transaction version ${first & 0x7f} is not supported`);
	const requiredSignatures = versioned ? reader.byte("message header") : first;
	const readonlySigned = reader.byte("message header");
	const readonlyUnsigned = reader.byte("message header");
	const keys = reader.length("account");
	const accountKeys = Array.from({ length: keys }, () => reader.key("account"));
	const recentBlockhash = reader.key("blockhash") as string as BlockhashKey;
	const instructions = Array.from({ length: reader.length("instruction") }, () => ({
		programIdIndex: reader.byte("instruction"),
		accountIndexes: reader.list("instruction account"),
		data: reader.list("instruction data"),
	}));
	const lookups = versioned
		? Array.from({ length: reader.length("lookup table") }, () => ({
				table: reader.key("lookup table"),
				writableIndexes: reader.list("lookup index"),
				readonlyIndexes: reader.list("lookup index"),
			}))
		: [];
	const message: WireMessage = {
		version: versioned ? 0 : "legacy",
		requiredSignatures,
		readonlySigned,
		readonlyUnsigned,
		accountKeys,
		recentBlockhash,
		instructions,
		lookups,
	};
	sanitize(message);
	return message;
}

/** The rules of `solana-message`'s `sanitize`. */
function sanitize(message: WireMessage): void {
	const { requiredSignatures, readonlySigned, readonlyUnsigned, accountKeys } = message;
	if (requiredSignatures === 0) throw new Malformed("the message names no fee payer");
	if (readonlySigned >= requiredSignatures) throw new Malformed("the fee payer is read-only");
	if (requiredSignatures + readonlyUnsigned > accountKeys.length) {
		throw new Malformed("the message header counts more accounts than the message holds");
	}
	let accounts = accountKeys.length;
	for (const lookup of message.lookups) {
		const loaded = lookup.writableIndexes.length + lookup.readonlyIndexes.length;
		if (loaded === 0) throw new Malformed("a lookup table loads no account");
		accounts += loaded;
	}
	if (accounts > MAX_ACCOUNTS) throw new Malformed(`${accounts} accounts are more than ${MAX_ACCOUNTS}`);
	for (const instruction of message.instructions) {
		if (instruction.programIdIndex === 0) throw new Malformed("the fee payer cannot be a program");
		if (instruction.programIdIndex >= accountKeys.length) throw new Malformed("a program index is out of range");
		for (const index of instruction.accountIndexes) {
			if (index >= accounts) throw new Malformed("an account index is out of range");
		}
	}
}

class Reader {
	readonly #bytes: Buffer;
	#offset = 0;

	constructor(bytes: Buffer) {
		this.#bytes = bytes;
	}

	byte(what: string): number {
		return this.bytes(1, what)[0]!;
	}

	bytes(count: number, what: string): Buffer {
		const end = this.#offset + count;
		if (end > this.#bytes.length) throw new Malformed(`the bytes end inside a ${what}`);
		const slice = this.#bytes.subarray(this.#offset, end);
		this.#offset = end;
		return slice;
	}

	key(what: string): AccountKey {
		return accountKeyAt(this.bytes(KEY_BYTES, what), 0);
	}

	list(what: string): Buffer {
		return this.bytes(this.length(what), what);
	}

	/** A compact 16-bit length in its one canonical form. */
	length(what: string): number {
		let value = 0;
		for (let position = 0; position < 3; position++) {
			const byte = this.byte(`${what} count`);
			value |= (byte & 0x7f) << (7 * position);
			if (byte < 0x80) {
				if ((position > 0 && byte === 0) || value > 0xffff) break;
				return value;
			}
		}
		throw new Malformed(`a ${what} count is not a canonical 16-bit length`);
	}

	end(): void {
		const left = this.#bytes.length - this.#offset;
		if (left > 0) throw new Malformed(`${left} bytes follow the message`);
	}
}
