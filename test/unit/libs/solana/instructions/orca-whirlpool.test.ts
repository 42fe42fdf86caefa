import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import { WHIRLPOOL_PROGRAM } from "../../../../../core/market/venues/orca-whirlpool/accounts.ts";
import { readUint64, readUint128 } from "../../../../../core/types/bytes.ts";
import {
	WHIRLPOOL_MEMO_PROGRAM,
	WHIRLPOOL_SWAP_DATA_SIZE,
	WHIRLPOOL_SWAP_EXACT_OUT_OFFSET,
	WHIRLPOOL_SWAP_OFFSET,
	whirlpoolSwap,
	whirlpoolSwapExactOut,
} from "../../../../../libs/solana/instructions/orca-whirlpool.ts";

const arrays = (count: number) => Array.from({ length: count }, (_, index) => `array${index}` as Address);
const ACCOUNTS = {
	pool: "pool" as Address,
	payer: "payer" as Address,
	tokenAccountA: "userA" as Address,
	tokenAccountB: "userB" as Address,
	vaultA: "vaultA" as Address,
	vaultB: "vaultB" as Address,
	mintA: "mintA" as Address,
	mintB: "mintB" as Address,
	tokenProgramA: "programA" as Address,
	tokenProgramB: "programB" as Address,
	tickArrays: arrays(3),
	oracle: "oracle" as Address,
	direction: "aToB" as const,
};
const EXACT_IN = { ...ACCOUNTS, amountIn: 2n ** 64n - 1n, minimumAmountOut: 7n };

describe("Orca Whirlpool swap_v2", () => {
	test.each([0, 7])("%i arrays are refused", (count) => {
		expect(() => whirlpoolSwap({ ...EXACT_IN, tickArrays: arrays(count) })).toThrow(RangeError);
	});

	test("has Anchor's discriminator, both amounts at their offsets, and no price limit", () => {
		const { data, programAddress } = whirlpoolSwap(EXACT_IN);
		expect(programAddress).toBe(WHIRLPOOL_PROGRAM);
		expect([...data.subarray(0, 8)]).toEqual([
			...createHash("sha256").update("global:swap_v2").digest().subarray(0, 8),
		]);
		expect(data.length).toBe(WHIRLPOOL_SWAP_DATA_SIZE);
		expect(readUint64(data, WHIRLPOOL_SWAP_OFFSET.amountIn)).toBe(2n ** 64n - 1n);
		expect(readUint64(data, WHIRLPOOL_SWAP_OFFSET.minimumAmountOut)).toBe(7n);
		expect(readUint128(data, 24)).toBe(0n);
		expect([...data.subarray(40)]).toEqual([1, 1, 0]);
	});

	test("asks for an exact output, and the other way", () => {
		const swap = { ...ACCOUNTS, direction: "bToA" as const, amountOut: 3n, maximumAmountIn: 5n };
		const { data } = whirlpoolSwapExactOut(swap);
		expect(readUint64(data, WHIRLPOOL_SWAP_EXACT_OUT_OFFSET.amountOut)).toBe(3n);
		expect(readUint64(data, WHIRLPOOL_SWAP_EXACT_OUT_OFFSET.maximumAmountIn)).toBe(5n);
		expect([...data.subarray(40)]).toEqual([0, 0, 0]);
	});

	test("names the accounts in the program's order, writable and signing where it demands", () => {
		const { READONLY, READONLY_SIGNER, WRITABLE } = AccountRole;
		const rows = whirlpoolSwap(EXACT_IN).accounts.map(({ address, role }) => [address, role]);
		expect(rows).toEqual([
			["programA", READONLY],
			["programB", READONLY],
			[WHIRLPOOL_MEMO_PROGRAM, READONLY],
			["payer", READONLY_SIGNER],
			["pool", WRITABLE],
			["mintA", READONLY],
			["mintB", READONLY],
			["userA", WRITABLE],
			["vaultA", WRITABLE],
			["userB", WRITABLE],
			["vaultB", WRITABLE],
			["array0", WRITABLE],
			["array1", WRITABLE],
			["array2", WRITABLE],
			["oracle", WRITABLE],
		]);
	});

	test("one array stands in all three places, and more than three go to the end", () => {
		const placed = (count: number) => {
			const { accounts, data } = whirlpoolSwap({ ...EXACT_IN, tickArrays: arrays(count) });
			return { named: accounts.slice(11).map(({ address }) => address), end: [...data.subarray(42)] };
		};
		expect(placed(1)).toEqual({ named: ["array0", "array0", "array0", "oracle"], end: [0] });
		// Some, one slice, of supplemental tick arrays, two of them.
		expect(placed(5)).toEqual({
			named: ["array0", "array1", "array2", "oracle", "array3", "array4"],
			end: [1, 1, 0, 0, 0, 6, 2],
		});
	});
});
