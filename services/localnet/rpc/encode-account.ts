import { zstdCompressSync } from "node:zlib";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { type AccountKey, addressOf } from "../chain/keys.ts";
import type { AccountRow } from "../chain/types.ts";
import type { Config } from "./params.ts";
import { parsedAccountData } from "./parsed-account.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "./rpc-error.ts";

/** `binary` is the oldest form: bare base58 text. It is what a client gets that asks for none. */
const ENCODINGS = ["binary", "base58", "base64", "base64+zstd", "jsonParsed"] as const;
export type AccountEncoding = (typeof ENCODINGS)[number];

/** Larger data is refused in base58 (Agave, `MAX_BASE58_BYTES`). */
const MAX_BASE58_BYTES = 128;

/** How a client wants accounts written. */
export interface AccountFormat {
	readonly encoding: AccountEncoding;
	readonly slice: { readonly offset: number; readonly length: number } | null;
}

export function accountFormatOf(config: Config, fallback: AccountEncoding = "binary"): AccountFormat {
	const encoding = config.oneOf("encoding", ENCODINGS) ?? fallback;
	const slice = config.object("dataSlice");
	if (slice === undefined) return { encoding, slice: null };
	const offset = slice.count("offset");
	const length = slice.count("length");
	if (offset === undefined || length === undefined) throw invalidParams("dataSlice must hold offset and length");
	return { encoding, slice: { offset, length } };
}

/** An account as the RPC writes it (`UiAccount`). @throws RpcError when base58 is asked for too much data. */
export function encodeAccount(
	row: AccountRow,
	format: AccountFormat,
	readMint: (mint: AccountKey) => AccountRow | null,
): object {
	const { lamports, executable, rentEpoch } = row;
	const data = encodeData(row, format, readMint);
	return { lamports, data, owner: addressOf(row.owner), executable, rentEpoch, space: row.data.length };
}

function encodeData(
	row: AccountRow,
	{ encoding, slice }: AccountFormat,
	readMint: (mint: AccountKey) => AccountRow | null,
): unknown {
	const bytes = slice === null ? row.data : row.data.subarray(slice.offset, slice.offset + slice.length);
	switch (encoding) {
		case "binary":
			return base58Of(bytes);
		case "base58":
			return [base58Of(bytes), encoding];
		case "base64":
			return [bytes.toString("base64"), encoding];
		case "base64+zstd":
			return [zstdCompressSync(bytes).toString("base64"), encoding];
		case "jsonParsed":
			return parsedAccountData(row, readMint) ?? [bytes.toString("base64"), "base64"];
	}
}

function base58Of(bytes: Buffer): string {
	if (bytes.length > MAX_BASE58_BYTES) {
		throw new RpcError(
			RPC_ERROR_CODES.invalidRequest,
			`Encoded binary (base 58) data should be less than ${MAX_BASE58_BYTES} bytes, please use Base64 encoding.`,
		);
	}
	return encodeBase58(bytes);
}
