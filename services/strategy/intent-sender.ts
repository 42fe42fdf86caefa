import type { Bus } from "../../broker/bus.ts";
import type { Verdict } from "../../broker/contracts/risk.ts";
import type { TickBatchHeader } from "../../core/market/tick-batch.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { IntentProposal } from "../../core/strategy/strategy.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";

export interface IntentSenderOptions {
	readonly bus: Bus;
	readonly clock: Clock;
	readonly deadlineMs: number;
	readonly log: { warn(line: string): void };
	/** The intent will not trade: it was denied, or never reached risk. */
	readonly onEnded: (intentId: IntentId) => void;
	/** Risk knows a trading state that the strategy does not, or is not there. */
	readonly onDoubt: () => void;
}

const MICROS_PER_MILLISECOND = 1_000;
const ACTION = "risk.submitIntent";
/** Moleculer's error types for calls that found nobody to give the request to. */
const UNDELIVERED: ReadonlySet<unknown> = new Set(["SERVICE_NOT_FOUND", "SERVICE_NOT_AVAILABLE"]);
const STATE_CODES: ReadonlySet<DenyCode> = new Set<DenyCode>(["tradingHalted", "reducingOnly", "recovering"]);

/**
 * Hands proposals to risk and follows the verdicts, without waiting in the hot path. What is under way is bounded by
 * the strategy's own number of intents in flight. A call that fails without proof that risk never had it ends nothing:
 * the intent may trade.
 */
export class IntentSender {
	readonly #options: IntentSenderOptions;
	#sent = 0;

	constructor(options: IntentSenderOptions) {
		this.#options = options;
	}

	get sent(): number {
		return this.#sent;
	}

	send(proposals: readonly IntentProposal[], header: TickBatchHeader): void {
		const { clock, deadlineMs } = this.#options;
		const found = clock.epochMicros();
		for (const proposal of proposals) {
			void this.#submit({
				...proposal,
				deadlineMicros: found + deadlineMs * MICROS_PER_MILLISECOND,
				timings: { received: header.receivedAtMicros, decoded: header.decodedAtMicros, found },
			});
		}
	}

	async #submit(intent: OrderIntent): Promise<void> {
		const { bus, log, onEnded, onDoubt } = this.#options;
		this.#sent++;
		try {
			const verdict: Verdict = await bus.call(ACTION, intent);
			if (verdict.status === "denied") {
				onEnded(intent.intentId);
				if (STATE_CODES.has(verdict.code)) onDoubt();
			}
			bus.emit("strategy.intent.submitted", { intent, verdict });
		} catch (error) {
			const isUndelivered = neverDelivered(error);
			if (isUndelivered) {
				onEnded(intent.intentId);
				onDoubt();
			}
			const outcome = isUndelivered ? "it was not delivered" : "its outcome is open until risk tells it";
			log.warn(`Intent ${intent.intentId} got no verdict (${(error as Error).message}): ${outcome}.`);
		}
	}
}

function neverDelivered(error: unknown): boolean {
	const { type, data } = error as { readonly type?: unknown; readonly data?: { readonly action?: unknown } | null };
	return UNDELIVERED.has(type) && data?.action === ACTION;
}
