import { AccountRole, type Address } from "@solana/web3.js";
import type { FlashLender } from "../../../core/execution/flash-loan.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** The sysvar through which a program reads its transaction's instructions. */
export const INSTRUCTIONS_SYSVAR = "Sysvar1nstructions1111111111111111111111111" as Address;

/** Anchor's discriminators: the first 8 bytes of sha256("global:<name>") (Kamino klend, lib.rs). */
export const FLASH_BORROW_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(135, 231, 52, 167, 7, 52, 212, 193);
export const FLASH_REPAY_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(185, 117, 0, 203, 96, 245, 180, 186);

/** Bytes of `flash_borrow_reserve_liquidity` data: discriminator, u64. */
export const FLASH_BORROW_DATA_SIZE = 16;

/** Bytes of `flash_repay_reserve_liquidity` data: discriminator, u64, u8. */
export const FLASH_REPAY_DATA_SIZE = 17;

/** Where the amount stands in the data of a flash borrow, as little-endian u64. */
export const FLASH_BORROW_OFFSET = { amount: 8 } as const;

/** Where the fields stand in the data of a flash repay: little-endian u64, and one byte. */
export const FLASH_REPAY_OFFSET = { amount: 8, borrowInstructionIndex: 16 } as const;

/**
 * Accounts of either half of a flash loan. The two halves must name the same accounts in the same order, so that the
 * loan arrives in and is repaid from one token account (Kamino klend, flash_ixs.rs `flash_borrow_check_matching_repay`).
 */
export interface FlashLoanAccounts {
	readonly lender: FlashLender;
	/** Signs, and owns {@link userLiquidity}. */
	readonly userTransferAuthority: Address;
	/** The token account that receives the loan and pays it back with the fee. */
	readonly userLiquidity: Address;
	/** The referrer who shares the fee, where there is one. */
	readonly referrer?: { readonly tokenState: Address; readonly account: Address };
}

export interface FlashBorrow extends FlashLoanAccounts {
	/** Base units, 0 ≤ amount < 2^64. */
	readonly amount: bigint;
}

export interface FlashRepay extends FlashLoanAccounts {
	/** Exactly the borrowed amount, base units; the program adds the fee. */
	readonly amount: bigint;
	/** Place of the flash borrow among the transaction's instructions, 0 to 255. */
	readonly borrowInstructionIndex: number;
}

/** klend `flash_borrow_reserve_liquidity`. */
export function flashBorrow(borrow: FlashBorrow): WholeInstruction {
	const data = new Uint8Array(FLASH_BORROW_DATA_SIZE);
	data.set(FLASH_BORROW_DISCRIMINATOR);
	writeUint64(data, FLASH_BORROW_OFFSET.amount, borrow.amount);
	return instruction(borrow, data);
}

/** klend `flash_repay_reserve_liquidity`. */
export function flashRepay(repay: FlashRepay): WholeInstruction {
	const data = new Uint8Array(FLASH_REPAY_DATA_SIZE);
	data.set(FLASH_REPAY_DISCRIMINATOR);
	writeUint64(data, FLASH_REPAY_OFFSET.amount, repay.amount);
	data[FLASH_REPAY_OFFSET.borrowInstructionIndex] = repay.borrowInstructionIndex;
	return instruction(repay, data);
}

function instruction(loan: FlashLoanAccounts, data: Uint8Array): WholeInstruction {
	const { lender, referrer } = loan;
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	return {
		programAddress: lender.program,
		accounts: [
			{ address: loan.userTransferAuthority, role: AccountRole.READONLY_SIGNER },
			readonly(lender.lendingMarketAuthority),
			readonly(lender.lendingMarket),
			writable(lender.reserve),
			readonly(lender.mint),
			writable(lender.supplyVault),
			writable(loan.userLiquidity),
			writable(lender.feeVault),
			// Anchor reads the program's own address as "no account".
			referrer === undefined ? readonly(lender.program) : writable(referrer.tokenState),
			referrer === undefined ? readonly(lender.program) : writable(referrer.account),
			readonly(INSTRUCTIONS_SYSVAR),
			readonly(lender.tokenProgram),
		],
		data,
	};
}
