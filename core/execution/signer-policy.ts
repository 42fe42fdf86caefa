import { RollingHour } from "../risk/rolling-hour.ts";
import { networkFeeLamports } from "../strategy/network-cost.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import { type CheckedMessage, checkMessage, type SigningContext } from "./message-check.ts";

/** The most that is signed for one mint, in its base units: what enters a route. */
export interface NotionalCap {
	readonly perTransaction: bigint;
	readonly perHour: bigint;
}

/** What the process that holds the key signs at most, whatever anybody approved. */
export interface SignerLimits {
	readonly maxFeeLamports: bigint;
	readonly maxTipLamports: bigint;
	/** Fees and tips of an hour. */
	readonly maxHourlyLamports: bigint;
	readonly maxHourlySignatures: number;
	/** A mint without a cap enters no route. */
	readonly notional: ReadonlyMap<Address, NotionalCap>;
	readonly tipAccounts: ReadonlySet<Address>;
}

/** What the limits count, over the last hour. */
interface Spent {
	readonly lamports: RollingHour;
	readonly signatures: RollingHour;
	readonly notional: ReadonlyMap<Address, RollingHour>;
}

/**
 * The last gate before the key: what the bytes of a message may do. A message's shape is checked once, by
 * {@link check}; its values, and that nothing else changed, at every signature, by {@link admit}.
 */
export class SignerPolicy {
	readonly #limits: SignerLimits;
	readonly #spent: Spent;

	constructor(limits: SignerLimits) {
		this.#limits = limits;
		this.#spent = {
			lamports: new RollingHour(),
			signatures: new RollingHour(),
			notional: new Map([...limits.notional.keys()].map((mint) => [mint, new RollingHour()])),
		};
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
	 * @returns or one phrase that says why not
	 */
	admit(message: Uint8Array, checked: CheckedMessage, nowMicros: number): Result<void, string> {
		if (!checked.isSame(message)) return failure("the message is not the one that was checked");
		const values = checked.valuesOf(message);
		if (values.brokenChain) return failure("a swap spends more than the swap before it brings at least");
		const { maxFeeLamports, maxTipLamports, maxHourlyLamports, maxHourlySignatures } = this.#limits;
		const fee = networkFeeLamports(values);
		if (fee > maxFeeLamports) return failure(`it can cost ${fee} lamports of fees, at most ${maxFeeLamports}`);
		if (values.tipLamports > maxTipLamports) {
			return failure(`it tips ${values.tipLamports} lamports, at most ${maxTipLamports}`);
		}
		const notional = this.#notionalOf(checked, values.notional, nowMicros);
		if (!notional.ok) return notional;
		const { lamports, signatures } = this.#spent;
		const cost = fee + values.tipLamports;
		const spent = lamports.sum(nowMicros) + cost;
		if (spent > maxHourlyLamports) {
			return failure(`fees and tips of the last hour would be ${spent} lamports, at most ${maxHourlyLamports}`);
		}
		if (signatures.sum(nowMicros) >= BigInt(maxHourlySignatures)) {
			return failure(`${maxHourlySignatures} signatures were made in the last hour`);
		}
		lamports.add(nowMicros, cost);
		signatures.add(nowMicros, 1n);
		notional.value?.add(nowMicros, values.notional);
		return success(undefined);
	}

	/** Where the notional counts, once it is within its caps. */
	#notionalOf(
		{ fundingMint }: CheckedMessage,
		notional: bigint,
		nowMicros: number,
	): Result<RollingHour | undefined, string> {
		if (fundingMint === null) return success(undefined);
		const cap = this.#limits.notional.get(fundingMint);
		const hour = this.#spent.notional.get(fundingMint);
		if (!cap || !hour) return failure(`no cap is set for ${fundingMint} (security.caps)`);
		if (notional > cap.perTransaction) {
			return failure(`${notional} of ${fundingMint} would enter the route, at most ${cap.perTransaction}`);
		}
		const sum = hour.sum(nowMicros) + notional;
		if (sum > cap.perHour) {
			return failure(`${sum} of ${fundingMint} would enter routes within an hour, at most ${cap.perHour}`);
		}
		return success(hour);
	}
}
