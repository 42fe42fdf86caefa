import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import { RAYDIUM_CLMM_PROGRAM } from "../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import { readUint64, readUint128 } from "../../../../../core/types/bytes.ts";
import {
	CLMM_SWAP_V2_OFFSET,
	clmmSwap,
	clmmSwapExactOut,
} from "../../../../../libs/solana/instructions/raydium-clmm.ts";

const ACCOUNTS = {
	pool: "pool" as Address,
	ammConfig: "config" as Address,
	observation: "observation" as Address,
	payer: "payer" as Address,
	inputTokenAccount: "userIn" as Address,
	outputTokenAccount: "userOut" as Address,
	inputVault: "vaultIn" as Address,
	outputVault: "vaultOut" as Address,
	inputTokenMint: "mintIn" as Address,
	outputTokenMint: "mintOut" as Address,
	bitmapExtension: null,
	tickArrays: ["array1", "array2"] as Address[],
};

describe("Raydium CLMM swap_v2", () => {
	test("of an exact input has Anchor's discriminator, both amounts at their offsets and no price limit", () => {
		const { data, programAddress } = clmmSwap({ ...ACCOUNTS, amountIn: 2n ** 64n - 1n, minimumAmountOut: 7n });
		expect(programAddress).toBe(RAYDIUM_CLMM_PROGRAM);
		expect([...data.subarray(0, 8)]).toEqual([
			...createHash("sha256").update("global:swap_v2").digest().subarray(0, 8),
		]);
		expect(data.length).toBe(41);
		expect(readUint64(data, CLMM_SWAP_V2_OFFSET.amountIn)).toBe(2n ** 64n - 1n);
		expect(readUint64(data, CLMM_SWAP_V2_OFFSET.minimumAmountOut)).toBe(7n);
		expect(readUint128(data, 24)).toBe(0n);
		expect(data[40]).toBe(1);
	});

	test("of an exact output says so, and has the output first", () => {
		const { data } = clmmSwapExactOut({ ...ACCOUNTS, amountOut: 3n, maximumAmountIn: 5n });
		expect([readUint64(data, 8), readUint64(data, 16), data[40]]).toEqual([3n, 5n, 0]);
	});

	test("names the arrays last, in order, the bitmap extension before them", () => {
		const amounts = { amountIn: 1n, minimumAmountOut: 0n };
		const { accounts } = clmmSwap({ ...ACCOUNTS, ...amounts, bitmapExtension: "extension" as Address });
		expect(accounts.map(({ address }) => address as string)).toEqual([
			...["payer", "config", "pool", "userIn", "userOut", "vaultIn", "vaultOut", "observation"],
			"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
			"TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
			"MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
			...["mintIn", "mintOut", "extension", "array1", "array2"],
		]);
		expect(accounts[0]?.role).toBe(AccountRole.READONLY_SIGNER);
		const writable = accounts
			.filter(({ role }) => role === AccountRole.WRITABLE)
			.map(({ address }) => address as string);
		expect(writable).toEqual([
			...["pool", "userIn", "userOut", "vaultIn", "vaultOut", "observation"],
			...["extension", "array1", "array2"],
		]);
		expect(clmmSwap({ ...ACCOUNTS, ...amounts }).accounts).toHaveLength(15);
	});
});
