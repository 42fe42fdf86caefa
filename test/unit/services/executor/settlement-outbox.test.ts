import { beforeEach, describe, expect, test } from "@jest/globals";
import type { SealedSettlement } from "../../../../core/execution/submission.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { SettlementOutbox } from "../../../../services/executor/settlement-outbox.ts";

let emitted: string[];
let outbox: SettlementOutbox;

beforeEach(() => {
	emitted = [];
	outbox = new SettlementOutbox(({ intentId }) => void emitted.push(intentId));
});

const settlement = (id: string): SealedSettlement => ({
	intentId: id as IntentId,
	outcome: "expired",
	signature: "signature" as Signature,
	fill: null,
	executor: "test",
	timings: {},
	seal: "",
});

describe("settlement outbox", () => {
	test("gives up after ten repetitions", () => {
		outbox.add(settlement("a"));
		for (let round = 0; round < 20; round++) outbox.repeat();
		expect(emitted).toHaveLength(11);
		expect(outbox.size).toBe(0);
	});

	test("keeps a bounded number, the newest", () => {
		for (let index = 0; index < 2_000; index++) outbox.add(settlement(String(index)));
		expect(outbox.size).toBe(1_024);
		emitted.length = 0;
		outbox.repeat();
		expect([emitted[0], emitted.at(-1)]).toEqual(["976", "1999"]);
	});

	test("says no more what is booked", () => {
		outbox.add(settlement("a"));
		outbox.add(settlement("b"));
		outbox.booked("a" as IntentId);
		outbox.booked("c" as IntentId);
		outbox.repeat();
		expect(emitted).toEqual(["a", "b", "b"]);
	});
});
