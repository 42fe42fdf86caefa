import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { isRiskLease, type RiskLease } from "../../core/risk/lease.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { ApprovalSeal } from "../../libs/approval-seal.ts";
import type { Refusal } from "./refusal.ts";

/** Where the highest epoch is kept. */
export interface Epochs {
	readonly highest: number;
	remember(epoch: number): Promise<void>;
}

export interface RiskAuthorityOptions {
	readonly seal: ApprovalSeal;
	readonly epochs: Epochs;
	readonly clock: Clock;
	/** How long a lease counts after it was heard, on this machine's monotonic clock. */
	readonly leaseMs: number;
	readonly onTrouble: (what: string) => void;
}

/**
 * Who may tell this executor to sign: the risk process of the highest epoch that it has heard of, and only while that
 * one says at short intervals that it lives. Whoever comes back from an older epoch is fenced off, also after a restart
 * of the executor.
 */
export class RiskAuthority {
	readonly #options: RiskAuthorityOptions;
	#lease: RiskLease | null = null;
	#heardMicros = Number.NEGATIVE_INFINITY;

	constructor(options: RiskAuthorityOptions) {
		this.#options = options;
	}

	/** Whether risk has given any lease in this life of the executor. */
	get isKnown(): boolean {
		return this.#lease !== null;
	}

	/** Takes a lease from the bus, unless it is forged, of an older epoch, or one that was heard before. */
	offer(value: unknown): void {
		const { seal, epochs, clock } = this.#options;
		if (!isRiskLease(value) || value.epoch < epochs.highest || !seal.isGenuineLease(value)) return;
		const heardMicros = clock.monotonicMicros();
		if (value.epoch === epochs.highest && this.#lease?.epoch === value.epoch) {
			this.#take(value, heardMicros);
			return;
		}
		// The epoch must be fenced for good before anything is signed under it.
		epochs.remember(value.epoch).then(
			() => this.#take(value, heardMicros),
			(error: Error) =>
				this.#options.onTrouble(`risk's epoch ${value.epoch} cannot be kept: ${error.message}. Nothing is signed.`),
		);
	}

	/** Why nothing may be signed or sent at this moment, or null. */
	get lapse(): string | null {
		const { clock, leaseMs, epochs } = this.#options;
		if (!this.#lease) return "no lease of risk has been heard yet: risk is not running, or has another approval key";
		if (this.#lease.epoch < epochs.highest) return `no lease of epoch ${epochs.highest} has been heard yet`;
		const agoMicros = clock.monotonicMicros() - this.#heardMicros;
		if (agoMicros >= leaseMs * 1_000) {
			return `risk was last heard ${Math.round(agoMicros / 1_000)} ms ago, its lease is ${leaseMs} ms (risk.lease_ms)`;
		}
		const overMicros = clock.epochMicros() - this.#lease.expiresAtMicros;
		if (overMicros < 0) return null;
		return `risk's lease ended ${Math.round(overMicros / 1_000)} ms ago by this machine's clock: compare the clocks`;
	}

	/** Whether an intent carries risk's own seal. Takes one whose shape was checked. */
	authenticate(intent: ApprovedIntent): Refusal | null {
		if (this.#options.seal.isGenuine(intent)) return null;
		const detail =
			"the seal is not risk's: the intent was forged or altered, or risk and this executor have different approval keys " +
			"(security.approval_key)";
		return { code: "notApproved", detail };
	}

	/** Why an intent of this epoch must not be signed at this moment, or null. */
	refusal(riskEpoch: number): Refusal | null {
		const { highest } = this.#options.epochs;
		if (riskEpoch < highest) {
			const detail = `risk of epoch ${riskEpoch} approved it, and epoch ${highest} is in charge`;
			return { code: "staleEpoch", detail };
		}
		const { lapse } = this;
		if (lapse !== null) return { code: "leaseLapsed", detail: lapse };
		if (riskEpoch === this.#lease?.epoch) return null;
		return { code: "leaseLapsed", detail: `no lease of epoch ${riskEpoch} has been heard yet` };
	}

	#take(lease: RiskLease, heardMicros: number): void {
		if (lease.epoch !== this.#options.epochs.highest) return;
		// One that was heard before, or is told again by somebody else, ends no later than what is known.
		const known = this.#lease;
		if (known && known.epoch === lease.epoch && lease.expiresAtMicros <= known.expiresAtMicros) return;
		this.#lease = lease;
		this.#heardMicros = heardMicros;
	}
}
