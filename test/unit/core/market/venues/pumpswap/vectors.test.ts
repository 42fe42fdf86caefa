import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import {
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../../../../../../core/market/venues/pumpswap/fee-schedule.ts";
import { PUMPSWAP_PROGRAM } from "../../../../../../core/market/venues/pumpswap/layout.ts";
import { pumpSwap } from "../../../../../../core/market/venues/pumpswap/venue.ts";
import type { Direction, NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import { key, TOKEN } from "./accounts.ts";

/** One swap as Pump's official client computed it from the same account bytes. */
interface Vector {
	readonly kind: string;
	readonly pool: string;
	readonly global: number;
	readonly feeConfig: number;
	readonly baseMint: number;
	readonly vaultA: string;
	readonly vaultB: string;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: string;
	readonly said:
		| { readonly ok: true; readonly amountIn: string; readonly amountOut: string; readonly net: string }
		| { readonly ok: false; readonly error: string };
}

/** What the client's refusals mean in a quote's words. */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	"Cannot buy more base tokens than the pool reserves.": ["insufficientLiquidity", "amountOverflow"],
	"Cannot receive more quote tokens than the pool quote reserves.": ["insufficientLiquidity", "amountOverflow"],
	"Fees exceed total output; final quote is negative.": ["zeroOutput", "zeroInput"],
	"Insufficient real quote reserves to cover the sell output.": ["insufficientLiquidity", "amountOverflow"],
	"Invalid input: Desired quote amount exceeds available reserve.": ["insufficientLiquidity", "amountOverflow"],
	"Not enough quote tokens to cover for fees.": ["zeroOutput", "zeroInput"],
	"Pool would be depleted; denominator is zero.": ["insufficientLiquidity", "zeroInput", "zeroOutput"],
};

const fixture = join(__dirname, "../../../../../fixtures/vectors/pumpswap.json.gz");
const { accounts, vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as {
	readonly accounts: readonly string[];
	readonly vectors: readonly Vector[];
};

function bytes(text: string | undefined): Uint8Array {
	return new Uint8Array(Buffer.from(text as string, "base64"));
}

function run(vector: Vector) {
	const account = { address: key(24), owner: PUMPSWAP_PROGRAM, data: bytes(vector.pool) };
	const named = pumpSwap.references(account);
	if (!named.ok) throw new Error(named.error.detail);
	const { mintA, mintB } = named.value;
	const mint = bytes(accounts[vector.baseMint]);
	const pool = pumpSwap.describe(account, [
		{ address: PUMPSWAP_GLOBAL_CONFIG, owner: PUMPSWAP_PROGRAM, data: bytes(accounts[vector.global]) },
		{ address: PUMPSWAP_FEE_CONFIG, owner: PUMP_FEE_PROGRAM, data: bytes(accounts[vector.feeConfig]) },
		{ address: mintA, owner: TOKEN, data: mint },
		{ address: mintB, owner: TOKEN, data: mint },
	]);
	const owed = pumpSwap.readState(account.data);
	if (!pool.ok || !owed.ok) throw new Error("the pool of a vector was not described");
	const reserveA = BigInt(vector.vaultA) - owed.value.owedA;
	const reserveB = BigInt(vector.vaultB) - owed.value.owedB;
	const state = { reserveA, reserveB, swapEnabled: true, openTimeSeconds: 0n };
	const clock = { slot: 1n, epoch: 1n, unixSeconds: 1n };
	const request = { pool: pool.value, state, direction: vector.direction, amount: BigInt(vector.amount), clock };
	return vector.exact === "in" ? pumpSwap.quoteExactIn(request) : pumpSwap.quoteExactOut(request);
}

function label({ kind, direction, exact }: Vector): string {
	return `${kind} ${direction} ${exact}`;
}

const refused = vectors.filter(({ said }) => !said.ok);
const given = vectors.filter(({ said, amount }) => said.ok && said.amountOut !== "0" && amount !== "0");
const nothing = vectors.filter((vector) => !refused.includes(vector) && !given.includes(vector));

describe("swaps that the official client computed", () => {
	test("are as many as were recorded, of every kind", () => {
		expect(vectors.length).toBe(805);
		expect(given.length).toBeGreaterThanOrEqual(600);
		expect(new Set(given.map(label)).size).toBe(132);
		expect(nothing.length).toBeGreaterThan(20);
		const reasons = refused.map(({ said }) => (said.ok ? "" : said.error));
		expect(new Set(reasons)).toEqual(new Set(Object.keys(REFUSALS)));
	});

	test.each(given.map((vector, index) => [`${index} ${label(vector)}`, vector] as const))("%s", (_name, vector) => {
		const quote = run(vector);
		if (!vector.said.ok) throw new Error("not a swap");
		const [amountIn, amountOut, net] = [vector.said.amountIn, vector.said.amountOut, vector.said.net].map(BigInt) as [
			bigint,
			bigint,
			bigint,
		];
		if (!quote.ok) {
			// The client's numbers have no end; a token account's do.
			expect(quote.error).toBe("amountOverflow");
			const reserve = BigInt(vector.direction === "aToB" ? vector.vaultA : vector.vaultB);
			expect(reserve + amountIn).toBeGreaterThan(1n << 63n);
			return;
		}
		expect([quote.value.amountIn, quote.value.amountOut]).toEqual([amountIn, amountOut]);
		const { feeSide, fee } = quote.value;
		expect(feeSide).toBe(vector.direction === "aToB" ? "output" : "input");
		expect(feeSide === "output" ? amountOut + fee : amountIn - fee).toBe(net);
	});

	test("that give nothing have no quote", () => {
		for (const vector of nothing) expect(run(vector).ok).toBe(false);
	});

	test("that it refuses have no quote, for the same reason", () => {
		for (const vector of refused) {
			const quote = run(vector);
			const reason = vector.said.ok ? "" : vector.said.error;
			expect([reason, quote.ok ? "quoted" : quote.error]).toEqual([
				reason,
				REFUSALS[reason]?.find((code) => !quote.ok && code === quote.error),
			]);
		}
	});
});
