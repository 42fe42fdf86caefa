import { MOST_FAILURES } from "./failure-throttle.ts";
import type { LedgerCheckpoint } from "./ledger-record.ts";

/** Strategies whose failures are remembered: far more than any configuration names. */
const KEPT_STRATEGIES = 256;

type Stored = Pick<LedgerCheckpoint, "throttled" | "failures">;

/** Which strategies failed lately, and which are off until a person enables them. */
export class StrategyFailures {
	/** Why each is off. */
	readonly #throttled: Map<string, string>;
	/** When the last intents of each reverted or expired, oldest first. */
	readonly #failures: Map<string, readonly number[]>;

	constructor({ throttled, failures }: Stored = {}) {
		this.#throttled = new Map(throttled);
		this.#failures = new Map(failures);
	}

	get stored(): Required<Stored> {
		return { throttled: [...this.#throttled], failures: [...this.#failures] };
	}

	/** Strategies that are off. */
	get throttled(): readonly string[] {
		return [...this.#throttled.keys()];
	}

	/** Why a strategy is off, or null. */
	reasonOf(strategy: string): string | null {
		return this.#throttled.get(strategy) ?? null;
	}

	/** When a strategy's last intents reverted or expired, oldest first, microseconds since the Unix epoch. */
	of(strategy: string): readonly number[] {
		return this.#failures.get(strategy) ?? [];
	}

	/** An intent of a strategy reverted or expired. */
	failed(strategy: string, atMicros: number): void {
		const times = [...this.of(strategy), atMicros].slice(-MOST_FAILURES);
		// The strategy that failed last comes last.
		this.#failures.delete(strategy);
		this.#failures.set(strategy, times);
		for (const oldest of this.#failures.keys()) {
			if (this.#failures.size <= KEPT_STRATEGIES) break;
			this.#failures.delete(oldest);
		}
	}

	throttle(strategy: string, reason: string): void {
		this.#throttled.set(strategy, reason);
	}

	/** A person enables it: what failed before does not count any more. */
	enable(strategy: string): void {
		this.#throttled.delete(strategy);
		this.#failures.delete(strategy);
	}
}
