import { beforeEach, describe, expect, test } from "@jest/globals";
import { Book } from "../../../../core/market/book.ts";
import type { PoolRow } from "../../../../core/market/pool-row.ts";
import { Attempts } from "../../../../core/strategy/attempts.ts";
import { InFlight } from "../../../../core/strategy/in-flight.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { batchOf, poolOf, tickOf } from "../market/market-fixture.ts";

const id = (text: string) => text.padStart(16, "0") as IntentId;
const OPTIONS = { maximum: 3, coolDownMicros: 400, timeoutMicros: 10_000 };

let book: Book;
let rows: readonly PoolRow[];
let inFlight: InFlight;
let sequence: number;

beforeEach(() => {
	book = new Book({ catalogEpoch: 1, pools: [0, 1, 2].map((number) => poolOf({ number })) });
	const ticks = [0, 1, 2].map((poolIndex) => tickOf({ poolIndex }));
	book.heal([batchOf({ snapshot: true, sequence: 1 }, ticks)], book.snapshotRequest());
	rows = book.rows;
	inFlight = new InFlight(OPTIONS);
	sequence = 1;
});

const pick = (...places: number[]) => places.map((place) => rows[place] as PoolRow);
const move = (poolIndex: number) =>
	book.apply(batchOf({ sequence: ++sequence }, [tickOf({ poolIndex, reserveA: BigInt(sequence) })]));

describe("a cycle must wait", () => {
	test("while its intent is in flight, even when its pools have moved on", () => {
		inFlight.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
		move(0);
		move(1);
		expect(inFlight.isFree("x", pick(0, 1), 5_000)).toBe(false);
		inFlight.end(id("a"));
		expect(inFlight.isFree("x", pick(0, 1), 5_000)).toBe(true);
	});

	test("through its cool-down, even when its intent has ended", () => {
		inFlight.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
		inFlight.end(id("a"));
		expect(inFlight.isFree("x", pick(0, 1), 399)).toBe(false);
		expect(inFlight.isFree("x", pick(0, 1), 400)).toBe(true);
	});

	test("while a pool of its has a quote spent in flight, until that pool moves on", () => {
		inFlight.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
		expect(inFlight.isFree("y", pick(1, 2), 0)).toBe(false);
		move(0);
		expect(inFlight.isFree("y", pick(1, 2), 0)).toBe(false);
		move(1);
		expect(inFlight.isFree("y", pick(1, 2), 0)).toBe(true);
	});

	test("until the intent with its quotes has ended or was given up", () => {
		inFlight.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
		expect(inFlight.isFree("y", pick(0, 2), 9_999)).toBe(false);
		expect(inFlight.isFree("y", pick(0, 2), 10_000)).toBe(true);
		expect(inFlight.isFree("x", pick(0, 1), 10_000)).toBe(true);
		inFlight.start({ intentId: id("b"), cycle: "z", rows: pick(0, 1), nowMicros: 10_000 });
		inFlight.end(id("b"));
		expect(inFlight.isFree("y", pick(0, 2), 10_000)).toBe(true);
	});
});

test("room is what is left of the maximum, after those that were given up", () => {
	for (const [place, name] of ["a", "b", "c"].entries()) {
		inFlight.start({ intentId: id(name), cycle: name, rows: [], nowMicros: place * 1_000 });
	}
	expect(inFlight.room(9_999)).toBe(0);
	expect(inFlight.room(11_000)).toBe(2);
	expect(inFlight.size).toBe(1);
	inFlight.end(id("unknown"));
	expect(inFlight.room(11_000)).toBe(2);
});

test("a new catalog frees the quotes and not the cycles", () => {
	inFlight.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
	const next = new Book({ catalogEpoch: 2, pools: [0, 1, 2].map((number) => poolOf({ number })) });
	const ticks = [0, 1, 2].map((poolIndex) => tickOf({ poolIndex }));
	next.heal([batchOf({ catalogEpoch: 2, snapshot: true, sequence: 1 }, ticks)], next.snapshotRequest());
	rows = next.rows;
	expect(inFlight.isFree("y", pick(0, 2), 0)).toBe(true);
	expect(inFlight.isFree("x", pick(0, 1), 5_000)).toBe(false);
	expect(inFlight.size).toBe(1);
});

describe("strategies that share their attempts", () => {
	const shared = () => {
		const attempts = new Attempts();
		return ["one", "other"].map((owner) => new InFlight({ ...OPTIONS, owner, attempts })) as [InFlight, InFlight];
	};

	test("do not shoot the same quotes, nor the same cycle", () => {
		const [one, other] = shared();
		one.start({ intentId: id("a"), cycle: "x", rows: pick(0, 1), nowMicros: 0 });
		expect(other.isFree("y", pick(1, 2), 0)).toBe(false);
		move(1);
		expect(other.isFree("y", pick(1, 2), 0)).toBe(true);
		expect(other.isFree("x", pick(2), 5_000)).toBe(false);
	});

	test("have room of their own", () => {
		const [one, other] = shared();
		for (const name of ["a", "b", "c"]) one.start({ intentId: id(name), cycle: name, rows: [], nowMicros: 0 });
		expect([one.room(0), other.room(0)]).toEqual([0, 3]);
		expect([one.size, other.size]).toEqual([3, 0]);
	});

	test("leave to a successor what is in flight", () => {
		const attempts = new Attempts();
		new InFlight({ ...OPTIONS, owner: "one", attempts }).start({
			intentId: id("a"),
			cycle: "x",
			rows: pick(0),
			nowMicros: 0,
		});
		const successor = new InFlight({ ...OPTIONS, maximum: 1, owner: "one", attempts });
		expect(successor.room(1)).toBe(0);
		expect(successor.isFree("x", pick(1), 5_000)).toBe(false);
		successor.end(id("a"));
		expect(successor.isFree("x", pick(1), 5_000)).toBe(true);
	});
});

test("remembers a bounded number of resting cycles", () => {
	const patient = new InFlight({ ...OPTIONS, coolDownMicros: 1_000_000 });
	for (let at = 0; at < 4_100; at++) {
		patient.start({ intentId: id("a"), cycle: `cycle-${at}`, rows: [], nowMicros: at });
		patient.end(id("a"));
	}
	expect(patient.isFree("cycle-0", [], 5_000)).toBe(true);
	expect(patient.isFree("cycle-4099", [], 5_000)).toBe(false);
	expect(patient.isFree("cycle-100", [], 5_000)).toBe(false);
});
