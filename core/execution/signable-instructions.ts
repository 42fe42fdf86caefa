import { RAYDIUM_AMM_V4_PROGRAM } from "../market/venues/raydium-amm-v4/layout.ts";
import { RAYDIUM_CPMM_PROGRAM } from "../market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../types/address.ts";
import { KLEND_PROGRAM } from "./lenders/klend/layout.ts";
import { SOLEND_PROGRAM } from "./lenders/solend/layout.ts";

export const COMPUTE_BUDGET_PROGRAM = "ComputeBudget111111111111111111111111111111" as Address;
export const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
export const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;
export const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL" as Address;
export const LOOKUP_TABLE_PROGRAM = "AddressLookupTab1e1111111111111111111111111" as Address;
export const TOKEN_PROGRAMS: ReadonlySet<string> = new Set([
	"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
	"TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
]);

/** An instruction that moves tokens through somebody else's program: what it begins with, and where its amounts stand. */
export interface TokenInstruction {
	readonly kind: "swap" | "borrow" | "repay";
	readonly begin: readonly number[];
	/** Bytes of its data, exactly. */
	readonly size: number;
	/** Of little-endian u64s that differ from trade to trade; a swap's amount in, then its least amount out. */
	readonly amounts: readonly number[];
}

/**
 * All that may be signed of programs that move tokens, stated here once more and apart from the builders, so that a
 * mistake in one of them is seen. Sources: raydium-cp-swap lib.rs `swap_base_input`; raydium-amm instruction.rs
 * `SwapBaseIn`; Kamino klend lib.rs `flash_borrow_reserve_liquidity`, `flash_repay_reserve_liquidity`; Solend
 * token-lending instruction.rs `FlashBorrowReserveLiquidity`, `FlashRepayReserveLiquidity`.
 */
export const TOKEN_INSTRUCTIONS: ReadonlyMap<Address, readonly TokenInstruction[]> = new Map([
	[RAYDIUM_CPMM_PROGRAM, [{ kind: "swap", begin: [143, 190, 90, 218, 196, 30, 51, 222], size: 24, amounts: [8, 16] }]],
	[RAYDIUM_AMM_V4_PROGRAM, [{ kind: "swap", begin: [9], size: 17, amounts: [1, 9] }]],
	[
		KLEND_PROGRAM,
		[
			{ kind: "borrow", begin: [135, 231, 52, 167, 7, 52, 212, 193], size: 16, amounts: [8] },
			{ kind: "repay", begin: [185, 117, 0, 203, 96, 245, 180, 186], size: 17, amounts: [8] },
		],
	],
	[
		SOLEND_PROGRAM,
		[
			{ kind: "borrow", begin: [19], size: 9, amounts: [1] },
			{ kind: "repay", begin: [20], size: 10, amounts: [1] },
		],
	],
]);

/** Which of a program's instructions this is, or undefined. */
export function tokenInstructionOf(program: Address, data: Uint8Array): TokenInstruction | undefined {
	return TOKEN_INSTRUCTIONS.get(program)?.find(
		({ begin, size }) => data.length === size && begin.every((byte, index) => data[index] === byte),
	);
}
