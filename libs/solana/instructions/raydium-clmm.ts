import { AccountRole, type Address } from "@solana/web3.js";
import { RAYDIUM_CLMM_PROGRAM } from "../../../core/market/venues/raydium-clmm/pool-account.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminator: the first 8 bytes of sha256("global:swap_v2") (raydium-clmm, lib.rs). */
export const CLMM_SWAP_V2_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(43, 4, 237, 11, 26, 201, 30, 98);

/** Bytes of the instruction's data: discriminator, u64, u64, u128, bool. */
export const CLMM_SWAP_V2_DATA_SIZE = 41;

/** Where the amounts stand in the data of an exact input, as little-endian u64. */
export const CLMM_SWAP_V2_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;

const IS_BASE_INPUT = 40;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

/** Accounts of a swap, from the pool's descriptor and the trader; input and output by the direction of the swap. */
export interface ClmmSwapAccounts {
	readonly pool: Address;
	readonly ammConfig: Address;
	readonly observation: Address;
	/** Signs, and owns {@link inputTokenAccount}. */
	readonly payer: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
	readonly inputVault: Address;
	readonly outputVault: Address;
	readonly inputTokenMint: Address;
	readonly outputTokenMint: Address;
	/** The pool's bitmap extension; null where the quote says that the program does not look into it. */
	readonly bitmapExtension: Address | null;
	/** In the order in which the swap enters them. */
	readonly tickArrays: readonly Address[];
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface ClmmSwap extends ClmmSwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface ClmmSwapExactOut extends ClmmSwapAccounts {
	readonly amountOut: bigint;
	readonly maximumAmountIn: bigint;
}

/** Raydium CLMM `swap_v2` of an exact input without a price limit (raydium-clmm, instructions/swap_v2.rs). */
export function clmmSwap(swap: ClmmSwap): WholeInstruction {
	return instruction(swap, encode(swap.amountIn, swap.minimumAmountOut, true));
}

/** Raydium CLMM `swap_v2` for an exact output without a price limit (raydium-clmm, instructions/swap_v2.rs). */
export function clmmSwapExactOut(swap: ClmmSwapExactOut): WholeInstruction {
	return instruction(swap, encode(swap.amountOut, swap.maximumAmountIn, false));
}

/** A price limit of 0 means none: the program then refuses a partial fill. */
function encode(amount: bigint, threshold: bigint, isBaseInput: boolean): Uint8Array {
	const data = new Uint8Array(CLMM_SWAP_V2_DATA_SIZE);
	data.set(CLMM_SWAP_V2_DISCRIMINATOR);
	writeUint64(data, 8, amount);
	writeUint64(data, 16, threshold);
	data[IS_BASE_INPUT] = isBaseInput ? 1 : 0;
	return data;
}

/** Accounts in the order of `SwapSingleV2`, then the remaining ones: bitmap extension first, then the tick arrays. */
function instruction(swap: ClmmSwapAccounts, data: Uint8Array): WholeInstruction {
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	return {
		programAddress: RAYDIUM_CLMM_PROGRAM,
		accounts: [
			{ address: swap.payer, role: AccountRole.READONLY_SIGNER },
			readonly(swap.ammConfig),
			writable(swap.pool),
			writable(swap.inputTokenAccount),
			writable(swap.outputTokenAccount),
			writable(swap.inputVault),
			writable(swap.outputVault),
			writable(swap.observation),
			readonly(TOKEN),
			readonly(TOKEN_2022),
			readonly(MEMO),
			readonly(swap.inputTokenMint),
			readonly(swap.outputTokenMint),
			...(swap.bitmapExtension === null ? [] : [writable(swap.bitmapExtension)]),
			...swap.tickArrays.map(writable),
		],
		data,
	};
}
