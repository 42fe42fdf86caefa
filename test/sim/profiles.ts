import type { Config } from "../../config/schema.ts";
import { CROSS_VENUE } from "../../core/strategy/cross-venue/strategy.ts";
import { FINALITY_SLOTS } from "../../services/localnet/chain/types.ts";
import type { FateOptions } from "./fates.ts";
import type { Weather } from "./fault-plan.ts";

/** What a run is about besides the weather that all have; by its seed, each in turn. */
export type Theme = "plain" | "endpoints" | "forks" | "balancer";

const THEMES: readonly Theme[] = ["plain", "endpoints", "forks", "balancer"];

/**
 * `endpoints`: every node knows several, each with a weather of its own. `forks`: the chain drops blocks. `balancer`:
 * most nodes behind an endpoint are far behind, transactions land at the last moment, and the bus loses events.
 */
export function themeOf(seed: number): Theme {
	return THEMES[seed % THEMES.length]!;
}

const ROUGH: Readonly<Record<Weather, number>> = {
	calm: 4,
	flaky: 4,
	slow: 2,
	storm: 2,
	unhealthy: 1,
	lagging: 2,
	balancer: 1,
	silent: 1,
	resets: 1,
};
const BALANCED: Readonly<Record<Weather, number>> = {
	...{ calm: 0, flaky: 0, slow: 0, storm: 0, unhealthy: 0, lagging: 0, silent: 0, resets: 0 },
	balancer: 1,
};
/** The feed's troubles stop new intents, and this is about those that are under way. */
const MILD: Readonly<Record<Weather, number>> = { ...ROUGH, calm: 12, silent: 0, storm: 1, balancer: 0 };

/** What the weather is like where a node reaches the chain. */
export function weatherOf(theme: Theme, endpoint: string): Readonly<Record<Weather, number>> {
	if (endpoint.startsWith("feed")) return MILD;
	// Several endpoints of which one contradicts itself make trading halt, as they should.
	if (theme === "endpoints") return { ...ROUGH, balancer: 0 };
	return theme === "balancer" ? BALANCED : ROUGH;
}

/** What is held longer than a block takes to become final would be a lie of the node that holds it. */
export function fatesOf(theme: Theme): FateOptions {
	return { doomed: 0.1, delayed: theme === "balancer" ? 0.4 : 0.1, held: 0.15, longestHold: FINALITY_SLOTS - 4 };
}

interface Limits {
	readonly maxInFlight: number;
	/** In USDC. */
	readonly maxInFlightNotional: string;
}

/**
 * What limits the flight of a run: the number of intents, or their sum. Where proofs of expiry take long, neither.
 */
const LIMITS: Readonly<Record<Theme, Limits>> = {
	plain: { maxInFlight: 60, maxInFlightNotional: "10000" },
	forks: { maxInFlight: 200, maxInFlightNotional: "1500" },
	endpoints: { maxInFlight: 300, maxInFlightNotional: "10000" },
	balancer: { maxInFlight: 300, maxInFlightNotional: "10000" },
};

/** Limits that a run meets, and the strategy beside the intents that are made for it. */
export function configured(config: Config, seed: number): Config {
	const limits = LIMITS[themeOf(seed)];
	const { risk, strategies } = config;
	const [budget] = risk.budgets;
	return {
		...config,
		strategies: {
			...strategies,
			cross_venue: { ...strategies.cross_venue, enabled: true, minimum_profit: { USDC: "0.01" }, max_in_flight: 4 },
		},
		risk: {
			...risk,
			max_in_flight: limits.maxInFlight,
			limits: risk.limits.map((limit) =>
				limit.asset === "USDC" ? { ...limit, max_in_flight_notional: limits.maxInFlightNotional } : limit,
			),
			budgets: [...risk.budgets, { ...budget!, strategy: CROSS_VENUE }],
		},
	};
}
