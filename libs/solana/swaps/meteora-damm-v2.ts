import { DAMM_V2_SWAP_OFFSET, dammV2Swap } from "../instructions/meteora-damm-v2.ts";
import { type SwapBuilder, swapAccount } from "./swap-builder.ts";

/** Meteora DAMM v2: the program tells the direction from the mint of the input account. Nobody is named as referrer. */
export const meteoraDammV2Swap: SwapBuilder = {
	amountOffsets: DAMM_V2_SWAP_OFFSET,
	build({ pool, owner, ...swap }) {
		return dammV2Swap({
			pool: pool.address,
			payer: owner,
			inputTokenAccount: swap.inputTokenAccount,
			outputTokenAccount: swap.outputTokenAccount,
			tokenAVault: pool.vaultA,
			tokenBVault: pool.vaultB,
			tokenAMint: pool.mintA,
			tokenBMint: pool.mintB,
			tokenAProgram: swapAccount(pool, "tokenAProgram"),
			tokenBProgram: swapAccount(pool, "tokenBProgram"),
			referralTokenAccount: null,
			isRateLimited: pool.parameters.isRateLimited === 1n,
			amountIn: swap.amountIn,
			minimumAmountOut: swap.minimumAmountOut,
		});
	},
};
