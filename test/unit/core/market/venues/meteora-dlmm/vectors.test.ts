import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/meteora-dlmm/quote.ts";
import type { NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import { decoded, difference } from "../../../../../../tools/vectors/meteora-dlmm/compare.ts";
import { fromVector, type Vector } from "../../../../../../tools/vectors/meteora-dlmm/vector.ts";

/** What the program's errors mean in a quote's words (dlmm-sdk, idls/dlmm.json 0.12.0 `errors`). */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	// A bin array was not given.
	"3005": ["arrayMissing"],
	// Nothing goes in, or nothing comes out.
	"6002": ["zeroInput", "zeroOutput", "transferFee"],
	"6012": ["insufficientLiquidity", "priceLimit", "arrayMissing"],
	"6018": ["amountOverflow", "transferFee", "insufficientLiquidity"],
	"6019": ["amountOverflow", "insufficientLiquidity", "transferFee"],
	"6036": ["insufficientLiquidity", "arrayMissing"],
	"6037": ["insufficientLiquidity", "arrayMissing"],
	"6039": ["zeroOutput", "transferFee", "insufficientLiquidity", "amountOverflow"],
	"6042": ["swapDisabled", "notOpenYet", "transferFee"],
	"6057": ["amountOverflow", "insufficientLiquidity"],
	// Part of a bin's limit orders, for an exact output.
	"6085": ["insufficientLiquidity"],
	"6104": ["amountOverflow", "insufficientLiquidity"],
};

const fixture = join(__dirname, "../../../../../fixtures/vectors/meteora-dlmm.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as { readonly vectors: readonly Vector[] };

describe("swaps that the program ran", () => {
	const all = vectors.map(fromVector);
	const ran = all.filter(({ ran: result }) => result.ok);
	const refused = all.filter(({ ran: result }) => !result.ok);

	test("are as many as were recorded, of every kind", () => {
		expect(vectors.length).toBe(803);
		expect(ran.length).toBeGreaterThanOrEqual(500);
		expect(refused.map(({ ran: result }) => !result.ok && result.error).sort()).toEqual(
			expect.arrayContaining(Object.keys(REFUSALS)),
		);
		for (const direction of ["aToB", "bToA"]) {
			for (const exact of ["in", "out"]) {
				const some = ran.filter(({ scenario }) => scenario.direction === direction && scenario.exact === exact);
				expect(some.length).toBeGreaterThan(50);
			}
		}
		const crossing = ran.filter(({ scenario }) => scenario.arrays.length > 1).length;
		expect(crossing).toBeGreaterThan(100);
		expect(ran.filter(({ scenario }) => scenario.transferFeeX ?? scenario.transferFeeY).length).toBeGreaterThan(100);
	});

	test.each(ran.map((one, index) => [`${index} ${one.scenario.kind} ${one.scenario.direction}`, one] as const))(
		"%s: same amounts, fees and bins afterwards",
		(_name, { scenario, accounts, ran: result }) => {
			expect(difference(scenario, accounts, result)).toBeNull();
		},
	);

	test.each(refused.map((one, index) => [`${index} ${one.scenario.kind} ${one.scenario.direction}`, one] as const))(
		"%s: refused as by the program",
		(_name, { scenario, accounts, ran: result }) => {
			if (result.ok) throw new Error("a refusal was expected");
			const { pool, state } = decoded(scenario, accounts);
			const { direction, amount, slot, epoch, unixSeconds } = scenario;
			const request = { pool, state, direction, amount, clock: { slot, epoch, unixSeconds } };
			const quote = scenario.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
			if (quote.ok) throw new Error(`quoted ${quote.value.amountOut}, the program refuses with ${result.error}`);
			// The program looks at the pair before the amount, the quote the other way round.
			const codes = amount === 0n ? ["zeroInput", "zeroOutput"] : REFUSALS[result.error];
			expect(codes).toContain(quote.error);
		},
	);
});
