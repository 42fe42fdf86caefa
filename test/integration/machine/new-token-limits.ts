import type { Config } from "../../../config/schema.ts";
import { newToken } from "./new-pool.ts";

const WIDE = "1000000";

/** The configuration with limits so wide that a strategy may hold these tokens, and SOL and USDC of its own budget. */
export function withNewTokens(config: Config, numbers: readonly number[], strategy: string): Config {
	const [limit] = config.risk.limits;
	const [budget] = config.risk.budgets;
	const tokens = numbers.map((number) => ({ symbol: `NEW${number}`, mint: newToken(number) }));
	const perToken = Object.fromEntries(tokens.map(({ symbol }) => [symbol, WIDE]));
	return {
		...config,
		assets: [...config.assets, ...tokens.map((token) => ({ ...token, decimals: 6 }))],
		security: {
			...config.security,
			caps: [
				...config.security.caps,
				...tokens.map(({ symbol }) => ({ asset: symbol, per_transaction: WIDE, per_hour: WIDE })),
			],
		},
		risk: {
			...config.risk,
			stale_after_slots: 100_000,
			limits: [
				...config.risk.limits,
				...tokens.map(({ symbol }) => ({
					...limit!,
					asset: symbol,
					max_intent_notional: WIDE,
					max_in_flight_notional: WIDE,
					max_position: WIDE,
				})),
			],
			budgets: [
				{
					...budget!,
					strategy,
					max_in_flight_notional: { USDC: WIDE, SOL: WIDE, ...perToken },
					max_daily_loss: { USDC: WIDE, SOL: "100", ...perToken },
				},
			],
		},
	};
}
