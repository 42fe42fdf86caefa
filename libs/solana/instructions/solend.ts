import { AccountRole, type Address } from "@solana/web3.js";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { FlashBorrow, FlashRepay } from "./loan.ts";
import { INSTRUCTIONS_SYSVAR } from "./sysvars.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/**
 * Tags of `LendingInstruction`, the first byte of its data (solendprotocol/solana-program-library,
 * token-lending/sdk/src/instruction.rs).
 */
export const SOLEND_FLASH_BORROW_TAG = 19;
export const SOLEND_FLASH_REPAY_TAG = 20;

/** Bytes of `FlashBorrowReserveLiquidity` data: tag, u64. */
export const SOLEND_FLASH_BORROW_DATA_SIZE = 9;

/** Bytes of `FlashRepayReserveLiquidity` data: tag, u64, u8. */
export const SOLEND_FLASH_REPAY_DATA_SIZE = 10;

/** Where the amount stands in the data of a flash borrow, as little-endian u64. */
export const SOLEND_FLASH_BORROW_OFFSET = { amount: 1 } as const;

/** Where the fields stand in the data of a flash repay: little-endian u64, and one byte. */
export const SOLEND_FLASH_REPAY_OFFSET = { amount: 1, borrowInstructionIndex: 9 } as const;

/** Solend `FlashBorrowReserveLiquidity`. The program reads the clock by itself: the optional sysvar is left out. */
export function solendFlashBorrow(borrow: FlashBorrow): WholeInstruction {
	const { lender, userLiquidity } = borrow;
	const data = new Uint8Array(SOLEND_FLASH_BORROW_DATA_SIZE);
	data[0] = SOLEND_FLASH_BORROW_TAG;
	writeUint64(data, SOLEND_FLASH_BORROW_OFFSET.amount, borrow.amount);
	return {
		programAddress: lender.program,
		accounts: [
			writable(lender.supplyVault),
			writable(userLiquidity),
			writable(lender.reserve),
			readonly(lender.lendingMarket),
			readonly(lender.lendingMarketAuthority),
			readonly(INSTRUCTIONS_SYSVAR),
			readonly(lender.tokenProgram),
		],
		data,
	};
}

/**
 * Solend `FlashRepayReserveLiquidity`. The host's part of the fee goes to the account of the reserve's own part, so that
 * the gain of one account is the whole fee.
 */
export function solendFlashRepay(repay: FlashRepay): WholeInstruction {
	const { lender, userLiquidity, userTransferAuthority } = repay;
	const data = new Uint8Array(SOLEND_FLASH_REPAY_DATA_SIZE);
	data[0] = SOLEND_FLASH_REPAY_TAG;
	writeUint64(data, SOLEND_FLASH_REPAY_OFFSET.amount, repay.amount);
	data[SOLEND_FLASH_REPAY_OFFSET.borrowInstructionIndex] = repay.borrowInstructionIndex;
	return {
		programAddress: lender.program,
		accounts: [
			writable(userLiquidity),
			writable(lender.supplyVault),
			writable(lender.feeVault),
			writable(lender.feeVault),
			writable(lender.reserve),
			readonly(lender.lendingMarket),
			{ address: userTransferAuthority, role: AccountRole.READONLY_SIGNER },
			readonly(INSTRUCTIONS_SYSVAR),
			readonly(lender.tokenProgram),
		],
		data,
	};
}

const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
