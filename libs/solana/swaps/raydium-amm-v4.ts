import { SWAP_BASE_IN_OFFSET, swapBaseIn } from "../instructions/raydium-amm-v4.ts";
import type { SwapBuilder } from "./swap-builder.ts";

/** Raydium AMM v4: the program tells the direction from the mint of the source account. */
export const raydiumAmmV4Swap: SwapBuilder = {
	amountOffsets: SWAP_BASE_IN_OFFSET,
	build({ pool, owner, ...swap }) {
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
	},
};
