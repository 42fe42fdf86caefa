import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodePool, emptyState, readPoolState } from "../../../../../../core/market/venues/meteora-damm-v2/layout.ts";
import {
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_DISCRIMINATOR,
	POOL_SIZE,
} from "../../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { quoteExactIn } from "../../../../../../core/market/venues/meteora-damm-v2/quote.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { account, CLOCK, DYNAMIC, type Edit, OFFSET, opened, poolBytes } from "./pool-bytes.ts";

const NO_FEES = { a: null, b: null };
const U64_MAX = 2n ** 64n - 1n;
const CODES = ["wrongOwner", "wrongDiscriminator", "shortData", "impossibleValue", "unsupported"];

describe("a pool account", () => {
	test("of another owner, size or type is refused by name", () => {
		const data = poolBytes();
		const stranger = { ...account(data), owner: "11111111111111111111111111111111" as Address };
		expect(decodePool(stranger, NO_FEES)).toMatchObject({ ok: false, error: { code: "wrongOwner" } });
		const short = account(data.subarray(1));
		expect(decodePool(short, NO_FEES)).toMatchObject({ ok: false, error: { code: "shortData" } });
		const other = account(data.with(0, 1));
		expect(decodePool(other, NO_FEES)).toMatchObject({ ok: false, error: { code: "wrongDiscriminator" } });
		const { pool } = opened(data);
		expect(readPoolState(other.data, pool, emptyState())).toMatchObject({ code: "wrongDiscriminator" });
	});

	test.each<[string, Edit]>([
		["collect_fee_mode", [OFFSET.collectFeeMode, 1, 3]],
		["fee_version", [OFFSET.feeVersion, 1, 2]],
		["activationType", [OFFSET.activationType, 1, 2]],
		["tokenAFlag", [OFFSET.tokenAFlag, 1, 2]],
		["tokenBFlag", [OFFSET.tokenBFlag, 1, 2]],
		["sqrt_min_price", [OFFSET.sqrtMinPrice, 16, MIN_SQRT_PRICE - 1n]],
		["sqrt_max_price", [OFFSET.sqrtMaxPrice, 16, MAX_SQRT_PRICE + 1n]],
		["sqrt_min_price", [OFFSET.sqrtMaxPrice, 16, MIN_SQRT_PRICE]],
		["token_b_mint", [OFFSET.tokenBMint, 16, 0x03030303_03030303_03030303_03030303n]],
	])("with an impossible %s is refused", (field, edit) => {
		const data = poolBytes(edit);
		if (field === "token_b_mint") data.fill(3, OFFSET.tokenBMint, OFFSET.tokenBMint + 32);
		const decoded = decodePool(account(data), NO_FEES);
		expect(decoded).toMatchObject({ ok: false, error: { code: "impossibleValue" } });
		expect(!decoded.ok && decoded.error.detail).toContain(field);
	});

	test.each<[string, readonly Edit[]]>([
		["cliff_fee_numerator", [[OFFSET.cliffFeeNumerator, 8, 1_000_000_001n]]],
		["base_fee_mode", [[OFFSET.baseFeeMode, 1, 5]]],
		["collect_fee_mode", [[OFFSET.baseFeeMode, 1, 2]]],
		["protocol_fee_percent", [[OFFSET.protocolFeePercent, 1, 51]]],
		["referral_fee_percent", [[OFFSET.referralFeePercent, 1, 51]]],
		["compounding_fee_bps", [[OFFSET.compoundingFeeBps, 2, 1]]],
		["bin_step_u128", [...DYNAMIC, [OFFSET.binStepU128, 16, 1n]]],
		["reduction_factor", [...DYNAMIC, [OFFSET.reductionFactor, 2, 10_001]]],
		["volatility_accumulator", [...DYNAMIC, [OFFSET.volatilityAccumulator, 16, 1n << 32n]]],
		["volatility_reference", [...DYNAMIC, [OFFSET.volatilityReference, 16, 1n << 32n]]],
		["sqrt_price_reference", [...DYNAMIC, [OFFSET.sqrtPriceReference, 16, 1n]]],
		["sqrt_price", [[OFFSET.sqrtPrice, 16, MIN_SQRT_PRICE - 1n]]],
		["layout_version", [[OFFSET.layoutVersion, 1, 2]]],
		["counter", [[OFFSET.feeAPerLiquidity + 16, 16, -1n]]],
		[
			"token A",
			[
				[OFFSET.layoutVersion, 1, 0],
				[OFFSET.liquidity, 16, 1n << 120n],
				[OFFSET.sqrtPrice, 16, MIN_SQRT_PRICE],
			],
		],
		[
			"token B",
			[
				[OFFSET.layoutVersion, 1, 0],
				[OFFSET.liquidity, 16, 1n << 120n],
				[OFFSET.sqrtPrice, 16, MAX_SQRT_PRICE],
			],
		],
	])("whose state has an impossible %s is refused, and stays closed", (field, edits) => {
		const { pool, state } = opened(poolBytes());
		const refused = readPoolState(poolBytes(...edits), pool, state);
		expect(refused).toMatchObject({ code: "impossibleValue", detail: expect.stringContaining(field) });
		expect(quoteExactIn({ pool, state, direction: "aToB", amount: 5n, clock: CLOCK })).toEqual({
			ok: false,
			error: "swapDisabled",
		});
		expect(readPoolState(poolBytes(), pool, state)).toBeNull();
		expect(state).toEqual(opened(poolBytes()).state);
	});

	test.each<[string, readonly Edit[]]>([
		["partly 0", [[OFFSET.baseFeeFirst, 2, 5]]],
		[
			"fee_increment_bps",
			[
				[OFFSET.baseFeeFirst, 2, 10_000],
				[OFFSET.baseFeeSecond, 8, (9_900n << 32n) | 9n],
				[OFFSET.baseFeeThird, 8, 7n],
			],
		],
		[
			"max_fee_bps",
			[
				[OFFSET.baseFeeFirst, 2, 5],
				[OFFSET.baseFeeSecond, 8, (10_000n << 32n) | 9n],
				[OFFSET.baseFeeThird, 8, 7n],
			],
		],
		[
			"cliff_fee_numerator",
			[
				[OFFSET.baseFeeFirst, 2, 5],
				[OFFSET.baseFeeSecond, 8, (24n << 32n) | 9n],
				[OFFSET.baseFeeThird, 8, 7n],
			],
		],
	])("whose rate limiter has an impossible %s is refused", (field, edits) => {
		const limiter: readonly Edit[] = [
			[OFFSET.collectFeeMode, 1, 1],
			[OFFSET.baseFeeMode, 1, 2],
		];
		const { pool } = opened(poolBytes(...limiter));
		const refused = readPoolState(poolBytes(...limiter, ...edits), pool, emptyState());
		expect(refused).toMatchObject({ code: "impossibleValue", detail: expect.stringContaining(field) });
	});

	test("that compounds needs both reserves", () => {
		const compounding: Edit = [OFFSET.collectFeeMode, 1, 2];
		const { pool, state } = opened(poolBytes(compounding));
		expect(readPoolState(poolBytes(compounding, [OFFSET.tokenBAmount, 8, 0n]), pool, state)).toMatchObject({
			code: "impossibleValue",
			detail: expect.stringContaining("dead liquidity"),
		});
	});

	test("is read again when an operator has changed its fee, and keeps its parameters otherwise", () => {
		const { pool, state } = opened(poolBytes());
		const { fees } = state;
		expect(readPoolState(poolBytes([OFFSET.tokenAAmount, 8, 7n]), pool, state)).toBeNull();
		expect(state.fees).toBe(fees);
		expect(state.reserveA).toBe(7n);
		expect(readPoolState(poolBytes([OFFSET.cliffFeeNumerator, 8, 9_000_000n]), pool, state)).toBeNull();
		expect(state.fees.base).toEqual({ kind: "fixed", cliff: 9_000_000n });
		expect(state.fixedKeptParts).toBe(991_000_000n);
	});

	test("says what room the protocol's counters have only when they are nearly full", () => {
		expect(opened(poolBytes()).state).toMatchObject({ protocolFeeRoomA: null, protocolFeeRoomB: null });
		const full = poolBytes([OFFSET.totalProtocolAFee, 8, U64_MAX - 3n], [OFFSET.protocolBFee, 8, U64_MAX - 9n]);
		expect(opened(full).state).toMatchObject({ protocolFeeRoomA: 3n, protocolFeeRoomB: 9n });
	});
});

test("any bytes give a state or a closed error", () => {
	const known = opened(poolBytes()).pool;
	const edits = fc.array(fc.tuple(fc.nat(POOL_SIZE - 1), fc.nat(255)), { maxLength: 40 });
	const bytes = fc.oneof(
		fc.uint8Array({ maxLength: POOL_SIZE + 8 }),
		fc.uint8Array({ minLength: POOL_SIZE, maxLength: POOL_SIZE }).map((random) => {
			random.set(POOL_DISCRIMINATOR);
			return random;
		}),
		edits.map((list) => {
			const data = poolBytes(...DYNAMIC);
			for (const [offset, value] of list) data[offset] = value;
			return data;
		}),
	);
	fc.assert(
		fc.property(bytes, (data) => {
			const decoded = decodePool(account(data), NO_FEES);
			if (!decoded.ok) expect(CODES).toContain(decoded.error.code);
			const pool = decoded.ok ? decoded.value : known;
			const state = emptyState();
			const refused = readPoolState(data, pool, state);
			if (refused !== null) expect(CODES).toContain(refused.code);
			for (const direction of ["aToB", "bToA"] as const) {
				const quote = quoteExactIn({ pool, state, direction, amount: 1_000n, clock: CLOCK });
				if (refused !== null) expect(quote).toEqual({ ok: false, error: "swapDisabled" });
			}
		}),
		{ numRuns: 2_000 },
	);
});

describe("pools of mainnet", () => {
	const folder = join(__dirname, "../../../../../../../shared/data/mainnet-accounts/damm-v2");
	const files = existsSync(folder)
		? (readdirSync(folder, { recursive: true }) as string[]).filter((file) => file.endsWith(".bin"))
		: [];
	const pools = files.map((file) => readFileSync(join(folder, file))).filter((data) => data.length === POOL_SIZE);

	if (pools.length === 0) test.skip(`skipped: no pool under ${folder}`, () => undefined);
	else {
		test("decode, and quote both ways", () => {
			expect(pools.length).toBeGreaterThanOrEqual(3);
			for (const data of pools) {
				const { pool, state } = opened(new Uint8Array(data));
				expect(state.liquidity).toBeGreaterThan(0n);
				for (const direction of ["aToB", "bToA"] as const) {
					const clock = { slot: 2n ** 40n, epoch: 900n, unixSeconds: 2n ** 33n };
					const reserve = direction === "aToB" ? state.reserveA : state.reserveB;
					const quote = quoteExactIn({ pool, state, direction, amount: reserve / 1_000n + 10_000n, clock });
					expect(quote).toMatchObject({ ok: true });
				}
			}
		});
	}
});
