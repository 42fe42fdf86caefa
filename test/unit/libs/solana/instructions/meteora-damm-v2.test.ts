import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address, getProgramDerivedAddress } from "@solana/web3.js";
import {
	DAMM_V2_AUTHORITY,
	DAMM_V2_EVENT_AUTHORITY,
	DAMM_V2_PROGRAM,
} from "../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import {
	DAMM_V2_SWAP_EXACT_OUT_OFFSET,
	DAMM_V2_SWAP_OFFSET,
	dammV2Swap,
	dammV2SwapExactOut,
} from "../../../../../libs/solana/instructions/meteora-damm-v2.ts";
import { INSTRUCTIONS_SYSVAR } from "../../../../../libs/solana/instructions/sysvars.ts";

const ACCOUNTS = {
	pool: "pool" as Address,
	payer: "payer" as Address,
	inputTokenAccount: "userIn" as Address,
	outputTokenAccount: "userOut" as Address,
	tokenAVault: "vaultA" as Address,
	tokenBVault: "vaultB" as Address,
	tokenAMint: "mintA" as Address,
	tokenBMint: "mintB" as Address,
	tokenAProgram: "programA" as Address,
	tokenBProgram: "programB" as Address,
	referralTokenAccount: null,
	isRateLimited: false,
};

function discriminator(name: string): number[] {
	return [...createHash("sha256").update(`global:${name}`).digest().subarray(0, 8)];
}

describe("Meteora DAMM v2 instructions", () => {
	test("swap has Anchor's discriminator and both amounts at their offsets", () => {
		const { data, programAddress } = dammV2Swap({ ...ACCOUNTS, amountIn: 2n ** 64n - 1n, minimumAmountOut: 7n });
		expect(programAddress).toBe(DAMM_V2_PROGRAM);
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap"));
		expect(data.length).toBe(24);
		expect(readUint64(data, DAMM_V2_SWAP_OFFSET.amountIn)).toBe(2n ** 64n - 1n);
		expect(readUint64(data, DAMM_V2_SWAP_OFFSET.minimumAmountOut)).toBe(7n);
	});

	test("swap2 asks for an exact output", () => {
		const { data } = dammV2SwapExactOut({ ...ACCOUNTS, maximumAmountIn: 5n, amountOut: 3n });
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap2"));
		expect(readUint64(data, DAMM_V2_SWAP_EXACT_OUT_OFFSET.amountOut)).toBe(3n);
		expect(readUint64(data, DAMM_V2_SWAP_EXACT_OUT_OFFSET.maximumAmountIn)).toBe(5n);
		expect([...data.subarray(24)]).toEqual([2]);
	});

	test("both name the accounts in the program's order, writable and signing where it demands", () => {
		const { READONLY, READONLY_SIGNER, WRITABLE } = AccountRole;
		const expected = [
			[DAMM_V2_AUTHORITY, READONLY],
			["pool", WRITABLE],
			["userIn", WRITABLE],
			["userOut", WRITABLE],
			["vaultA", WRITABLE],
			["vaultB", WRITABLE],
			["mintA", READONLY],
			["mintB", READONLY],
			["payer", READONLY_SIGNER],
			["programA", READONLY],
			["programB", READONLY],
			[DAMM_V2_PROGRAM, READONLY],
			[DAMM_V2_EVENT_AUTHORITY, READONLY],
			[DAMM_V2_PROGRAM, READONLY],
		];
		const rows = ({ accounts }: ReturnType<typeof dammV2Swap>) => accounts.map(({ address, role }) => [address, role]);
		expect(rows(dammV2Swap({ ...ACCOUNTS, amountIn: 1n, minimumAmountOut: 1n }))).toEqual(expected);
		expect(rows(dammV2SwapExactOut({ ...ACCOUNTS, maximumAmountIn: 1n, amountOut: 1n }))).toEqual(expected);
	});

	test("a referrer's account takes the program's place, and a rate limiter sees the instructions", () => {
		const referralTokenAccount = "referrer" as Address;
		const { accounts } = dammV2Swap({
			...ACCOUNTS,
			referralTokenAccount,
			isRateLimited: true,
			amountIn: 1n,
			minimumAmountOut: 1n,
		});
		expect(accounts[11]).toEqual({ address: referralTokenAccount, role: AccountRole.WRITABLE });
		expect(accounts.length).toBe(15);
		expect(accounts[14]).toEqual({ address: INSTRUCTIONS_SYSVAR, role: AccountRole.READONLY });
	});

	test("the program's own addresses follow from their seeds", async () => {
		const derived = async (seed: string) =>
			(await getProgramDerivedAddress({ programAddress: DAMM_V2_PROGRAM, seeds: [seed] }))[0];
		expect(await derived("pool_authority")).toBe(DAMM_V2_AUTHORITY);
		expect(await derived("__event_authority")).toBe(DAMM_V2_EVENT_AUTHORITY);
	});
});
