import type { VenueId } from "../../../core/market/pool.ts";
import { meteoraDammV2Swap } from "./meteora-damm-v2.ts";
import { meteoraDlmmSwap } from "./meteora-dlmm.ts";
import { orcaWhirlpoolSwap } from "./orca-whirlpool.ts";
import { pumpSwapSwapBuilder } from "./pumpswap.ts";
import { raydiumAmmV4Swap } from "./raydium-amm-v4.ts";
import { raydiumClmmSwap } from "./raydium-clmm.ts";
import { raydiumCpmmSwap } from "./raydium-cpmm.ts";
import type { SwapBuilder, SwapInstruction, SwapRequest } from "./swap-builder.ts";

/** How each venue swaps. */
export const SWAP_BUILDERS: Readonly<Record<VenueId, SwapBuilder>> = {
	"raydium-cpmm": raydiumCpmmSwap,
	"raydium-amm-v4": raydiumAmmV4Swap,
	"raydium-clmm": raydiumClmmSwap,
	"orca-whirlpool": orcaWhirlpoolSwap,
	"meteora-damm-v2": meteoraDammV2Swap,
	"meteora-dlmm": meteoraDlmmSwap,
	pumpswap: pumpSwapSwapBuilder,
};

/** The instruction that swaps an exact input through a pool. */
export function swapInstruction(request: SwapRequest): SwapInstruction {
	return SWAP_BUILDERS[request.pool.venue].build(request) as SwapInstruction;
}
