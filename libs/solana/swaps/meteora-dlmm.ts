import { DLMM_SWAP_OFFSET, dlmmSwap } from "../instructions/meteora-dlmm.ts";
import { type SwapBuilder, swapAccount } from "./swap-builder.ts";

/**
 * Meteora DLMM: the program tells the direction from the mint of the input account. Where the quote needs the bitmap
 * extension, it stands first among the arrays; it has a place of its own in the instruction.
 */
export const meteoraDlmmSwap: SwapBuilder = {
	amountOffsets: DLMM_SWAP_OFFSET,
	build({ pool, arrays, owner, ...swap }) {
		const extension = swapAccount(pool, "bitmapExtension");
		const isExtended = arrays[0] === extension;
		return dlmmSwap({
			pair: pool.address,
			bitmapExtension: isExtended ? extension : null,
			reserveX: pool.vaultA,
			reserveY: pool.vaultB,
			inputTokenAccount: swap.inputTokenAccount,
			outputTokenAccount: swap.outputTokenAccount,
			tokenXMint: pool.mintA,
			tokenYMint: pool.mintB,
			oracle: swapAccount(pool, "oracle"),
			hostFeeAccount: null,
			payer: owner,
			tokenXProgram: swapAccount(pool, "tokenXProgram"),
			tokenYProgram: swapAccount(pool, "tokenYProgram"),
			binArrays: isExtended ? arrays.slice(1) : arrays,
			amountIn: swap.amountIn,
			minimumAmountOut: swap.minimumAmountOut,
		});
	},
};
