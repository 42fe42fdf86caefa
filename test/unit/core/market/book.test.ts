import { describe, expect, test } from "@jest/globals";
import { Book, type BookUpdate } from "../../../../core/market/book.ts";
import type { ReserveTick } from "../../../../core/market/tick-batch.ts";
import { clockAt } from "../../../support/chain-clock.ts";
import { batchOf, poolOf, tickOf } from "./market-fixture.ts";

const POOLS = [poolOf({ number: 0 }), poolOf({ number: 1 }), poolOf({ number: 2 })];

const emptyBook = () => new Book({ catalogEpoch: 1, pools: POOLS });
const all = (change: Partial<ReserveTick> = {}) => POOLS.map((_, poolIndex) => tickOf({ poolIndex, ...change }));
const snapshot = (sequence: number, ticks = all(), slot = 100) => batchOf({ sequence, slot, snapshot: true }, ticks);
const changedOf = (update: BookUpdate) => (update.status === "applied" ? [...update.changed] : update.status);

/** A book that has been healed at sequence 10 and follows the stream. */
function wholeBook(): Book {
	const book = emptyBook();
	book.heal([snapshot(10)], book.snapshotRequest());
	return book;
}

describe("a book that may not be traded on", () => {
	test("is stale before the first snapshot, whatever the stream tells", () => {
		const book = emptyBook();
		expect(book.stale).toBe(true);
		expect(book.rows.every(({ stale, swapEnabled }) => stale && !swapEnabled)).toBe(true);
		expect(book.apply(batchOf({ sequence: 1 }, all()))).toEqual({ status: "needsSnapshot" });
		expect(book.apply(batchOf({ sequence: 2 }, all()))).toEqual({ status: "needsSnapshot" });
		expect(book.stale).toBe(true);
		expect(book.gaps).toBe(0);
	});

	test("takes the very first batch for incomplete even when it is numbered 0", () => {
		const book = emptyBook();
		expect(book.apply(batchOf({ sequence: 0 }, all())).status).toBe("needsSnapshot");
	});

	test("refuses another catalog's batch and applies nothing of it", () => {
		const book = wholeBook();
		const foreign = batchOf({ catalogEpoch: 2, sequence: 11 }, [tickOf({ poolIndex: 0, reserveA: 5n })]);
		expect(book.apply(foreign)).toEqual({ status: "needsCatalog", catalogEpoch: 2 });
		expect(book.rows[0]?.reserveA).toBe(1_000_000_000_000n);
		expect(book.heal([batchOf({ catalogEpoch: 3, snapshot: true }, [])], book.snapshotRequest())).toEqual({
			status: "needsCatalog",
			catalogEpoch: 3,
		});
	});

	test("is stale when a batch names a pool that the catalog of the same epoch has not", () => {
		const book = wholeBook();
		expect(book.apply(batchOf({ sequence: 11 }, [tickOf({ poolIndex: 3 })])).status).toBe("needsCatalog");
		expect(book.stale).toBe(true);
	});

	test("refuses bytes that are no batch", () => {
		const book = wholeBook();
		expect(book.apply(new Uint8Array(3))).toEqual({ status: "malformed", code: "shortData" });
		expect(book.apply(new Uint8Array(56))).toEqual({ status: "malformed", code: "unknownVersion" });
		expect(book.heal([new Uint8Array(3)], book.snapshotRequest())).toEqual({ status: "malformed", code: "shortData" });
	});

	test("is stale from a gap until a snapshot asked for after it", () => {
		const book = wholeBook();
		const early = book.snapshotRequest();
		expect(book.apply(batchOf({ sequence: 12 }, [tickOf({ poolIndex: 0, reserveA: 5n })])).status).toBe(
			"needsSnapshot",
		);
		expect(book.stale).toBe(true);
		expect(book.gaps).toBe(1);
		expect(book.apply(batchOf({ sequence: 13 }, [])).status).toBe("needsSnapshot");
		expect(book.gaps).toBe(1);
		expect(book.heal([snapshot(13)], early).status).toBe("needsSnapshot");
		expect(book.stale).toBe(true);
		expect(changedOf(book.heal([snapshot(13)], book.snapshotRequest()))).toEqual([0, 1, 2]);
		expect(book.stale).toBe(false);
	});

	test("is not healed by a snapshot of before the stream's own place, nor by a mere batch", () => {
		const book = wholeBook();
		book.apply(batchOf({ sequence: 12 }, []));
		expect(book.heal([snapshot(11)], book.snapshotRequest()).status).toBe("needsSnapshot");
		expect(book.heal([batchOf({ sequence: 12 }, all())], book.snapshotRequest()).status).toBe("needsSnapshot");
		expect(book.stale).toBe(true);
	});

	test("takes a stream that counts backwards for one begun anew", () => {
		const book = wholeBook();
		for (let sequence = 11; sequence < 20; sequence++) book.apply(batchOf({ sequence }, all({ reserveA: 7n })));
		expect(book.apply(batchOf({ sequence: 1 }, [])).status).toBe("needsSnapshot");
		expect(book.gaps).toBe(1);
		// Rows told by batch 19 of the stream of before do not outrank the new stream's snapshot.
		expect(book.heal([snapshot(2, all({ reserveA: 9n }))], book.snapshotRequest()).status).toBe("applied");
		expect(book.rows[0]?.reserveA).toBe(9n);
	});

	test("takes a stream far behind its snapshot for another one", () => {
		const book = emptyBook();
		book.heal([snapshot(1_000)], book.snapshotRequest());
		expect(book.apply(batchOf({ sequence: 1 }, [])).status).toBe("needsSnapshot");
		expect(book.gaps).toBe(1);
	});

	test("doubts rows that a snapshot leaves out", () => {
		const book = emptyBook();
		book.heal([snapshot(10, [tickOf({ poolIndex: 0 }), tickOf({ poolIndex: 2 })])], book.snapshotRequest());
		expect(book.rows.map(({ stale }) => stale)).toEqual([false, true, false]);
	});

	test("carries the feed's own word on a row", () => {
		const book = wholeBook();
		book.apply(
			batchOf({ sequence: 11 }, [tickOf({ poolIndex: 1, stale: true, swapEnabled: false, openTimeSeconds: 9n })]),
		);
		expect(book.rows[1]).toMatchObject({ stale: true, swapEnabled: false, openTimeSeconds: 9n });
	});
});

describe("a book in step", () => {
	test("names each changed row once, in the order told, and reuses the list", () => {
		const book = wholeBook();
		const ticks = [2, 0, 2].map((poolIndex, at) => tickOf({ poolIndex, slot: 101, reserveA: BigInt(50 + at) }));
		const update = book.apply(batchOf({ sequence: 11, slot: 102 }, ticks));
		expect(update).toMatchObject({ status: "applied", header: { sequence: 11, slot: 102, receivedAtMicros: 1_000 } });
		expect(changedOf(update)).toEqual([2, 0]);
		expect(book.slot).toBe(102);
		expect(book.rows[2]).toMatchObject({ slot: 101, reserveA: 52n, roughA: 52, roughB: 150_000_000_000 });
		const next = book.apply(batchOf({ sequence: 12 }, [tickOf({ poolIndex: 1 })]));
		expect(changedOf(update)).toEqual(changedOf(next));
	});

	test("quotes by what the last batch told of reserves, status and open time", () => {
		const book = wholeBook();
		const market = book.rows[0]!.market;
		const clock = clockAt(1_700_000_000n);
		const told = (sequence: number, change: Partial<ReserveTick>) => {
			book.apply(batchOf({ sequence }, [tickOf({ poolIndex: 0, ...change })]));
			const quote = market.quoteExactIn("aToB", 10n ** 9n, clock);
			return quote.ok ? quote.value.amountOut : quote.error;
		};
		const before = told(11, {});
		expect(before).toBeGreaterThan(0n);
		expect(told(12, { reserveB: 300_000_000_000n })).toBeGreaterThan(before as bigint);
		expect(told(13, { swapEnabled: false })).toBe("swapDisabled");
		expect(told(14, { openTimeSeconds: clock.unixSeconds + 1n })).toBe("notOpenYet");
		expect(told(15, {})).toBe(before);
	});

	test("counts a row's version by what quotes depend on, not by its slot", () => {
		const book = wholeBook();
		const before = book.rows[0]?.version as number;
		book.apply(batchOf({ sequence: 11 }, [tickOf({ poolIndex: 0, slot: 101 })]));
		expect(book.rows[0]).toMatchObject({ version: before, slot: 101 });
		book.apply(batchOf({ sequence: 12 }, [tickOf({ poolIndex: 0, reserveB: 1n })]));
		expect(book.rows[0]?.version).toBe(before + 1);
	});

	test("passes over batches that its snapshot already had", () => {
		const book = emptyBook();
		book.apply(batchOf({ sequence: 7 }, []));
		book.heal([snapshot(10)], book.snapshotRequest());
		for (const sequence of [8, 9, 10]) {
			const late = batchOf({ sequence }, [tickOf({ poolIndex: 0, reserveA: 1n })]);
			expect(book.apply(late)).toEqual({ status: "covered" });
		}
		expect(book.rows[0]?.reserveA).toBe(1_000_000_000_000n);
		expect(book.apply(batchOf({ sequence: 11 }, [])).status).toBe("applied");
		expect(book.gaps).toBe(0);
	});

	test("notices a loss between the stream's place and its snapshot", () => {
		const book = emptyBook();
		book.heal([snapshot(10)], book.snapshotRequest());
		expect(book.apply(batchOf({ sequence: 12 }, [])).status).toBe("needsSnapshot");
	});

	test("keeps what newer batches told when an older snapshot heals it", () => {
		const book = emptyBook();
		book.apply(batchOf({ sequence: 5 }, []));
		const request = book.snapshotRequest();
		book.apply(batchOf({ sequence: 6, slot: 106 }, [tickOf({ poolIndex: 0, reserveA: 77n })]));
		const update = book.heal([snapshot(5)], request);
		expect(changedOf(update)).toEqual([1, 2]);
		expect(book.rows[0]).toMatchObject({ reserveA: 77n, stale: false });
		expect(book.slot).toBe(106);
		expect(book.apply(batchOf({ sequence: 7 }, [])).status).toBe("applied");
	});

	test("is healed by a snapshot in the stream itself, even of a stream begun anew", () => {
		const book = wholeBook();
		book.apply(batchOf({ sequence: 30 }, []));
		expect(book.stale).toBe(true);
		expect(changedOf(book.apply(snapshot(2, all({ reserveA: 3n }))))).toEqual([0, 1, 2]);
		expect(book.stale).toBe(false);
		expect(book.apply(batchOf({ sequence: 3 }, [])).status).toBe("applied");
	});
});
