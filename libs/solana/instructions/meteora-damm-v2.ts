import { AccountRole, type Address } from "@solana/web3.js";
import {
	DAMM_V2_AUTHORITY,
	DAMM_V2_EVENT_AUTHORITY,
	DAMM_V2_PROGRAM,
} from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { INSTRUCTIONS_SYSVAR } from "./sysvars.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminators: the first 8 bytes of sha256("global:<name>") (damm-v2, lib.rs). */
export const DAMM_V2_SWAP_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(248, 198, 158, 145, 225, 117, 135, 200);
export const DAMM_V2_SWAP2_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(65, 75, 63, 76, 235, 91, 91, 136);

/** Bytes of `swap` data: discriminator, u64, u64. */
export const DAMM_V2_SWAP_DATA_SIZE = 24;
/** Bytes of `swap2` data: discriminator, u64, u64, mode. */
export const DAMM_V2_SWAP2_DATA_SIZE = 25;

/** Where the amounts stand in `swap` data, as little-endian u64. */
export const DAMM_V2_SWAP_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;

/** Where the amounts stand in `swap2` data for an exact output, as little-endian u64. */
export const DAMM_V2_SWAP_EXACT_OUT_OFFSET = { amountOut: 8, maximumAmountIn: 16 } as const;

/** damm-v2, instructions/swap/ix_swap.rs `SwapMode::ExactOut`. */
const MODE_EXACT_OUT = 2;

/** Accounts of a swap, from the pool and the trader. The direction follows from the mint of the input account. */
export interface DammV2SwapAccounts {
	readonly pool: Address;
	/** Signs, and owns {@link inputTokenAccount}. */
	readonly payer: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
	readonly tokenAVault: Address;
	readonly tokenBVault: Address;
	readonly tokenAMint: Address;
	readonly tokenBMint: Address;
	readonly tokenAProgram: Address;
	readonly tokenBProgram: Address;
	/** Gets a part of the protocol's fee, in the fee's token; null when nobody does. */
	readonly referralTokenAccount: Address | null;
	/**
	 * The pool's base fee is a rate limiter (`byAmount`): the program then wants to see the transaction's instructions, and
	 * refuses when an earlier one names the pool.
	 */
	readonly isRateLimited: boolean;
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface DammV2Swap extends DammV2SwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface DammV2SwapExactOut extends DammV2SwapAccounts {
	readonly amountOut: bigint;
	readonly maximumAmountIn: bigint;
}

/** Meteora DAMM v2 `swap`: exact input (damm-v2, instructions/swap/ix_swap.rs). */
export function dammV2Swap(swap: DammV2Swap): WholeInstruction {
	const data = new Uint8Array(DAMM_V2_SWAP_DATA_SIZE);
	data.set(DAMM_V2_SWAP_DISCRIMINATOR);
	writeUint64(data, DAMM_V2_SWAP_OFFSET.amountIn, swap.amountIn);
	writeUint64(data, DAMM_V2_SWAP_OFFSET.minimumAmountOut, swap.minimumAmountOut);
	return instruction(swap, data);
}

/** Meteora DAMM v2 `swap2` in its mode for an exact output (damm-v2, instructions/swap/ix_swap.rs). */
export function dammV2SwapExactOut(swap: DammV2SwapExactOut): WholeInstruction {
	const data = new Uint8Array(DAMM_V2_SWAP2_DATA_SIZE);
	data.set(DAMM_V2_SWAP2_DISCRIMINATOR);
	writeUint64(data, DAMM_V2_SWAP_EXACT_OUT_OFFSET.amountOut, swap.amountOut);
	writeUint64(data, DAMM_V2_SWAP_EXACT_OUT_OFFSET.maximumAmountIn, swap.maximumAmountIn);
	data[DAMM_V2_SWAP2_DATA_SIZE - 1] = MODE_EXACT_OUT;
	return instruction(swap, data);
}

/** Accounts in the order of `SwapCtx` with its event accounts; without a referrer the program's own id stands there. */
function instruction(swap: DammV2SwapAccounts, data: Uint8Array): WholeInstruction {
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	const { referralTokenAccount } = swap;
	return {
		programAddress: DAMM_V2_PROGRAM,
		accounts: [
			readonly(DAMM_V2_AUTHORITY),
			writable(swap.pool),
			writable(swap.inputTokenAccount),
			writable(swap.outputTokenAccount),
			writable(swap.tokenAVault),
			writable(swap.tokenBVault),
			readonly(swap.tokenAMint),
			readonly(swap.tokenBMint),
			{ address: swap.payer, role: AccountRole.READONLY_SIGNER },
			readonly(swap.tokenAProgram),
			readonly(swap.tokenBProgram),
			referralTokenAccount === null ? readonly(DAMM_V2_PROGRAM) : writable(referralTokenAccount),
			readonly(DAMM_V2_EVENT_AUTHORITY),
			readonly(DAMM_V2_PROGRAM),
			...(swap.isRateLimited ? [readonly(INSTRUCTIONS_SYSVAR)] : []),
		],
		data,
	};
}
