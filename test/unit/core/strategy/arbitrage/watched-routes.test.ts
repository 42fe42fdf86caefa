import { beforeEach, describe, expect, test } from "@jest/globals";
import { Book } from "../../../../../core/market/book.ts";
import { legCode, NO_LEG, ROUTE_STRIDE } from "../../../../../core/market/leg-code.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import { fundingsOf } from "../../../../../core/strategy/arbitrage/funding.ts";
import { WatchedRoutes } from "../../../../../core/strategy/arbitrage/watched-routes.ts";
import { addressOf, lenderOf, poolOf, SOL, USDC } from "../../market/market-fixture.ts";

const [X, Y] = [addressOf(901), addressOf(902)];
const MOST_ROUTES = 8_192;
/** Two pools of each pair: routes that differ in one leg alone. */
const PAIRS = [
	[SOL, USDC],
	[SOL, X],
	[X, Y],
	[Y, USDC],
] as const;
const POOLS: readonly PoolDescriptor[] = PAIRS.flatMap(([mintA, mintB], pair) =>
	[0, 1].map((copy) => poolOf({ number: pair * 2 + copy, mintA, mintB })),
);
/** USDC → SOL → X → Y → USDC by a pool of each pair. */
const route = (copies: readonly [number, number, number, number]) =>
	Int32Array.of(
		legCode(copies[0], "bToA"),
		legCode(2 + copies[1], "aToB"),
		legCode(4 + copies[2], "aToB"),
		legCode(6 + copies[3], "aToB"),
	);

let routes: WatchedRoutes;

function watch(pools: readonly PoolDescriptor[]): void {
	const { rows } = new Book({ catalogEpoch: 1, pools });
	const terms = new Map([[USDC, { minimumProfit: 1n, maximumAmount: 10n ** 12n }]]);
	routes = new WatchedRoutes();
	routes.adopt(rows, fundingsOf(terms, [lenderOf({ mint: USDC })], rows));
}

beforeEach(() => watch(POOLS));

describe("routes by their leg codes", () => {
	test("are made once, and have the pools that their codes name", () => {
		const codes = Int32Array.from([...route([0, 0, 0, 0]), ...route([1, 1, 1, 1])]);
		const second = routes.at(codes, ROUTE_STRIDE);
		expect(second.rows.map(({ index }) => index)).toEqual([1, 3, 5, 7]);
		expect(second.cycle.legs.map(({ direction }) => direction)).toEqual(["bToA", "aToB", "aToB", "aToB"]);
		expect(routes.at(codes, ROUTE_STRIDE)).toBe(second);
	});

	test.each([0, 1, 2, 3])("are others when leg %i alone goes through another pool", (leg) => {
		const copies: [number, number, number, number] = [0, 0, 0, 0];
		const before = routes.at(route(copies), 0);
		copies[leg] = 1;
		const other = routes.at(route(copies), 0);
		expect(other).not.toBe(before);
		expect(other.rows[leg]?.index).toBe(leg * 2 + 1);
	});

	test("of two legs end where their codes do", () => {
		const codes = Int32Array.of(legCode(0, "bToA"), legCode(1, "aToB"), NO_LEG, NO_LEG);
		expect(routes.at(codes, 0).rows.map(({ index }) => index)).toEqual([0, 1]);
	});

	test("are forgotten from the oldest on when there are too many, and not before", () => {
		const pools = Array.from({ length: 100 }, (_, number) => poolOf({ number }));
		watch(pools);
		const pair = (first: number, second: number) =>
			Int32Array.of(legCode(first, "bToA"), legCode(second, "aToB"), NO_LEG, NO_LEG);
		const oldest = routes.at(pair(0, 1), 0);
		let made = 1;
		for (let first = 1; first < pools.length && made < MOST_ROUTES; first++) {
			for (let second = 0; second < pools.length && made < MOST_ROUTES; second++) {
				if (second === first) continue;
				routes.at(pair(first, second), 0);
				made++;
			}
		}
		expect(made).toBe(MOST_ROUTES);
		expect(routes.at(pair(0, 1), 0)).toBe(oldest);
		routes.at(pair(99, 0), 0);
		expect(routes.at(pair(0, 1), 0)).not.toBe(oldest);
	});
});
