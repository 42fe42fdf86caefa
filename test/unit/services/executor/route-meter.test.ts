import { beforeEach, expect, test } from "@jest/globals";
import type { RouteMeasured } from "../../../../broker/contracts/executor.ts";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { Fill, Settlement, SubmissionOutcome } from "../../../../core/execution/submission.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { RouteMeter, type RouteMeterOptions } from "../../../../services/executor/route-meter.ts";

const LEGS = ["one", "two"].map((pool) => ({ pool: pool as unknown as Address, direction: "aToB" as const }));
const SIGNED = { signature: "sig" as Signature, base64: "AQID" };
type Simulated = { readonly err: unknown; readonly unitsConsumed?: bigint };

let told: RouteMeasured[];
let asked: { readonly bytes: string; readonly options: unknown; answer(value: Simulated): void; fail(): void }[];
let nowMicros: number;
let meter: RouteMeter;

beforeEach(() => {
	told = [];
	asked = [];
	nowMicros = 0;
	const rpc = {
		simulateTransaction: (bytes: string, options: unknown) => ({
			send: () =>
				new Promise((resolve, reject) => {
					const fail = () => reject(new Error("no simulation here"));
					asked.push({ bytes, options, answer: (value) => resolve({ value }), fail });
				}),
		}),
	} as unknown as RouteMeterOptions["rpc"];
	meter = new RouteMeter({
		executor: "executor-1",
		rpc,
		clock: { epochMicros: () => nowMicros, monotonicMicros: () => nowMicros },
		timeoutMs: 60_000,
		abortSignal: new AbortController().signal,
		onMeasured: (measured) => told.push(measured),
	});
});

function submit(id: string, change: Partial<ApprovedIntent> = {}): void {
	const intent = { intentId: id, loan: null, legs: LEGS, computeUnitLimit: 100_000, ...change } as ApprovedIntent;
	meter.submitted(intent, SIGNED);
}

function settle(id: string, outcome: SubmissionOutcome, fill: Partial<Fill> | null): void {
	const whole = fill && ({ reverted: outcome === "reverted", error: null, computeUnits: 0, ...fill } as Fill);
	meter.settled({ intentId: id as IntentId, outcome, fill: whole } as Settlement);
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const units = () => told.map(({ computeUnits }) => computeUnits);

test("the real bytes are simulated without signatures, once for a route", async () => {
	submit("a");
	submit("b");
	expect(asked).toHaveLength(2);
	expect(asked[0]).toMatchObject({
		bytes: "AQID",
		options: { encoding: "base64", sigVerify: false, replaceRecentBlockhash: true },
	});
	asked[0]!.answer({ err: null, unitsConsumed: 91_000n });
	asked[1]!.answer({ err: null, unitsConsumed: 91_000n });
	await settled();
	expect(told).toEqual([{ executor: "executor-1", reserve: null, legs: LEGS, computeUnits: 91_000 }]);
	submit("c");
	expect(asked).toHaveLength(2);
	nowMicros = 600_000_000;
	submit("d");
	expect(asked).toHaveLength(3);
});

test("never more than two simulations at once", () => {
	for (const id of ["a", "b", "c", "d"]) submit(id);
	expect(asked).toHaveLength(2);
});

test.each<Simulated>([
	{ err: { InstructionError: [4, { Custom: 6005 }] }, unitsConsumed: 5n },
	{ err: null },
	{ err: null, unitsConsumed: 0n },
])("a simulation that fails or says nothing measures nothing: %j", async (value) => {
	submit("a");
	asked[0]!.answer(value);
	await settled();
	expect(told).toEqual([]);
	submit("b");
	expect(asked).toHaveLength(2);
});

test("a node that does not simulate is no trouble; what lands measures", async () => {
	submit("a");
	asked[0]!.fail();
	await settled();
	settle("a", "landed", { computeUnits: 92_000 });
	expect(units()).toEqual([92_000]);
});

test("what landed is told when it is news, and again after a while", () => {
	for (const [id, computeUnits] of [
		["a", 92_000],
		["b", 92_000],
		["c", 93_000],
	] as const) {
		submit(id);
		settle(id, "landed", { computeUnits });
	}
	expect(units()).toEqual([92_000, 93_000]);
	nowMicros = 30_000_000;
	submit("d");
	settle("d", "landed", { computeUnits: 93_000 });
	expect(units()).toEqual([92_000, 93_000, 93_000]);
});

test.each([
	['{"InstructionError":[6,"ComputationalBudgetExceeded"]}', 100_000, [150_000]],
	['{"InstructionError":[6,"ProgramFailedToComplete"]}', 98_000, [150_000]],
	['{"InstructionError":[6,"ProgramFailedToComplete"]}', 97_999, []],
	['{"InstructionError":[6,{"Custom":6005}]}', 100_000, []],
])("reverted with %s after %d units of 100,000", (error, computeUnits, raised) => {
	submit("a");
	settle("a", "reverted", { error, computeUnits });
	expect(units()).toEqual(raised);
});

test("what expired, was nobody's, or is told twice measures nothing", () => {
	submit("a");
	settle("a", "expired", null);
	settle("a", "landed", { computeUnits: 5 });
	settle("foreign", "landed", { computeUnits: 5 });
	expect(told).toEqual([]);
});

test("routes are told apart by lender and direction", () => {
	submit("a");
	submit("b", { loan: { reserve: "lender" as unknown as Address, amount: 1n, fee: 0n } });
	settle("a", "landed", { computeUnits: 10 });
	settle("b", "landed", { computeUnits: 10 });
	expect(told.map(({ reserve }) => reserve)).toEqual([null, "lender"]);
});

test("what is remembered is bounded", () => {
	for (let count = 0; count <= 1_024; count++) submit(`trade ${count}`);
	settle("trade 0", "landed", { computeUnits: 10 });
	expect(told).toEqual([]);
	settle("trade 1024", "landed", { computeUnits: 10 });
	for (let count = 0; count < 4_096; count++) {
		const legs = [{ ...LEGS[0]!, pool: `pool ${count}` as unknown as Address }];
		submit("next", { legs: legs as never });
		settle("next", "landed", { computeUnits: 10 });
	}
	const before = told.length;
	submit("again");
	settle("again", "landed", { computeUnits: 10 });
	expect(told).toHaveLength(before + 1);
});
