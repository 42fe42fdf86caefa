import type { RiskEvents } from "../../../broker/contracts/risk.ts";
import type { OrderId } from "../../../core/orders/order.ts";
import type { OrderAttempt } from "../../../core/orders/order-state.ts";
import type { Clock } from "../../../core/types/clock.ts";
import type { AttemptOutcomes, ProofQuestion } from "./attempt-outcome.ts";
import type { OrderLedger } from "./order-ledger.ts";

export interface OrderFinalityOptions {
	readonly ledger: OrderLedger;
	readonly outcomes: Pick<AttemptOutcomes, "judge">;
	readonly clock: Clock;
	/** The newest attempt of an order is final: the next one may begin. */
	readonly onProven: (orderId: OrderId) => void;
	/** The newest attempt of an order is open again. */
	readonly onReopened: (orderId: OrderId) => void;
	readonly onTrouble: (what: string) => void;
}

/** Finality comes some 13 s after inclusion: there is no hurry. */
const INTERVAL_MICROS = 1_000_000;
/** What cannot be told now is asked for less often: proofs of absence read a long history. */
const TROUBLED_INTERVAL_MICROS = 10_000_000;

/**
 * Follows how attempts ended until no fork can take it back. Risk tells what a fork took back; a word that is lost is
 * made up for by asking. A reversal decides nothing by itself: it opens the attempt again, whose end is then found.
 */
export class OrderFinality {
	readonly #options: OrderFinalityOptions;
	#askedMicros = Number.NEGATIVE_INFINITY;
	#isTroubled = false;
	#isAsking = false;
	#isStopped = false;
	#reversals = 0;

	constructor(options: OrderFinalityOptions) {
		this.#options = options;
	}

	/** Ends of attempts that were taken back. */
	get reversals(): number {
		return this.#reversals;
	}

	/** Idempotent. */
	stop(): void {
		this.#isStopped = true;
	}

	/** Asks what is final by now, at most once in a while. Never throws. */
	poll(): void {
		const { clock, ledger } = this.#options;
		const nowMicros = clock.monotonicMicros();
		const intervalMicros = this.#isTroubled ? TROUBLED_INTERVAL_MICROS : INTERVAL_MICROS;
		const isDue = nowMicros - this.#askedMicros >= intervalMicros;
		if (!isDue || this.#isAsking || this.#isStopped || ledger.unprovenCount === 0 || ledger.failure !== null) return;
		this.#askedMicros = nowMicros;
		this.#isAsking = true;
		this.#isTroubled = false;
		this.#ask()
			.catch((error: Error) => this.#trouble(`which attempts are final cannot be told: ${error.message}`))
			.finally(() => {
				this.#isAsking = false;
			});
	}

	/** Risk took a booking back. What no order counts, or counts for good, changes nothing. */
	async reversed({ signature, intentId }: RiskEvents["risk.settlement.reversed"]): Promise<void> {
		const { ledger, onTrouble } = this.#options;
		for (const order of ledger.orders) {
			const { unproven } = order;
			if (unproven !== null && (unproven.end.signature ?? signature) === signature) {
				if (intentId === null || intentId === unproven.attempt.intentId)
					return this.#reopen(order.terms.orderId, unproven.attempt);
			}
			if (unproven === null && order.signatures.includes(signature)) {
				onTrouble(
					`risk took back ${signature}, which order ${order.terms.orderId} counts as final: ` +
						"the chain's endpoints contradict each other, a person must look",
				);
			}
		}
	}

	async #ask(): Promise<void> {
		const { ledger, outcomes } = this.#options;
		const questions: ProofQuestion[] = [];
		for (const { unproven, terms } of ledger.orders) if (unproven !== null) questions.push({ unproven, terms });
		const proofs = await outcomes.judge(questions, (what) => this.#trouble(what));
		for (const [index, proof] of proofs.entries()) {
			const { unproven, terms } = questions[index] as ProofQuestion;
			const { orderId } = terms;
			// Something else has become of it meanwhile: the answer is of another end than the one that counts now.
			if (proof === null || ledger.get(orderId)?.unproven !== unproven || this.#isStopped) continue;
			if (proof === "reversed") await this.#reopen(orderId, unproven.attempt);
			else await this.#prove(orderId, unproven.attempt);
		}
	}

	#trouble(what: string): void {
		this.#isTroubled = true;
		this.#options.onTrouble(what);
	}

	async #prove(orderId: OrderId, { number }: OrderAttempt): Promise<void> {
		const { ledger, clock, onProven } = this.#options;
		await ledger.record(orderId, { type: "attemptProven", attempt: number, atMicros: clock.epochMicros() });
		onProven(orderId);
	}

	async #reopen(orderId: OrderId, { number, intentId }: OrderAttempt): Promise<void> {
		const { ledger, clock, onReopened, onTrouble } = this.#options;
		this.#reversals++;
		await ledger.record(orderId, { type: "attemptReversed", attempt: number, atMicros: clock.epochMicros() });
		onTrouble(`order ${orderId}: a fork took back ${intentId}, it is open again`);
		onReopened(orderId);
	}
}
