import { lendersWithRoom } from "../../execution/choose-lender.ts";
import { type FeePolicy, type FeeQuote, routeName } from "../../execution/fee-policy.ts";
import type { FlashLender } from "../../execution/flash-loan.ts";
import { SWAP_FOOTPRINTS } from "../../execution/swap-footprint.ts";
import { type Cycle, cycleLeg, cycleName } from "../../market/cycle.ts";
import { directionOfLeg, NO_LEG, poolOfLeg, ROUTE_STRIDE } from "../../market/leg-code.ts";
import type { PoolDescriptor } from "../../market/pool.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { RouteLeg } from "../../market/route.ts";
import type { Direction } from "../../market/venues/venue.ts";
import type { Address } from "../../types/address.ts";
import type { Funding } from "./funding.ts";
import type { ScreenLeg } from "./screen.ts";

/** A route that passed the first screen, with everything about it that is worked out once. */
export interface WatchedRoute {
	readonly cycle: Cycle;
	readonly funding: Funding;
	/** By leg. */
	readonly rows: readonly PoolRow[];
	readonly screenLegs: readonly ScreenLeg[];
	readonly routeLegs: readonly RouteLeg[];
	/** Every leg follows one curve at any size, so that the second screen bounds what it may bring. */
	readonly isBounded: boolean;
	/** The update that examined it last: a route through two changed pools is examined once. */
	update: number;
	/** The lenders that leave room for its transaction, of {@link lendersOf}; the best first. */
	lenders: readonly FlashLender[];
	lendersOf: readonly FlashLender[] | null;
	/** What its transaction costs with a lender, as of a version of the fees. */
	fee: FeeQuote | null;
	feeVersion: number;
	feeReserve: Address | null;
}

/** By leg, the first indexes of the arrays that its swap names. */
type Arrays = readonly (readonly number[])[];

/** Two codes below it make one number, exactly. */
const MOST_CODES = 2 ** 26;
/** The routes that came near to paying lately. The rest are numbers on a list. */
const MOST_ROUTES = 8_192;

/** Routes by their leg codes, made when they are first looked at. The oldest are forgotten. */
export class WatchedRoutes {
	/** By the first two of its leg codes, and by the others: numbers are found sooner than a text of four is made. */
	readonly #routes = new Map<number, Map<number, WatchedRoute>>();
	#size = 0;
	#rows: readonly PoolRow[] = [];
	#fundings: ReadonlyMap<Address, Funding> = new Map();
	#tableEntries: ReadonlySet<Address> = new Set();

	/** Another market: nothing that was known of routes holds. */
	adopt(rows: readonly PoolRow[], fundings: ReadonlyMap<Address, Funding>): void {
		this.#rows = rows;
		this.#fundings = fundings;
		this.#routes.clear();
		this.#size = 0;
	}

	/** Transactions may look accounts up in another table, or in more of it. */
	tableChanged(entries: ReadonlySet<Address>): void {
		this.#tableEntries = entries;
		for (const routes of this.#routes.values()) for (const route of routes.values()) route.lendersOf = null;
	}

	/** The route whose codes begin at that place. Its first mint has a funding. */
	at(codes: Int32Array, place: number): WatchedRoute {
		const beginning = codes[place]! * MOST_CODES + codes[place + 1]!;
		const end = codes[place + 2]! * MOST_CODES + codes[place + 3]!;
		const known = this.#routes.get(beginning)?.get(end);
		if (known !== undefined) return known;
		const legs = codes.subarray(place, place + ROUTE_STRIDE);
		const route = this.#make(legs.filter((code) => code !== NO_LEG));
		if (this.#size >= MOST_ROUTES) this.#forgetOldest();
		const routes = this.#routes.get(beginning) ?? new Map<number, WatchedRoute>();
		this.#routes.set(beginning, routes.set(end, route));
		this.#size++;
		return route;
	}

	#forgetOldest(): void {
		for (const [beginning, routes] of this.#routes) {
			this.#routes.delete(beginning);
			this.#size -= routes.size;
			return;
		}
	}

	/** Whom the route may borrow from, the best first. Worked out anew only when the lenders are others. */
	lendersOf(route: WatchedRoute, isTipped: boolean): readonly FlashLender[] {
		const { lenders } = route.funding;
		if (route.lendersOf === lenders) return route.lenders;
		const pools = route.rows.map(({ pool }) => pool);
		const directions = directionsOf(route);
		route.lenders = lendersWithRoom(lenders, { pools, directions, isTipped, tableEntries: this.#tableEntries });
		route.lendersOf = lenders;
		return route.lenders;
	}

	/** Whether a transaction through just these arrays fits, with a lender that leaves room for it with the fewest. */
	fits(
		route: WatchedRoute,
		lender: FlashLender,
		trade: { readonly arrays: Arrays; readonly isTipped: boolean },
	): boolean {
		const pools = route.rows.map(({ pool }) => pool);
		if (trade.arrays.every((starts, at) => starts.length <= leastArraysOf(pools[at]))) return true;
		const room = { pools, directions: directionsOf(route), ...trade, tableEntries: this.#tableEntries };
		return lendersWithRoom([lender], room).length > 0;
	}

	/** What the route's transaction costs now. Worked out anew only when the fees or the lender are others. */
	feeOf(route: WatchedRoute, { reserve }: FlashLender, fees: FeePolicy): FeeQuote {
		const { version } = fees;
		if (route.fee !== null && route.feeVersion === version && route.feeReserve === reserve) return route.fee;
		const legs = route.cycle.legs.map(({ direction }, at) => ({
			pool: (route.rows[at] as PoolRow).pool.address,
			direction,
		}));
		route.fee = fees.quote({ name: routeName(reserve, legs), pools: legs.map(({ pool }) => pool) });
		route.feeVersion = version;
		route.feeReserve = reserve;
		return route.fee;
	}

	#make(codes: Int32Array): WatchedRoute {
		const rows = [...codes].map((code) => this.#rows[poolOfLeg(code)] as PoolRow);
		const legs = rows.map((row, at) => cycleLeg(row.index, directionOfLeg(codes[at] as number), row.pool));
		const fundingMint = legs[0]?.mintIn as Address;
		const name = cycleName(
			fundingMint,
			rows.map(({ pool }) => pool.address),
		);
		return {
			cycle: { name, fundingMint, legs },
			funding: this.#fundings.get(fundingMint) as Funding,
			rows,
			screenLegs: rows.map((row, at) => ({ row, isAToB: legs[at]?.direction === "aToB" })),
			routeLegs: rows.map(({ market }, at) => ({ market, direction: directionOfLeg(codes[at] as number) })),
			isBounded: rows.every(({ isOneCurve }) => isOneCurve),
			update: 0,
			lenders: [],
			lendersOf: null,
			fee: null,
			feeVersion: 0,
			feeReserve: null,
		};
	}
}

function directionsOf({ cycle }: WatchedRoute): readonly Direction[] {
	return cycle.legs.map(({ direction }) => direction);
}

function leastArraysOf(pool: PoolDescriptor | undefined): number {
	return pool === undefined ? 0 : SWAP_FOOTPRINTS[pool.venue].leastArrays;
}
