import { CLMM_SWAP_V2_OFFSET, clmmSwap } from "../instructions/raydium-clmm.ts";
import { type SwapBuilder, swapAccount } from "./swap-builder.ts";

/** Raydium CLMM: where the quote needs the bitmap extension, it stands first among the arrays, as the program wants it. */
export const raydiumClmmSwap: SwapBuilder = {
	amountOffsets: CLMM_SWAP_V2_OFFSET,
	build({ pool, direction, arrays, owner, ...swap }) {
		const a = { vault: pool.vaultA, mint: pool.mintA };
		const b = { vault: pool.vaultB, mint: pool.mintB };
		const [input, output] = direction === "aToB" ? [a, b] : [b, a];
		return clmmSwap({
			pool: pool.address,
			ammConfig: swapAccount(pool, "ammConfig"),
			observation: swapAccount(pool, "observationState"),
			payer: owner,
			inputTokenAccount: swap.inputTokenAccount,
			outputTokenAccount: swap.outputTokenAccount,
			inputVault: input.vault,
			outputVault: output.vault,
			inputTokenMint: input.mint,
			outputTokenMint: output.mint,
			bitmapExtension: null,
			tickArrays: arrays,
			amountIn: swap.amountIn,
			minimumAmountOut: swap.minimumAmountOut,
		});
	},
};
