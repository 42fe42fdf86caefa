import { bufferOf } from "../chain/keys.ts";
import { tokenAccountIn } from "../chain/token-balances.ts";
import type { AccountRow } from "../chain/types.ts";
import { bytesOf, Config, textOf } from "./params.ts";
import { invalidParams } from "./rpc-error.ts";

export type AccountFilter = (row: AccountRow) => boolean;

/** As on mainnet (Agave, `MAX_GET_PROGRAM_ACCOUNT_FILTERS`, `MAX_DATA_SIZE`). */
const MAX_FILTERS = 4;
const MAX_MEMCMP_BYTES = 128;

/** The filters of `getProgramAccounts` and `programSubscribe`: an account passes when it passes them all. */
export function accountFilterOf(config: Config): AccountFilter {
	const filters = (config.list("filters", MAX_FILTERS) ?? []).map((filter, index) =>
		filterOf(filter, `filters[${index}]`),
	);
	return (row) => filters.every((passes) => passes(row));
}

function filterOf(value: unknown, name: string): AccountFilter {
	if (value === "tokenAccountState") return (row) => tokenAccountIn(row) !== null;
	if (typeof value !== "object" || value === null) throw invalidParams(`${name} must be an object`);
	const filter = new Config(value as Record<string, unknown>);
	const dataSize = filter.count("dataSize");
	if (dataSize !== undefined) return (row) => row.data.length === dataSize;
	if (filter.flag("tokenAccountState")) return (row) => tokenAccountIn(row) !== null;
	const memcmp = filter.object("memcmp");
	if (memcmp === undefined) throw invalidParams(`${name} must hold dataSize, memcmp or tokenAccountState`);
	return memcmpOf(memcmp, name);
}

function memcmpOf(memcmp: Config, name: string): AccountFilter {
	const offset = memcmp.count("offset");
	if (offset === undefined) throw invalidParams(`${name}.memcmp must hold an offset`);
	const encoding = memcmp.oneOf("encoding", ["base58", "base64"]) ?? "base58";
	const wanted = bufferOf(
		bytesOf(textOf(memcmp.raw("bytes"), `${name}.memcmp.bytes`), encoding, `${name}.memcmp.bytes`),
	);
	if (wanted.length > MAX_MEMCMP_BYTES) {
		throw invalidParams(`${name}.memcmp.bytes must be at most ${MAX_MEMCMP_BYTES} bytes`);
	}
	return (row) => row.data.subarray(offset, offset + wanted.length).equals(wanted);
}
