import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ListingFacts } from "../../../../core/strategy/listing/facts.ts";
import type { Address } from "../../../../core/types/address.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { ListingFactsCache } from "../../../../services/strategy/listing-facts.ts";
import { addressOf } from "../../core/market/market-fixture.ts";

const FACTS: ListingFacts = {
	mintAuthorityRevoked: true,
	freezeAuthorityRevoked: true,
	lockedLiquidityBps: 10_000,
	topHolderBps: 100,
	createdAtSeconds: 1n,
};
const POOL = addressOf(1);
const SECOND_MICROS = 1_000_000;

interface Asked {
	readonly pool: Address;
	readonly signal: AbortSignal;
	answer(facts: ListingFacts | null): void;
	fail(): void;
}

let asked: Asked[];
let nowMicros: number;
let cache: ListingFactsCache;

beforeEach(() => {
	[asked, nowMicros] = [[], 0];
	cache = new ListingFactsCache({
		read: (pool, signal) =>
			new Promise((resolve, reject) => {
				asked.push({ pool, signal, answer: resolve, fail: () => reject(new Error("no answer")) });
			}),
		clock: { monotonicMicros: () => nowMicros },
		random: seededRandom(1),
		timeoutMs: 60_000,
	});
});
afterEach(() => cache.stop());

const settle = () => new Promise((wake) => setImmediate(wake));

describe("nothing is known", () => {
	test("of a pool that was not asked for, and that is read once", async () => {
		expect(cache.of(POOL)).toBeNull();
		expect(cache.of(POOL)).toBeNull();
		expect(asked.map(({ pool }) => pool)).toEqual([POOL]);
	});

	test("of one that the chain could not be asked for: it is tried again, ever later, while somebody asks", async () => {
		const waits: number[] = [];
		for (let attempt = 0; attempt < 4; attempt++) {
			cache.of(POOL);
			asked[attempt]!.fail();
			await settle();
			const failedAt = nowMicros;
			for (; asked.length === attempt + 1; nowMicros += SECOND_MICROS / 100) expect(cache.of(POOL)).toBeNull();
			waits.push(nowMicros - failedAt);
		}
		expect(waits[3]).toBeGreaterThan(2 * waits[0]!);
		expect(cache.counters).toMatchObject({ failed: 4, read: 0 });
	});

	test("of one that the chain does not tell enough of, until it does", async () => {
		cache.of(POOL);
		asked[0]!.answer(null);
		await settle();
		expect(cache.of(POOL)).toBeNull();
		expect(asked).toHaveLength(1);
		nowMicros += 15 * SECOND_MICROS;
		cache.of(POOL);
		asked[1]!.answer(FACTS);
		await settle();
		expect(cache.of(POOL)).toEqual(FACTS);
	});

	test("that is too long ago", async () => {
		cache.of(POOL);
		asked[0]!.answer(FACTS);
		await settle();
		nowMicros += 15 * SECOND_MICROS;
		expect(cache.of(POOL)).toEqual(FACTS);
		nowMicros += 15 * SECOND_MICROS + 1;
		expect(cache.of(POOL)).toBeNull();
		expect(asked).toHaveLength(2);
	});

	test("any more, when reading it again fails", async () => {
		cache.of(POOL);
		asked[0]!.answer(FACTS);
		await settle();
		nowMicros += 15 * SECOND_MICROS;
		cache.of(POOL);
		asked[1]!.fail();
		await settle();
		expect(cache.of(POOL)).toBeNull();
	});
});

test("what is asked at once and what waits are bounded, and the rest is counted", async () => {
	for (let number = 0; number < 300; number++) cache.of(addressOf(number));
	expect(asked).toHaveLength(2);
	expect(cache.counters).toMatchObject({ queued: 258, leftOut: 42 });
	asked[0]!.answer(FACTS);
	await settle();
	expect(asked).toHaveLength(3);
	expect(cache.counters).toMatchObject({ known: 1, queued: 257, read: 1 });
});

test("what is known is bounded: the oldest goes", async () => {
	for (let number = 0; number <= 4_096; number++) {
		cache.of(addressOf(number));
		asked[number]!.answer(FACTS);
		await settle();
	}
	expect(cache.counters.known).toBe(4_096);
	expect(cache.of(addressOf(1))).toEqual(FACTS);
	expect(cache.of(addressOf(0))).toBeNull();
});

test("stopped, it ends what is under way and begins nothing", async () => {
	cache.of(POOL);
	cache.of(addressOf(2));
	cache.of(addressOf(3));
	cache.stop();
	expect(asked[0]!.signal.aborted).toBe(true);
	asked[0]!.fail();
	await settle();
	expect(cache.of(addressOf(4))).toBeNull();
	expect(asked).toHaveLength(2);
});
