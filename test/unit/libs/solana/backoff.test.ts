import { describe, expect, test } from "@jest/globals";
import { seededRandom } from "../../../../libs/random.ts";
import { Backoff } from "../../../../libs/solana/backoff.ts";

const highest = { nextUint32: () => 2 ** 32 - 1 };
const lowest = { nextUint32: () => 0 };

describe("Backoff", () => {
	test("doubles up to the longest wait and stays there", () => {
		const backoff = new Backoff({ minMs: 100, maxMs: 1_000, random: highest });
		expect(Array.from({ length: 6 }, () => backoff.nextMs())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
		for (let attempt = 0; attempt < 2_000; attempt++) backoff.nextMs();
		expect(backoff.nextMs()).toBe(1_000);
		expect(backoff.failures).toBe(2_007);
	});

	test("draws half of each step, and never less than the shortest wait", () => {
		const backoff = new Backoff({ minMs: 100, maxMs: 1_000, random: lowest });
		expect(Array.from({ length: 5 }, () => backoff.nextMs())).toEqual([100, 100, 200, 400, 500]);
	});

	test("two clients do not come back together", () => {
		const waits = (seed: number): number[] => {
			const backoff = new Backoff({ minMs: 100, maxMs: 10_000, random: seededRandom(seed) });
			return Array.from({ length: 5 }, () => backoff.nextMs());
		};
		expect(waits(1)).not.toEqual(waits(2));
		expect(waits(1)).toEqual(waits(1));
	});

	test("begins anew after a success", () => {
		const backoff = new Backoff({ minMs: 100, maxMs: 1_000, random: highest });
		backoff.nextMs();
		backoff.nextMs();
		backoff.reset();
		expect(backoff.nextMs()).toBe(100);
	});
});
