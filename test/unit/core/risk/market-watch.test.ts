import { describe, expect, test } from "@jest/globals";
import { MarketWatch } from "../../../../core/risk/market-watch.ts";
import { BLOCKHASH } from "./risk-world.ts";

function notice(slot: number, shard = "main") {
	return { shard, slot, blockHeight: slot - 100, blockhash: BLOCKHASH, lastValidBlockHeight: slot + 50 };
}

describe("MarketWatch", () => {
	test("knows nothing before the first slot", () => {
		const market = new MarketWatch();
		expect([market.slot, market.blockHeight]).toEqual([0, 0]);
		expect(market.blockhash()).toMatch(/no feed/);
		expect(market.staleness([], 4, 0)).toMatch(/no feed/);
	});

	test("an older slot changes nothing, also if it is told later", () => {
		const market = new MarketWatch();
		market.heard(notice(10), 0);
		market.heard(notice(9), 1_500_000);
		expect(market.slot).toBe(10);
		expect(market.staleness([10], 4, 1_600_001)).toMatch(/no new slot for 1600 ms/);
	});

	test("a chain with longer slots is given longer", () => {
		const market = new MarketWatch();
		for (let slot = 0; slot < 10; slot++) market.heard(notice(slot + 100), slot * 2_000_000);
		const last = 18_000_000;
		expect(market.staleness([109], 4, last + 8_000_000)).toBeNull();
		expect(market.staleness([109], 4, last + 8_000_001)).not.toBeNull();
	});

	test("any feed that is not fresh stops everything, until it is fresh or gone for a minute", () => {
		const market = new MarketWatch();
		market.heard(notice(10, "a"), 0);
		market.freshnessChanged({ shard: "b", fresh: false, reason: "gap" }, 0);
		expect(market.staleness([10], 4, 1)).toBe("feed b is not fresh: gap");
		market.freshnessChanged({ shard: "b", fresh: true, reason: "" }, 1);
		expect(market.staleness([10], 4, 1)).toBeNull();
		market.freshnessChanged({ shard: "b", fresh: false, reason: "gap" }, 2);
		market.heard(notice(200, "a"), 60_000_002);
		expect(market.staleness([200], 4, 60_000_002)).not.toBeNull();
		expect(market.staleness([200], 4, 60_000_003)).toBeNull();
	});

	test("remembers a bounded number of feeds", () => {
		const market = new MarketWatch();
		for (let index = 0; index < 64; index++) market.heard(notice(10, `shard-${index}`), 0);
		market.heard(notice(11, "one-more"), 0);
		market.freshnessChanged({ shard: "one-more", fresh: false, reason: "gap" }, 0);
		expect(market.slot).toBe(11);
		expect(market.staleness([11], 4, 0)).toBeNull();
	});
});
