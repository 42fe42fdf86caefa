import { describe, expect, test } from "@jest/globals";
import { ReferencePrices } from "../../../../../core/market/reference-prices.ts";
import type { StrategyBudget } from "../../../../../core/risk/strategy-budget.ts";
import type { OrderIntent } from "../../../../../core/strategy/order-intent.ts";
import type { IntentProposal } from "../../../../../core/strategy/strategy.ts";
import { addressOf, poolOf, SOL, USDC } from "../../market/market-fixture.ts";
import {
	budget,
	freshMarket,
	limits,
	mintLimits,
	NEW_YEAR,
	openedLedger,
	SLOT,
	submit,
	view,
} from "../../risk/risk-world.ts";
import { GOOD, ListingWorld } from "../listing/listing-world.ts";
import { mintOf, tokenPool } from "./position-world.ts";

const TOKEN = mintOf(2);
const MOST = { maxInFlightNotional: 10n ** 15n, maxDailyLoss: 10n ** 15n };

/** What risk says of a proposal, on the market that the strategy saw. */
function verdictOf(world: ListingWorld, proposal: IntentProposal, limited: readonly (typeof USDC)[]): string {
	const intent: OrderIntent = {
		...proposal,
		deadlineMicros: NEW_YEAR + 250_000,
		timings: { received: NEW_YEAR - 100 },
	};
	const wide = { maxIntentNotional: 10n ** 15n, maxInFlightNotional: 10n ** 15n, maxOrderSize: 10n ** 15n };
	const loose = { ...wide, maxPosition: 10n ** 15n, maxDailyLoss: 10n ** 12n, maxDrawdown: 10n ** 12n };
	const own: StrategyBudget = budget({ byMint: new Map([USDC, SOL, TOKEN].map((mint) => [mint, MOST])) });
	const gate = view({
		limits: limits({
			collarBps: 500n,
			byMint: new Map([
				[SOL, mintLimits(loose)],
				...limited.map(
					(mint) => [mint, mintLimits({ ...loose, ...(mint === USDC && { maxPosition: null }) })] as const,
				),
			]),
			budgets: new Map([["listing", own]]),
			allowUnlistedMints: true,
		}),
		ledger: openedLedger({ [USDC]: 10n ** 12n, [TOKEN]: 10n ** 12n }),
		prices: new ReferencePrices(world.book.rows),
		market: freshMarket(),
	});
	return submit(intent, gate);
}

describe("risk", () => {
	/** A purchase and a sale of the same token, on a market of risk's own slot. */
	function proposals() {
		const world = new ListingWorld();
		world.slot = SLOT - 10;
		// SOL is held for fees: risk wants to know what it is worth.
		world.list({}, [tokenPool(1), tokenPool(2), poolOf({ number: 50 })]);
		world.slot = SLOT - 1;
		const [bought] = world.update([{ poolIndex: 1 }], { seconds: 60 });
		world.land(bought);
		world.slot = SLOT - 1;
		const [sold] = world.update([{ poolIndex: 1, usdc: 100_000_000_000n }]);
		return { world, bought: bought as IntentProposal, sold: sold as IntentProposal };
	}

	test("approves what is bought, and its sale, where the token has limits", () => {
		const { world, bought, sold } = proposals();
		world.update([{ poolIndex: 1, usdc: 150_000_000_000n }]);
		expect(verdictOf(world, bought, [USDC, TOKEN])).toBe("approved");
		world.update([{ poolIndex: 1, usdc: 100_000_000_000n }]);
		expect(verdictOf(world, sold, [USDC, TOKEN])).toBe("approved");
	});

	test("denies a token without limits: nothing is bought that could not be sold", () => {
		const { world, bought } = proposals();
		expect(verdictOf(world, bought, [USDC])).toBe("unknownMint");
	});
});

test("the best of all ways out is taken, and left again when it closes", () => {
	const world = new ListingWorld();
	world.list();
	const [bought] = world.update([], { seconds: 60 });
	world.land(bought);
	const pools = world.book.rows.map(({ pool }) => pool);
	const other = { ...(pools[1] as (typeof pools)[number]), address: addressOf(7) };
	world.adopt([...pools, other]);
	world.facts.set(addressOf(7), GOOD);
	world.update([{ poolIndex: 2, usdc: 152_000_000_000n }]);
	const best = world.strategy.counters.markedValue;
	world.update([{ poolIndex: 2, stale: true, usdc: 152_000_000_000n }]);
	expect(world.strategy.counters.markedValue).toBeLessThan(best);
	world.update([{ poolIndex: 2, usdc: 152_000_000_000n }]);
	expect(world.strategy.counters.markedValue).toBe(best);
});
