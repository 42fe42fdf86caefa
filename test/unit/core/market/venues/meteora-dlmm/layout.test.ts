import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	BIN_ARRAY_OFFSET,
	BIN_ARRAY_SIZE,
	BITMAP_EXTENSION_OFFSET,
	BITMAP_EXTENSION_SIZE,
	DLMM_PROGRAM,
	PAIR_DISCRIMINATOR,
	PAIR_OFFSET,
	PAIR_SIZE,
} from "../../../../../../core/market/venues/meteora-dlmm/accounts.ts";
import {
	arrayIndexesAround,
	BIN_ARRAYS_KEPT,
	decodePool,
	emptyState,
	readBinArray,
	readBitmapExtension,
	readPoolState,
} from "../../../../../../core/market/venues/meteora-dlmm/layout.ts";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/meteora-dlmm/quote.ts";
import { meteoraDlmm } from "../../../../../../core/market/venues/meteora-dlmm/venue.ts";
import type { DecodeErrorCode } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { decoded } from "../../../../../../tools/vectors/meteora-dlmm/compare.ts";
import { fromVector, type Vector } from "../../../../../../tools/vectors/meteora-dlmm/vector.ts";

const NO_FEES = { x: null, y: null };
const CODES: readonly DecodeErrorCode[] = [
	"wrongOwner",
	"wrongDiscriminator",
	"shortData",
	"impossibleValue",
	"unsupported",
];
const FIXTURE = join(__dirname, "../../../../../fixtures/vectors/meteora-dlmm.json.gz");
const { vectors } = JSON.parse(gunzipSync(readFileSync(FIXTURE)).toString()) as { readonly vectors: readonly Vector[] };
const swaps = vectors.filter(({ result }) => !("error" in result)).map(fromVector);
const usual = swaps.find(
	({ accounts, scenario }) => accounts.extension !== null && scenario.arrays.length > 1 && scenario.exact === "in",
);
if (usual === undefined) throw new Error("no such vector was recorded");
const { scenario, accounts } = usual;
const { pool } = decoded(scenario, accounts);

function pairOf(edit: (view: DataView) => void, data = accounts.pair) {
	const copy = data.slice();
	edit(new DataView(copy.buffer));
	return { address: pool.address, owner: DLMM_PROGRAM, data: copy };
}

describe("a pair's account is refused", () => {
	test.each<[string, DecodeErrorCode, Parameters<typeof decodePool>[0]]>([
		["of another program", "wrongOwner", { ...pairOf(() => {}), owner: "11111111111111111111111111111111" as Address }],
		["that is cut", "shortData", { ...pairOf(() => {}), data: accounts.pair.subarray(1) }],
		["of another type", "wrongDiscriminator", pairOf((view) => view.setUint8(0, 0))],
		["without a bin step", "impossibleValue", pairOf((view) => view.setUint16(PAIR_OFFSET.binStep, 0, true))],
		["of bins too wide", "impossibleValue", pairOf((view) => view.setUint16(PAIR_OFFSET.binStep, 401, true))],
		["of no known type", "impossibleValue", pairOf((view) => view.setUint8(PAIR_OFFSET.pairType, 4))],
		["of no known timing", "impossibleValue", pairOf((view) => view.setUint8(PAIR_OFFSET.activationType, 2))],
		["of no known fee mode", "impossibleValue", pairOf((view) => view.setUint8(PAIR_OFFSET.collectFeeMode, 2))],
		[
			"of no known token program",
			"impossibleValue",
			pairOf((view) => view.setUint8(PAIR_OFFSET.tokenMintYProgramFlag, 2)),
		],
		["at no address", "impossibleValue", { ...pairOf(() => {}), address: "O" as Address }],
	])("%s", (_what, code, account) => {
		expect(decodePool(account, NO_FEES)).toMatchObject({ ok: false, error: { code } });
	});

	test.each<[string, (view: DataView) => void]>([
		["at a bin that does not exist", (view) => view.setInt32(PAIR_OFFSET.activeId, 443_637, true)],
		["with a share above all", (view) => view.setUint16(PAIR_OFFSET.protocolShare, 10_001, true)],
		["with a fee power beyond any", (view) => view.setUint8(PAIR_OFFSET.baseFeePowerFactor, 19)],
		["of no known function", (view) => view.setUint8(PAIR_OFFSET.functionType, 3)],
	])("%s, and the state stays as it was", (_what, edit) => {
		const state = emptyState();
		expect(readPoolState(accounts.pair, pool, state)).toBeNull();
		const before = structuredClone({ ...state, arrays: null });
		expect(readPoolState(pairOf(edit).data, pool, state)).toMatchObject({ code: "impossibleValue" });
		expect({ ...state, arrays: null }).toEqual(before);
	});
});

describe("the accounts of a pair", () => {
	test("arrays and extension of another pair, or of another type, are refused", () => {
		const state = emptyState();
		const [[, array]] = [...accounts.arrays] as [[number, Uint8Array]];
		const edited = (data: Uint8Array, at: number) =>
			Uint8Array.from(data, (byte, index) => (index === at ? byte ^ 1 : byte));
		expect(readBinArray(edited(array, BIN_ARRAY_OFFSET.pair), pool, state)).toMatchObject({ code: "impossibleValue" });
		expect(readBinArray(edited(array, 0), pool, state)).toMatchObject({ code: "wrongDiscriminator" });
		expect(readBinArray(array.subarray(1), pool, state)).toMatchObject({ code: "shortData" });
		expect(readBinArray(edited(array, BIN_ARRAY_OFFSET.index + 3), pool, state)).toMatchObject({
			code: "impossibleValue",
		});
		const extension = accounts.extension as Uint8Array;
		expect(readBitmapExtension(edited(extension, BITMAP_EXTENSION_OFFSET.pair), pool, state)).toMatchObject({
			code: "impossibleValue",
		});
		expect(readBitmapExtension(edited(extension, 0), pool, state)).toMatchObject({ code: "wrongDiscriminator" });
		expect(state.arrays.size).toBe(0);
	});

	test("of arrays no more than a few are kept, those near the price", () => {
		const state = emptyState();
		const [[, array]] = [...accounts.arrays] as [[number, Uint8Array]];
		for (let index = 0; index < 3 * BIN_ARRAYS_KEPT; index++) {
			const data = array.slice();
			new DataView(data.buffer).setBigInt64(BIN_ARRAY_OFFSET.index, BigInt(index), true);
			expect(readBinArray(data, pool, state)).toBeNull();
		}
		expect(state.arrays.size).toBe(BIN_ARRAYS_KEPT);
		expect([...state.arrays.keys()]).toEqual(Array.from({ length: BIN_ARRAYS_KEPT }, (_, index) => index));
	});

	test("any bytes give a state or a closed error, and quotes of it throw nothing", () => {
		const sizes = fc.constantFrom(PAIR_SIZE, BIN_ARRAY_SIZE, BITMAP_EXTENSION_SIZE, 7);
		const noise = fc.tuple(sizes, fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.nat());
		const property = fc.property(noise, fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), ([size, some, at], amount) => {
			const data = new Uint8Array(size);
			if (size === PAIR_SIZE) data.set(accounts.pair);
			else data.set(PAIR_DISCRIMINATOR.subarray(0, size));
			data.set(some.subarray(0, Math.min(64, size)), at % Math.max(1, size - 64));
			const known = decodePool({ address: pool.address, owner: DLMM_PROGRAM, data }, NO_FEES);
			if (!known.ok) expect(CODES).toContain(known.error.code);
			const state = emptyState();
			for (const refused of [
				readPoolState(data, pool, state),
				readBinArray(data, pool, state),
				readBitmapExtension(data, pool, state),
			]) {
				if (refused !== null) expect(CODES).toContain(refused.code);
			}
			const request = { pool, state, amount, clock: { slot: 1n, epoch: 1n, unixSeconds: 2n ** 31n } };
			for (const direction of ["aToB", "bToA"] as const) {
				quoteExactIn({ ...request, direction });
				quoteExactOut({ ...request, direction });
			}
		});
		fc.assert(property, { numRuns: 1_000 });
	});
});

describe("a market of a pair", () => {
	test("cannot be described without its mints", () => {
		expect(
			meteoraDlmm.describe(
				pairOf(() => {}),
				[],
			),
		).toMatchObject({ ok: false, error: { code: "shortData" } });
	});

	test("wants the extension and the arrays with liquidity on both sides, and more as the price moves", () => {
		const { state } = decoded({ ...scenario, arrays: [] }, accounts);
		const around = arrayIndexesAround(state, 3);
		expect(around).toEqual([...around].sort((one, other) => one - other));
		for (const { index, isMarked } of scenario.arrays) {
			if (isMarked && Math.abs(index - Math.floor(state.activeId / 70)) < 2) expect(around).toContain(index);
		}
	});
});

describe("a quote is refused", () => {
	const { state } = decoded(scenario, accounts);
	const clock = { slot: scenario.slot, epoch: scenario.epoch, unixSeconds: scenario.unixSeconds };
	const { direction } = scenario;

	test.each([
		[0n, "zeroInput", "zeroOutput"],
		[2n ** 64n, "amountOverflow", "amountOverflow"],
	] as const)("for %i", (amount, forIn, forOut) => {
		expect(quoteExactIn({ pool, state, direction, amount, clock })).toEqual({ ok: false, error: forIn });
		expect(quoteExactOut({ pool, state, direction, amount, clock })).toMatchObject({ ok: false });
		if (amount === 0n)
			expect(quoteExactOut({ pool, state, direction, amount, clock })).toEqual({ ok: false, error: forOut });
	});

	test("by a pair that is closed, or not open yet", () => {
		const closed = { ...state, swapEnabled: false };
		expect(quoteExactIn({ pool, state: closed, direction, amount: 1_000n, clock })).toEqual({
			ok: false,
			error: "swapDisabled",
		});
		const timed = { ...pool, hasActivationPoint: true, isTimedBySlot: false };
		const later = { ...state, activationPoint: clock.unixSeconds + 1n };
		expect(quoteExactIn({ pool: timed, state: later, direction, amount: 1_000n, clock })).toEqual({
			ok: false,
			error: "notOpenYet",
		});
	});

	test("where an array is not known", () => {
		const bare = { ...state, arrays: new Map() };
		expect(quoteExactIn({ pool, state: bare, direction, amount: 1_000n, clock })).toEqual({
			ok: false,
			error: "arrayMissing",
		});
	});
});

describe("accounts of mainnet", () => {
	const folder = join(__dirname, "../../../../../../../shared/data/mainnet-accounts");
	const files = existsSync(folder)
		? (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".bin"))
		: [];
	const pairs = files
		.map((file) => readFileSync(join(folder, file)))
		.filter((data) => data.length === PAIR_SIZE && PAIR_DISCRIMINATOR.every((byte, index) => data[index] === byte));

	if (pairs.length === 0) test.skip(`skipped: no pair under ${folder}`, () => undefined);
	else {
		test("decode", () => {
			for (const data of pairs) {
				const account = { address: pool.address, owner: DLMM_PROGRAM, data: new Uint8Array(data) };
				const known = decodePool(account, NO_FEES);
				if (!known.ok) throw new Error(known.error.detail);
				expect(readPoolState(account.data, known.value, emptyState())).toBeNull();
			}
		});
	}
});
