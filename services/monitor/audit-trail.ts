import type { SubmissionAdvanced } from "../../broker/contracts/executor.ts";
import type { IntentTrace } from "../../broker/contracts/monitor.ts";
import type { Verdict } from "../../broker/contracts/risk.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { Settlement, SubmissionState } from "../../core/execution/submission.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { IntentId } from "../../core/types/identifiers.ts";

/** A trace in the making: events of one intent come from several nodes, in any order. */
type Entry = { -readonly [Key in keyof IntentTrace]: IntentTrace[Key] } & { known: boolean };

/** A later event never takes a submission back to an earlier state; `unknown` yields to what the chain proves. */
const RANK: Readonly<Record<SubmissionState | "none", number>> = {
	none: 0,
	approved: 1,
	claimed: 2,
	signed: 3,
	sent: 4,
	seen: 5,
	unknown: 6,
	landed: 7,
	reverted: 7,
	expired: 7,
	// How it ended says more.
	finalized: 7,
};

const PENDING: IntentTrace["verdict"] = { status: "pending", code: null, detail: null };

/** The life of the newest intents, put together from events. Bounded: the oldest intent makes room. */
export class AuditTrail {
	readonly #capacity: number;
	/** In the order in which the intents were first heard of. */
	readonly #entries = new Map<IntentId, Entry>();

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	submitted(intent: OrderIntent, verdict: Verdict): void {
		if (verdict.status === "denied") this.denied(intent, verdict.code, verdict.detail);
		else this.#decide(intent, { status: "approved", code: null, detail: null });
	}

	approved(intent: ApprovedIntent): void {
		this.#decide(intent, { status: "approved", code: null, detail: null });
	}

	denied(intent: OrderIntent, code: DenyCode, detail: string): void {
		this.#decide(intent, { status: "denied", code, detail });
	}

	advanced({ intentId, state, signature, executor, timings }: SubmissionAdvanced): void {
		const entry = this.#entry(intentId);
		this.#move(entry, state);
		entry.signature = signature;
		entry.executor = executor;
		entry.timings = { ...entry.timings, ...timings };
	}

	settled({ intentId, outcome, signature, fill, executor, timings }: Settlement): void {
		const entry = this.#entry(intentId);
		this.#move(entry, outcome);
		entry.signature = signature;
		entry.executor = executor;
		entry.fill = fill ?? entry.fill;
		entry.timings = { ...entry.timings, ...timings };
	}

	find(intentId: IntentId): IntentTrace | null {
		const entry = this.#entries.get(intentId);
		return entry?.known ? traceOf(entry) : null;
	}

	/** Newest first. */
	newest(limit: number): IntentTrace[] {
		const traces: IntentTrace[] = [];
		for (const entry of [...this.#entries.values()].reverse()) {
			if (traces.length >= limit) break;
			if (entry.known) traces.push(traceOf(entry));
		}
		return traces;
	}

	#decide(intent: OrderIntent, verdict: IntentTrace["verdict"]): void {
		const entry = this.#entry(intent.intentId);
		// The approved intent says more than the one that was asked for.
		if (!entry.known || "wallet" in intent) entry.intent = intent;
		entry.known = true;
		entry.verdict = verdict;
		entry.timings = { ...intent.timings, ...entry.timings };
	}

	#move(entry: Entry, state: SubmissionState): void {
		if (RANK[state] > RANK[entry.state]) entry.state = state;
	}

	#entry(intentId: IntentId): Entry {
		const existing = this.#entries.get(intentId);
		if (existing) return existing;
		const entry: Entry = {
			// Filled by the event that carries the intent; until then the entry is not shown.
			intent: { intentId } as OrderIntent,
			known: false,
			verdict: PENDING,
			state: "none",
			executor: null,
			signature: null,
			fill: null,
			timings: {},
		};
		this.#entries.set(intentId, entry);
		if (this.#entries.size > this.#capacity) {
			for (const oldest of this.#entries.keys()) {
				this.#entries.delete(oldest);
				break;
			}
		}
		return entry;
	}
}

function traceOf({ known: _, ...trace }: Entry): IntentTrace {
	return trace;
}
