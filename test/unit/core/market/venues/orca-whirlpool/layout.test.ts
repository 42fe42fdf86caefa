import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	FIXED_ARRAY_OFFSET,
	ORACLE_OFFSET,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	WHIRLPOOL_PROGRAM,
} from "../../../../../../core/market/venues/orca-whirlpool/accounts.ts";
import { decodePool, readPoolState } from "../../../../../../core/market/venues/orca-whirlpool/layout.ts";
import { readOracle } from "../../../../../../core/market/venues/orca-whirlpool/oracle.ts";
import { emptyState, MAX_ARRAYS } from "../../../../../../core/market/venues/orca-whirlpool/state.ts";
import {
	oracleSeeds,
	readTickArray,
	startIndexesAround,
	startIndexesFor,
	tickArraySeeds,
} from "../../../../../../core/market/venues/orca-whirlpool/tick-array.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { ProgramAddresses } from "../../../../../../libs/solana/program-address.ts";
import { arrayBytes, oracleBytes, poolBytes } from "../../../../../../tools/vectors/orca-whirlpool/account-bytes.ts";
import { NAMES, ORACLE, POOL_ADDRESS, POOL_BYTES, SCENARIO } from "./accounts.ts";

const NO_FEES = { a: null, b: null };
const CODES = ["wrongOwner", "wrongDiscriminator", "shortData", "impossibleValue", "unsupported"];
const BYTES = poolBytes(SCENARIO, NAMES);
const account = (data: Uint8Array) => ({ address: POOL_ADDRESS, owner: WHIRLPOOL_PROGRAM, data });

function changed(data: Uint8Array, offset: number, bytes: readonly number[]): Uint8Array {
	const copy = data.slice();
	copy.set(bytes, offset);
	return copy;
}

function opened() {
	const decoded = decodePool(account(BYTES), NO_FEES);
	if (!decoded.ok) throw new Error(decoded.error.detail);
	const state = emptyState();
	expect(readPoolState(BYTES, state)).toBeNull();
	return { pool: decoded.value, state };
}

describe("a pool account", () => {
	test("of another owner, size or type is refused by name", () => {
		const stranger = { ...account(BYTES), owner: "11111111111111111111111111111111" as Address };
		expect(decodePool(stranger, NO_FEES)).toMatchObject({ error: { code: "wrongOwner" } });
		expect(decodePool(account(BYTES.subarray(1)), NO_FEES)).toMatchObject({ error: { code: "shortData" } });
		const other = changed(BYTES, 0, [1]);
		expect(decodePool(account(other), NO_FEES)).toMatchObject({ error: { code: "wrongDiscriminator" } });
		expect(readPoolState(other, emptyState())).toMatchObject({ code: "wrongDiscriminator" });
	});

	test("without a tick spacing, or with one mint twice, is refused", () => {
		const still = changed(BYTES, POOL_OFFSET.tickSpacing, [0, 0]);
		expect(decodePool(account(still), NO_FEES)).toMatchObject({ error: { code: "impossibleValue" } });
		const twice = changed(BYTES, POOL_OFFSET.tokenMintB, new Array(32).fill(3));
		expect(decodePool(account(twice), NO_FEES)).toMatchObject({ error: { code: "impossibleValue" } });
	});

	test.each<[string, number, readonly number[]]>([
		["sqrt_price", POOL_OFFSET.sqrtPrice, new Array(16).fill(0)],
		["sqrt_price", POOL_OFFSET.sqrtPrice, new Array(16).fill(255)],
		["tick_current_index", POOL_OFFSET.tickCurrentIndex, [0, 0, 0, 0x80]],
		["tick_current_index", POOL_OFFSET.tickCurrentIndex, [0xff, 0xff, 0xff, 0x7f]],
		["tick_current_index", POOL_OFFSET.tickCurrentIndex, [8, 0, 0, 0]],
		["tick_current_index", POOL_OFFSET.tickCurrentIndex, [11, 0, 0, 0]],
		["protocol_fee_rate", POOL_OFFSET.protocolFeeRate, [0x11, 0x27]],
	])("with an impossible %s gives no state", (field, offset, bytes) => {
		const state = emptyState();
		expect(readPoolState(changed(BYTES, offset, bytes), state)?.detail).toContain(field);
		expect(state.sqrtPrice).toBe(0n);
	});

	test("any bytes give a state or a closed error", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 645, maxLength: 645 }), (tail) => {
				const data = Uint8Array.from([...POOL_DISCRIMINATOR, ...tail]);
				const refused = readPoolState(data, emptyState());
				expect(refused === null || CODES.includes(refused.code)).toBe(true);
				const decoded = decodePool(account(data), NO_FEES);
				expect(decoded.ok || CODES.includes(decoded.error.code)).toBe(true);
			}),
			{ numRuns: 200 },
		);
	});
});

describe("a tick array", () => {
	const ticks = [
		[0, 5n],
		[87, -5n],
	] as const;
	const FIXED = arrayBytes({ start: 0, kind: "fixed", ticks }, POOL_BYTES) as Uint8Array;
	const DYNAMIC = arrayBytes({ start: 0, kind: "dynamic", ticks }, POOL_BYTES) as Uint8Array;

	test.each<[string, Uint8Array, number, string]>([
		["nothing", new Uint8Array(7), 0, "shortData"],
		["another type", changed(FIXED, 0, [1]), 0, "wrongDiscriminator"],
		["a cut fixed array", FIXED.subarray(0, 9_987), 0, "shortData"],
		["a cut dynamic array", DYNAMIC.subarray(0, 147), 0, "shortData"],
		["a dynamic array cut in its last tick", DYNAMIC.subarray(0, DYNAMIC.length - 1), 0, "shortData"],
		["a dynamic array cut before its last tick", DYNAMIC.subarray(0, DYNAMIC.length - 114), 0, "shortData"],
		["another start", FIXED, 5_632, "impossibleValue"],
		["no start of an array", FIXED, 64, "impossibleValue"],
		["another pool's", changed(FIXED, FIXED_ARRAY_OFFSET.whirlpool, [7]), 0, "impossibleValue"],
		["a flag that is none", changed(FIXED, FIXED_ARRAY_OFFSET.ticks, [2]), 0, "impossibleValue"],
		["a bitmap of other slots", changed(DYNAMIC, 44, [3]), 0, "impossibleValue"],
	])("that is %s is refused, and then unknown", (_name, data, start, code) => {
		const { pool, state } = opened();
		expect(readTickArray(null, 0, { pool, state })).toBeNull();
		expect(readTickArray(data, start, { pool, state })).toMatchObject({ code });
		expect(state.arrays.has(start)).toBe(false);
	});

	test("with a tick beyond the ends of the program is refused", () => {
		const { pool, state } = opened();
		const low = arrayBytes({ start: -444_928, kind: "fixed", ticks: [[0, 1n]] }, POOL_BYTES);
		expect(readTickArray(low, -444_928, { pool, state })).toMatchObject({ code: "impossibleValue" });
	});

	test.each([
		["fixed", FIXED],
		["dynamic", DYNAMIC],
	])("of the %s kind gives its ticks, and takes new ones", (_kind, data) => {
		const { pool, state } = opened();
		expect(readTickArray(data, 0, { pool, state })).toBeNull();
		const array = state.arrays.get(0);
		expect([array?.initialized[0], array?.initialized[1], array?.initialized[87]]).toEqual([1, 0, 1]);
		expect([array?.liquidityNet[0], array?.liquidityNet[87]]).toEqual([5n, -5n]);
		expect(readTickArray(null, 0, { pool, state })).toBeNull();
		expect(state.arrays.get(0)?.initialized.includes(1)).toBe(false);
	});

	test("any bytes give ticks or a closed error", () => {
		fc.assert(
			fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), fc.boolean(), (tail, isFixed) => {
				const { pool, state } = opened();
				const data = changed(isFixed ? FIXED : DYNAMIC.subarray(0, 460), 60, [...tail]);
				const refused = readTickArray(data, 0, { pool, state });
				expect(refused === null || CODES.includes(refused.code)).toBe(true);
			}),
			{ numRuns: 100 },
		);
	});

	test("of many is kept while it is near the price", () => {
		const { pool, state } = opened();
		for (let count = 1; count <= MAX_ARRAYS + 2; count++) {
			expect(readTickArray(null, count * 5_632, { pool, state })).toBeNull();
		}
		expect(state.arrays.size).toBe(MAX_ARRAYS);
		expect(state.arrays.has(5_632)).toBe(true);
		expect(state.arrays.has((MAX_ARRAYS + 1) * 5_632)).toBe(false);
	});

	test("is one of three in the swap's direction", () => {
		expect(startIndexesFor("aToB", 10, 64)).toEqual([0, -5_632, -11_264]);
		expect(startIndexesFor("bToA", 10, 64)).toEqual([0, 5_632, 11_264]);
		expect(startIndexesFor("bToA", 5_568, 64)).toEqual([5_632, 11_264, 16_896]);
		expect(startIndexesFor("aToB", -443_636, 64)).toEqual([-444_928]);
		expect(startIndexesAround(10, 64)).toEqual([-11_264, -5_632, 0, 5_632, 11_264]);
	});

	test("has the address of its digits, sign and all", () => {
		expect(tickArraySeeds(POOL_BYTES, -352).map((seed) => seed.length)).toEqual([10, 32, 4]);
		expect(oracleSeeds(POOL_BYTES).map((seed) => seed.length)).toEqual([6, 32]);
		const derived = new ProgramAddresses().derive(WHIRLPOOL_PROGRAM, tickArraySeeds(POOL_BYTES, -352));
		expect(derived).not.toBe(new ProgramAddresses().derive(WHIRLPOOL_PROGRAM, tickArraySeeds(POOL_BYTES, 352)));
	});
});

describe("an oracle account", () => {
	const DATA = oracleBytes(ORACLE, POOL_BYTES) as Uint8Array;

	test.each<[string, Uint8Array, string]>([
		["shorter", DATA.subarray(1), "shortData"],
		["of another type", changed(DATA, 0, [1]), "wrongDiscriminator"],
		["another pool's", changed(DATA, ORACLE_OFFSET.whirlpool, [7]), "impossibleValue"],
		["without tick groups", changed(DATA, ORACLE_OFFSET.tickGroupSize, [0, 0]), "impossibleValue"],
		["of too much volatility", changed(DATA, ORACLE_OFFSET.maxVolatilityAccumulator + 3, [255]), "impossibleValue"],
		["of too much control", changed(DATA, ORACLE_OFFSET.adaptiveFeeControlFactor + 3, [1]), "impossibleValue"],
		["of too little reduction", changed(DATA, ORACLE_OFFSET.reductionFactor, [0x10, 0x27]), "impossibleValue"],
		["beyond its reference", changed(DATA, ORACLE_OFFSET.volatilityReference + 3, [1]), "impossibleValue"],
		["beyond its accumulator", changed(DATA, ORACLE_OFFSET.volatilityAccumulator + 3, [1]), "impossibleValue"],
		["above all groups", changed(DATA, ORACLE_OFFSET.tickGroupIndexReference + 2, [1]), "impossibleValue"],
		["below all groups", changed(DATA, ORACLE_OFFSET.tickGroupIndexReference + 3, [128]), "impossibleValue"],
	])("that is %s is refused, and then unknown", (_name, data, code) => {
		const { pool, state } = opened();
		expect(readOracle(DATA, { pool, state })).toBeNull();
		expect(readOracle(data, { pool, state })).toMatchObject({ code });
		expect([state.oracle, state.isOracleKnown]).toEqual([null, false]);
	});

	test("that does not exist is known not to", () => {
		const { pool, state } = opened();
		expect(readOracle(null, { pool, state })).toBeNull();
		expect([state.oracle, state.isOracleKnown]).toEqual([null, true]);
	});
});

describe("mainnet's accounts", () => {
	const folder =
		"../../../../../../../shared/data/mainnet-accounts/carbon/decoders/orca-whirlpool-decoder/tests/fixtures";
	const file = join(__dirname, folder, "whirlpool_account.json");
	if (!existsSync(file)) test.skip(`skipped: no pool at ${file}`, () => undefined);
	else {
		test("decode", () => {
			const { data: text } = JSON.parse(readFileSync(file, "utf8")) as { readonly data: string | readonly string[] };
			const data = new Uint8Array(Buffer.from(typeof text === "string" ? text : (text[0] as string), "base64"));
			expect(decodePool(account(data), NO_FEES)).toMatchObject({ ok: true, value: { tickSpacing: 32_896 } });
			expect(readPoolState(data, emptyState())).toBeNull();
		});
	}
});
