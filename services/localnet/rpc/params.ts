import { decodeBase58 } from "../../../core/types/base58.ts";
import type { ChainReader } from "../chain/chain-reader.ts";
import { type AccountKey, parseAccountKey, parseSignatureKey, type SignatureKey } from "../chain/keys.ts";
import type { Commitment } from "../chain/types.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "./rpc-error.ts";

/** Commitment names of clients older than the three levels stay understood. */
const COMMITMENTS: Readonly<Record<string, Commitment>> = {
	processed: "processed",
	recent: "processed",
	confirmed: "confirmed",
	single: "confirmed",
	singleGossip: "confirmed",
	finalized: "finalized",
	max: "finalized",
	root: "finalized",
};

/** Reads a call's positional parameters; whatever does not fit is an RpcError that names the parameter. */
export class Params {
	readonly #values: readonly unknown[];

	/** @throws RpcError when the parameters are no list. */
	constructor(values: unknown) {
		if (values !== undefined && values !== null && !Array.isArray(values)) {
			throw invalidParams("params must be an array");
		}
		this.#values = values ?? [];
	}

	text(position: number, name: string): string {
		return textOf(this.#values[position], name);
	}

	address(position: number, name: string): AccountKey {
		return addressOf(this.#values[position], name);
	}

	signature(position: number, name: string): SignatureKey {
		return signatureOf(this.#values[position], name);
	}

	/** A non-negative whole number. */
	count(position: number, name: string): number {
		return countOf(this.#values[position], name);
	}

	optionalCount(position: number, name: string): number | undefined {
		const value = this.#values[position];
		return value === undefined || value === null ? undefined : countOf(value, name);
	}

	list(position: number, name: string, longest: number): readonly unknown[] {
		return listOf(this.#values[position], name, longest);
	}

	/** The raw value, for parameters with several forms. */
	raw(position: number): unknown {
		return this.#values[position];
	}

	/** The configuration object at the position; an absent one is empty. A bare commitment text is one too. */
	config(position: number): Config {
		const value = this.#values[position];
		if (typeof value === "string") return new Config({ commitment: value });
		if (value === undefined || value === null) return new Config({});
		if (typeof value !== "object" || Array.isArray(value)) throw invalidParams("the configuration must be an object");
		return new Config(value as Record<string, unknown>);
	}
}

/** Reads a configuration object. */
export class Config {
	readonly #fields: Readonly<Record<string, unknown>>;

	constructor(fields: Readonly<Record<string, unknown>>) {
		this.#fields = fields;
	}

	raw(name: string): unknown {
		return this.#fields[name] ?? undefined;
	}

	flag(name: string): boolean {
		const value = this.raw(name);
		if (value !== undefined && typeof value !== "boolean") throw invalidParams(`${name} must be true or false`);
		return value === true;
	}

	count(name: string): number | undefined {
		const value = this.raw(name);
		return value === undefined ? undefined : countOf(value, name);
	}

	oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
		const value = this.raw(name);
		if (value === undefined) return undefined;
		if (!choices.includes(value as Choice)) throw invalidParams(`${name} must be one of ${choices.join(", ")}`);
		return value as Choice;
	}

	signature(name: string): SignatureKey | undefined {
		const value = this.raw(name);
		return value === undefined ? undefined : signatureOf(value, name);
	}

	object(name: string): Config | undefined {
		const value = this.raw(name);
		if (value === undefined) return undefined;
		if (typeof value !== "object" || Array.isArray(value)) throw invalidParams(`${name} must be an object`);
		return new Config(value as Record<string, unknown>);
	}

	list(name: string, longest: number): readonly unknown[] | undefined {
		const value = this.raw(name);
		return value === undefined ? undefined : listOf(value, name, longest);
	}

	/** The commitment, finalized where none is named. @throws RpcError also when `minContextSlot` is not reached. */
	commitment(chain: ChainReader): Commitment {
		const commitment = this.bareCommitment();
		const least = this.count("minContextSlot");
		if (least !== undefined && chain.slot(commitment) < least) {
			const data = { contextSlot: chain.slot(commitment) };
			throw new RpcError(RPC_ERROR_CODES.minContextSlotNotReached, "Minimum context slot has not been reached", data);
		}
		return commitment;
	}

	/** The commitment alone. */
	bareCommitment(): Commitment {
		const name = this.raw("commitment");
		if (name === undefined) return "finalized";
		const commitment = typeof name === "string" && Object.hasOwn(COMMITMENTS, name) ? COMMITMENTS[name] : undefined;
		if (commitment === undefined) throw invalidParams("commitment must be processed, confirmed or finalized");
		return commitment;
	}

	/** A commitment of complete slots, for methods that answer from blocks. */
	settledCommitment(chain: ChainReader): "confirmed" | "finalized" {
		const commitment = this.commitment(chain);
		if (commitment === "processed") throw invalidParams("this method does not support commitment below `confirmed`");
		return commitment;
	}
}

export function textOf(value: unknown, name: string): string {
	if (typeof value !== "string") throw invalidParams(`${name} must be a string`);
	return value;
}

export function addressOf(value: unknown, name: string): AccountKey {
	const key = parseAccountKey(textOf(value, name));
	if (key === null) throw invalidParams(`${name} must be a base58 address of 32 bytes`);
	return key;
}

export function signatureOf(value: unknown, name: string): SignatureKey {
	const key = parseSignatureKey(textOf(value, name));
	if (key === null) throw invalidParams(`${name} must be a base58 signature of 64 bytes`);
	return key;
}

function countOf(value: unknown, name: string): number {
	if (!Number.isSafeInteger(value) || (value as number) < 0) {
		throw invalidParams(`${name} must be a whole number of 0 or more`);
	}
	return value as number;
}

function listOf(value: unknown, name: string, longest: number): readonly unknown[] {
	if (!Array.isArray(value)) throw invalidParams(`${name} must be an array`);
	if (value.length > longest) throw invalidParams(`${name} must hold at most ${longest} entries`);
	return value;
}

/** Longest base58 text that is decoded: its cost grows with the square of the length. */
const LONGEST_BASE58 = 2_048;

/** Bytes in one of the two text forms. */
export function bytesOf(text: string, encoding: "base58" | "base64", name: string): Uint8Array {
	if (encoding === "base64") {
		if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw invalidParams(`${name} is not base64`);
		return Buffer.from(text, "base64");
	}
	if (text.length > LONGEST_BASE58) throw invalidParams(`${name} is too long for base58: use base64`);
	const bytes = decodeBase58(text);
	if (bytes === null) throw invalidParams(`${name} is not base58`);
	return bytes;
}
