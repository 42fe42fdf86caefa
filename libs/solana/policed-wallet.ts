import type { CheckedMessage, SigningContext } from "../../core/execution/message-check.ts";
import type { SignerPolicy } from "../../core/execution/signer-policy.ts";
import type { SignedSpending, SignerSpendingRecord } from "../../core/execution/signer-spending.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { Wallet } from "./keypair.ts";

/** A message that the policy of the signer does not allow. Nothing was signed. */
export class PolicyViolation extends Error {
	override readonly name = "PolicyViolation";
}

export interface PolicedWalletOptions {
	readonly wallet: Wallet;
	readonly policy: SignerPolicy;
	readonly clock: Clock;
}

/** The only way to the key: it signs what the policy allows, and nothing else. */
export class PolicedWallet {
	readonly address: Address;
	readonly #options: PolicedWalletOptions;

	constructor(options: PolicedWalletOptions) {
		this.address = options.wallet.address;
		this.#options = options;
	}

	/** Counts what an earlier life of this signer spent within the hour. To be called before the first signature. */
	recall(spending: SignerSpendingRecord): void {
		this.#options.policy.recall(spending);
	}

	/**
	 * Checks the shape of a message: hundreds of microseconds, so once for a template.
	 *
	 * @throws PolicyViolation saying what the message does that is not allowed
	 */
	check(message: Uint8Array, context: Omit<SigningContext, "wallet">): CheckedMessage {
		const checked = this.#options.policy.check(message, { ...context, wallet: this.address });
		if (!checked.ok) throw new PolicyViolation(checked.error);
		return checked.value;
	}

	/**
	 * Writes the signature of a message of a checked shape into the 64 bytes of `signature`.
	 *
	 * @returns what it counted as: to be durable before the signature leaves, or a restart signs beyond its caps
	 * @throws PolicyViolation when its values pass a limit, or it is not of that shape
	 */
	sign(message: Uint8Array, signature: Uint8Array, checked: CheckedMessage): SignedSpending {
		const { wallet, policy, clock } = this.#options;
		const admitted = policy.admit(message, checked, clock.epochMicros());
		if (!admitted.ok) throw new PolicyViolation(admitted.error);
		wallet.sign(message, signature);
		return admitted.value;
	}
}
