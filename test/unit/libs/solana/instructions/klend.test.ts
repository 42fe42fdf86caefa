import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import type { FlashLender } from "../../../../../core/execution/flash-loan.ts";
import {
	FLASH_BORROW_DATA_SIZE,
	FLASH_BORROW_DISCRIMINATOR,
	FLASH_BORROW_OFFSET,
	FLASH_REPAY_DATA_SIZE,
	FLASH_REPAY_DISCRIMINATOR,
	FLASH_REPAY_OFFSET,
	flashBorrow,
	flashRepay,
} from "../../../../../libs/solana/instructions/klend.ts";

const lender: FlashLender = {
	program: "klend" as Address,
	reserve: "reserve" as Address,
	lendingMarket: "market" as Address,
	lendingMarketAuthority: "authority" as Address,
	mint: "mint" as Address,
	supplyVault: "supplyVault" as Address,
	feeVault: "feeVault" as Address,
	tokenProgram: "token" as Address,
	kind: "klend",
	feeNumerator: 0n,
	feeDenominator: 1n << 60n,
	minimumFee: 1n,
	availableAmount: 0n,
};
const loan = { lender, userTransferAuthority: "user" as Address, userLiquidity: "liquidity" as Address };
const discriminator = (name: string) => [...createHash("sha256").update(`global:${name}`).digest().subarray(0, 8)];

describe("klend flash loan instructions", () => {
	test("carry Anchor's discriminators and their fields at the exported offsets", () => {
		expect([...FLASH_BORROW_DISCRIMINATOR]).toEqual(discriminator("flash_borrow_reserve_liquidity"));
		expect([...FLASH_REPAY_DISCRIMINATOR]).toEqual(discriminator("flash_repay_reserve_liquidity"));
		const borrow = flashBorrow({ ...loan, amount: 0x1_0000_0002n }).data;
		const repay = flashRepay({ ...loan, amount: 0x1_0000_0002n, borrowInstructionIndex: 3 }).data;
		expect([borrow.length, repay.length]).toEqual([FLASH_BORROW_DATA_SIZE, FLASH_REPAY_DATA_SIZE]);
		expect([...borrow.subarray(0, 8)]).toEqual([...FLASH_BORROW_DISCRIMINATOR]);
		expect([...repay.subarray(0, 8)]).toEqual([...FLASH_REPAY_DISCRIMINATOR]);
		expect(new DataView(borrow.buffer).getBigUint64(FLASH_BORROW_OFFSET.amount, true)).toBe(0x1_0000_0002n);
		expect(new DataView(repay.buffer).getBigUint64(FLASH_REPAY_OFFSET.amount, true)).toBe(0x1_0000_0002n);
		expect(repay[FLASH_REPAY_OFFSET.borrowInstructionIndex]).toBe(3);
	});

	test("name the same accounts in both halves, the program standing in for a referrer", () => {
		const borrow = flashBorrow({ ...loan, amount: 1n });
		expect(borrow.programAddress).toBe("klend");
		expect(borrow.accounts).toEqual([
			{ address: "user", role: AccountRole.READONLY_SIGNER },
			{ address: "authority", role: AccountRole.READONLY },
			{ address: "market", role: AccountRole.READONLY },
			{ address: "reserve", role: AccountRole.WRITABLE },
			{ address: "mint", role: AccountRole.READONLY },
			{ address: "supplyVault", role: AccountRole.WRITABLE },
			{ address: "liquidity", role: AccountRole.WRITABLE },
			{ address: "feeVault", role: AccountRole.WRITABLE },
			{ address: "klend", role: AccountRole.READONLY },
			{ address: "klend", role: AccountRole.READONLY },
			{ address: "Sysvar1nstructions1111111111111111111111111", role: AccountRole.READONLY },
			{ address: "token", role: AccountRole.READONLY },
		]);
		expect(flashRepay({ ...loan, amount: 1n, borrowInstructionIndex: 0 }).accounts).toEqual(borrow.accounts);
	});

	test("name a referrer, writable, where there is one", () => {
		const referrer = { tokenState: "state" as Address, account: "referrer" as Address };
		expect(flashBorrow({ ...loan, referrer, amount: 1n }).accounts.slice(8, 10)).toEqual([
			{ address: "state", role: AccountRole.WRITABLE },
			{ address: "referrer", role: AccountRole.WRITABLE },
		]);
	});
});
