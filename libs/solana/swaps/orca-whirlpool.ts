import { WHIRLPOOL_SWAP_OFFSET, whirlpoolSwap } from "../instructions/orca-whirlpool.ts";
import { type SwapBuilder, swapAccount } from "./swap-builder.ts";

/** Orca Whirlpool: accounts stand by the pool's sides, and a flag tells the direction. */
export const orcaWhirlpoolSwap: SwapBuilder = {
	amountOffsets: WHIRLPOOL_SWAP_OFFSET,
	build({ pool, direction, arrays, owner, ...swap }) {
		const isAToB = direction === "aToB";
		return whirlpoolSwap({
			pool: pool.address,
			payer: owner,
			tokenAccountA: isAToB ? swap.inputTokenAccount : swap.outputTokenAccount,
			tokenAccountB: isAToB ? swap.outputTokenAccount : swap.inputTokenAccount,
			vaultA: pool.vaultA,
			vaultB: pool.vaultB,
			mintA: pool.mintA,
			mintB: pool.mintB,
			tokenProgramA: swapAccount(pool, "tokenProgramA"),
			tokenProgramB: swapAccount(pool, "tokenProgramB"),
			tickArrays: arrays,
			oracle: swapAccount(pool, "oracle"),
			direction,
			amountIn: swap.amountIn,
			minimumAmountOut: swap.minimumAmountOut,
		});
	},
};
