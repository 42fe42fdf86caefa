import type { ChainClock } from "../market/chain-clock.ts";
import type { PoolRow } from "../market/pool-row.ts";
import { passRoute } from "../market/route.ts";
import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import type { Exchange } from "./price.ts";

/** One swap of an order's route, bound to its row. */
export interface OrderLeg {
	readonly row: PoolRow;
	readonly direction: Direction;
	readonly mintIn: Address;
	readonly mintOut: Address;
}

/** A way from the mint given to the mint taken: through one pool, or through two by a mint between. */
export type OrderRoute = readonly OrderLeg[];

export interface RouteSearch {
	/** The book's rows. */
	readonly rows: readonly PoolRow[];
	readonly mintIn: Address;
	readonly mintOut: Address;
	/** Routes beyond are left out. */
	readonly maximum: number;
}

/**
 * The ways between two mints: every pool that trades the two; only where there is none, every two pools with a mint
 * between. A longer way reverts as soon as its first pool moves, because its second swap spends exactly what was quoted.
 */
export function findRoutes(search: RouteSearch): readonly OrderRoute[] {
	const { rows, mintIn, mintOut, maximum } = search;
	const direct = rows.map((row) => legFrom(row, mintIn)).filter((leg) => leg?.mintOut === mintOut);
	const routes = direct.length > 0 ? direct.map((leg) => [leg as OrderLeg]) : findLongRoutes(search);
	return routes.slice(0, maximum);
}

function findLongRoutes({ rows, mintIn, mintOut, maximum }: RouteSearch): OrderRoute[] {
	const routes: OrderRoute[] = [];
	const intoOut = new Map<Address, OrderLeg[]>();
	for (const row of rows) {
		const to = legTo(row, mintOut);
		if (to === null) continue;
		const legs = intoOut.get(to.mintIn);
		if (legs) legs.push(to);
		else intoOut.set(to.mintIn, [to]);
	}
	for (const row of rows) {
		if (routes.length >= maximum) break;
		const from = legFrom(row, mintIn);
		for (const to of (from && intoOut.get(from.mintOut)) ?? []) routes.push([from as OrderLeg, to]);
	}
	return routes;
}

function legFrom(row: PoolRow, mint: Address): OrderLeg | null {
	const { mintA, mintB } = row.pool;
	if (mintA === mint) return { row, direction: "aToB", mintIn: mintA, mintOut: mintB };
	return mintB === mint ? { row, direction: "bToA", mintIn: mintB, mintOut: mintA } : null;
}

function legTo(row: PoolRow, mint: Address): OrderLeg | null {
	const { mintA, mintB } = row.pool;
	if (mintB === mint) return { row, direction: "aToB", mintIn: mintA, mintOut: mintB };
	return mintA === mint ? { row, direction: "bToA", mintIn: mintB, mintOut: mintA } : null;
}

/** What a route gives now, to the unit. */
export interface RouteQuote extends Exchange {
	readonly route: OrderRoute;
	/** What each leg gives; the next one spends exactly that. */
	readonly outputs: readonly bigint[];
	/** The arrays that each leg's swap has to name. */
	readonly arrays: readonly (readonly number[])[];
}

/** The routes of an order, and the chain's time. */
export interface Routes {
	readonly routes: readonly OrderRoute[];
	readonly clock: ChainClock;
}

/** The route that gives most for an amount, by the venues' own arithmetic; null when none gives anything. */
export function bestQuote({ routes, clock }: Routes, amountIn: bigint): RouteQuote | null {
	let best: RouteQuote | null = null;
	for (const route of routes) {
		// What the feed does not vouch for has no price.
		if (route.some(({ row }) => row.stale)) continue;
		const legs = route.map(({ row, direction }) => ({ market: row.market, direction }));
		const passage = passRoute(legs, amountIn, clock);
		const amountOut = passage.ok ? passage.value.outputs.at(-1) : undefined;
		if (!passage.ok || amountOut === undefined || (best !== null && amountOut <= best.amountOut)) continue;
		best = { route, amountIn, amountOut, outputs: passage.value.outputs, arrays: passage.value.arrays };
	}
	return best;
}
