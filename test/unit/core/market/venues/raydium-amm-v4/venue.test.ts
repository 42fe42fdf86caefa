import { describe, expect, test } from "@jest/globals";
import { getProgramDerivedAddress } from "@solana/web3.js";
import {
	AMM_AUTHORITY,
	AMM_AUTHORITY_NONCE,
	RAYDIUM_AMM_V4_PROGRAM,
} from "../../../../../../core/market/venues/raydium-amm-v4/layout.ts";
import { raydiumAmmV4 } from "../../../../../../core/market/venues/raydium-amm-v4/venue.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import { poolAccount } from "./pool-account.ts";

const run = (byte: number) => encodeBase58(new Uint8Array(32).fill(byte));

describe("the Raydium AMM v4 venue", () => {
	test("refuses what is no pool, in references and in describe alike", () => {
		const short = { ...poolAccount(), data: new Uint8Array(10) };
		expect(raydiumAmmV4.references(short)).toMatchObject({ ok: false, error: { code: "shortData" } });
		expect(raydiumAmmV4.describe(short, [])).toMatchObject({ ok: false, error: { code: "shortData" } });
	});

	test("knows the authority that the program derives", async () => {
		const seeds = ["amm authority"];
		const derived = await getProgramDerivedAddress({ programAddress: RAYDIUM_AMM_V4_PROGRAM, seeds });
		expect(derived).toEqual([AMM_AUTHORITY, Number(AMM_AUTHORITY_NONCE)]);
	});

	test("names the accounts to read before a description, and no configuration", () => {
		expect(raydiumAmmV4.references(poolAccount())).toEqual({
			ok: true,
			value: { mintA: run(3), mintB: run(4), vaultA: run(1), vaultB: run(2), configurations: [] },
		});
	});

	test("describes a pool: coin is A, pc is B, the fee is the pool's own", () => {
		const account = poolAccount();
		expect(raydiumAmmV4.describe(account, [])).toEqual({
			ok: true,
			value: {
				address: account.address,
				venue: "raydium-amm-v4",
				mintA: run(3),
				mintB: run(4),
				decimalsA: 9,
				decimalsB: 6,
				vaultA: run(1),
				vaultB: run(2),
				feeNumerator: 25n,
				feeDenominator: 10_000n,
				parameters: {},
				swapAccounts: {
					ammAuthority: AMM_AUTHORITY,
					openOrders: run(6),
					targetOrders: run(9),
					market: run(7),
					marketProgram: run(8),
				},
			},
		});
	});
});
