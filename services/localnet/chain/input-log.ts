import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { ChainError } from "./chain-error.ts";
import { type AccountKey, accountKeyAt, bytesOfKey, KEY_BYTES } from "./keys.ts";
import type { AccountRow } from "./types.ts";

/** Whatever changes the chain's state comes as one of these; the same inputs in the same order give the same chain. */
export type ChainInput =
	| { readonly kind: "slot"; readonly unixTimestamp: number }
	| { readonly kind: "transaction"; readonly wire: Uint8Array }
	/** All of them or none, in this order. */
	| { readonly kind: "bundle"; readonly wires: readonly Uint8Array[] }
	| { readonly kind: "account"; readonly key: AccountKey; readonly row: AccountRow }
	| { readonly kind: "program"; readonly key: AccountKey; readonly elf: Uint8Array };

/** Frame: payload length u32, its checksum u32, checksum of these eight bytes u32, payload. Little-endian. */
const HEADER_BYTES = 12;

const TAG_SLOT = 1;
const TAG_TRANSACTION = 2;
const TAG_ACCOUNT = 3;
const TAG_PROGRAM = 4;
const TAG_BUNDLE = 5;

/**
 * An append-only file of inputs. Written through to the operating system before the caller goes on, so that it survives
 * the sudden end of this process; a power cut is not guarded against.
 */
export class InputLog {
	readonly path: string;
	readonly #file: number;
	#bytes: number;

	private constructor(path: string, file: number, bytes: number) {
		this.path = path;
		this.#file = file;
		this.#bytes = bytes;
	}

	/** Opens for appending behind the first `bytes`; whatever stands there is cut off. */
	static open(path: string, bytes: number): InputLog {
		const file = openSync(path, "a", 0o600);
		ftruncateSync(file, bytes);
		return new InputLog(path, file, bytes);
	}

	get bytes(): number {
		return this.#bytes;
	}

	/** @throws when the file system refuses; the file then still ends with the last whole frame, if it lets us cut. */
	append(input: ChainInput): void {
		const frame = frameOf(encodeInput(input));
		let written = 0;
		try {
			while (written < frame.length) written += writeSync(this.#file, frame, written);
		} catch (error) {
			if (written > 0) ftruncateSync(this.#file, this.#bytes);
			throw error;
		}
		this.#bytes += frame.length;
	}

	close(): void {
		closeSync(this.#file);
	}
}

export interface LogContent {
	readonly inputs: readonly ChainInput[];
	/** Bytes up to the end of the last whole frame. */
	readonly bytes: number;
	/** Bytes of an unfinished frame behind it. */
	readonly tornBytes: number;
}

/**
 * Reads a log. Only its very end may be unfinished: a process that is killed leaves whole frames, at most the last cut
 * short. @throws ChainError `corrupt_data` for anything else.
 */
export function readInputLog(path: string): LogContent {
	const bytes = readFileSync(path);
	const inputs: ChainInput[] = [];
	let offset = 0;
	while (offset < bytes.length) {
		if (bytes.length - offset < HEADER_BYTES) break;
		const payloadBytes = bytes.readUInt32LE(offset);
		if (crc32(bytes.subarray(offset, offset + 8)) !== bytes.readUInt32LE(offset + 8)) throw corrupt(path, offset);
		const end = offset + HEADER_BYTES + payloadBytes;
		if (end > bytes.length) break;
		const payload = bytes.subarray(offset + HEADER_BYTES, end);
		if (crc32(payload) !== bytes.readUInt32LE(offset + 4)) throw corrupt(path, offset);
		const input = decodeInput(payload);
		if (input === null) throw corrupt(path, offset);
		inputs.push(input);
		offset = end;
	}
	return { inputs, bytes: offset, tornBytes: bytes.length - offset };
}

export function corrupt(path: string, offset: number): ChainError {
	return new ChainError(
		"corrupt_data",
		`${path} is damaged at byte ${offset}: the local chain cannot be rebuilt from it. ` +
			"Delete the data folder to start a new local chain.",
	);
}

function frameOf(payload: Buffer): Buffer {
	const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
	frame.writeUInt32LE(payload.length, 0);
	frame.writeUInt32LE(crc32(payload), 4);
	frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8);
	payload.copy(frame, HEADER_BYTES);
	return frame;
}

function encodeInput(input: ChainInput): Buffer {
	switch (input.kind) {
		case "slot": {
			const payload = Buffer.alloc(9);
			payload[0] = TAG_SLOT;
			payload.writeDoubleLE(input.unixTimestamp, 1);
			return payload;
		}
		case "transaction":
			return Buffer.concat([Buffer.of(TAG_TRANSACTION), input.wire]);
		case "bundle":
			return Buffer.concat([
				Buffer.of(TAG_BUNDLE),
				...input.wires.flatMap((wire) => {
					const length = Buffer.alloc(2);
					length.writeUInt16LE(wire.length);
					return [length, wire];
				}),
			]);
		case "program":
			return Buffer.concat([Buffer.of(TAG_PROGRAM), bytesOfKey(input.key), input.elf]);
		case "account": {
			const { lamports, owner, data, executable, rentEpoch } = input.row;
			const numbers = Buffer.alloc(17);
			numbers.writeBigUInt64LE(lamports, 0);
			numbers.writeBigUInt64LE(rentEpoch, 8);
			numbers[16] = executable ? 1 : 0;
			return Buffer.concat([Buffer.of(TAG_ACCOUNT), bytesOfKey(input.key), bytesOfKey(owner), numbers, data]);
		}
	}
}

function decodeInput(payload: Buffer): ChainInput | null {
	const body = payload.subarray(1);
	switch (payload[0]) {
		case TAG_SLOT:
			return body.length === 8 ? { kind: "slot", unixTimestamp: body.readDoubleLE(0) } : null;
		case TAG_TRANSACTION:
			return { kind: "transaction", wire: body };
		case TAG_BUNDLE:
			return decodeBundle(body);
		case TAG_PROGRAM:
			return body.length < KEY_BYTES
				? null
				: { kind: "program", key: accountKeyAt(body, 0), elf: body.subarray(KEY_BYTES) };
		case TAG_ACCOUNT:
			return body.length < 2 * KEY_BYTES + 17 ? null : decodeAccount(body);
		default:
			return null;
	}
}

function decodeBundle(body: Buffer): ChainInput | null {
	const wires: Buffer[] = [];
	let offset = 0;
	while (offset < body.length) {
		if (offset + 2 > body.length) return null;
		const end = offset + 2 + body.readUInt16LE(offset);
		if (end > body.length) return null;
		wires.push(body.subarray(offset + 2, end));
		offset = end;
	}
	return wires.length === 0 ? null : { kind: "bundle", wires };
}

function decodeAccount(body: Buffer): ChainInput {
	const numbers = 2 * KEY_BYTES;
	const row: AccountRow = {
		owner: accountKeyAt(body, KEY_BYTES),
		lamports: body.readBigUInt64LE(numbers),
		rentEpoch: body.readBigUInt64LE(numbers + 8),
		executable: body[numbers + 16] === 1,
		data: body.subarray(numbers + 17),
	};
	return { kind: "account", key: accountKeyAt(body, 0), row };
}
