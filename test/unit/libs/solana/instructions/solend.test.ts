import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import type { FlashLender } from "../../../../../core/execution/flash-loan.ts";
import {
	FLASH_LOAN_AMOUNT_OFFSETS,
	flashBorrow,
	flashRepay,
} from "../../../../../libs/solana/instructions/flash-loan.ts";
import {
	SOLEND_FLASH_BORROW_DATA_SIZE,
	SOLEND_FLASH_REPAY_DATA_SIZE,
	SOLEND_FLASH_REPAY_OFFSET,
} from "../../../../../libs/solana/instructions/solend.ts";

const lender: FlashLender = {
	kind: "solend",
	program: "solend" as Address,
	reserve: "reserve" as Address,
	lendingMarket: "market" as Address,
	lendingMarketAuthority: "authority" as Address,
	mint: "mint" as Address,
	supplyVault: "supplyVault" as Address,
	feeVault: "feeVault" as Address,
	tokenProgram: "token" as Address,
	feeNumerator: 0n,
	feeDenominator: 10n ** 18n,
	minimumFee: 1n,
	availableAmount: 0n,
};
const loan = { lender, userTransferAuthority: "user" as Address, userLiquidity: "liquidity" as Address };
const AMOUNT = 0x1_0000_0002n;

describe("Solend flash loan instructions", () => {
	test("carry their tags and their fields at the exported offsets", () => {
		const borrow = flashBorrow({ ...loan, amount: AMOUNT }).data;
		const repay = flashRepay({ ...loan, amount: AMOUNT, borrowInstructionIndex: 3 }).data;
		expect([...borrow]).toEqual([19, 2, 0, 0, 0, 1, 0, 0, 0]);
		expect([...repay]).toEqual([20, 2, 0, 0, 0, 1, 0, 0, 0, 3]);
		expect([borrow.length, repay.length]).toEqual([SOLEND_FLASH_BORROW_DATA_SIZE, SOLEND_FLASH_REPAY_DATA_SIZE]);
		expect(repay[SOLEND_FLASH_REPAY_OFFSET.borrowInstructionIndex]).toBe(3);
	});

	test("name the accounts of a borrow in the program's order", () => {
		const borrow = flashBorrow({ ...loan, amount: 1n });
		expect(borrow.programAddress).toBe("solend");
		expect(borrow.accounts).toEqual([
			{ address: "supplyVault", role: AccountRole.WRITABLE },
			{ address: "liquidity", role: AccountRole.WRITABLE },
			{ address: "reserve", role: AccountRole.WRITABLE },
			{ address: "market", role: AccountRole.READONLY },
			{ address: "authority", role: AccountRole.READONLY },
			{ address: "Sysvar1nstructions1111111111111111111111111", role: AccountRole.READONLY },
			{ address: "token", role: AccountRole.READONLY },
		]);
	});

	test("name the accounts of a repayment, the fee receiver for both parts of the fee", () => {
		const repay = flashRepay({ ...loan, amount: 1n, borrowInstructionIndex: 0 });
		expect(repay.programAddress).toBe("solend");
		expect(repay.accounts).toEqual([
			{ address: "liquidity", role: AccountRole.WRITABLE },
			{ address: "supplyVault", role: AccountRole.WRITABLE },
			{ address: "feeVault", role: AccountRole.WRITABLE },
			{ address: "feeVault", role: AccountRole.WRITABLE },
			{ address: "reserve", role: AccountRole.WRITABLE },
			{ address: "market", role: AccountRole.READONLY },
			{ address: "user", role: AccountRole.READONLY_SIGNER },
			{ address: "Sysvar1nstructions1111111111111111111111111", role: AccountRole.READONLY },
			{ address: "token", role: AccountRole.READONLY },
		]);
	});
});

test("the kind of a lender decides whose instructions are built", () => {
	for (const kind of ["klend", "solend"] as const) {
		const { borrow, repay } = FLASH_LOAN_AMOUNT_OFFSETS[kind];
		const parts = { ...loan, lender: { ...lender, kind }, amount: AMOUNT };
		const amountAt = (data: Uint8Array, offset: number) => new DataView(data.buffer).getBigUint64(offset, true);
		expect(amountAt(flashBorrow(parts).data, borrow)).toBe(AMOUNT);
		expect(amountAt(flashRepay({ ...parts, borrowInstructionIndex: 3 }).data, repay)).toBe(AMOUNT);
	}
	expect(flashBorrow({ ...loan, lender: { ...lender, kind: "klend" }, amount: 1n }).accounts).toHaveLength(12);
});
