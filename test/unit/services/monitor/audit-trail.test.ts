import { describe, expect, test } from "@jest/globals";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { AuditTrail } from "../../../../services/monitor/audit-trail.ts";
import { approved, intent, SIGNATURE, settlement } from "./peers.ts";

const A = "aaaaaaaaaaaaaaaa" as IntentId;
const B = "bbbbbbbbbbbbbbbb" as IntentId;
const advance = (intentId: IntentId, state: "claimed" | "signed" | "sent" | "unknown" | "landed") => ({
	intentId,
	state,
	signature: SIGNATURE,
	executor: "e1",
	timings: { [state === "signed" ? "signed" : "sent"]: 1_500 },
});

describe("the audit trail", () => {
	test("does not know what it never heard of, nor shows what only an executor told of", () => {
		const trail = new AuditTrail(10);
		expect(trail.find(A)).toBeNull();
		trail.settled(settlement(intent(A)));
		expect(trail.find(A)).toBeNull();
		expect(trail.newest(10)).toEqual([]);
	});

	test("keeps a refusal with its code and its reason", () => {
		const trail = new AuditTrail(10);
		trail.submitted(intent(A), { status: "denied", intentId: A, code: "orderRate", detail: "20 a second" });
		trail.denied(intent(B), "staleMarket", "5 slots old");
		expect(trail.find(A)?.verdict).toEqual({ status: "denied", code: "orderRate", detail: "20 a second" });
		expect(trail.find(B)).toMatchObject({ state: "none", fill: null, signature: null });
	});

	test("puts a life together in whatever order its events arrive", () => {
		const order = intent(A);
		const events: readonly ((trail: AuditTrail) => void)[] = [
			(trail) => trail.approved(approved(order)),
			(trail) => trail.submitted(order, { status: "approved", intentId: A }),
			(trail) => trail.advanced(advance(A, "signed")),
			(trail) => trail.advanced(advance(A, "unknown")),
			(trail) => trail.settled(settlement(order)),
		];
		for (const order of [events, [...events].reverse()]) {
			const trail = new AuditTrail(10);
			for (const event of order) event(trail);
			expect(trail.find(A)).toMatchObject({
				intent: { wallet: expect.any(String) },
				verdict: { status: "approved" },
				state: "landed",
				signature: SIGNATURE,
				fill: { slot: 447_552_092 },
				timings: { received: 1_000, approved: 1_140, signed: expect.any(Number), landed: 401_100 },
			});
		}
	});

	test("never goes back from what the chain said", () => {
		const trail = new AuditTrail(10);
		trail.approved(approved(intent(A)));
		trail.settled(settlement(intent(A), { outcome: "reverted" }));
		trail.advanced(advance(A, "sent"));
		trail.settled(settlement(intent(A), { outcome: "reverted", fill: null }));
		expect(trail.find(A)).toMatchObject({ state: "reverted", fill: { reverted: true } });
	});

	test("is bounded: the oldest makes room, and the newest comes first", () => {
		const trail = new AuditTrail(3);
		const ids = Array.from({ length: 5 }, (_, index) => `${index}`.repeat(16));
		for (const id of ids) trail.approved(approved(intent(id)));
		expect(trail.newest(10).map((trace) => trace.intent.intentId)).toEqual([ids[4], ids[3], ids[2]]);
		expect(trail.newest(1)).toHaveLength(1);
		expect(trail.find(ids[0] as IntentId)).toBeNull();
	});
});
