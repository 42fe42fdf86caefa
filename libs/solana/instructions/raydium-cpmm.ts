import { AccountRole, type Address } from "@solana/web3.js";
import { CPMM_AUTHORITY, RAYDIUM_CPMM_PROGRAM } from "../../../core/market/venues/raydium-cpmm/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminators: the first 8 bytes of sha256("global:<name>") (raydium-cp-swap, lib.rs). */
export const SWAP_BASE_INPUT_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(143, 190, 90, 218, 196, 30, 51, 222);
export const SWAP_BASE_OUTPUT_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(55, 217, 98, 86, 163, 74, 180, 173);

/** Bytes of either swap instruction's data: discriminator, u64, u64. */
export const CPMM_SWAP_DATA_SIZE = 24;

/** Where the amounts stand in `swap_base_input` data, as little-endian u64. */
export const SWAP_BASE_INPUT_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;

/** Where the amounts stand in `swap_base_output` data, as little-endian u64. */
export const SWAP_BASE_OUTPUT_OFFSET = { maximumAmountIn: 8, amountOut: 16 } as const;

/** Accounts of a swap, from the pool's descriptor and the trader; input and output by the direction of the swap. */
export interface CpmmSwapAccounts {
	readonly pool: Address;
	readonly ammConfig: Address;
	readonly observationState: Address;
	/** Signs, and owns {@link inputTokenAccount}. */
	readonly payer: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
	readonly inputVault: Address;
	readonly outputVault: Address;
	readonly inputTokenProgram: Address;
	readonly outputTokenProgram: Address;
	readonly inputTokenMint: Address;
	readonly outputTokenMint: Address;
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapBaseInput extends CpmmSwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapBaseOutput extends CpmmSwapAccounts {
	readonly maximumAmountIn: bigint;
	readonly amountOut: bigint;
}

/** Raydium CPMM `swap_base_input` (raydium-cp-swap, instructions/swap_base_input.rs). */
export function swapBaseInput(swap: SwapBaseInput): WholeInstruction {
	return instruction(swap, encode(SWAP_BASE_INPUT_DISCRIMINATOR, swap.amountIn, swap.minimumAmountOut));
}

/** Raydium CPMM `swap_base_output` (raydium-cp-swap, instructions/swap_base_output.rs). */
export function swapBaseOutput(swap: SwapBaseOutput): WholeInstruction {
	return instruction(swap, encode(SWAP_BASE_OUTPUT_DISCRIMINATOR, swap.maximumAmountIn, swap.amountOut));
}

function encode(discriminator: Readonly<Uint8Array>, first: bigint, second: bigint): Uint8Array {
	const data = new Uint8Array(CPMM_SWAP_DATA_SIZE);
	data.set(discriminator);
	writeUint64(data, 8, first);
	writeUint64(data, 16, second);
	return data;
}

/** Accounts in the order of `Swap` (raydium-cp-swap, instructions/swap_base_input.rs). */
function instruction(swap: CpmmSwapAccounts, data: Uint8Array): WholeInstruction {
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	return {
		programAddress: RAYDIUM_CPMM_PROGRAM,
		accounts: [
			{ address: swap.payer, role: AccountRole.READONLY_SIGNER },
			readonly(CPMM_AUTHORITY),
			readonly(swap.ammConfig),
			writable(swap.pool),
			writable(swap.inputTokenAccount),
			writable(swap.outputTokenAccount),
			writable(swap.inputVault),
			writable(swap.outputVault),
			readonly(swap.inputTokenProgram),
			readonly(swap.outputTokenProgram),
			readonly(swap.inputTokenMint),
			readonly(swap.outputTokenMint),
			writable(swap.observationState),
		],
		data,
	};
}
