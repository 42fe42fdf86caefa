import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	bitmapExtensionSeeds,
	observationSeeds,
	startIndexesAround,
	tickArraySeeds,
} from "../../../../../../core/market/venues/raydium-clmm/addresses.ts";
import {
	decodeConfig,
	decodePool,
	emptyState,
	MOST_ARRAYS,
	readBitmapExtension,
	readPoolState,
	readTickArray,
} from "../../../../../../core/market/venues/raydium-clmm/layout.ts";
import {
	AMM_CONFIG_DISCRIMINATOR,
	AMM_CONFIG_OFFSET,
	AMM_CONFIG_SIZE,
	BITMAP_EXTENSION_DISCRIMINATOR,
	BITMAP_EXTENSION_SIZE,
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_STATE_DISCRIMINATOR,
	POOL_STATE_OFFSET,
	POOL_STATE_SIZE,
	RAYDIUM_CLMM_PROGRAM,
	TICK_ARRAY_DISCRIMINATOR,
	TICK_ARRAY_OFFSET,
	TICK_ARRAY_SIZE,
	TICK_OFFSET,
} from "../../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { readAddress } from "../../../../../../core/types/base58.ts";
import {
	arrayData,
	CONFIG,
	configData,
	extensionData,
	POOL,
	poolData,
} from "../../../../../../tools/vectors/raydium-clmm/accounts.ts";
import { opened } from "../../../../../../tools/vectors/raydium-clmm/compare.ts";
import { SCENARIO } from "./scenario.ts";

const owner = RAYDIUM_CLMM_PROGRAM;
const STRANGER = "11111111111111111111111111111111" as Address;
const CODES = ["wrongOwner", "wrongDiscriminator", "shortData", "impossibleValue", "unsupported"];
const FEES = { transferFeeA: null, transferFeeB: null };

function decoded(data: Uint8Array, config = configData(SCENARIO)) {
	return decodePool({ address: POOL, owner, data }, { config: { address: CONFIG, owner, data: config }, ...FEES });
}

function edited(data: Uint8Array, edit: (view: DataView) => void): Uint8Array {
	edit(new DataView(data.buffer));
	return data;
}

describe("a pool account", () => {
	test("of another owner, size or type is refused by name", () => {
		const data = poolData(SCENARIO);
		const config = { address: CONFIG, owner, data: configData(SCENARIO) };
		const refused = (account: Partial<{ owner: Address; address: Address; data: Uint8Array }>) =>
			decodePool({ address: POOL, owner, data, ...account }, { config, ...FEES });
		expect(refused({ owner: STRANGER })).toMatchObject({ error: { code: "wrongOwner" } });
		expect(refused({ data: data.subarray(1) })).toMatchObject({ error: { code: "shortData" } });
		expect(refused({ data: data.with(0, 1) })).toMatchObject({ error: { code: "wrongDiscriminator" } });
		expect(refused({ address: "0" as Address })).toMatchObject({ error: { code: "impossibleValue" } });
		expect(readPoolState(data.with(3, 1), emptyState())).toMatchObject({ code: "wrongDiscriminator" });
	});

	test.each<[string, number, number]>([
		["tick_spacing", POOL_STATE_OFFSET.tickSpacing, 0],
		["tick_spacing", POOL_STATE_OFFSET.tickSpacing, 1_001],
	])("with an impossible %s is refused", (field, offset, value) => {
		const data = edited(poolData(SCENARIO), (view) => view.setUint16(offset, value, true));
		expect(decoded(data)).toMatchObject({ error: { code: "impossibleValue", detail: expect.stringContaining(field) } });
	});

	test("with one mint on both sides is refused", () => {
		const data = poolData(SCENARIO);
		data.copyWithin(POOL_STATE_OFFSET.mint1, POOL_STATE_OFFSET.mint0, POOL_STATE_OFFSET.mint0 + 32);
		expect(decoded(data)).toMatchObject({ error: { code: "impossibleValue" } });
	});

	test("with a fee that is not on the input, or moves, is not supported: at first and later", () => {
		for (const offset of [POOL_STATE_OFFSET.feeOn, POOL_STATE_OFFSET.dynamicFee, POOL_STATE_OFFSET.dynamicFee + 79]) {
			const data = poolData(SCENARIO).with(offset, 1);
			expect(decoded(data)).toMatchObject({ error: { code: "unsupported" } });
			expect(readPoolState(data, emptyState())).toMatchObject({ code: "unsupported" });
		}
	});

	test("with a price or a tick out of bounds leaves the state as it was", () => {
		for (const price of [MIN_SQRT_PRICE - 1n, MAX_SQRT_PRICE + 1n]) {
			const state = emptyState();
			expect(readPoolState(poolData({ ...SCENARIO, sqrtPrice: price }), state)).toMatchObject({
				code: "impossibleValue",
			});
			expect(state).toEqual(emptyState());
		}
		for (const tick of [-443_637, 443_637]) {
			const data = poolData({ ...SCENARIO, tick });
			expect(readPoolState(data, emptyState())).toMatchObject({ code: "impossibleValue" });
		}
	});
});

describe("a configuration", () => {
	const account = (data: Uint8Array) => ({ address: CONFIG, owner, data });

	test("that the pool does not name, of another owner, size or type is refused", () => {
		const data = configData(SCENARIO);
		const other = { config: { address: STRANGER, owner, data }, ...FEES };
		const pool = { address: POOL, owner, data: poolData(SCENARIO) };
		expect(decodePool(pool, other)).toMatchObject({ error: { code: "impossibleValue" } });
		expect(decodeConfig({ ...account(data), owner: STRANGER })).toMatchObject({ error: { code: "wrongOwner" } });
		expect(decodeConfig(account(data.subarray(1)))).toMatchObject({ error: { code: "shortData" } });
		expect(decodeConfig(account(data.with(0, 0)))).toMatchObject({ error: { code: "wrongDiscriminator" } });
		expect(decoded(poolData(SCENARIO), data.with(0, 0))).toMatchObject({ error: { code: "wrongDiscriminator" } });
	});

	test("with rates that no configuration can be created with is refused", () => {
		const trade = configData({ ...SCENARIO, tradeRate: 1_000_000 });
		expect(decodeConfig(account(trade))).toMatchObject({ error: { code: "impossibleValue" } });
		const shares = configData({ ...SCENARIO, protocolRate: 600_000, fundRate: 400_001 });
		expect(decodeConfig(account(shares))).toMatchObject({ error: { code: "impossibleValue" } });
	});
});

describe("a tick array", () => {
	test("of another pool, size, type or place is refused", () => {
		const { pool, state } = opened(SCENARIO);
		const data = arrayData(SCENARIO, 0);
		expect(readTickArray(data.subarray(1), pool, state)).toMatchObject({ code: "shortData" });
		expect(readTickArray(data.with(0, 1), pool, state)).toMatchObject({ code: "wrongDiscriminator" });
		expect(readTickArray(data.with(TICK_ARRAY_OFFSET.poolId, 1), pool, state)).toMatchObject({
			code: "impossibleValue",
		});
		const span = 60 * SCENARIO.tickSpacing;
		const first = Math.ceil(443_637 / span) * span;
		for (const start of [1, first, -first - span]) {
			expect(readTickArray(arrayData({ ...SCENARIO, ticks: [] }, start), pool, state)).toMatchObject({
				code: "impossibleValue",
			});
		}
	});

	test("with a tick out of its place, or with limit orders, is refused and changes nothing", () => {
		const { pool, state } = opened(SCENARIO);
		const before = structuredClone(state);
		const at = TICK_ARRAY_OFFSET.ticks;
		const moved = edited(arrayData(SCENARIO, 0), (view) => {
			view.setInt32(at + TICK_OFFSET.tick, 1, true);
			view.setUint8(at + TICK_OFFSET.liquidityGross, 1);
		});
		expect(readTickArray(moved, pool, state)).toMatchObject({ code: "impossibleValue" });
		for (const field of [TICK_OFFSET.ordersAmount, TICK_OFFSET.partFilledOrdersRemaining]) {
			const orders = arrayData(SCENARIO, 0).with(at + field, 1);
			expect(readTickArray(orders, pool, state)).toMatchObject({ code: "unsupported" });
			expect(readTickArray(orders, pool, emptyState())).toMatchObject({ code: "unsupported" });
		}
		expect(state).toEqual(before);
	});

	test("beyond the most is kept in place of the farthest", () => {
		const { pool, state } = opened(SCENARIO);
		const span = 60 * SCENARIO.tickSpacing;
		for (let index = MOST_ARRAYS; index >= 0; index--) {
			expect(readTickArray(arrayData({ ...SCENARIO, ticks: [] }, index * span), pool, state)).toBeNull();
		}
		expect(state.arrays.size).toBe(MOST_ARRAYS);
		expect(state.arrays.has(0)).toBe(true);
		expect(state.arrays.has(MOST_ARRAYS * span)).toBe(false);
	});
});

describe("a bitmap extension", () => {
	test("of another pool, size or type is refused", () => {
		const { pool, state } = opened({ ...SCENARIO, hasExtension: false });
		const data = extensionData(SCENARIO);
		expect(readBitmapExtension(data.subarray(1), pool, state)).toMatchObject({ code: "shortData" });
		expect(readBitmapExtension(data.with(0, 1), pool, state)).toMatchObject({ code: "wrongDiscriminator" });
		expect(readBitmapExtension(data.with(8, 1), pool, state)).toMatchObject({ code: "impossibleValue" });
		expect(state.bitmap.isExtensionKnown).toBe(false);
		expect(readBitmapExtension(data, pool, state)).toBeNull();
		expect(state.bitmap.isExtensionKnown).toBe(true);
	});
});

test("the accounts' seeds and the arrays round the price", () => {
	const { pool, state } = opened(SCENARIO);
	expect(tickArraySeeds(pool, -60)[2]).toEqual(Uint8Array.of(0xff, 0xff, 0xff, 0xc4));
	expect(bitmapExtensionSeeds(pool)).toHaveLength(2);
	expect(observationSeeds(pool)[1]).toEqual(pool.poolBytes);
	expect(startIndexesAround(pool, state, 2)).toEqual([0, -600, 600]);
	const far = { ...state, tick: 30_000 };
	expect(startIndexesAround(pool, far, 2)).toEqual([600, 0]);
});

describe("any bytes", () => {
	const bytes = (size: number, start: Readonly<Uint8Array>) =>
		fc.uint8Array({ minLength: size, maxLength: size }).map((data) => {
			data.set(start);
			return data;
		});
	const isClosed = (error: { code: string } | null) => error === null || CODES.includes(error.code);

	test("give a pool, a state, a configuration or a closed error", () => {
		fc.assert(
			fc.property(
				bytes(POOL_STATE_SIZE, POOL_STATE_DISCRIMINATOR),
				bytes(AMM_CONFIG_SIZE, AMM_CONFIG_DISCRIMINATOR),
				(data, config) => {
					const pool = decoded(data, config);
					expect(pool.ok || CODES.includes(pool.error.code)).toBe(true);
					expect(isClosed(readPoolState(data, emptyState()))).toBe(true);
					const rates = decodeConfig({ address: CONFIG, owner, data: config });
					expect(rates.ok || CODES.includes(rates.error.code)).toBe(true);
				},
			),
		);
	});

	test("give an array, an extension or a closed error", () => {
		const { pool, state } = opened(SCENARIO);
		fc.assert(
			fc.property(
				bytes(TICK_ARRAY_SIZE, TICK_ARRAY_DISCRIMINATOR),
				fc.integer(),
				fc.boolean(),
				(data, start, isOurs) => {
					if (isOurs) data.set(pool.poolBytes, TICK_ARRAY_OFFSET.poolId);
					edited(data, (view) => view.setInt32(TICK_ARRAY_OFFSET.startTickIndex, Math.trunc(start / 600) * 600, true));
					expect(isClosed(readTickArray(data, pool, state))).toBe(true);
				},
			),
			{ numRuns: 50 },
		);
		fc.assert(
			fc.property(bytes(BITMAP_EXTENSION_SIZE, BITMAP_EXTENSION_DISCRIMINATOR), (data) => {
				expect(isClosed(readBitmapExtension(data, pool, state))).toBe(true);
			}),
			{ numRuns: 20 },
		);
	});
});

describe("accounts of mainnet", () => {
	const folder = join(
		__dirname,
		"../../../../../../../shared/data/mainnet-accounts/carbon/decoders/raydium-clmm-decoder/tests/fixtures",
	);
	const isThere = existsSync(folder);
	const read = (name: string) => {
		const json = JSON.parse(readFileSync(join(folder, `${name}_account.json`), "utf8")) as { data: string };
		return new Uint8Array(Buffer.from(json.data, "base64"));
	};
	const title = isThere ? "are decoded" : "are decoded (skipped: the folder ../shared/data/mainnet-accounts is absent)";

	(isThere ? test : test.skip)(title, () => {
		const configBytes = read("amm_config");
		const poolBytes = read("pool_state");
		const arrayBytes = read("tick_array_state");
		const address = readAddress(poolBytes, POOL_STATE_OFFSET.ammConfig);
		const rates = decodeConfig({ address, owner, data: configBytes });
		expect(rates).toEqual({ ok: true, value: { trade: 100n, protocol: 120_000n, fund: 40_000n } });
		const config = { address, owner, data: configBytes };
		const pool = decodePool({ address: POOL, owner, data: poolBytes }, { config, ...FEES });
		if (!pool.ok) throw new Error(pool.error.detail);
		const state = emptyState();
		expect(readPoolState(poolBytes, state)).toBeNull();
		expect(state.liquidity).toBeGreaterThan(0n);
		const view = new DataView(arrayBytes.buffer);
		expect(Math.abs(view.getInt32(TICK_ARRAY_OFFSET.startTickIndex, true) % 60)).toBe(0);
		const pools = arrayBytes.subarray(TICK_ARRAY_OFFSET.poolId, TICK_ARRAY_OFFSET.poolId + 32);
		const spacings = [1, 2, 5, 10, 15, 20, 50, 60, 100, 120];
		const read10 = spacings.filter(
			(tickSpacing) =>
				readTickArray(arrayBytes, { ...pool.value, tickSpacing, poolBytes: pools }, emptyState()) === null,
		);
		expect(read10).toHaveLength(1);
	});
});

test("offsets of a configuration's rates are read as unsigned", () => {
	const data = edited(configData(SCENARIO), (view) =>
		view.setUint32(AMM_CONFIG_OFFSET.tradeFeeRate, 0xffff_ffff, true),
	);
	expect(decodeConfig({ address: CONFIG, owner, data })).toMatchObject({ error: { code: "impossibleValue" } });
});
