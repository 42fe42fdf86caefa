import type { Address } from "../types/address.ts";
import type { BookedChange } from "./booking.ts";
import { RollingHour } from "./rolling-hour.ts";

const MICROS_PER_DAY = 86_400_000_000;
/** Strategies whose day is remembered: far more than any configuration names. */
const KEPT_STRATEGIES = 256;

interface DayResult {
	readonly day: number;
	readonly realised: bigint;
}

/** What {@link Spending} is made of, as plain values. */
export interface SpendingRecord {
	readonly fees: readonly (readonly [number, bigint])[];
	readonly tips: readonly (readonly [number, bigint])[];
	readonly days: readonly (readonly [string, Address, number, bigint])[];
}

/**
 * What was paid in the last hour in network fees and tips, and what every strategy earned on its UTC day. Part of the
 * ledger: a restart loosens no budget.
 */
export class Spending {
	readonly #fees: RollingHour;
	readonly #tips: RollingHour;
	readonly #days = new Map<string, Map<Address, DayResult>>();

	constructor(record?: SpendingRecord) {
		this.#fees = new RollingHour(record?.fees);
		this.#tips = new RollingHour(record?.tips);
		for (const [strategy, mint, day, realised] of record?.days ?? []) {
			this.#resultsOf(strategy).set(mint, { day, realised });
		}
	}

	/** Lamports of network fees in the last hour. */
	fees(nowMicros: number): bigint {
		return this.#fees.sum(nowMicros);
	}

	/** Lamports of tips in the last hour. */
	tips(nowMicros: number): bigint {
		return this.#tips.sum(nowMicros);
	}

	/** A transaction was booked. */
	paid({ networkFee, tip = 0n }: Pick<BookedChange, "networkFee" | "tip">, atMicros: number): void {
		this.#fees.add(atMicros, networkFee);
		this.#tips.add(atMicros, tip);
	}

	/** A strategy's trade changed what was realised in a mint. */
	realised(strategy: string, mint: Address, amount: bigint, atMicros: number): void {
		if (amount === 0n) return;
		const day = dayOf(atMicros);
		const results = this.#resultsOf(strategy);
		const known = results.get(mint);
		// What is taken back of another day leaves today as it is.
		if (known && known.day > day) return;
		results.set(mint, { day, realised: (known?.day === day ? known.realised : 0n) + amount });
	}

	/** Profit (negative: loss) of a strategy's trades on the UTC day of a moment, base units of the mint. */
	realisedToday(strategy: string, mint: Address, nowMicros: number): bigint {
		const known = this.#days.get(strategy)?.get(mint);
		const day = dayOf(nowMicros);
		if (!known || known.day < day) return 0n;
		// A clock that stepped back over midnight forgets no loss, and lends no profit.
		return known.day > day && known.realised > 0n ? 0n : known.realised;
	}

	get record(): SpendingRecord {
		const days: (readonly [string, Address, number, bigint])[] = [];
		for (const [strategy, results] of this.#days) {
			for (const [mint, { day, realised }] of results) days.push([strategy, mint, day, realised]);
		}
		return { fees: this.#fees.entries, tips: this.#tips.entries, days };
	}

	#resultsOf(strategy: string): Map<Address, DayResult> {
		const known = this.#days.get(strategy);
		if (known) return known;
		const results = new Map<Address, DayResult>();
		this.#days.set(strategy, results);
		for (const oldest of this.#days.keys()) {
			if (this.#days.size <= KEPT_STRATEGIES) break;
			this.#days.delete(oldest);
		}
		return results;
	}
}

function dayOf(micros: number): number {
	return Math.floor(micros / MICROS_PER_DAY);
}
