import { describe, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { FlashLender } from "../../../../core/execution/flash-loan.ts";
import { cycleLeg, cycleName } from "../../../../core/market/cycle.ts";
import { CycleIndex } from "../../../../core/market/cycle-index.ts";
import { directionOfLeg, poolOfLeg, ROUTE_STRIDE } from "../../../../core/market/leg-code.ts";
import type { PoolDescriptor } from "../../../../core/market/pool.ts";
import type { Direction } from "../../../../core/market/venues/venue.ts";
import { payFor } from "../../../../core/strategy/arbitrage/pay.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../../libs/block-engine/tip-accounts.ts";
import { poolArrays } from "../../../../libs/solana/pool-arrays.ts";
import { ProgramAddresses } from "../../../../libs/solana/program-address.ts";
import { CatalogView, routeKey } from "../../../../services/executor/catalog-view.ts";
import { examplePool, exampleRoute } from "../../libs/solana/example-route.ts";

const ROUTE = exampleRoute();
const POOLS = ROUTE.legs.map(({ pool }) => pool);
const LENDER = ROUTE.lender as FlashLender;

function viewOf(...tipAccounts: ConstructorParameters<typeof CatalogView>): CatalogView {
	const view = new CatalogView(...tipAccounts);
	view.set({ shard: "main", catalogEpoch: 1, pools: POOLS, mints: [], lenders: [LENDER] });
	return view;
}

test("without a block engine the warm routes tip nobody", () => {
	const routes = [...viewOf().twoLeggedRoutes()];
	expect(routes).toHaveLength(2);
	expect(routes.every(({ tipAccount }) => tipAccount === null)).toBe(true);
});

test("the warm routes are those that strategies will ask for, tip account included", () => {
	const view = viewOf(MAINNET_TIP_ACCOUNTS);
	const warm = new Set([...view.twoLeggedRoutes()].map(routeKey));
	const terms = { sharePercent: 1, minimumLamports: 1n, maximumLamports: 1_000n, accounts: MAINNET_TIP_ACCOUNTS };
	const limits = { fundingMints: new Set([LENDER.mint]), minimumLegs: 2, maximumLegs: 2, maximumPerPool: 8 };
	const { codes, from, to } = new CycleIndex(limits, POOLS).through(0);
	const cycles = Array.from({ length: (to - from) / ROUTE_STRIDE }, (_, at) => {
		const route = [...codes.subarray(from + at * ROUTE_STRIDE, from + at * ROUTE_STRIDE + 2)];
		const legs = route.map((code) => cycleLeg(poolOfLeg(code), directionOfLeg(code), POOLS[poolOfLeg(code)]!));
		const pools = legs.map(({ poolIndex }) => POOLS[poolIndex]!.address);
		return { name: cycleName(LENDER.mint, pools), legs };
	});
	expect(cycles).toHaveLength(2);
	for (const cycle of cycles) {
		const payment = payFor({
			cycle,
			size: { netProfit: 1_000_000n },
			fee: { computeUnitLimit: 1, computeUnitPriceMicroLamports: 0n, feeLamports: 5_000n },
			price: { amount: 1n, lamports: 1n },
			networkCost: 5_000n,
			minimumProfit: 0n,
			terms,
		});
		const legs = cycle.legs.map(({ poolIndex, direction }) => ({ pool: POOLS[poolIndex]!, direction, arrays: [] }));
		expect(warm).toContain(routeKey({ lender: LENDER, legs, tipAccount: payment!.tip!.account }));
	}
});

describe("the arrays of a leg", () => {
	const whirlpool = { ...examplePool("orca-whirlpool"), mintA: POOLS[0]!.mintA, mintB: POOLS[0]!.mintB };
	const view = new CatalogView([]);
	view.set({ shard: "main", catalogEpoch: 1, pools: [...POOLS, whirlpool], mints: [], lenders: [LENDER] });
	const legOf = (
		{ address, venue, mintA, mintB }: PoolDescriptor,
		direction: Direction,
		arrays: readonly number[],
	) => ({
		pool: address,
		venue,
		direction,
		mintIn: direction === "aToB" ? mintA : mintB,
		mintOut: direction === "aToB" ? mintB : mintA,
		arrays,
	});
	const routeOf = (...legs: ReturnType<typeof legOf>[]) =>
		view.route({ loan: null, tip: null, fundingMint: POOLS[0]!.mintB, legs } as unknown as ApprovedIntent);

	test("are refused where the venue has none", () => {
		expect(routeOf(legOf(POOLS[0]!, "bToA", [0]), legOf(POOLS[1]!, "aToB", []))).toMatchObject({
			ok: false,
			error: { code: "malformedIntent", detail: expect.stringContaining("has no arrays") },
		});
	});

	test("are refused where there are fewer than every swap of the venue names", () => {
		expect(routeOf(legOf(whirlpool, "bToA", []), legOf(POOLS[1]!, "aToB", []))).toMatchObject({
			ok: false,
			error: { code: "malformedIntent", detail: expect.stringContaining("names at least 1") },
		});
	});

	test("are named by their addresses, and make another route of it", () => {
		const keys = [[0], [-5_632, 0], [0, -5_632]].map((arrays) => {
			const route = routeOf(legOf(whirlpool, "bToA", arrays), legOf(POOLS[1]!, "aToB", []));
			if (!route.ok) throw new Error(route.error.detail);
			expect(route.value.legs[0]?.arrays).toEqual(poolArrays(new ProgramAddresses(), whirlpool, arrays));
			expect(route.value.legs[1]?.arrays).toEqual([]);
			return routeKey(route.value);
		});
		expect(new Set(keys).size).toBe(3);
	});
});
