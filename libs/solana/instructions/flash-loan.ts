import type { LenderKind } from "../../../core/execution/flash-loan.ts";
import {
	FLASH_BORROW_OFFSET,
	FLASH_REPAY_OFFSET,
	flashBorrow as klendFlashBorrow,
	flashRepay as klendFlashRepay,
} from "./klend.ts";
import type { FlashBorrow, FlashRepay } from "./loan.ts";
import {
	SOLEND_FLASH_BORROW_OFFSET,
	SOLEND_FLASH_REPAY_OFFSET,
	solendFlashBorrow,
	solendFlashRepay,
} from "./solend.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Where the amount stands in the data of a lender's two instructions, as little-endian u64. */
export const FLASH_LOAN_AMOUNT_OFFSETS: Readonly<
	Record<LenderKind, { readonly borrow: number; readonly repay: number }>
> = {
	klend: { borrow: FLASH_BORROW_OFFSET.amount, repay: FLASH_REPAY_OFFSET.amount },
	solend: { borrow: SOLEND_FLASH_BORROW_OFFSET.amount, repay: SOLEND_FLASH_REPAY_OFFSET.amount },
};

/** The instruction that borrows from a lender, whatever its program. */
export function flashBorrow(borrow: FlashBorrow): WholeInstruction {
	switch (borrow.lender.kind) {
		case "klend":
			return klendFlashBorrow(borrow);
		case "solend":
			return solendFlashBorrow(borrow);
	}
}

/** The instruction that repays it. */
export function flashRepay(repay: FlashRepay): WholeInstruction {
	switch (repay.lender.kind) {
		case "klend":
			return klendFlashRepay(repay);
		case "solend":
			return solendFlashRepay(repay);
	}
}
