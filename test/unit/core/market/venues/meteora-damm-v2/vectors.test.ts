import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { afterSwap } from "../../../../../../core/market/venues/meteora-damm-v2/after-swap.ts";
import { decodePool, emptyState, readPoolState } from "../../../../../../core/market/venues/meteora-damm-v2/layout.ts";
import { POOL_OFFSET, POOL_SIZE } from "../../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/meteora-damm-v2/quote.ts";
import type { Direction, NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import { readUint64 } from "../../../../../../core/types/bytes.ts";
import { account } from "./pool-bytes.ts";

type Fee = { readonly from: string; readonly older: [string, string]; readonly newer: [string, string] };

/** One swap that mainnet's program (damm-v2 0.2.0, whose swap equals 0.2.1) ran in LiteSVM. */
interface Vector {
	readonly kind: string;
	readonly pool: string;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: string;
	readonly slot: string;
	readonly epoch: string;
	readonly unixSeconds: string;
	readonly hasReferral: boolean;
	readonly transferFeeA: Fee | null;
	readonly transferFeeB: Fee | null;
	readonly result:
		| { readonly ok: true; readonly amountIn: string; readonly amountOut: string; readonly pool: string }
		| { readonly ok?: undefined; readonly error: string };
}

/** What the program's errors mean in a quote's words: overflow, disabled, zero, cast, price range, panic. */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	"6000": ["amountOverflow", "insufficientLiquidity", "priceLimit", "transferFee"],
	"6003": ["swapDisabled", "notOpenYet"],
	"6006": ["zeroInput", "zeroOutput", "transferFee"],
	"6007": ["amountOverflow", "insufficientLiquidity", "priceLimit"],
	"6015": ["priceLimit"],
	"runtime 39": ["insufficientLiquidity"],
};

const fixture = join(__dirname, "../../../../../fixtures/vectors/meteora-damm-v2.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as { readonly vectors: readonly Vector[] };

function bytes(text: string): Uint8Array {
	const data = new Uint8Array(POOL_SIZE);
	data.set(Buffer.from(text, "base64"));
	return data;
}

function schedule(fee: Fee | null) {
	if (fee === null) return null;
	const part = (epoch: string, [basisPoints, maximum]: readonly [string, string]) => ({
		epoch: BigInt(epoch),
		basisPoints: BigInt(basisPoints),
		maximumFee: BigInt(maximum),
	});
	return { older: part("0", fee.older), newer: part(fee.from, fee.newer) };
}

function run(vector: Vector) {
	const data = bytes(vector.pool);
	const fees = { a: schedule(vector.transferFeeA), b: schedule(vector.transferFeeB) };
	const pool = decodePool(account(data), fees);
	if (!pool.ok) throw new Error(pool.error.detail);
	const state = emptyState();
	const refused = readPoolState(data, pool.value, state);
	if (refused !== null) throw new Error(refused.detail);
	const { slot, epoch, unixSeconds, direction, hasReferral } = vector;
	const clock = { slot: BigInt(slot), epoch: BigInt(epoch), unixSeconds: BigInt(unixSeconds) };
	const request = { pool: pool.value, state, direction, amount: BigInt(vector.amount), clock, hasReferral };
	const quote = vector.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
	return { data, pool: pool.value, state, quote };
}

function named(list: readonly Vector[]): [string, Vector][] {
	return list.map((vector, index) => [`${index} ${vector.kind} ${vector.direction} ${vector.exact}`, vector]);
}

describe("swaps that the program ran", () => {
	const ran = vectors.filter(({ result }) => result.ok === true);
	const refused = vectors.filter(({ result }) => result.ok === undefined);

	test("are as many as were recorded, of every kind", () => {
		expect(vectors.length).toBe(914);
		expect(ran.length).toBeGreaterThanOrEqual(500);
		expect(new Set(ran.map(({ kind, direction, exact }) => `${kind} ${direction} ${exact}`)).size).toBe(128);
		expect(new Set(refused.map(({ result }) => (result as { error: string }).error))).toEqual(
			new Set(Object.keys(REFUSALS)),
		);
		expect(
			ran.filter(({ transferFeeA, transferFeeB }) => transferFeeA !== null || transferFeeB !== null).length,
		).toBeGreaterThan(100);
		expect(ran.filter(({ hasReferral }) => hasReferral).length).toBeGreaterThan(50);
	});

	test.each(named(ran))("%s: same amounts, fees and pool afterwards", (_name, vector) => {
		const { data, pool, state, quote } = run(vector);
		const { result } = vector as { readonly result: { amountIn: string; amountOut: string; pool: string } };
		if (result.amountOut === "0") {
			expect(quote).toEqual({ ok: false, error: expect.stringMatching(/^(zeroOutput|transferFee)$/) });
			return;
		}
		if (!quote.ok) throw new Error(`no quote: ${quote.error}`);
		expect(quote.value.amountIn).toBe(BigInt(result.amountIn));
		expect(quote.value.amountOut).toBe(BigInt(result.amountOut));
		const after = bytes(result.pool);
		const expected = emptyState();
		expect(readPoolState(after, pool, expected)).toBeNull();
		const { scheduledPeriod, scheduledFeeNumerator, protocolFeeRoomA, protocolFeeRoomB, ...predicted } = afterSwap(
			pool,
			state,
			quote.value,
		);
		expect(expected).toMatchObject(predicted);
		const { fees, fee, feeSide } = quote.value;
		const isFeeInTokenA = vector.direction === "bToA" && feeSide === "output";
		const paid = (a: number, b: number) => {
			const offset = isFeeInTokenA ? a : b;
			return readUint64(after, offset) - readUint64(data, offset);
		};
		expect(fees.protocol).toBe(paid(POOL_OFFSET.protocolAFee, POOL_OFFSET.protocolBFee));
		expect(fees.claimable + fees.compounding).toBe(paid(POOL_OFFSET.totalLpAFee, POOL_OFFSET.totalLpBFee));
		expect(fees.claimable + fees.compounding + fees.protocol + fees.referral).toBe(fee);
	});

	test.each(named(refused))("%s: refused as by the program", (_name, vector) => {
		const { quote } = run(vector);
		const { error } = (vector as { readonly result: { error: string } }).result;
		if (quote.ok) throw new Error(`quoted ${quote.value.amountOut}, the program refuses with ${error}`);
		// The program looks at the pool before the amount, the quote the other way round.
		const codes = vector.amount === "0" ? ["zeroInput", "zeroOutput"] : REFUSALS[error];
		expect(codes).toContain(quote.error);
	});
});
