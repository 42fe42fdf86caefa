import { initUserVolume, PUMPSWAP_SWAP_OFFSET, pumpSwapSwap } from "../instructions/pumpswap.ts";
import { ProgramAddresses } from "../program-address.ts";
import type { SwapBuilder } from "./swap-builder.ts";

/** PumpSwap: accounts stand by the pool's sides, and selling and buying are two instructions. */
export const pumpSwapSwapBuilder: SwapBuilder = {
	amountOffsets: PUMPSWAP_SWAP_OFFSET,
	build({ owner, ...swap }) {
		return pumpSwapSwap({ ...swap, user: owner }, new ProgramAddresses());
	},
	open: initUserVolume,
};
