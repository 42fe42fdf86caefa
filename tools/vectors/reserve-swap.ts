import { readReserveMarket } from "../../core/market/reserve-market.ts";
import type { AccountBytes, Direction, NoQuoteCode, ReserveVenue } from "../../core/market/venues/venue.ts";
import { tokenAccountData } from "../../test/unit/programs/virtual-machine.ts";

/** One swap through one pool at one moment. */
export interface ReserveSwap {
	/** What is special about the pool. */
	readonly kind: string;
	readonly pool: AccountBytes;
	readonly configurations: readonly AccountBytes[];
	/** What the vaults of A and B hold. */
	readonly vaults: readonly [bigint, bigint];
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly unixSeconds: bigint;
}

/** What the program did: what moved and what the pool is afterwards, or its error. */
export type ReserveRun =
	| {
			readonly ok: true;
			readonly amountIn: bigint;
			readonly amountOut: bigint;
			readonly pool: Uint8Array;
			readonly vaults: readonly [bigint, bigint];
	  }
	| { readonly ok: false; readonly error: string };

/** By a program's errors: what they mean in a quote's words. */
export type Refusals = Readonly<Record<string, readonly NoQuoteCode[]>>;

/** What is recorded of an account: its data in base64, without the zeros at the end. */
type AccountRecord = Omit<AccountBytes, "data"> & { readonly size: number; readonly data: string };

/** A swap and what the program did, as it is kept. Amounts are digits. */
export interface ReserveVector {
	readonly kind: string;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: string;
	readonly unixSeconds: string;
	readonly vaults: readonly [string, string];
	readonly pool: AccountRecord;
	readonly configurations: readonly AccountRecord[];
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

const ANYBODY = "11111111111111111111111111111111" as AccountBytes["address"];

/** What the quote says otherwise than the program did; null when it agrees to the unit. */
export function difference(
	{ venue, refusals }: { readonly venue: ReserveVenue; readonly refusals: Refusals },
	swap: ReserveSwap,
	ran: ReserveRun,
): string | null {
	const { pool, configurations, vaults, direction, exact, amount, unixSeconds } = swap;
	const described = venue.describe(pool, configurations);
	if (!described.ok) return `no pool: ${described.error.detail}`;
	const market = (data: Uint8Array, [a, b]: readonly [bigint, bigint]) =>
		readReserveMarket(venue, described.value, {
			pool: data,
			vaultA: tokenAccountData(ANYBODY, ANYBODY, a),
			vaultB: tokenAccountData(ANYBODY, ANYBODY, b),
		});
	const before = market(pool.data, vaults);
	if (before === null) return "the pool's accounts do not decode";
	const clock = { slot: 0n, epoch: 0n, unixSeconds };
	const quote =
		exact === "in" ? before.quoteExactIn(direction, amount, clock) : before.quoteExactOut(direction, amount, clock);
	if (!ran.ok) {
		if (quote.ok)
			return `a quote of ${quote.value.amountIn} for ${quote.value.amountOut}, the program says ${ran.error}`;
		return refusals[ran.error]?.includes(quote.error) ? null : `${quote.error}, the program says ${ran.error}`;
	}
	if (!quote.ok) return `${quote.error}, the program gave ${ran.amountOut} for ${ran.amountIn}`;
	const { amountIn, amountOut } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `${amountOut} for ${amountIn}, the program gave ${ran.amountOut} for ${ran.amountIn}`;
	}
	if (exact === "out") return null;
	const [left, real] = [before.afterSwap(direction, quote.value), market(ran.pool, ran.vaults)];
	if (left.reserveA === real?.reserveA && left.reserveB === real.reserveB) return null;
	return `leaves ${left.reserveA} and ${left.reserveB}, the program ${real?.reserveA} and ${real?.reserveB}`;
}

export function vectorOf(swap: ReserveSwap, ran: ReserveRun): ReserveVector {
	const { kind, direction, exact, amount, unixSeconds, vaults, pool, configurations } = swap;
	return {
		kind,
		direction,
		exact,
		amount: `${amount}`,
		unixSeconds: `${unixSeconds}`,
		vaults: [`${vaults[0]}`, `${vaults[1]}`],
		pool: recordOf(pool),
		configurations: configurations.map(recordOf),
		result: ran.ok
			? {
					ok: true,
					amountIn: `${ran.amountIn}`,
					amountOut: `${ran.amountOut}`,
					pool: packed(ran.pool),
					vaults: [`${ran.vaults[0]}`, `${ran.vaults[1]}`],
				}
			: ran,
	};
}

/** The swap and the run that a vector was made of. */
export function readVector(vector: ReserveVector): { readonly swap: ReserveSwap; readonly ran: ReserveRun } {
	const { kind, direction, exact, amount, unixSeconds, vaults, pool, configurations, result } = vector;
	const swap = {
		kind,
		direction,
		exact,
		amount: BigInt(amount),
		unixSeconds: BigInt(unixSeconds),
		vaults: amounts(vaults),
		pool: accountOf(pool),
		configurations: configurations.map(accountOf),
	};
	if (!result.ok) return { swap, ran: result };
	const { amountIn, amountOut } = result;
	const ran = {
		ok: true,
		amountIn: BigInt(amountIn),
		amountOut: BigInt(amountOut),
		pool: unpacked(result.pool, pool.size),
		vaults: amounts(result.vaults),
	} as const;
	return { swap, ran };
}

function recordOf({ address, owner, data }: AccountBytes): AccountRecord {
	return { address, owner, size: data.length, data: packed(data) };
}

function accountOf({ address, owner, size, data }: AccountRecord): AccountBytes {
	return { address, owner, data: unpacked(data, size) };
}

function amounts([a, b]: readonly [string, string]): readonly [bigint, bigint] {
	return [BigInt(a), BigInt(b)];
}

function packed(bytes: Uint8Array): string {
	return Buffer.from(bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1)).toString("base64");
}

function unpacked(base64: string, size: number): Uint8Array {
	const data = new Uint8Array(size);
	data.set(Buffer.from(base64, "base64"));
	return data;
}
