import type { RiskLease } from "../../core/risk/lease.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { ApprovalSeal } from "../../libs/approval-seal.ts";

export interface LeaseKeeperOptions {
	readonly epoch: number;
	readonly seal: ApprovalSeal;
	readonly clock: Clock;
	/** How long executors may sign after the last one. */
	readonly leaseMs: number;
	/** False: risk cannot do its work, and must not vouch for anything. */
	readonly isSound: () => boolean;
	readonly onLease: (lease: RiskLease) => void;
}

const LONGEST_INTERVAL_MS = 500;
/** So many of them may be lost before signing stops. */
const RENEWALS_PER_LEASE = 3;

/** Tells the executors again and again that risk lives and is in charge. */
export class LeaseKeeper {
	readonly #options: LeaseKeeperOptions;
	#timer: NodeJS.Timeout | null = null;

	constructor(options: LeaseKeeperOptions) {
		this.#options = options;
	}

	start(): void {
		const intervalMs = Math.min(LONGEST_INTERVAL_MS, this.#options.leaseMs / RENEWALS_PER_LEASE);
		this.#timer ??= setInterval(() => this.renew(), intervalMs).unref();
		this.renew();
	}

	/** Also at once, for an executor that has just come. */
	renew(): void {
		const { epoch, seal, clock, leaseMs, isSound, onLease } = this.#options;
		if (this.#timer === null || !isSound()) return;
		const lease = { epoch, expiresAtMicros: clock.epochMicros() + leaseMs * 1_000 };
		onLease({ ...lease, seal: seal.ofLease(lease) });
	}

	/** Idempotent. */
	stop(): void {
		if (this.#timer) clearInterval(this.#timer);
		this.#timer = null;
	}
}
