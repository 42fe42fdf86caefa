import type { Address } from "../types/address.ts";
import { readAddress } from "../types/base58.ts";
import { failure, type Result, success } from "../types/result.ts";

/** An account that a message names, as the whole message may use it. */
export interface MessageAccount {
	readonly address: Address;
	readonly isSigner: boolean;
	readonly isWritable: boolean;
}

export interface MessageInstruction {
	readonly program: Address;
	readonly accounts: readonly MessageAccount[];
	/** A view into the message. */
	readonly data: Uint8Array;
	/** Where the data stand in the message. */
	readonly offset: number;
}

/** A v0 message, taken apart. */
export interface ReadMessage {
	readonly accounts: readonly MessageAccount[];
	/** So many of {@link accounts}, the first ones, stand in the message itself; the others come from lookup tables. */
	readonly staticAccounts: number;
	/** The first signer. */
	readonly feePayer: Address;
	readonly signers: number;
	readonly blockhashOffset: number;
	readonly instructions: readonly MessageInstruction[];
}

/** The addresses in a lookup table, by the table's own address. */
export type LookupTables = ReadonlyMap<Address, readonly Address[]>;

const VERSION_0 = 0x80;
const KEY_BYTES = 32;

/**
 * Takes a compiled v0 message apart (Solana, "Versioned transactions": version, header, keys, blockhash, instructions,
 * lookups).
 *
 * @returns or one phrase that says why the bytes are no message that can be understood
 */
export function readMessage(message: Uint8Array, tables: LookupTables): Result<ReadMessage, string> {
	try {
		return success(new Reader(message).read(tables));
	} catch (error) {
		if (error instanceof RangeError) return failure(error.message);
		throw error;
	}
}

class Reader {
	readonly #bytes: Uint8Array;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
	}

	read(tables: LookupTables): ReadMessage {
		if (this.#byte() !== VERSION_0) throw new RangeError("it is no v0 message");
		const [signers, readonlySigners, readonlyOthers] = [this.#byte(), this.#byte(), this.#byte()];
		const keyCount = this.#length();
		const accounts: MessageAccount[] = [];
		for (let index = 0; index < keyCount; index++) {
			const isSigner = index < signers;
			const isWritable = isSigner ? index < signers - readonlySigners : index < keyCount - readonlyOthers;
			accounts.push({ address: this.#address(), isSigner, isWritable });
		}
		const feePayer = accounts[0];
		if (!feePayer?.isSigner || !feePayer.isWritable) throw new RangeError("nobody pays its fee");
		const blockhashOffset = this.#at;
		this.#skip(KEY_BYTES);
		const raw = Array.from({ length: this.#length() }, () => this.#instruction());
		accounts.push(...this.#loaded(tables));
		if (this.#at !== this.#bytes.length) throw new RangeError("it has bytes behind its end");
		const account = (index: number): MessageAccount => {
			const found = accounts[index];
			if (!found) throw new RangeError(`it names account ${index} of ${accounts.length}`);
			return found;
		};
		const instructions = raw.map(({ program, indices, data, offset }) => {
			if (program >= keyCount) throw new RangeError(`it calls a program that is none of its own ${keyCount} keys`);
			return { program: account(program).address, accounts: indices.map(account), data, offset };
		});
		const staticAccounts = keyCount;
		return { accounts, staticAccounts, feePayer: feePayer.address, signers, blockhashOffset, instructions };
	}

	#instruction() {
		const program = this.#byte();
		const indices = Array.from({ length: this.#length() }, () => this.#byte());
		const length = this.#length();
		const offset = this.#at;
		this.#skip(length);
		return { program, indices, data: this.#bytes.subarray(offset, offset + length), offset };
	}

	/** All writable ones of all tables come before the others. */
	#loaded(tables: LookupTables): MessageAccount[] {
		const writable: MessageAccount[] = [];
		const readonly: MessageAccount[] = [];
		const count = this.#length();
		for (let index = 0; index < count; index++) {
			const table = this.#address();
			const addresses = tables.get(table);
			if (!addresses) throw new RangeError(`nobody knows the lookup table ${table}`);
			for (const [isWritable, into] of [
				[true, writable],
				[false, readonly],
			] as const) {
				const entries = this.#length();
				for (let entry = 0; entry < entries; entry++) {
					const address = addresses[this.#byte()];
					if (!address) throw new RangeError(`the lookup table ${table} is shorter than an index into it`);
					into.push({ address, isSigner: false, isWritable });
				}
			}
		}
		return [...writable, ...readonly];
	}

	#address(): Address {
		const address = readAddress(this.#bytes, this.#at);
		this.#at += KEY_BYTES;
		return address;
	}

	#byte(): number {
		const byte = this.#bytes[this.#at];
		if (byte === undefined) throw new RangeError("it ends in the middle");
		this.#at++;
		return byte;
	}

	/** A compact-u16: seven bits a byte, low ones first. */
	#length(): number {
		let value = 0;
		for (let shift = 0; shift < 21; shift += 7) {
			const byte = this.#byte();
			value |= (byte & 0x7f) << shift;
			if ((byte & 0x80) === 0) return value;
		}
		throw new RangeError("a length is longer than three bytes");
	}

	#skip(count: number): void {
		this.#at += count;
		if (this.#at > this.#bytes.length) throw new RangeError("it ends in the middle");
	}
}
