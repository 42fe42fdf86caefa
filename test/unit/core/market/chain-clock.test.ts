import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HeardClock } from "../../../../core/market/chain-clock.ts";

const BEGINNING = { slot: 0n, epoch: 0n, unixSeconds: 0n };

describe("the chain's time as it was heard", () => {
	test("is nothing before anything was, and after it was forgotten", () => {
		const clock = new HeardClock();
		expect(clock.now).toEqual(BEGINNING);
		clock.hear({ slot: 5, epoch: 1, chainSeconds: 100 });
		clock.forget();
		expect(clock.now).toEqual(BEGINNING);
		clock.hear({ slot: 2, epoch: 0, chainSeconds: 50 });
		expect(clock.now).toEqual({ slot: 2n, epoch: 0n, unixSeconds: 50n });
	});

	test("each part goes on by itself, and none goes back", () => {
		const clock = new HeardClock();
		clock.hear({ slot: 5, epoch: 1, chainSeconds: 100 });
		clock.hear({ slot: 6, epoch: 0, chainSeconds: 90 });
		expect(clock.now).toEqual({ slot: 6n, epoch: 1n, unixSeconds: 100n });
		clock.hear({ slot: 4, epoch: 2, chainSeconds: 99 });
		expect(clock.now).toEqual({ slot: 6n, epoch: 2n, unixSeconds: 100n });
		clock.hear({ slot: 1, epoch: 1, chainSeconds: 101 });
		expect(clock.now).toEqual({ slot: 6n, epoch: 2n, unixSeconds: 101n });
	});

	test("stays the same object until something is newer", () => {
		const clock = new HeardClock();
		clock.hear({ slot: 5, epoch: 1, chainSeconds: 100.9 });
		const { now } = clock;
		expect(now.unixSeconds).toBe(100n);
		clock.hear({ slot: 5, epoch: 1, chainSeconds: 100.2 });
		clock.hear({ slot: 3, epoch: 0, chainSeconds: 1 });
		expect(clock.now).toBe(now);
	});

	test("is the most of what was heard, whatever the order", () => {
		const time = fc.record({ slot: fc.nat(), epoch: fc.nat(1_000), chainSeconds: fc.nat() });
		const property = fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (times) => {
			const clock = new HeardClock();
			for (const one of times) clock.hear(one);
			expect(clock.now).toEqual({
				slot: BigInt(Math.max(...times.map(({ slot }) => slot))),
				epoch: BigInt(Math.max(...times.map(({ epoch }) => epoch))),
				unixSeconds: BigInt(Math.max(...times.map(({ chainSeconds }) => chainSeconds))),
			});
		});
		fc.assert(property, { seed: 1, numRuns: 200 });
	});
});
