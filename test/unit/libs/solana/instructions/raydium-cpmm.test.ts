import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import { CPMM_AUTHORITY, RAYDIUM_CPMM_PROGRAM } from "../../../../../core/market/venues/raydium-cpmm/layout.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import {
	SWAP_BASE_INPUT_OFFSET,
	SWAP_BASE_OUTPUT_OFFSET,
	swapBaseInput,
	swapBaseOutput,
} from "../../../../../libs/solana/instructions/raydium-cpmm.ts";

const ACCOUNTS = {
	pool: "pool" as Address,
	ammConfig: "config" as Address,
	observationState: "observation" as Address,
	payer: "payer" as Address,
	inputTokenAccount: "userIn" as Address,
	outputTokenAccount: "userOut" as Address,
	inputVault: "vaultIn" as Address,
	outputVault: "vaultOut" as Address,
	inputTokenProgram: "programIn" as Address,
	outputTokenProgram: "programOut" as Address,
	inputTokenMint: "mintIn" as Address,
	outputTokenMint: "mintOut" as Address,
};

function discriminator(name: string): number[] {
	return [...createHash("sha256").update(`global:${name}`).digest().subarray(0, 8)];
}

describe("Raydium CPMM instructions", () => {
	test("swap_base_input has Anchor's discriminator and both amounts at their offsets", () => {
		const { data, programAddress } = swapBaseInput({ ...ACCOUNTS, amountIn: 2n ** 64n - 1n, minimumAmountOut: 7n });
		expect(programAddress).toBe(RAYDIUM_CPMM_PROGRAM);
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap_base_input"));
		expect(data.length).toBe(24);
		expect(readUint64(data, SWAP_BASE_INPUT_OFFSET.amountIn)).toBe(2n ** 64n - 1n);
		expect(readUint64(data, SWAP_BASE_INPUT_OFFSET.minimumAmountOut)).toBe(7n);
	});

	test("swap_base_output has Anchor's discriminator and both amounts at their offsets", () => {
		const { data } = swapBaseOutput({ ...ACCOUNTS, maximumAmountIn: 5n, amountOut: 3n });
		expect([...data.subarray(0, 8)]).toEqual(discriminator("swap_base_output"));
		expect(readUint64(data, SWAP_BASE_OUTPUT_OFFSET.maximumAmountIn)).toBe(5n);
		expect(readUint64(data, SWAP_BASE_OUTPUT_OFFSET.amountOut)).toBe(3n);
	});

	test("both name the accounts in the program's order, writable and signing where it demands", () => {
		const { READONLY, READONLY_SIGNER, WRITABLE } = AccountRole;
		const expected = [
			["payer", READONLY_SIGNER],
			[CPMM_AUTHORITY, READONLY],
			["config", READONLY],
			["pool", WRITABLE],
			["userIn", WRITABLE],
			["userOut", WRITABLE],
			["vaultIn", WRITABLE],
			["vaultOut", WRITABLE],
			["programIn", READONLY],
			["programOut", READONLY],
			["mintIn", READONLY],
			["mintOut", READONLY],
			["observation", WRITABLE],
		];
		const inputs = swapBaseInput({ ...ACCOUNTS, amountIn: 1n, minimumAmountOut: 1n });
		const outputs = swapBaseOutput({ ...ACCOUNTS, maximumAmountIn: 1n, amountOut: 1n });
		for (const { accounts } of [inputs, outputs]) {
			expect(accounts.map(({ address, role }) => [address, role])).toEqual(expected);
		}
	});
});
