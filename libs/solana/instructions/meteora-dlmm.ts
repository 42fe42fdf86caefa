import { AccountRole, type Address } from "@solana/web3.js";
import { DLMM_EVENT_AUTHORITY, DLMM_PROGRAM } from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminators: the first 8 bytes of sha256("global:<name>") (dlmm-sdk, idls/dlmm.json 0.12.0). */
export const DLMM_SWAP2_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(65, 75, 63, 76, 235, 91, 91, 136);
export const DLMM_SWAP_EXACT_OUT2_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(
	43,
	215,
	247,
	132,
	137,
	60,
	243,
	81,
);

/** Bytes of either instruction's data: discriminator, u64, u64, and an empty list of hook accounts. */
export const DLMM_SWAP_DATA_SIZE = 28;

/** Where the amounts stand in `swap2` data, as little-endian u64. */
export const DLMM_SWAP_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;

/** Where the amounts stand in `swap_exact_out2` data, as little-endian u64. */
export const DLMM_SWAP_EXACT_OUT_OFFSET = { maximumAmountIn: 8, amountOut: 16 } as const;

/** SPL Memo, which `swap2` calls for accounts that require a memo (idls/dlmm.json `memo_program`). */
const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

/** Accounts of a swap, from the pair and the trader. The direction follows from the mint of the input account. */
export interface DlmmSwapAccounts {
	readonly pair: Address;
	/** The pair's bitmap extension; null when the pair has none. */
	readonly bitmapExtension: Address | null;
	readonly reserveX: Address;
	readonly reserveY: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
	readonly tokenXMint: Address;
	readonly tokenYMint: Address;
	readonly oracle: Address;
	/** Gets a part of the protocol's fee, in the fee's token; null when nobody does. */
	readonly hostFeeAccount: Address | null;
	/** Signs, and owns {@link inputTokenAccount}. */
	readonly payer: Address;
	readonly tokenXProgram: Address;
	readonly tokenYProgram: Address;
	/** The bin arrays that the swap may open, in its order; more than it opens is allowed. */
	readonly binArrays: readonly Address[];
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface DlmmSwap extends DlmmSwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface DlmmSwapExactOut extends DlmmSwapAccounts {
	readonly maximumAmountIn: bigint;
	readonly amountOut: bigint;
}

/** Meteora DLMM `swap2`: exact input, tokens of either program (dlmm-sdk, idls/dlmm.json 0.12.0). */
export function dlmmSwap(swap: DlmmSwap): WholeInstruction {
	return instruction(swap, encode(DLMM_SWAP2_DISCRIMINATOR, swap.amountIn, swap.minimumAmountOut));
}

/** Meteora DLMM `swap_exact_out2`: exact output, tokens of either program (dlmm-sdk, idls/dlmm.json 0.12.0). */
export function dlmmSwapExactOut(swap: DlmmSwapExactOut): WholeInstruction {
	return instruction(swap, encode(DLMM_SWAP_EXACT_OUT2_DISCRIMINATOR, swap.maximumAmountIn, swap.amountOut));
}

function encode(discriminator: Readonly<Uint8Array>, first: bigint, second: bigint): Uint8Array {
	const data = new Uint8Array(DLMM_SWAP_DATA_SIZE);
	data.set(discriminator);
	writeUint64(data, 8, first);
	writeUint64(data, 16, second);
	return data;
}

/** Accounts in the order of `swap2`, then the bin arrays. For an absent account the program's own id stands there. */
function instruction(swap: DlmmSwapAccounts, data: Uint8Array): WholeInstruction {
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	const optional = (address: Address | null) => (address === null ? readonly(DLMM_PROGRAM) : writable(address));
	return {
		programAddress: DLMM_PROGRAM,
		accounts: [
			writable(swap.pair),
			optional(swap.bitmapExtension),
			writable(swap.reserveX),
			writable(swap.reserveY),
			writable(swap.inputTokenAccount),
			writable(swap.outputTokenAccount),
			readonly(swap.tokenXMint),
			readonly(swap.tokenYMint),
			writable(swap.oracle),
			optional(swap.hostFeeAccount),
			{ address: swap.payer, role: AccountRole.READONLY_SIGNER },
			readonly(swap.tokenXProgram),
			readonly(swap.tokenYProgram),
			readonly(MEMO_PROGRAM),
			readonly(DLMM_EVENT_AUTHORITY),
			readonly(DLMM_PROGRAM),
			...swap.binArrays.map(writable),
		],
		data,
	};
}
