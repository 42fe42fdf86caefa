import { sqrtPriceAtTick } from "../../tick-math.ts";
import type { WhirlpoolQuote } from "./quote.ts";
import type { WhirlpoolState } from "./state.ts";

/**
 * The state that a quoted swap leaves behind, for a second swap through the pool (whirlpools, state/whirlpool.rs
 * `update_after_swap`). Arrays are shared: a swap changes nothing in them that a quote reads.
 */
export function afterSwap(state: WhirlpoolState, quote: WhirlpoolQuote): WhirlpoolState {
	const { sqrtPrice, liquidity, tickIndex, unixSeconds, variables } = quote.after;
	const { oracle } = state;
	const isAToB = quote.direction === "aToB";
	const { protocol } = quote.fees;
	return {
		...state,
		sqrtPrice,
		liquidity,
		tickCurrentIndex: tickIndex,
		tickFloor: sqrtPriceAtTick(tickIndex),
		tickCeiling: sqrtPriceAtTick(tickIndex + 1),
		protocolFeeOwedA: isAToB ? state.protocolFeeOwedA + protocol : state.protocolFeeOwedA,
		protocolFeeOwedB: isAToB ? state.protocolFeeOwedB : state.protocolFeeOwedB + protocol,
		rewardLastUpdatedSeconds: unixSeconds,
		oracle: oracle === null || variables === null ? oracle : { ...oracle, variables },
	};
}
