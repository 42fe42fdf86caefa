import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { DLMM_EVENT_AUTHORITY, DLMM_PROGRAM } from "../../../../../core/market/venues/meteora-dlmm/accounts.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import {
	DLMM_SWAP_EXACT_OUT_OFFSET,
	DLMM_SWAP_OFFSET,
	dlmmSwap,
	dlmmSwapExactOut,
} from "../../../../../libs/solana/instructions/meteora-dlmm.ts";

const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr";
const ACCOUNTS = {
	pair: "pair" as Address,
	bitmapExtension: null,
	reserveX: "reserveX" as Address,
	reserveY: "reserveY" as Address,
	inputTokenAccount: "userIn" as Address,
	outputTokenAccount: "userOut" as Address,
	tokenXMint: "mintX" as Address,
	tokenYMint: "mintY" as Address,
	oracle: "oracle" as Address,
	hostFeeAccount: null,
	payer: "payer" as Address,
	tokenXProgram: "programX" as Address,
	tokenYProgram: "programY" as Address,
	binArrays: ["first", "second"] as Address[],
};

const discriminator = (name: string) => [...createHash("sha256").update(`global:${name}`).digest().subarray(0, 8)];

describe("Meteora DLMM instructions", () => {
	test("swap2 has Anchor's discriminator, both amounts, and no hook accounts", () => {
		const { data, programAddress } = dlmmSwap({ ...ACCOUNTS, amountIn: 2n ** 64n - 1n, minimumAmountOut: 7n });
		expect(programAddress).toBe(DLMM_PROGRAM);
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap2"));
		expect(readUint64(data, DLMM_SWAP_OFFSET.amountIn)).toBe(2n ** 64n - 1n);
		expect(readUint64(data, DLMM_SWAP_OFFSET.minimumAmountOut)).toBe(7n);
		expect([...data.subarray(24)]).toEqual([0, 0, 0, 0]);
	});

	test("swap_exact_out2 has the most that goes in first", () => {
		const { data } = dlmmSwapExactOut({ ...ACCOUNTS, maximumAmountIn: 5n, amountOut: 3n });
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap_exact_out2"));
		expect(readUint64(data, DLMM_SWAP_EXACT_OUT_OFFSET.maximumAmountIn)).toBe(5n);
		expect(readUint64(data, DLMM_SWAP_EXACT_OUT_OFFSET.amountOut)).toBe(3n);
	});

	test("both name the accounts in the program's order, its own id where one is absent", () => {
		const { READONLY, READONLY_SIGNER, WRITABLE } = AccountRole;
		const { accounts } = dlmmSwap({ ...ACCOUNTS, amountIn: 1n, minimumAmountOut: 1n });
		expect(accounts.map(({ address, role }) => [address, role])).toEqual([
			["pair", WRITABLE],
			[DLMM_PROGRAM, READONLY],
			["reserveX", WRITABLE],
			["reserveY", WRITABLE],
			["userIn", WRITABLE],
			["userOut", WRITABLE],
			["mintX", READONLY],
			["mintY", READONLY],
			["oracle", WRITABLE],
			[DLMM_PROGRAM, READONLY],
			["payer", READONLY_SIGNER],
			["programX", READONLY],
			["programY", READONLY],
			[MEMO, READONLY],
			[DLMM_EVENT_AUTHORITY, READONLY],
			[DLMM_PROGRAM, READONLY],
			["first", WRITABLE],
			["second", WRITABLE],
		]);
		const extended = { ...ACCOUNTS, bitmapExtension: "bitmap" as Address, hostFeeAccount: "host" as Address };
		const named = dlmmSwap({ ...extended, amountIn: 1n, minimumAmountOut: 1n }).accounts;
		expect([named[1], named[9]]).toEqual([
			{ address: "bitmap", role: WRITABLE },
			{ address: "host", role: WRITABLE },
		]);
	});

	test("the event authority is the program's", async () => {
		const [address] = await getProgramDerivedAddress({ programAddress: DLMM_PROGRAM, seeds: ["__event_authority"] });
		expect(address).toBe(DLMM_EVENT_AUTHORITY);
	});
});
