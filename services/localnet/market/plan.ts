import type { Random } from "../../../core/types/clock.ts";

/** A token of the local market. The market is a simulation: prices are floating-point, amounts on chain are not. */
export interface PlannedToken {
	readonly symbol: string;
	/** Base58 address of a real mint, or null for one that the genesis derives from the symbol. */
	readonly mint: string | null;
	readonly decimals: number;
	/** US dollars for one whole token when the market opens. */
	readonly openingPrice: number;
}

/** Venues whose programs run on the local chain. */
export type LocalVenue = "raydium-cpmm" | "raydium-amm-v4" | "orca-whirlpool" | "meteora-damm-v2";

/** A pool to be made: `base` is quoted in `quote`. */
export interface PlannedPool {
	readonly venue: LocalVenue;
	readonly base: PlannedToken;
	readonly quote: PlannedToken;
	/** US dollars on each side at the opening prices. */
	readonly depthDollars: number;
	/** Hundredths of a percent that the trader pays. */
	readonly feeBps: number;
}

interface Pair {
	readonly base: PlannedToken;
	readonly quote: PlannedToken;
	readonly depthDollars: number;
}

export interface MarketPlan {
	readonly tokens: readonly PlannedToken[];
	readonly pools: readonly PlannedPool[];
}

export interface ListedToken {
	readonly symbol: string;
	readonly mint: string;
	readonly decimals: number;
}

/** Every pair stands on these. */
const VENUES: readonly LocalVenue[] = ["raydium-cpmm", "raydium-amm-v4"];
/** The pairs between listed tokens stand on these too. A Whirlpool's tick arrays take a hundred kilobytes. */
const FURTHER_VENUES: readonly LocalVenue[] = ["orca-whirlpool", "meteora-damm-v2"];
/** Where a further token stands against SOL: without a second way to it there would be no long cycles. */
const BRIDGE_VENUE: LocalVenue = "meteora-damm-v2";
const OPENING_PRICES: Readonly<Record<string, number>> = { SOL: 150, USDC: 1, BONK: 0.00002 };
const FEE_BPS = 25;

/**
 * Plans a market of `poolCount` pools: the pairs between the listed SOL, USDC and BONK, first on the two Raydium venues,
 * then on all others, then for each further token one with USDC and one with SOL. The same arguments give the same plan.
 *
 * @throws Error when SOL, USDC or BONK is not listed
 */
export function planMarket(poolCount: number, listed: readonly ListedToken[], random: Random): MarketPlan {
	const named = (symbol: string): PlannedToken => {
		const token = listed.find((candidate) => candidate.symbol === symbol);
		if (!token) throw new Error(`the local market needs the asset ${symbol}: list it under assets`);
		return { ...token, openingPrice: OPENING_PRICES[symbol]! };
	};
	const poolOn = (venue: LocalVenue, { base, quote, depthDollars }: Pair): PlannedPool => {
		return {
			venue,
			base,
			quote,
			depthDollars: depthDollars * (0.8 + (random.nextUint32() % 1_000) / 2_500),
			feeBps: FEE_BPS,
		};
	};
	const [sol, usdc, bonk] = [named("SOL"), named("USDC"), named("BONK")];
	const tokens = [sol, usdc, bonk];
	const pairs: readonly Pair[] = [
		{ base: sol, quote: usdc, depthDollars: 2_000_000 },
		{ base: bonk, quote: usdc, depthDollars: 600_000 },
		{ base: bonk, quote: sol, depthDollars: 800_000 },
	];
	const pools = [VENUES, FURTHER_VENUES].flatMap((venues) =>
		pairs.flatMap((pair) => venues.map((venue) => poolOn(venue, pair))),
	);
	while (pools.length < poolCount) {
		const token = furtherToken(tokens.length, random);
		tokens.push(token);
		const depthDollars = 150_000 + (random.nextUint32() % 700_000);
		for (const venue of VENUES) pools.push(poolOn(venue, { base: token, quote: usdc, depthDollars }));
		pools.push(poolOn(BRIDGE_VENUE, { base: token, quote: sol, depthDollars }));
	}
	return { tokens, pools: pools.slice(0, poolCount) };
}

function furtherToken(index: number, random: Random): PlannedToken {
	return {
		symbol: `TKN${index}`,
		mint: null,
		decimals: 6 + (random.nextUint32() % 4),
		openingPrice: 10 ** (-2 + (random.nextUint32() % 4_000) / 1_000),
	};
}
