import { RollingHour } from "../risk/rolling-hour.ts";
import type { Address } from "../types/address.ts";

/** What one signature counts against the caps of the signer. */
export interface SignedSpending {
	/** Microseconds since the Unix epoch. */
	readonly atMicros: number;
	/** Fees, tip and rents at most. */
	readonly lamports: bigint;
	/** What enters the route, base units of {@link mint}. */
	readonly notional: bigint;
	/** Null where nothing is swapped. */
	readonly mint: Address | null;
}

type Minutes = readonly (readonly [number, bigint])[];

/** The spending of the last hour, as it is written down. */
export interface SignerSpendingRecord {
	readonly lamports: Minutes;
	readonly signatures: Minutes;
	readonly notional: readonly (readonly [Address, Minutes])[];
}

/** What was signed in the last hour. */
export class SignerSpending {
	readonly #lamports: RollingHour;
	readonly #signatures: RollingHour;
	readonly #notional: Map<Address, RollingHour>;

	constructor(record: SignerSpendingRecord = { lamports: [], signatures: [], notional: [] }) {
		this.#lamports = new RollingHour(record.lamports);
		this.#signatures = new RollingHour(record.signatures);
		this.#notional = new Map(record.notional.map(([mint, minutes]) => [mint, new RollingHour(minutes)]));
	}

	get record(): SignerSpendingRecord {
		return {
			lamports: this.#lamports.entries,
			signatures: this.#signatures.entries,
			notional: [...this.#notional].map(([mint, hour]) => [mint, hour.entries]),
		};
	}

	add({ atMicros, lamports, notional, mint }: SignedSpending): void {
		this.#lamports.add(atMicros, lamports);
		this.#signatures.add(atMicros, 1n);
		if (mint === null) return;
		let hour = this.#notional.get(mint);
		if (!hour) {
			hour = new RollingHour();
			this.#notional.set(mint, hour);
		}
		hour.add(atMicros, notional);
	}

	lamports(nowMicros: number): bigint {
		return this.#lamports.sum(nowMicros);
	}

	signatures(nowMicros: number): bigint {
		return this.#signatures.sum(nowMicros);
	}

	notional(mint: Address, nowMicros: number): bigint {
		return this.#notional.get(mint)?.sum(nowMicros) ?? 0n;
	}
}
