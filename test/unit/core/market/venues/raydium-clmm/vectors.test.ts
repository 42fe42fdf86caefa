import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { afterSwap } from "../../../../../../core/market/venues/raydium-clmm/after-swap.ts";
import type { NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import { AFTER_FIELDS, opened, quoted } from "../../../../../../tools/vectors/raydium-clmm/compare.ts";
import type { Scenario } from "../../../../../../tools/vectors/raydium-clmm/scenario.ts";

type AfterField = (typeof AFTER_FIELDS)[number];

/** One swap that a build of mainnet's program ran in LiteSVM. */
interface Vector extends Scenario {
	readonly result:
		| {
				readonly ok: true;
				readonly amountIn: bigint;
				readonly amountOut: bigint;
				readonly after: Record<AfterField, bigint>;
		  }
		| { readonly ok?: undefined; readonly error: string };
}

/** What the program's errors mean in a quote's words. */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	// RequireGtViolated, NotApproved
	"2505": ["notOpenYet", "swapDisabled"],
	"6001": ["swapDisabled"],
	// LiquidityInsufficient, ZeroAmountSpecified, TooSmallInputOrOutputAmount
	"6019": ["insufficientLiquidity"],
	"6024": ["transferFee"],
	// The latter also where a swap ends at the lowest or highest price with nothing moved.
	"6026": ["zeroOutput", "zeroInput", "insufficientLiquidity"],
	// NotEnoughTickArrayAccount, InvalidFirstTickArrayAccount
	"6027": ["arrayMissing"],
	"6028": ["arrayMissing"],
	// MissingTickArrayBitmapExtensionAccount, InsufficientLiquidityForDirection
	"6040": ["arrayMissing", "insufficientLiquidity"],
	"6041": ["insufficientLiquidity"],
	// MaxTokenOverflow, CalculateOverflow, a panic
	"6042": ["amountOverflow"],
	"6043": ["amountOverflow"],
	"runtime 39": ["amountOverflow", "arrayMissing", "transferFee"],
};

const BIGINTS = new Set([
	...["openTimeSeconds", "sqrtPrice", "liquidity", "amount", "epoch", "unixSeconds", "from"],
	...["amountIn", "amountOut", "protocolFees0", "protocolFees1", "fundFees0", "fundFees1"],
]);
const BIGINT_LISTS = new Set(["protocolFees", "older", "newer"]);

function revived(key: string, value: unknown): unknown {
	if (BIGINTS.has(key)) return BigInt(value as string);
	if (BIGINT_LISTS.has(key)) return (value as string[]).map(BigInt);
	if (key !== "ticks") return value;
	return (value as [number, string, string][]).map(([tick, net, gross]) => [tick, BigInt(net), BigInt(gross)]);
}

const fixture = join(__dirname, "../../../../../fixtures/vectors/raydium-clmm.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString(), revived) as { vectors: readonly Vector[] };

function named(list: readonly Vector[]): [string, Vector][] {
	return list.map((vector, index) => [`${index} ${vector.kind} ${vector.direction} ${vector.exact}`, vector]);
}

describe("swaps that the program ran", () => {
	const ran = vectors.filter(({ result }) => result.ok === true);
	const refused = vectors.filter(({ result }) => result.ok === undefined);

	test("are as many as were recorded, of every kind", () => {
		expect(vectors.length).toBe(1_160);
		expect(ran.length).toBeGreaterThanOrEqual(500);
		expect(new Set(ran.map(({ kind, direction, exact }) => `${kind} ${direction} ${exact}`)).size).toBe(48);
		expect(new Set(refused.map(({ result }) => (result as { error: string }).error))).toEqual(
			new Set(Object.keys(REFUSALS)),
		);
		const withFees = ran.filter(({ transferFeeA, transferFeeB }) => transferFeeA !== null || transferFeeB !== null);
		expect(withFees.length).toBeGreaterThan(100);
	});

	test.each(named(ran))("%s: same amounts and pool afterwards", (_name, vector) => {
		const before = opened(vector);
		const quote = quoted(vector, before);
		const { result } = vector as { readonly result: Vector["result"] & { ok: true } };
		if (result.amountOut === 0n) {
			expect(quote).toEqual({ ok: false, error: "transferFee" });
			return;
		}
		if (!quote.ok) throw new Error(`no quote: ${quote.error}`);
		const { amountIn, amountOut, fee, fees, arrays } = quote.value;
		expect({ amountIn, amountOut }).toEqual({ amountIn: result.amountIn, amountOut: result.amountOut });
		const after = afterSwap(before.state, quote.value);
		expect(Object.fromEntries(AFTER_FIELDS.map((field) => [field, after[field]]))).toEqual(result.after);
		expect(fees.liquidityProviders + fees.protocol + fees.fund).toBe(fee);
		expect(vector.arrays.slice(0, arrays.length)).toEqual(arrays);
	});

	test.each(named(refused))("%s: refused as by the program", (_name, vector) => {
		const quote = quoted(vector, opened(vector));
		const { error } = (vector as { readonly result: { error: string } }).result;
		if (quote.ok) throw new Error(`quoted ${quote.value.amountOut}, the program refuses with ${error}`);
		expect(REFUSALS[error]).toContain(quote.error);
	});
});
