import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	AMM_CONFIG_OFFSET,
	AMM_CONFIG_SIZE,
	decodeConfig,
	POOL_STATE_OFFSET,
	POOL_STATE_SIZE,
	RAYDIUM_CPMM_PROGRAM,
} from "../../../../../../core/market/venues/raydium-cpmm/layout.ts";
import { raydiumCpmm } from "../../../../../../core/market/venues/raydium-cpmm/venue.ts";
import type { AccountBytes, DecodeErrorCode } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";
import { cpmmConfigAccount, cpmmPoolAccounts } from "../../../../../../services/localnet/genesis/raydium-cpmm.ts";

const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const MINT_0 = encodeBase58(new Uint8Array(32).fill(2)) as Address;
const MINT_1 = encodeBase58(new Uint8Array(32).fill(3)) as Address;
const CODES: readonly DecodeErrorCode[] = [
	"wrongOwner",
	"wrongDiscriminator",
	"shortData",
	"impossibleValue",
	"unsupported",
];

/** The same account with some bytes changed. */
function patched(account: AccountBytes, change: (data: Uint8Array) => void): AccountBytes {
	const data = account.data.slice();
	change(data);
	return { ...account, data };
}

describe("the Raydium CPMM venue", () => {
	let pool: AccountBytes;
	let config: AccountBytes;
	let vaults: readonly Address[];

	beforeAll(async () => {
		config = await cpmmConfigAccount({ index: 1, tradeFeeRate: 2_500n, creatorFeeRate: 300n });
		const genesis = await cpmmPoolAccounts({
			config: config.address,
			token0: { mint: MINT_0, decimals: 9, vaultAmount: 1_000n, protocolFees: 1n, fundFees: 2n, creatorFees: 4n },
			token1: { mint: MINT_1, decimals: 6, vaultAmount: 2_000n, protocolFees: 8n, fundFees: 16n, creatorFees: 32n },
			creatorFeeOn: 2,
			openTimeSeconds: 1_234n,
		});
		pool = genesis.accounts[0]!;
		vaults = [genesis.token0Vault, genesis.token1Vault];
	});

	const refusal = (account: AccountBytes, configurations: readonly AccountBytes[] = [config]) => {
		const result = raydiumCpmm.describe(account, configurations);
		return result.ok ? "described" : result.error.code;
	};

	test("refuses accounts that are no pool of this program", () => {
		expect(refusal({ ...pool, owner: TOKEN_2022 })).toBe("wrongOwner");
		expect(refusal({ ...pool, data: pool.data.slice(1) })).toBe("shortData");
		expect(refusal(patched(pool, (data) => data.fill(0, 0, 8)))).toBe("wrongDiscriminator");
		expect(raydiumCpmm.references({ ...pool, owner: TOKEN_2022 })).toMatchObject({ error: { code: "wrongOwner" } });
	});

	test("refuses values that the program never writes", () => {
		const setByte = (offset: number, value: number) => patched(pool, (data) => data.fill(value, offset, offset + 1));
		expect(refusal(setByte(POOL_STATE_OFFSET.creatorFeeOn, 3))).toBe("impossibleValue");
		expect(refusal(setByte(POOL_STATE_OFFSET.authBump, 254))).toBe("impossibleValue");
		expect(refusal(setByte(POOL_STATE_OFFSET.token0Program, 1))).toBe("impossibleValue");
		const sameMints = patched(pool, (data) =>
			data.copyWithin(POOL_STATE_OFFSET.token0Mint, POOL_STATE_OFFSET.token1Mint, 232),
		);
		expect(refusal(sameMints)).toBe("impossibleValue");
	});

	test("refuses a configuration that is missing, foreign or impossible", () => {
		const rate = (offset: number, value: bigint) => [patched(config, (data) => writeUint64(data, offset, value))];
		expect(refusal(pool, [])).toBe("shortData");
		expect(refusal(pool, [{ ...config, address: MINT_0 }])).toBe("shortData");
		expect(refusal(pool, [{ ...config, owner: MINT_0 }])).toBe("wrongOwner");
		expect(refusal(pool, [{ ...config, data: config.data.slice(0, 100) }])).toBe("shortData");
		expect(refusal(pool, [patched(config, (data) => data.fill(1, 0, 8))])).toBe("wrongDiscriminator");
		expect(refusal(pool, rate(AMM_CONFIG_OFFSET.tradeFeeRate, 999_700n))).toBe("impossibleValue");
		expect(refusal(pool, rate(AMM_CONFIG_OFFSET.fundFeeRate, 880_001n))).toBe("impossibleValue");
	});

	test("asks for Token-2022 mints and refuses those with extensions", () => {
		const token2022 = patched(pool, (data) => {
			// Token and Token-2022 differ from the fifth byte on; the genesis of a Token-2022 pool says the same.
			for (const offset of [POOL_STATE_OFFSET.token0Program, POOL_STATE_OFFSET.token1Program]) {
				data.set(
					[0x06, 0xdd, 0xf6, 0xe1, 0xee, 0x75, 0x8f, 0xde, 0x18, 0x42, 0x5d, 0xbc, 0xe4, 0x6c, 0xcd, 0xda],
					offset,
				);
				data.set(
					[0xb6, 0x1a, 0xfc, 0x4d, 0x83, 0xb9, 0x0d, 0x27, 0xfe, 0xbd, 0xf9, 0x28, 0xd8, 0xa1, 0x8b, 0xfc],
					offset + 16,
				);
			}
		});
		const references = raydiumCpmm.references(token2022);
		expect(references).toMatchObject({ value: { configurations: [config.address, MINT_0, MINT_1] } });
		const mint = (address: Address, size: number) => ({ address, owner: TOKEN_2022, data: new Uint8Array(size) });
		expect(refusal(token2022)).toBe("shortData");
		expect(refusal(token2022, [config, mint(MINT_0, 82), mint(MINT_1, 278)])).toBe("unsupported");
		expect(refusal(token2022, [config, mint(MINT_0, 82), mint(MINT_1, 82)])).toBe("described");
	});

	test("names what must be read, and describes the pool with it", () => {
		expect(raydiumCpmm.references(pool)).toEqual({
			ok: true,
			value: { mintA: MINT_0, mintB: MINT_1, vaultA: vaults[0], vaultB: vaults[1], configurations: [config.address] },
		});
		expect(raydiumCpmm.describe(pool, [config])).toMatchObject({
			ok: true,
			value: {
				address: pool.address,
				venue: "raydium-cpmm",
				decimalsA: 9,
				decimalsB: 6,
				vaultA: vaults[0],
				vaultB: vaults[1],
				feeNumerator: 2_800n,
				feeDenominator: 1_000_000n,
				parameters: {
					tradeFeeRate: 2_500n,
					protocolFeeRate: 120_000n,
					fundFeeRate: 40_000n,
					creatorFeeRate: 300n,
					creatorFeeOn: 2n,
					enableCreatorFee: 1n,
				},
				swapAccounts: { ammConfig: config.address },
			},
		});
	});

	test("counts no creator's fee where the pool does not enable it", () => {
		const without = patched(pool, (data) =>
			data.fill(0, POOL_STATE_OFFSET.enableCreatorFee, POOL_STATE_OFFSET.enableCreatorFee + 1),
		);
		expect(raydiumCpmm.describe(without, [config])).toMatchObject({ value: { feeNumerator: 2_500n } });
	});

	test("reads what changes: fees owed, the swap bit and the opening", () => {
		expect(raydiumCpmm.readState(pool.data)).toEqual({
			ok: true,
			value: { owedA: 7n, owedB: 56n, swapEnabled: true, openTimeSeconds: 1_234n },
		});
		const status = (value: number) =>
			patched(pool, (data) => data.fill(value, POOL_STATE_OFFSET.status, POOL_STATE_OFFSET.status + 1));
		expect(raydiumCpmm.readState(status(3).data)).toMatchObject({ value: { swapEnabled: true } });
		expect(raydiumCpmm.readState(status(4).data)).toMatchObject({ value: { swapEnabled: false } });
		expect(raydiumCpmm.readState(pool.data.slice(0, 636))).toMatchObject({ error: { code: "shortData" } });
		expect(raydiumCpmm.readState(new Uint8Array(POOL_STATE_SIZE))).toMatchObject({
			error: { code: "wrongDiscriminator" },
		});
	});

	test("answers any bytes with a value or a closed code", () => {
		const overwrites = fc.array(fc.tuple(fc.nat(POOL_STATE_SIZE - 1), fc.integer({ min: 0, max: 255 })), {
			maxLength: 40,
		});
		const bytes = fc.oneof(
			fc.uint8Array({ maxLength: 700 }),
			overwrites.map((list) => {
				const change = (data: Uint8Array) => {
					for (const [at, value] of list) data[at] = value;
				};
				return patched(pool, change).data;
			}),
		);
		fc.assert(
			fc.property(bytes, (data) => {
				const account = { ...pool, data };
				const configuration = { ...config, owner: RAYDIUM_CPMM_PROGRAM, data: data.subarray(0, AMM_CONFIG_SIZE) };
				const answers = [
					raydiumCpmm.readState(data),
					raydiumCpmm.references(account),
					raydiumCpmm.describe(account, [config]),
					decodeConfig(configuration),
				];
				for (const answer of answers) if (!answer.ok) expect(CODES).toContain(answer.error.code);
			}),
			{ numRuns: 500 },
		);
	});
});
