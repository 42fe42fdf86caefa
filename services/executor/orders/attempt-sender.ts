import type { Bus } from "../../../broker/bus.ts";
import type { Verdict } from "../../../broker/contracts/risk.ts";
import type { AttemptEnd } from "../../../core/orders/order-state.ts";
import type { OrderIntent } from "../../../core/strategy/order-intent.ts";

/** How risk took an intent. `unknown`: what became of it has to be found out. */
export type Sent =
	| { readonly status: "approved" }
	| { readonly status: "denied"; readonly end: Extract<AttemptEnd, { readonly outcome: "denied" }> }
	| { readonly status: "unknown"; readonly detail: string };

const SUBMIT_ACTION = "risk.submitIntent";
/** How long after its deadline risk's verdict is waited for; its own wait for the executor is within. */
const VERDICT_MARGIN_MS = 2_000;
const UNDELIVERED: ReadonlySet<unknown> = new Set(["SERVICE_NOT_FOUND", "SERVICE_NOT_AVAILABLE"]);

/** Hands attempts to risk: there is no other way to a signature. */
export class AttemptSender {
	readonly #bus: Pick<Bus, "call" | "emit">;
	readonly #deadlineMs: number;
	#sent = 0;

	constructor(bus: Pick<Bus, "call" | "emit">, deadlineMs: number) {
		this.#bus = bus;
		this.#deadlineMs = deadlineMs;
	}

	/** Attempts handed to risk. */
	get sent(): number {
		return this.#sent;
	}

	/** Never rejects: an error leaves open whether risk had the intent. */
	async send(intent: OrderIntent): Promise<Sent> {
		this.#sent++;
		let verdict: Verdict;
		try {
			const timeout = this.#deadlineMs + VERDICT_MARGIN_MS;
			verdict = await this.#bus.call(SUBMIT_ACTION, intent, { retries: 0, timeout });
		} catch (error) {
			if (isUndelivered(error)) return denied(null, "risk is not on the bus: start it");
			return { status: "unknown", detail: `got no verdict (${(error as Error).message}): it is asked for` };
		}
		this.#bus.emit("strategy.intent.submitted", { intent, verdict });
		if (verdict.status === "approved") return { status: "approved" };
		// A known id is no refusal of this attempt.
		if (verdict.code === "duplicateIntent") return { status: "unknown", detail: "is known to risk: it is asked for" };
		return denied(verdict.code, verdict.detail);
	}
}

function denied(code: Extract<AttemptEnd, { outcome: "denied" }>["code"], detail: string): Sent {
	return { status: "denied", end: { outcome: "denied", code, detail } };
}

/** Whether an error proves that risk never had the intent. */
function isUndelivered(error: unknown): boolean {
	const { type, data } = error as { readonly type?: unknown; readonly data?: { readonly action?: unknown } | null };
	return UNDELIVERED.has(type) && data?.action === SUBMIT_ACTION;
}
