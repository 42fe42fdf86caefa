import { ApprovalEncoder } from "../core/execution/approval-encoding.ts";
import type { ApprovedIntent } from "../core/execution/approved-intent.ts";
import type { RiskLease } from "../core/risk/lease.ts";
import { type MessageMac, TAG_BYTES } from "./message-mac.ts";

/** Characters of 32 bytes in base64. */
const SEAL_LENGTH = 44;
/** Sets a lease apart from an approval: the first two bytes of those are a length, and another one. */
const LEASE_DOMAIN = Buffer.from("mojo.lease.1\0", "latin1");

/**
 * Risk's word, authenticated: what it approved, and that it is alive. Risk and executors share the key, and nobody else
 * has it: a message that somebody else puts on the bus opens nothing.
 */
export class ApprovalSeal {
	readonly #mac: MessageMac;
	readonly #encoder = new ApprovalEncoder();
	readonly #tag = Buffer.alloc(TAG_BYTES);
	readonly #given = Buffer.alloc(TAG_BYTES);
	readonly #lease = Buffer.alloc(LEASE_DOMAIN.length + 16);

	constructor(mac: MessageMac) {
		this.#mac = mac;
		this.#lease.set(LEASE_DOMAIN);
	}

	/**
	 * The seal of an intent whose shape was checked.
	 *
	 * @throws RangeError when it has a value that no intent has
	 */
	of(intent: ApprovedIntent): string {
		const length = this.#encoder.encode(intent);
		if (length < 0) throw new RangeError(`intent ${intent.intentId} is too large to be sealed`);
		this.#mac.authenticate(this.#encoder.bytes.subarray(0, length), this.#tag);
		return this.#tag.toString("base64");
	}

	/** Whether risk approved exactly this. Takes an intent whose shape was checked. */
	isGenuine(intent: ApprovedIntent): boolean {
		if (!this.#read(intent.seal)) return false;
		const length = this.#encoder.encode(intent);
		return length >= 0 && this.#mac.isAuthentic(this.#encoder.bytes.subarray(0, length), this.#given);
	}

	/** The seal of a lease. */
	ofLease(lease: Omit<RiskLease, "seal">): string {
		this.#mac.authenticate(this.#leaseBytes(lease), this.#tag);
		return this.#tag.toString("base64");
	}

	/** Whether risk gave this lease. Takes a lease whose shape was checked. */
	isGenuineLease(lease: RiskLease): boolean {
		return this.#read(lease.seal) && this.#mac.isAuthentic(this.#leaseBytes(lease), this.#given);
	}

	#leaseBytes({ epoch, expiresAtMicros }: Omit<RiskLease, "seal">): Uint8Array {
		this.#lease.writeDoubleBE(epoch, LEASE_DOMAIN.length);
		this.#lease.writeDoubleBE(expiresAtMicros, LEASE_DOMAIN.length + 8);
		return this.#lease;
	}

	#read(seal: unknown): boolean {
		if (typeof seal !== "string" || seal.length !== SEAL_LENGTH) return false;
		return this.#given.write(seal, "base64") === TAG_BYTES;
	}
}
