import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import { difference, quoted, type Ran } from "../../../../../../tools/vectors/orca-whirlpool/compare.ts";
import type { Scenario, ScenarioArray, ScenarioFee } from "../../../../../../tools/vectors/orca-whirlpool/scenario.ts";
import { NAMES, POOL_BYTES } from "./accounts.ts";

type Recorded = {
	readonly [Key in keyof Scenario]: Scenario[Key] extends bigint ? string : Scenario[Key];
} & {
	readonly result:
		| {
				readonly ok: true;
				readonly amountIn: string;
				readonly amountOut: string;
				readonly refused: NoQuoteCode | null;
				readonly pool: string;
				readonly oracle: string | null;
		  }
		| { readonly ok: false; readonly error: string };
};

/** What the program's errors (whirlpools, errors.rs) mean in a quote's words. */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	"6017": ["amountOverflow"],
	"6030": ["amountOverflow"],
	"6033": ["amountOverflow"],
	// The program looks at the price before the amount.
	"6034": ["priceLimit", "transferFee"],
	"6035": ["zeroInput", "zeroOutput", "transferFee"],
	"6038": ["insufficientLiquidity"],
	"6039": ["amountOverflow"],
	"6052": ["transferFee"],
	"6057": ["insufficientLiquidity"],
	"6064": ["notOpenYet"],
};

const fixture = join(__dirname, "../../../../../fixtures/vectors/orca-whirlpool.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as {
	readonly vectors: readonly Recorded[];
};

function fee(recorded: ScenarioFee | null): ScenarioFee | null {
	if (recorded === null) return null;
	const part = ([basisPoints, maximum]: ScenarioFee["older"]) => [BigInt(basisPoints), BigInt(maximum)] as const;
	return { older: part(recorded.older), newer: part(recorded.newer), from: BigInt(recorded.from) };
}

function scenarioOf({ result, ...recorded }: Recorded): Scenario {
	const arrays = recorded.arrays.map(
		({ start, kind, ticks }): ScenarioArray => ({
			start,
			kind,
			ticks: ticks.map(([slot, net]) => [slot, BigInt(net)] as const),
		}),
	);
	return {
		...recorded,
		arrays,
		amount: BigInt(recorded.amount),
		epoch: BigInt(recorded.epoch),
		unixSeconds: BigInt(recorded.unixSeconds),
		liquidity: BigInt(recorded.liquidity),
		sqrtPrice: BigInt(recorded.sqrtPrice),
		transferFeeA: fee(recorded.transferFeeA),
		transferFeeB: fee(recorded.transferFeeB),
	};
}

function ranOf({ result }: Recorded): Ran {
	if (!result.ok) return { ...result, logs: [] };
	const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));
	return {
		ok: true,
		amountIn: BigInt(result.amountIn),
		amountOut: BigInt(result.amountOut),
		pool: bytes(result.pool),
		oracle: result.oracle === null ? null : withPool(bytes(result.oracle)),
	};
}

/** The oracle as the machine's pool has it, naming this test's pool. */
function withPool(oracle: Uint8Array): Uint8Array {
	oracle.set(POOL_BYTES, 8);
	return oracle;
}

function named(list: readonly Recorded[]): [string, Recorded][] {
	return list.map((vector, index) => [`${index} ${vector.kind} ${vector.direction} ${vector.exact}`, vector]);
}

describe("swaps that the program ran", () => {
	const ran = vectors.filter(({ result }) => result.ok && result.refused === null);
	const idle = vectors.filter(({ result }) => result.ok && result.refused !== null);
	const refused = vectors.filter(({ result }) => !result.ok);

	test("are as many as were recorded, of every kind", () => {
		expect([ran.length, idle.length, refused.length]).toEqual([662, 12, 160]);
		expect(new Set(ran.map(({ kind, direction, exact }) => `${kind} ${direction} ${exact}`)).size).toBe(81);
		const errors = refused.map(({ result }) => (result as { readonly error: string }).error);
		expect(new Set(errors)).toEqual(new Set(Object.keys(REFUSALS)));
	});

	test.each(named(ran))("%s: amounts and the state left behind", (_name, vector) => {
		const scenario = scenarioOf(vector);
		const read = quoted(scenario, POOL_BYTES, NAMES);
		expect(difference(scenario, ranOf(vector), read)).toBeNull();
		if (!read.quote.ok) throw new Error(`refused with ${read.quote.error}`);
		const { fee: whole, fees, arrays } = read.quote.value;
		expect(fees.liquidityProviders + fees.protocol).toBe(whole);
		expect(arrays.length).toBeGreaterThan(0);
	});

	test.each(named(idle))("%s: what the program does in part or for nothing has no quote", (_name, vector) => {
		const { quote } = quoted(scenarioOf(vector), POOL_BYTES, NAMES);
		const { refused: code } = vector.result as { readonly refused: NoQuoteCode };
		expect(quote).toEqual({ ok: false, error: code });
		expect(["insufficientLiquidity", "zeroOutput", "transferFee"]).toContain(code);
	});

	test.each(named(refused))("%s: refused as by the program", (_name, vector) => {
		const { quote } = quoted(scenarioOf(vector), POOL_BYTES, NAMES);
		const { error } = vector.result as { readonly error: string };
		if (quote.ok) throw new Error(`quoted ${quote.value.amountOut}, the program refuses with ${error}`);
		// The program looks at the pool before the amount, the quote the other way round.
		expect(vector.amount === "0" ? ["zeroInput", "zeroOutput"] : REFUSALS[error]).toContain(quote.error);
	});
});
