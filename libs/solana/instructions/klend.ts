import { AccountRole, type Address } from "@solana/web3.js";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { FlashBorrow, FlashLoanAccounts, FlashRepay } from "./loan.ts";
import { INSTRUCTIONS_SYSVAR } from "./sysvars.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

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

interface Referred {
	/** The referrer who shares the fee, where there is one. */
	readonly referrer?: { readonly tokenState: Address; readonly account: Address };
}

/** klend `flash_borrow_reserve_liquidity`. */
export function flashBorrow(borrow: FlashBorrow & Referred): WholeInstruction {
	const data = new Uint8Array(FLASH_BORROW_DATA_SIZE);
	data.set(FLASH_BORROW_DISCRIMINATOR);
	writeUint64(data, FLASH_BORROW_OFFSET.amount, borrow.amount);
	return instruction(borrow, data);
}

/** klend `flash_repay_reserve_liquidity`. */
export function flashRepay(repay: FlashRepay & Referred): WholeInstruction {
	const data = new Uint8Array(FLASH_REPAY_DATA_SIZE);
	data.set(FLASH_REPAY_DISCRIMINATOR);
	writeUint64(data, FLASH_REPAY_OFFSET.amount, repay.amount);
	data[FLASH_REPAY_OFFSET.borrowInstructionIndex] = repay.borrowInstructionIndex;
	return instruction(repay, data);
}

/**
 * The two halves must name the same accounts in the same order, so that the loan arrives in and is repaid from one token
 * account (Kamino klend, flash_ixs.rs `flash_borrow_check_matching_repay`).
 */
function instruction(loan: FlashLoanAccounts & Referred, data: Uint8Array): WholeInstruction {
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
