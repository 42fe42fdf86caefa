import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { Refusal } from "./refusal.ts";
import type { SigningGate } from "./signing-gate.ts";

export interface AdmissionOptions {
	readonly wallet: Address;
	readonly maxInFlight: number;
	readonly clock: Clock;
	readonly claims: { readonly dead: Error | null };
	readonly gate: SigningGate;
	/** Submissions that are followed or about to be. */
	readonly inFlight: () => number;
}

/** Every reason for which an executor does not take an intent, in the order in which it is told. */
export class Admission {
	readonly #options: AdmissionOptions;
	#isOpen = false;

	constructor(options: AdmissionOptions) {
		this.#options = options;
	}

	get isOpen(): boolean {
		return this.#isOpen;
	}

	/** From now on intents are taken. */
	open(): void {
		this.#isOpen = true;
	}

	/** No further intent is taken, and no claim that is not yet durable is sent. */
	close(): void {
		this.#isOpen = false;
	}

	/** Why no intent at all is signed at this moment, or null. */
	get closedBecause(): string | null {
		return this.#isOpen ? (this.#options.gate.refusal?.detail ?? null) : "the executor is starting or stopping";
	}

	/** Why this did not come from risk, or null. Looked at before all else. */
	authenticate(intent: ApprovedIntent): Refusal | null {
		return this.#options.gate.authority.authenticate(intent);
	}

	/** Why an authentic intent must not be signed at this moment, or null. */
	refusal(intent: ApprovedIntent): Refusal | null {
		const { wallet, maxInFlight, claims, inFlight } = this.#options;
		const passed = this.#passing(intent);
		if (passed) return passed;
		if (intent.wallet !== wallet) {
			return { code: "wrongWallet", detail: `this executor signs for ${wallet}, not for ${intent.wallet}` };
		}
		if (claims.dead) return { code: "journalUnavailable", detail: claims.dead.message };
		if (inFlight() >= maxInFlight) {
			return { code: "atCapacity", detail: `${maxInFlight} submissions are in flight (execution.max_in_flight)` };
		}
		// The last, so that a dry run refuses whatever a real one would.
		return this.#options.gate.unarmed;
	}

	/** Why what has been signed must not be sent, or null: what may change while its claim is made durable. */
	withdrawal(intent: ApprovedIntent): Refusal | null {
		return this.#passing(intent) ?? this.#options.gate.unarmed;
	}

	#passing(intent: ApprovedIntent): Refusal | null {
		if (!this.#isOpen) return { code: "recovering", detail: "the executor is starting or stopping" };
		const { gate, clock } = this.#options;
		const closed = gate.authority.refusal(intent.riskEpoch) ?? gate.closed;
		if (closed) return closed;
		const lateMicros = clock.epochMicros() - intent.deadlineMicros;
		return lateMicros > 0 ? { code: "deadlinePassed", detail: `the deadline passed ${lateMicros} µs ago` } : null;
	}
}
