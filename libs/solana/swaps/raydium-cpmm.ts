import { SWAP_BASE_INPUT_OFFSET, swapBaseInput } from "../instructions/raydium-cpmm.ts";
import { type SwapBuilder, swapAccount } from "./swap-builder.ts";

/** Raydium CPMM: input and output sides by the direction. */
export const raydiumCpmmSwap: SwapBuilder = {
	amountOffsets: SWAP_BASE_INPUT_OFFSET,
	build({ pool, direction, owner, ...swap }) {
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
	},
};
