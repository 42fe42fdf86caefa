import { readApprovedIntent } from "../../core/execution/intent-shape.ts";
import type { RiskLease } from "../../core/risk/lease.ts";
import { ApprovalSeal } from "../../libs/approval-seal.ts";
import { systemClock } from "../../libs/clock.ts";
import { createMessageMac } from "../../libs/message-mac.ts";

/** The approval key of tests. */
export const TEST_APPROVAL_KEY = "an approval key that only tests use";
const LEASE_MICROS = 3_000_000;

/** Says with a key what risk says with it: seals of approvals, and leases. */
export class StandInRisk {
	readonly seal: ApprovalSeal;

	private constructor(seal: ApprovalSeal) {
		this.seal = seal;
	}

	static async open(key = TEST_APPROVAL_KEY): Promise<StandInRisk> {
		return new StandInRisk(new ApprovalSeal(await createMessageMac(key)));
	}

	/** The same with a seal, where it is an intent at all. */
	approve<T>(intent: T): T {
		const read = readApprovedIntent(intent);
		return read.ok ? ({ ...read.value, seal: this.seal.of(read.value) } as T) : intent;
	}

	lease(epoch: number, expiresAtMicros = systemClock.epochMicros() + LEASE_MICROS): RiskLease {
		return { epoch, expiresAtMicros, seal: this.seal.ofLease({ epoch, expiresAtMicros }) };
	}
}
