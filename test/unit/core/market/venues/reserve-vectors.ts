import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { readReserveMarket } from "../../../../../core/market/reserve-market.ts";
import type { AccountBytes, Direction, NoQuoteCode, ReserveVenue } from "../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { tokenAccountData } from "../../../programs/virtual-machine.ts";

interface RecordedAccount {
	readonly address: Address;
	readonly owner: Address;
	readonly size: number;
	readonly data: string;
}

/** One swap that a real program ran in LiteSVM. */
export interface ReserveVector {
	readonly kind: string;
	readonly pool: RecordedAccount;
	readonly configurations: readonly RecordedAccount[];
	readonly vaults: readonly [string, string];
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: string;
	readonly unixSeconds: string;
	readonly result:
		| {
				readonly ok: true;
				readonly amountIn: string;
				readonly amountOut: string;
				readonly pool: string;
				readonly vaults: readonly [string, string];
		  }
		| { readonly ok: false; readonly error: string };
}

/** What was recorded of a program; `refusals` says what its errors mean in a quote's words. */
export interface ReserveVectors {
	readonly refusals: Readonly<Record<string, readonly NoQuoteCode[]>>;
	readonly vectors: readonly ReserveVector[];
}

const ANYBODY = "11111111111111111111111111111111" as Address;

export function readReserveVectors(venue: string): ReserveVectors {
	const file = join(__dirname, `../../../../fixtures/vectors/${venue}.json.gz`);
	return JSON.parse(gunzipSync(readFileSync(file)).toString());
}

/** What the product makes of the accounts before the swap, by its own decoders: the quote, and what a swap leaves. */
export function quoteVector(venue: ReserveVenue, vector: ReserveVector) {
	const { pool, configurations, vaults, direction, exact, amount, unixSeconds, result } = vector;
	const described = venue.describe(accountOf(pool), configurations.map(accountOf));
	if (!described.ok) throw new Error(described.error.detail);
	const market = (data: Uint8Array, [a, b]: readonly [string, string]) =>
		readReserveMarket(venue, described.value, {
			pool: data,
			vaultA: tokenAccountData(ANYBODY, ANYBODY, BigInt(a)),
			vaultB: tokenAccountData(ANYBODY, ANYBODY, BigInt(b)),
		});
	const before = market(bytes(pool.data, pool.size), vaults);
	if (before === null) throw new Error("the accounts do not decode");
	const clock = { slot: 0n, epoch: 0n, unixSeconds: BigInt(unixSeconds) };
	const quote =
		exact === "in"
			? before.quoteExactIn(direction, BigInt(amount), clock)
			: before.quoteExactOut(direction, BigInt(amount), clock);
	const after = result.ok ? market(bytes(result.pool, pool.size), result.vaults) : null;
	const left = quote.ok ? before.afterSwap(direction, quote.value) : null;
	return { quote, after, left };
}

function accountOf({ address, owner, size, data }: RecordedAccount): AccountBytes {
	return { address, owner, data: bytes(data, size) };
}

/** The zeros at the end were left out. */
function bytes(base64: string, size: number): Uint8Array {
	const data = new Uint8Array(size);
	data.set(Buffer.from(base64, "base64"));
	return data;
}
