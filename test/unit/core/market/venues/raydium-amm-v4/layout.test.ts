import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	type AMM_INFO_OFFSET,
	decodePool,
	readPoolState,
} from "../../../../../../core/market/venues/raydium-amm-v4/layout.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import { poolAccount, setField } from "./pool-account.ts";

function changed(field: keyof typeof AMM_INFO_OFFSET, value: bigint) {
	const pool = poolAccount();
	setField(pool.data, field, value);
	return pool;
}

const run = (byte: number) => encodeBase58(new Uint8Array(32).fill(byte));

describe("decodePool", () => {
	test("refuses an account of another program", () => {
		const owner = "11111111111111111111111111111111" as Address;
		expect(decodePool({ ...poolAccount(), owner })).toMatchObject({ ok: false, error: { code: "wrongOwner" } });
	});

	test.each([0, 751, 753])("refuses an account of %d bytes", (size) => {
		const pool = { ...poolAccount(), data: new Uint8Array(size) };
		expect(decodePool(pool)).toMatchObject({ ok: false, error: { code: "shortData" } });
	});

	test.each<[string, keyof typeof AMM_INFO_OFFSET, bigint, string]>([
		["an uninitialized status", "status", 0n, "impossibleValue"],
		["an unknown status", "status", 8n, "impossibleValue"],
		["another authority's nonce", "nonce", 255n, "unsupported"],
		["a fee of the whole", "swapFeeNumerator", 10_000n, "impossibleValue"],
		["a fee without denominator", "swapFeeDenominator", 0n, "impossibleValue"],
		["impossible coin decimals", "coinDecimals", 256n, "impossibleValue"],
		["impossible pc decimals", "pcDecimals", 1n << 40n, "impossibleValue"],
	])("refuses %s", (_, field, value, code) => {
		expect(decodePool(changed(field, value))).toMatchObject({ ok: false, error: { code } });
	});

	test("refuses a pool of one mint against itself", () => {
		const pool = poolAccount();
		pool.data.copyWithin(432, 400, 432);
		expect(decodePool(pool)).toMatchObject({ ok: false, error: { code: "impossibleValue" } });
	});

	test("reads every field at its place", () => {
		expect(decodePool(poolAccount())).toEqual({
			ok: true,
			value: {
				coinDecimals: 9,
				pcDecimals: 6,
				swapFeeNumerator: 25n,
				swapFeeDenominator: 10_000n,
				coinVault: run(1),
				pcVault: run(2),
				coinMint: run(3),
				pcMint: run(4),
				openOrders: run(6),
				market: run(7),
				marketProgram: run(8),
				targetOrders: run(9),
			},
		});
	});

	test("answers, and never throws, on any bytes", () => {
		const property = fc.property(fc.uint8Array({ minLength: 745, maxLength: 760 }), (data) => {
			for (const result of [decodePool({ ...poolAccount(), data }), readPoolState(data)]) {
				if (!result.ok) expect(result.error.detail).not.toBe("");
			}
		});
		fc.assert(property, { seed: 752, numRuns: 300 });
	});

	test("answers, and never throws, on a pool with any bytes changed", () => {
		const change = fc.tuple(fc.nat(751), fc.nat(255));
		const property = fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
			const pool = poolAccount();
			for (const [offset, value] of changes) pool.data[offset] = value;
			const state = readPoolState(pool.data);
			if (decodePool(pool).ok) expect(state.ok).toBe(true);
		});
		fc.assert(property, { seed: 753, numRuns: 500 });
	});
});

describe("readPoolState", () => {
	test.each<[bigint, boolean, bigint]>([
		[1n, false, 0n],
		[5n, false, 0n],
		[6n, true, 0n],
		[7n, true, 1_700_000_000n],
	])("at status %s: swaps %s, from %s", (status, swapEnabled, openTimeSeconds) => {
		expect(readPoolState(changed("status", status).data)).toEqual({
			ok: true,
			value: { owedA: 11n, owedB: 22n, swapEnabled, openTimeSeconds },
		});
	});
});
