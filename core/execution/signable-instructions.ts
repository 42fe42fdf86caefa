import { DAMM_V2_PROGRAM } from "../market/venues/meteora-damm-v2/pool-account.ts";
import { DLMM_PROGRAM } from "../market/venues/meteora-dlmm/accounts.ts";
import { WHIRLPOOL_PROGRAM } from "../market/venues/orca-whirlpool/accounts.ts";
import { PUMPSWAP_PROGRAM } from "../market/venues/pumpswap/layout.ts";
import { RAYDIUM_AMM_V4_PROGRAM } from "../market/venues/raydium-amm-v4/layout.ts";
import { RAYDIUM_CLMM_PROGRAM } from "../market/venues/raydium-clmm/pool-account.ts";
import { RAYDIUM_CPMM_PROGRAM } from "../market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../types/address.ts";
import { KLEND_PROGRAM } from "./lenders/klend/layout.ts";
import { SOLEND_PROGRAM } from "./lenders/solend/layout.ts";
import { SPL_TOKEN, TOKEN_2022 } from "./well-known.ts";

export const COMPUTE_BUDGET_PROGRAM = "ComputeBudget111111111111111111111111111111" as Address;
export const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
export const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL" as Address;
export const LOOKUP_TABLE_PROGRAM = "AddressLookupTab1e1111111111111111111111111" as Address;
export const TOKEN_PROGRAMS: ReadonlySet<string> = new Set([SPL_TOKEN, TOKEN_2022]);

/** An instruction that moves tokens through somebody else's program: what it begins with, and where its amounts stand. */
export interface TokenInstruction {
	/** `open`: its program makes an account that it keeps for the wallet. */
	readonly kind: "swap" | "borrow" | "repay" | "open";
	readonly begin: readonly number[];
	/** Further bytes of its data that say what the amounts mean, by their places. */
	readonly also?: readonly (readonly [place: number, byte: number])[];
	/** Of a swap: what is paid stands second among the wallet's accounts. In most venues' lists it stands first. */
	readonly isPaidSecond?: boolean;
	/** Bytes of its data, exactly. */
	readonly size: number;
	/** Of little-endian u64s that differ from trade to trade; a swap's amount in, then its least amount out. */
	readonly amounts: readonly number[];
}

const NO_HOOK_ACCOUNTS = [24, 25, 26, 27].map((place) => [place, 0] as const);
const WHIRLPOOL_SWAP = { kind: "swap", begin: [43, 4, 237, 11, 26, 201, 30, 98], size: 43, amounts: [8, 16] } as const;

/**
 * All that may be signed of programs that move tokens, stated here once more and apart from the builders, so that a
 * mistake in one of them is seen. Sources: raydium-cp-swap lib.rs `swap_base_input`; raydium-amm instruction.rs
 * `SwapBaseIn`; raydium-clmm and whirlpools lib.rs `swap_v2`, of an exact input; damm-v2 lib.rs `swap`; dlmm-sdk idls/dlmm.json `swap2`;
 * pump-public-docs idl/pump_amm.json `sell`, `buy_exact_quote_in`, `init_user_volume_accumulator`; Kamino klend lib.rs `flash_borrow_reserve_liquidity`, `flash_repay_reserve_liquidity`; Solend
 * token-lending instruction.rs `FlashBorrowReserveLiquidity`, `FlashRepayReserveLiquidity`.
 */
export const TOKEN_INSTRUCTIONS: ReadonlyMap<Address, readonly TokenInstruction[]> = new Map([
	[RAYDIUM_CPMM_PROGRAM, [{ kind: "swap", begin: [143, 190, 90, 218, 196, 30, 51, 222], size: 24, amounts: [8, 16] }]],
	[RAYDIUM_AMM_V4_PROGRAM, [{ kind: "swap", begin: [9], size: 17, amounts: [1, 9] }]],
	[
		RAYDIUM_CLMM_PROGRAM,
		[{ kind: "swap", begin: [43, 4, 237, 11, 26, 201, 30, 98], also: [[40, 1]], size: 41, amounts: [8, 16] }],
	],
	[
		WHIRLPOOL_PROGRAM,
		// Of the wallet's accounts A's stands first, whichever pays.
		[
			{
				...WHIRLPOOL_SWAP,
				also: [
					[40, 1],
					[41, 1],
				],
			},
			{
				...WHIRLPOOL_SWAP,
				also: [
					[40, 1],
					[41, 0],
				],
				isPaidSecond: true,
			},
		],
	],
	[DAMM_V2_PROGRAM, [{ kind: "swap", begin: [248, 198, 158, 145, 225, 117, 135, 200], size: 24, amounts: [8, 16] }]],
	// Behind the amounts: no accounts of a transfer hook.
	[
		DLMM_PROGRAM,
		[{ kind: "swap", begin: [65, 75, 63, 76, 235, 91, 91, 136], also: NO_HOOK_ACCOUNTS, size: 28, amounts: [8, 16] }],
	],
	[
		PUMPSWAP_PROGRAM,
		[
			{ kind: "swap", begin: [51, 230, 133, 164, 1, 127, 131, 173], size: 24, amounts: [8, 16] },
			// Of the wallet's accounts the base's stands first. Behind the amounts: the volume is not tracked.
			{
				kind: "swap",
				begin: [198, 46, 21, 82, 180, 217, 232, 112],
				also: [[24, 0]],
				isPaidSecond: true,
				size: 25,
				amounts: [8, 16],
			},
			{ kind: "open", begin: [94, 6, 202, 115, 255, 96, 232, 183], size: 8, amounts: [] },
		],
	],
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
		({ begin, also = [], size }) =>
			data.length === size &&
			begin.every((byte, index) => data[index] === byte) &&
			also.every(([place, byte]) => data[place] === byte),
	);
}
