import { networkFeeLamports } from "../strategy/network-cost.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import { type CheckedMessage, checkMessage, type SigningContext } from "./message-check.ts";
import { type SignedSpending, SignerSpending, type SignerSpendingRecord } from "./signer-spending.ts";

/** The most that is signed for one mint, in its base units: what enters a route. */
export interface NotionalCap {
	readonly perTransaction: bigint;
	readonly perHour: bigint;
}

/** What the process that holds the key signs at most, whatever anybody approved. */
export interface SignerLimits {
	readonly maxFeeLamports: bigint;
	readonly maxTipLamports: bigint;
	/** Fees, tips and rents of an hour. */
	readonly maxHourlyLamports: bigint;
	readonly maxHourlySignatures: number;
	/** A mint without a cap enters no route. */
	readonly notional: ReadonlyMap<Address, NotionalCap>;
	readonly tipAccounts: ReadonlySet<Address>;
}

/**
 * The last gate before the key: what the bytes of a message may do. A message's shape is checked once, by
 * {@link check}; its values, and that nothing else changed, at every signature, by {@link admit}.
 */
export class SignerPolicy {
	readonly #limits: SignerLimits;
	#spending = new SignerSpending();

	constructor(limits: SignerLimits) {
		this.#limits = limits;
	}

	/** Counts what an earlier life signed within the hour. To be called before anything is admitted. */
	recall(record: SignerSpendingRecord): void {
		this.#spending = new SignerSpending(record);
	}

	/** @returns what may be signed again and again with other values, or one phrase that says why it may not */
	check(message: Uint8Array, context: SigningContext): Result<CheckedMessage, string> {
		const checked = checkMessage(message, context, this.#limits.tipAccounts);
		if (!checked.ok) return checked;
		const { fundingMint } = checked.value;
		if (fundingMint === null || this.#limits.notional.has(fundingMint)) return checked;
		return failure(`no cap is set for what enters the route, ${fundingMint} (security.caps)`);
	}

	/**
	 * Whether this message may be signed now; if so, it is counted.
	 *
	 * @param nowMicros microseconds since the Unix epoch
	 * @returns what it counted as, to be written down before the message leaves; or one phrase that says why not
	 */
	admit(message: Uint8Array, checked: CheckedMessage, nowMicros: number): Result<SignedSpending, string> {
		if (!checked.isSame(message)) return failure("the message is not the one that was checked");
		const values = checked.valuesOf(message);
		if (values.brokenChain) return failure("a swap spends more than the swap before it brings at least");
		const { maxFeeLamports, maxTipLamports, maxHourlyLamports, maxHourlySignatures } = this.#limits;
		const fee = networkFeeLamports(values);
		if (fee > maxFeeLamports) return failure(`it can cost ${fee} lamports of fees, at most ${maxFeeLamports}`);
		if (values.tipLamports > maxTipLamports) {
			return failure(`it tips ${values.tipLamports} lamports, at most ${maxTipLamports}`);
		}
		const excess = this.#excessOf(checked, values.notional, nowMicros);
		if (excess !== null) return failure(excess);
		const spending = this.#spending;
		const lamports = fee + values.tipLamports + checked.rentLamports;
		const spent = spending.lamports(nowMicros) + lamports;
		if (spent > maxHourlyLamports) {
			return failure(`fees, tips and rents of the last hour would be ${spent} lamports, at most ${maxHourlyLamports}`);
		}
		if (spending.signatures(nowMicros) >= BigInt(maxHourlySignatures)) {
			return failure(`${maxHourlySignatures} signatures were made in the last hour`);
		}
		const signed = { atMicros: nowMicros, lamports, notional: values.notional, mint: checked.fundingMint };
		spending.add(signed);
		return success(signed);
	}

	/** Why so much must not enter the route, or null. */
	#excessOf({ fundingMint }: CheckedMessage, notional: bigint, nowMicros: number): string | null {
		if (fundingMint === null) return null;
		const cap = this.#limits.notional.get(fundingMint);
		if (!cap) return `no cap is set for ${fundingMint} (security.caps)`;
		if (notional > cap.perTransaction) {
			return `${notional} of ${fundingMint} would enter the route, at most ${cap.perTransaction}`;
		}
		const sum = this.#spending.notional(fundingMint, nowMicros) + notional;
		return sum > cap.perHour
			? `${sum} of ${fundingMint} would enter routes within an hour, at most ${cap.perHour}`
			: null;
	}
}
