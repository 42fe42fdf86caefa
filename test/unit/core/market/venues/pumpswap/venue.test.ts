import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	decodeFeeConfig,
	decodeGlobalConfig,
	FEE_CONFIG_OFFSET,
	FEE_CONFIG_SIZE,
} from "../../../../../../core/market/venues/pumpswap/fee-schedule.ts";
import {
	decodePool,
	POOL_MAX_SIZE,
	POOL_MIN_SIZE,
	POOL_OFFSET,
	readPoolState,
} from "../../../../../../core/market/venues/pumpswap/layout.ts";
import { decodeMint } from "../../../../../../core/market/venues/pumpswap/mint.ts";
import { pumpSwap } from "../../../../../../core/market/venues/pumpswap/venue.ts";
import type { AccountBytes, DecodeErrorCode } from "../../../../../../core/market/venues/venue.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";
import { type Extension, extendedMint, TRANSFER_FEE_CONFIG } from "../../mint-bytes.ts";
import {
	ACCOUNT_TYPE,
	type ConfigFields,
	derive,
	feeConfigAccount,
	type GlobalFields,
	globalAccount,
	key,
	mintAccount,
	type PoolFields,
	poolAccount,
	TOKEN,
	TOKEN_2022,
	USDC,
	WRAPPED_SOL,
	wholePool,
} from "./accounts.ts";

const CODES: readonly DecodeErrorCode[] = [
	"wrongOwner",
	"wrongDiscriminator",
	"shortData",
	"impossibleValue",
	"unsupported",
];

interface Accounts {
	readonly pool?: PoolFields;
	readonly config?: ConfigFields;
	readonly global?: GlobalFields;
	readonly baseMint?: AccountBytes;
}

function described({ pool, config, global, baseMint }: Accounts = {}) {
	const account = poolAccount(pool);
	return pumpSwap.describe(account, [
		globalAccount(global),
		feeConfigAccount(config),
		baseMint ?? mintAccount(key(20)),
		mintAccount(pool?.quoteMint ?? WRAPPED_SOL, { decimals: 9 }),
	]);
}

function refusal(accounts: Accounts): string {
	const result = described(accounts);
	return result.ok ? "described" : result.error.code;
}

function patched(account: AccountBytes, change: (data: Uint8Array) => void): AccountBytes {
	const data = account.data.slice();
	change(data);
	return { ...account, data };
}

function codeOf(result: { ok: true } | { ok: false; error: { code: string } }): string {
	return result.ok ? "read" : result.error.code;
}

describe("a PumpSwap pool account", () => {
	test("is refused when it is no pool of this program", () => {
		const pool = poolAccount();
		expect(codeOf(decodePool({ ...pool, owner: TOKEN }))).toBe("wrongOwner");
		expect(codeOf(pumpSwap.references({ ...pool, owner: TOKEN }))).toBe("wrongOwner");
		expect(codeOf(pumpSwap.describe({ ...pool, owner: TOKEN }, []))).toBe("wrongOwner");
		expect(codeOf(decodePool(poolAccount({ size: POOL_MIN_SIZE - 1 })))).toBe("shortData");
		expect(codeOf(decodePool(poolAccount({ size: POOL_MAX_SIZE + 1 })))).toBe("shortData");
		expect(codeOf(decodePool(patched(pool, (data) => data.fill(0, 0, 8))))).toBe("wrongDiscriminator");
		expect(codeOf(decodePool(poolAccount({ quoteMint: key(20) })))).toBe("impossibleValue");
	});

	test("names its vaults, and the accounts that a description needs", () => {
		expect(pumpSwap.references(poolAccount())).toEqual({
			ok: true,
			value: {
				mintA: key(20),
				mintB: WRAPPED_SOL,
				vaultA: key(22),
				vaultB: key(23),
				configurations: [
					"ADyA8hdefvWN2dbGGWFotbzWxrAvLW83WG6QCVXvJKqw",
					"5PHirr8joyTMp9JMm6nW7hNDVyEYdkzDqazxPD7RaTjx",
					key(20),
					WRAPPED_SOL,
				],
			},
		});
	});

	test("reads what a shorter, older account lacks as zero", () => {
		const fields = { virtualQuoteReserves: 5n, creatorFeeBps: 6n, isCashbackCoin: true, isMayhemMode: true };
		const read = (size: number) => {
			const pool = decodePool(poolAccount({ ...fields, size }));
			if (!pool.ok) throw new Error(pool.error.detail);
			const { coinCreator, isMayhemMode, isCashbackCoin, virtualQuoteReserves, creatorFeeBps } = pool.value;
			return [coinCreator === key(7), isMayhemMode, isCashbackCoin, virtualQuoteReserves, creatorFeeBps];
		};
		expect(read(211)).toEqual([false, false, false, 0n, 0n]);
		expect(read(243)).toEqual([true, false, false, 0n, 0n]);
		expect(read(244)).toEqual([true, true, false, 0n, 0n]);
		expect(read(245)).toEqual([true, true, true, 0n, 0n]);
		expect(read(261)).toEqual([true, true, true, 5n, 0n]);
		expect(read(270)).toEqual([true, true, true, 5n, 6n]);
		expect(read(300)).toEqual([true, true, true, 5n, 6n]);
	});

	test("is canonical when its creator is Pump's authority for the base mint, of whatever bump", () => {
		const isCanonical = (account: AccountBytes) => {
			const pool = decodePool(account);
			return pool.ok && pool.value.isCanonical;
		};
		expect(isCanonical(poolAccount())).toBe(true);
		expect(isCanonical(poolAccount({ isCanonical: false }))).toBe(false);
		const otherMint = patched(poolAccount(), (data) => {
			data[POOL_OFFSET.baseMint] = 21;
		});
		expect(isCanonical(otherMint)).toBe(false);
	});

	test("owes the negative of its virtual quote reserves", () => {
		const owed = (virtualQuoteReserves: bigint) => {
			const state = pumpSwap.readState(poolAccount({ virtualQuoteReserves }).data);
			return state.ok ? [state.value.owedA, state.value.owedB] : state.error.code;
		};
		expect(owed(0n)).toEqual([0n, 0n]);
		expect(owed(17_584_505_550n)).toEqual([0n, -17_584_505_550n]);
		expect(owed(-30_000_000n)).toEqual([0n, 30_000_000n]);
		expect(owed(2n ** 63n)).toEqual([0n, -(2n ** 63n)]);
		expect(owed(2n ** 63n + 1n)).toBe("impossibleValue");
		expect(owed(-(2n ** 63n))).toBe("impossibleValue");
	});
});

describe("a PumpSwap fee configuration", () => {
	test("is refused when it is missing, foreign or impossible", () => {
		const config = feeConfigAccount();
		expect(codeOf(decodeFeeConfig({ ...config, owner: TOKEN }))).toBe("wrongOwner");
		expect(codeOf(decodeFeeConfig({ ...config, data: config.data.slice(0, 68) }))).toBe("shortData");
		expect(codeOf(decodeFeeConfig(patched(config, (data) => data.fill(0, 0, 1))))).toBe("wrongDiscriminator");
		expect(codeOf(decodeFeeConfig(feeConfigAccount({ tiers: [] })))).toBe("impossibleValue");
		const count = (value: number) => patched(config, (data) => data.fill(value, FEE_CONFIG_OFFSET.feeTiers, 66));
		expect(codeOf(decodeFeeConfig(count(65)))).toBe("unsupported");
		expect(codeOf(decodeFeeConfig({ ...count(2), data: count(2).data.slice(0, 148) }))).toBe("shortData");
		const stableCount = patched(config, (data) => data.fill(65, 109, 110));
		expect(codeOf(decodeFeeConfig(stableCount))).toBe("unsupported");
		const falling = feeConfigAccount({
			tiers: [
				[9n, [1n, 1n, 1n]],
				[8n, [1n, 1n, 1n]],
			],
		});
		expect(codeOf(decodeFeeConfig(falling))).toBe("impossibleValue");
		expect(codeOf(decodeFeeConfig(feeConfigAccount({ flat: [5_000n, 4_999n, 1n] })))).toBe("impossibleValue");
		expect(refusal({ config: { tiers: [] } })).toBe("impossibleValue");
		expect(refusal({ global: { size: 906 } })).toBe("shortData");
		expect(codeOf(pumpSwap.describe(poolAccount(), [globalAccount()]))).toBe("shortData");
	});

	test("ends where the stable tiers fill the account to its end", () => {
		const tiers = Array.from({ length: 51 }, (_, index) => [BigInt(index), [1n, 1n, 1n]] as const);
		const full = feeConfigAccount({ size: 6_000, tiers, stableTiers: tiers });
		const end = FEE_CONFIG_OFFSET.feeTiers + 8 + 2 * 51 * 40;
		const config = decodeFeeConfig({ ...full, data: full.data.slice(0, end) });
		expect(config.ok && config.value.exoticFlatFees).toEqual({ lpFeeBps: 0n, protocolFeeBps: 0n, creatorFeeBps: 0n });
		expect(config.ok && config.value.stableFeeTiers.length).toBe(51);
		const cut = decodeFeeConfig({ ...full, data: full.data.slice(0, FEE_CONFIG_OFFSET.feeTiers + 4 + 51 * 40) });
		expect(codeOf(cut)).toBe("read");
		const noCount = patched(full, (data) => data.fill(64, FEE_CONFIG_OFFSET.feeTiers, 66));
		expect(codeOf(decodeFeeConfig({ ...noCount, data: noCount.data.slice(0, 2_600) }))).toBe("shortData");
	});

	test("a global configuration that is foreign is refused, an older one has no creator rates", () => {
		const global = globalAccount({ creatorFeeConfigurable: true });
		expect(codeOf(decodeGlobalConfig({ ...global, owner: TOKEN }))).toBe("wrongOwner");
		expect(codeOf(decodeGlobalConfig(patched(global, (data) => data.fill(1, 0, 1))))).toBe("wrongDiscriminator");
		const [old, recent] = [907, 949].map((size) =>
			decodeGlobalConfig(globalAccount({ creatorFeeConfigurable: true, size })),
		);
		expect(old?.ok && old.value.creatorFeeConfigurable).toBe(false);
		expect(recent?.ok && recent.value.creatorFeeConfigurable).toBe(true);
	});
});

describe("a PumpSwap pool's description", () => {
	const SCHEDULES: ConfigFields = {
		flat: [25n, 5n, 1n],
		tiers: [
			[0n, [2n, 93n, 30n]],
			[420n, [20n, 5n, 95n]],
		],
		stableTiers: [[7n, [3n, 4n, 5n]]],
		exotic: [6n, 7n, 8n],
	};
	const tier = (accounts: Accounts, index = 0) => {
		const result = described({ config: SCHEDULES, ...accounts });
		if (!result.ok) throw new Error(result.error.detail);
		const { parameters } = result.value;
		return ["Threshold", "LpFeeBps", "ProtocolFeeBps", "CreatorFeeBps"].map(
			(name) => parameters[`tier${index}${name}`],
		);
	};

	test("has the schedule of what the pool is quoted in", () => {
		expect(tier({}, 0)).toEqual([0n, 2n, 93n, 30n]);
		expect(tier({}, 1)).toEqual([420n, 20n, 5n, 95n]);
		expect(tier({ pool: { quoteMint: USDC } })).toEqual([7n, 3n, 4n, 5n]);
		expect(tier({ pool: { quoteMint: key(30) } })).toEqual([0n, 6n, 7n, 8n]);
		expect(tier({ pool: { isCanonical: false } })).toEqual([0n, 25n, 5n, 1n]);
	});

	test("falls back where the account is older or a schedule is unset", () => {
		const old = { ...SCHEDULES, size: FEE_CONFIG_SIZE.stable - 1 };
		expect(tier({ config: old, pool: { quoteMint: USDC } })).toEqual([0n, 2n, 93n, 30n]);
		expect(tier({ config: old, pool: { quoteMint: key(30) } })).toEqual([0n, 25n, 5n, 1n]);
		const unset: ConfigFields = { ...SCHEDULES, exotic: [0n, 0n, 0n] };
		expect(tier({ config: unset, pool: { quoteMint: key(30) } })).toEqual([0n, 25n, 5n, 1n]);
	});

	test("takes the pool's own creator rate where that is allowed, and none without a creator", () => {
		const pool = { creatorFeeBps: 250n };
		expect(tier({ pool })).toEqual([0n, 2n, 93n, 30n]);
		expect(tier({ pool, global: { creatorFeeConfigurable: true } })).toEqual([0n, 2n, 93n, 250n]);
		expect(tier({ global: { creatorFeeConfigurable: true } })).toEqual([0n, 2n, 93n, 30n]);
		const nobody = { pool: { ...pool, hasCreator: false }, global: { creatorFeeConfigurable: true } };
		expect(tier(nobody)).toEqual([0n, 2n, 93n, 0n]);
		const all = { pool: { creatorFeeBps: 9_905n }, global: { creatorFeeConfigurable: true } };
		expect(refusal({ config: SCHEDULES, ...all })).toBe("impossibleValue");
	});

	test("is whole", () => {
		const result = described({ config: SCHEDULES, pool: { virtualQuoteReserves: 11n }, global: { disableFlags: 8 } });
		expect(result).toMatchObject({
			ok: true,
			value: {
				address: key(24),
				venue: "pumpswap",
				mintA: key(20),
				mintB: WRAPPED_SOL,
				decimalsA: 6,
				decimalsB: 9,
				vaultA: key(22),
				vaultB: key(23),
				feeNumerator: 120n,
				feeDenominator: 10_000n,
				parameters: { supply: 1_000_000_000_000_000n, boost: 11n, disableFlags: 8n, isCashbackCoin: 0n, tierCount: 2n },
				swapAccounts: {
					baseTokenProgram: TOKEN,
					quoteTokenProgram: TOKEN,
					coinCreator: key(7),
					protocolFeeRecipient: key(40),
					buybackFeeRecipient: key(42),
				},
			},
		});
	});

	test("of a mayhem pool has its own recipients and a fixed supply", () => {
		const baseMint = mintAccount(key(20), { supply: 5n });
		const result = described({
			baseMint,
			pool: { isMayhemMode: true, isCashbackCoin: true, virtualQuoteReserves: -4n },
		});
		expect(result).toMatchObject({
			value: {
				parameters: { supply: 1_000_000_000_000_000n, boost: 0n, isCashbackCoin: 1n },
				swapAccounts: { protocolFeeRecipient: key(41) },
			},
		});
		expect(described({ baseMint })).toMatchObject({ value: { parameters: { supply: 5n } } });
	});

	test("refuses mints that move other amounts than they are told", () => {
		const extended = (...types: number[]) =>
			mintAccount(key(20), { extensions: types.map((type) => [type, 9] as const) });
		expect(refusal({ baseMint: extended(18, 19) })).toBe("described");
		expect(refusal({ baseMint: extended(18, 1) })).toBe("unsupported");
		expect(refusal({ baseMint: extended(14) })).toBe("unsupported");
		expect(refusal({ baseMint: extended(18, 0, 1) })).toBe("described");
		expect(refusal({ baseMint: { ...extended(18), owner: TOKEN } })).toBe("impossibleValue");
		expect(refusal({ baseMint: { ...extended(18), owner: key(1) } })).toBe("wrongOwner");
		const mint = mintAccount(key(20));
		expect(refusal({ baseMint: { ...mint, data: mint.data.slice(1) } })).toBe("shortData");
		expect(refusal({ baseMint: { ...mint, address: key(1) } })).toBe("shortData");
		const account = patched(extended(18), (data) => data.fill(2, ACCOUNT_TYPE, 166));
		expect(refusal({ baseMint: account })).toBe("wrongDiscriminator");
		const cut = { ...extended(18), data: extended(18).data.slice(0, 100) };
		expect(refusal({ baseMint: cut })).toBe("wrongDiscriminator");
		const account20 = mintAccount(WRAPPED_SOL, { extensions: [[1, 108]] });
		const all = [globalAccount(), feeConfigAccount(), mintAccount(key(20)), account20];
		expect(codeOf(pumpSwap.describe(poolAccount(), all))).toBe("unsupported");
	});
});

describe("a coin that a PumpSwap quote does not know", () => {
	const refusedFor = (baseMint: AccountBytes) => {
		const result = described({ baseMint });
		return result.ok ? "described" : result.error;
	};
	const withExtension = (...extension: Extension): AccountBytes => {
		return { address: key(20), owner: TOKEN_2022, data: extendedMint([[18, new Uint8Array(64)], extension]) };
	};

	test("is refused by name: a transfer fee, a hook, a delegate, frozen accounts, a pause, and what nobody knows", () => {
		const fee = `mint ${key(20)}: transfers take a fee (TransferFeeConfig), which a PumpSwap quote does not know`;
		expect(refusedFor(withExtension(...TRANSFER_FEE_CONFIG))).toEqual({ code: "unsupported", detail: fee });
		const refused = (type: number, bytes: number) => {
			const error = refusedFor(withExtension(type, new Uint8Array(bytes).fill(1)));
			return typeof error === "string" ? error : error.detail.replace(`mint ${key(20)}: `, "");
		};
		expect(refused(14, 64)).toBe("transfers call a hook");
		expect(refused(12, 32)).toBe("a delegate may take it from any account");
		expect(refused(6, 1)).toBe("described");
		expect(refused(26, 33)).toBe("transfers are paused");
		expect(refused(9, 0)).toBe("it cannot be transferred");
		expect(refused(99, 1)).toBe("extension 99 is not known");
	});

	test("a mint that is not initialized is none", () => {
		const mint = patched(mintAccount(key(20)), (data) => data.fill(0, 45, 46));
		expect(refusal({ baseMint: mint })).toBe("impossibleValue");
	});
});

describe("a PumpSwap pool whose account says something else by now", () => {
	const now = (fields: PoolFields, described: PoolFields = {}) =>
		pumpSwap.isAsDescribed?.(wholePool(described))(poolAccount(fields).data);

	test.each<[string, PoolFields]>([
		["a creator was set", { hasCreator: true }],
		["it pays cashback", { hasCreator: false, isCashbackCoin: true }],
		["it is in mayhem mode", { hasCreator: false, isMayhemMode: true }],
		["it has a creator rate of its own", { hasCreator: false, creatorFeeBps: 1n }],
	])("is not as described: %s", (_what, fields) => {
		expect(now(fields, { hasCreator: false })).toBe(false);
		expect(now({ hasCreator: false }, fields)).toBe(false);
		expect(now(fields, fields)).toBe(true);
	});

	test("is, whatever its virtual reserves are, and when it was only made larger", () => {
		expect(now({ virtualQuoteReserves: -5n }, { virtualQuoteReserves: 7n })).toBe(true);
		expect(now({ hasCreator: false, size: 300 }, { hasCreator: false, size: 211 })).toBe(true);
		expect(now({ hasCreator: false, size: 211 }, { hasCreator: false, size: 300 })).toBe(true);
		expect(now({ size: 243 }, { size: 300 })).toBe(true);
	});

	test("is not by any one byte of its creator", () => {
		const isAsDescribed = pumpSwap.isAsDescribed?.(wholePool());
		for (let at = POOL_OFFSET.coinCreator; at < POOL_OFFSET.coinCreator + 32; at++) {
			const changed = patched(poolAccount(), (data) => data.fill(8, at, at + 1));
			expect(isAsDescribed?.(changed.data)).toBe(false);
		}
	});
});

describe("accounts of a PumpSwap swap that seeds alone tell", () => {
	test("those that take fees are needed, since a swap would make them at the trader's cost", () => {
		const pool = wholePool();
		const { protocolFeeAccount, buybackFeeAccount, creatorVault } = pool.swapAccounts;
		expect(pumpSwap.neededAccounts?.(pool)).toEqual([protocolFeeAccount, buybackFeeAccount, creatorVault]);
		expect(new Set(pumpSwap.neededAccounts?.(pool)).size).toBe(3);
	});

	test("differ by creator, recipient and quote", () => {
		const [one, other] = [wholePool(), wholePool({ hasCreator: false })];
		expect(other.swapAccounts.creatorVault).not.toBe(one.swapAccounts.creatorVault);
		expect(other.swapAccounts.protocolFeeAccount).toBe(one.swapAccounts.protocolFeeAccount);
		const mayhem = wholePool({ isMayhemMode: true });
		expect(mayhem.swapAccounts.protocolFeeAccount).not.toBe(one.swapAccounts.protocolFeeAccount);
		const dollars = wholePool({ quoteMint: USDC });
		expect(dollars.swapAccounts.buybackFeeAccount).not.toBe(one.swapAccounts.buybackFeeAccount);
	});

	test("a wallet's volume account is the same through every pool, its cashback account one a quote mint", () => {
		const kept = (fields: PoolFields, wallet = key(25)) => pumpSwap.walletAccounts?.(wholePool(fields), wallet, derive);
		const [volume, cashback] = kept({ isCashbackCoin: true }) ?? [];
		expect(kept({})).toEqual([volume]);
		expect(volume).toMatchObject({ venue: "pumpswap", token: null });
		expect(cashback?.token).toEqual({ mint: WRAPPED_SOL, tokenProgram: TOKEN, owner: volume?.address });
		expect(kept({ isCashbackCoin: true, quoteMint: USDC })?.[0]).toEqual(volume);
		expect(kept({ isCashbackCoin: true, quoteMint: USDC })?.[1]?.address).not.toBe(cashback?.address);
		expect(kept({}, key(26))?.[0]?.address).not.toBe(volume?.address);
	});

	test("are not derived of a descriptor that lacks what they come from", () => {
		const { coinCreator: _left, ...swapAccounts } = wholePool().swapAccounts;
		expect(() => pumpSwap.derivedAccounts?.({ ...wholePool(), swapAccounts }, derive)).toThrow(
			"without its coinCreator",
		);
	});
});

describe("any bytes", () => {
	const headed = (account: AccountBytes) =>
		fc.uint8Array({ maxLength: 700 }).map((tail) => {
			const data = new Uint8Array(8 + tail.length);
			data.set(account.data.subarray(0, 8));
			data.set(tail, 8);
			return data;
		});

	test("are a pool or a closed error", () => {
		fc.assert(
			fc.property(fc.oneof(headed(poolAccount()), fc.uint8Array({ maxLength: 400 })), (data) => {
				const state = readPoolState(data);
				const pool = decodePool({ ...poolAccount(), data });
				for (const result of [state, pool]) expect(result.ok || CODES.includes(result.error.code)).toBe(true);
				expect(state.ok || !pool.ok).toBe(true);
			}),
			{ numRuns: 100 },
		);
	});

	test("are a configuration, a mint or a closed error", () => {
		const any = fc.oneof(headed(feeConfigAccount()), headed(globalAccount()), fc.uint8Array({ maxLength: 4_200 }));
		fc.assert(
			fc.property(any, fc.constantFrom(TOKEN, TOKEN_2022), (data, owner) => {
				const results = [
					decodeFeeConfig({ ...feeConfigAccount(), data }),
					decodeGlobalConfig({ ...globalAccount(), data }),
					decodeMint({ address: key(20), owner, data }),
				];
				for (const result of results) expect(result.ok || CODES.includes(result.error.code)).toBe(true);
			}),
			{ numRuns: 300 },
		);
	});

	test("with some of them changed are a description or a closed error", () => {
		const place = fc.tuple(fc.nat({ max: 299 }), fc.nat({ max: 255 }));
		fc.assert(
			fc.property(fc.array(place, { maxLength: 3 }), fc.array(place, { maxLength: 3 }), (inPool, inConfig) => {
				const pool = patched(poolAccount(), (data) => {
					for (const [offset, value] of inPool) data[offset] = value;
				});
				const config = patched(feeConfigAccount(), (data) => {
					for (const [offset, value] of inConfig) data[offset] = value;
				});
				const mints = [mintAccount(key(20)), mintAccount(WRAPPED_SOL)];
				const result = pumpSwap.describe(pool, [globalAccount(), config, ...mints]);
				expect(result.ok || CODES.includes(result.error.code)).toBe(true);
			}),
			{ numRuns: 60 },
		);
	});

	test("a threshold of more than 64 bits is read whole", () => {
		const config = patched(feeConfigAccount(), (data) => writeUint64(data, FEE_CONFIG_OFFSET.feeTiers + 12, 1n));
		const read = decodeFeeConfig(config);
		expect(read.ok && read.value.feeTiers[0]?.threshold).toBe(1n << 64n);
	});
});
