import type { Address } from "@solana/web3.js";
import type { FlashLender } from "../../../core/execution/flash-loan.ts";

/** Accounts of either half of a flash loan. The loan arrives in and is repaid from one token account. */
export interface FlashLoanAccounts {
	readonly lender: FlashLender;
	/** Signs, and owns {@link userLiquidity}. */
	readonly userTransferAuthority: Address;
	/** The token account that receives the loan and pays it back with the fee. */
	readonly userLiquidity: Address;
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
