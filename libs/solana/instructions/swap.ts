import type { AccountRole, Address, Instruction } from "@solana/web3.js";
import type { PoolDescriptor, VenueId } from "../../../core/market/pool.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import { SWAP_BASE_IN_OFFSET, swapBaseIn } from "./raydium-amm-v4.ts";
import { SWAP_BASE_INPUT_OFFSET, swapBaseInput } from "./raydium-cpmm.ts";

/** A swap of an exact input through any venue. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapRequest {
	readonly pool: PoolDescriptor;
	readonly direction: Direction;
	/** The arrays that the swap has to name, in the program's order; most venues have none. */
	readonly arrays?: readonly Address[];
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
	/** Signs, and owns both token accounts. */
	readonly owner: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
}

/** A swap instruction with everything present. */
export type SwapInstruction = Instruction & {
	readonly accounts: readonly { readonly address: Address; readonly role: AccountRole }[];
	readonly data: Uint8Array;
};

/** Where the two amounts stand in the data of a venue's swap instruction, as little-endian u64. */
export const SWAP_AMOUNT_OFFSETS: Readonly<
	Record<VenueId, { readonly amountIn: number; readonly minimumAmountOut: number }>
> = {
	"raydium-cpmm": SWAP_BASE_INPUT_OFFSET,
	"raydium-amm-v4": SWAP_BASE_IN_OFFSET,
};

/** The instruction that swaps an exact input through a pool. */
export function swapInstruction(request: SwapRequest): SwapInstruction {
	switch (request.pool.venue) {
		case "raydium-cpmm":
			return cpmmSwap(request) as SwapInstruction;
		case "raydium-amm-v4":
			return ammSwap(request) as SwapInstruction;
	}
}

function cpmmSwap({ pool, direction, owner, ...swap }: SwapRequest): Instruction {
	const a = { vault: pool.vaultA, mint: pool.mintA, program: swapAccount(pool, "token0Program") };
	const b = { vault: pool.vaultB, mint: pool.mintB, program: swapAccount(pool, "token1Program") };
	const [input, output] = direction === "aToB" ? [a, b] : [b, a];
	return swapBaseInput({
		pool: pool.address,
		ammConfig: swapAccount(pool, "ammConfig"),
		observationState: swapAccount(pool, "observationState"),
		payer: owner,
		inputTokenAccount: swap.inputTokenAccount,
		outputTokenAccount: swap.outputTokenAccount,
		inputVault: input.vault,
		outputVault: output.vault,
		inputTokenProgram: input.program,
		outputTokenProgram: output.program,
		inputTokenMint: input.mint,
		outputTokenMint: output.mint,
		amountIn: swap.amountIn,
		minimumAmountOut: swap.minimumAmountOut,
	});
}

/** The program tells the direction from the mint of the source account. */
function ammSwap({ pool, owner, ...swap }: SwapRequest): Instruction {
	return swapBaseIn({
		pool: pool.address,
		coinVault: pool.vaultA,
		pcVault: pool.vaultB,
		userSource: swap.inputTokenAccount,
		userDestination: swap.outputTokenAccount,
		userOwner: owner,
		amountIn: swap.amountIn,
		minimumAmountOut: swap.minimumAmountOut,
	});
}

/** @throws Error when the descriptor was not made by the venue's own `describe` */
function swapAccount(pool: PoolDescriptor, name: string): Address {
	const address = pool.swapAccounts[name];
	if (address === undefined) throw new Error(`the descriptor of pool ${pool.address} has no swap account ${name}`);
	return address;
}
