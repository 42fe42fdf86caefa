import type { ClmmState } from "./layout.ts";
import type { ClmmQuote } from "./quote.ts";

/** The state that a quoted swap leaves behind, for a second swap through the same pool. `state` is not changed, and shares its arrays. */
export function afterSwap(state: ClmmState, quote: ClmmQuote): ClmmState {
	const { after, fees } = quote;
	const [protocol0, protocol1] = after.isFeeInToken0 ? [fees.protocol, 0n] : [0n, fees.protocol];
	const [fund0, fund1] = after.isFeeInToken0 ? [fees.fund, 0n] : [0n, fees.fund];
	return {
		...state,
		liquidity: after.liquidity,
		sqrtPrice: after.sqrtPrice,
		tick: after.tick,
		protocolFees0: state.protocolFees0 + protocol0,
		protocolFees1: state.protocolFees1 + protocol1,
		fundFees0: state.fundFees0 + fund0,
		fundFees1: state.fundFees1 + fund1,
	};
}
