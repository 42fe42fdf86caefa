import { keptUnder } from "./fee-parameters.ts";
import { integerSqrt } from "./integers.ts";
import type { DammV2Pool, DammV2State } from "./layout.ts";
import type { DammV2Quote } from "./quote.ts";
import { variableFeeNumerator, volatilityAfter } from "./volatility.ts";

/** The state that a quoted swap leaves behind, for a second swap through the pool (damm-v2, state/pool.rs `apply_swap_result`). */
export function afterSwap(pool: DammV2Pool, state: DammV2State, quote: DammV2Quote): DammV2State {
	const { direction, amountIn, amountOut, unixSeconds } = quote.after;
	const { compounding, protocol } = quote.fees;
	const isAToB = direction === "aToB";
	const isFeeInTokenA = !isAToB && quote.feeSide === "output";
	const reserveA = isAToB ? state.reserveA + amountIn : state.reserveA - amountOut;
	// Compounding fees are always token B.
	const reserveB = (isAToB ? state.reserveB - amountOut : state.reserveB + amountIn) + compounding;
	const sqrtPrice = quote.after.sqrtPrice ?? integerSqrt((reserveB << 128n) / reserveA);
	const changed: DammV2State = {
		...state,
		feeBytes: state.feeBytes.slice(),
		sqrtPrice,
		reserveA,
		reserveB,
		isReserveAHigh: reserveA >> 63n !== 0n,
		isReserveBHigh: reserveB >> 63n !== 0n,
		protocolFeeRoomA: isFeeInTokenA ? roomAfter(state.protocolFeeRoomA, protocol) : state.protocolFeeRoomA,
		protocolFeeRoomB: isFeeInTokenA ? state.protocolFeeRoomB : roomAfter(state.protocolFeeRoomB, protocol),
	};
	const { dynamic } = state.fees;
	if (dynamic === null) return changed;
	const swap = { sqrtPriceBefore: state.sqrtPrice, sqrtPriceAfter: sqrtPrice, nowSeconds: unixSeconds };
	const volatility = volatilityAfter(dynamic, state, swap);
	const variable = variableFeeNumerator(dynamic, volatility.volatilityAccumulator);
	const { base } = state.fees;
	const fixedKeptParts = base.kind === "fixed" ? keptUnder(base.cliff, variable, pool.maximumFeeNumerator) : null;
	return { ...changed, ...volatility, variableFeeNumerator: variable, fixedKeptParts };
}

function roomAfter(room: bigint | null, protocolFee: bigint): bigint | null {
	return room === null ? null : room - protocolFee;
}
