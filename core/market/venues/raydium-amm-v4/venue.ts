import { success } from "../../../types/result.ts";
import type { ReserveVenue } from "../venue.ts";
import { AMM_AUTHORITY, AMM_INFO_SIZE, decodePool, RAYDIUM_AMM_V4_PROGRAM, readPoolState } from "./layout.ts";
import { afterSwap, quoteExactIn, quoteExactOut } from "./quote.ts";

/**
 * Raydium AMM v4 (program 675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8): constant product, fee on the input, both
 * numbers of the fee in the pool account itself. A is the pool's coin, B its pc. Order books are not served: pools that
 * do not stand at `SwapOnly` or `WaitingTrade` give no quote, as the program gives no swap.
 */
export const raydiumAmmV4: ReserveVenue = {
	id: "raydium-amm-v4",
	pricedBy: "reserves",
	programId: RAYDIUM_AMM_V4_PROGRAM,
	poolAccountSize: AMM_INFO_SIZE,

	references(account) {
		const decoded = decodePool(account);
		if (!decoded.ok) return decoded;
		const { coinMint, pcMint, coinVault, pcVault } = decoded.value;
		return success({ mintA: coinMint, mintB: pcMint, vaultA: coinVault, vaultB: pcVault, configurations: [] });
	},

	describe(account) {
		const decoded = decodePool(account);
		if (!decoded.ok) return decoded;
		const pool = decoded.value;
		return success({
			address: account.address,
			venue: "raydium-amm-v4",
			mintA: pool.coinMint,
			mintB: pool.pcMint,
			decimalsA: pool.coinDecimals,
			decimalsB: pool.pcDecimals,
			vaultA: pool.coinVault,
			vaultB: pool.pcVault,
			feeNumerator: pool.swapFeeNumerator,
			feeDenominator: pool.swapFeeDenominator,
			parameters: {},
			swapAccounts: {
				ammAuthority: AMM_AUTHORITY,
				openOrders: pool.openOrders,
				targetOrders: pool.targetOrders,
				market: pool.market,
				marketProgram: pool.marketProgram,
			},
		});
	},

	readState: readPoolState,
	quoteExactIn,
	quoteExactOut,
	afterSwap,
};
