import type { FactsOf, ListingFacts } from "../../core/strategy/listing/facts.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock, Random } from "../../core/types/clock.ts";
import { Backoff } from "../../libs/solana/backoff.ts";

export interface ListingFactsOptions {
	/** Asks the chain; null: it does not tell enough. Rejects when it cannot be asked. */
	readonly read: (pool: Address, signal: AbortSignal) => Promise<ListingFacts | null>;
	readonly clock: Pick<Clock, "monotonicMicros">;
	readonly random: Random;
	readonly timeoutMs: number;
}

export interface ListingFactsCounters {
	readonly known: number;
	readonly queued: number;
	readonly read: number;
	readonly failed: number;
	/** Pools that were asked for while the queue was full. */
	readonly leftOut: number;
}

interface Entry {
	readonly facts: ListingFacts | null;
	/** From this moment on it is read again when somebody asks. Monotonic microseconds. */
	readonly dueAtMicros: number;
	readonly backoff: Backoff;
}

const MOST_KNOWN = 4_096;
const MOST_QUEUED = 256;
const MOST_AT_ONCE = 2;
/** Holders and liquidity change: what is older is read again, and what the chain does not tell yet as well. */
const REFRESH_MICROS = 15_000_000;
/** Facts that nobody asked for meanwhile are no longer vouched for. */
const MOST_OVERDUE_MICROS = 15_000_000;
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 30_000;
const MICROS_PER_MILLISECOND = 1_000;

/**
 * What is known of pools' tokens: a lookup that never waits. What is not known, or too long ago, is read in the
 * background, a few pools at once, for as long as somebody asks for it. Facts that could not be read again count as
 * unknown: they are no longer vouched for.
 */
export class ListingFactsCache {
	readonly #options: ListingFactsOptions;
	readonly #known = new Map<Address, Entry>();
	readonly #queue = new Set<Address>();
	readonly #reading = new Set<Address>();
	readonly #abort = new AbortController();
	#read = 0;
	#failed = 0;
	#leftOut = 0;

	constructor(options: ListingFactsOptions) {
		this.#options = options;
	}

	get counters(): ListingFactsCounters {
		const [known, queued] = [this.#known.size, this.#queue.size + this.#reading.size];
		return { known, queued, read: this.#read, failed: this.#failed, leftOut: this.#leftOut };
	}

	readonly of: FactsOf = (pool) => {
		const entry = this.#known.get(pool);
		const overdueMicros = this.#options.clock.monotonicMicros() - (entry?.dueAtMicros ?? 0);
		if (entry === undefined || overdueMicros >= 0) this.#want(pool);
		return entry === undefined || overdueMicros > MOST_OVERDUE_MICROS ? null : entry.facts;
	};

	/** Ends what is under way. Idempotent. */
	stop(): void {
		this.#abort.abort();
		this.#queue.clear();
	}

	#want(pool: Address): void {
		if (this.#abort.signal.aborted || this.#queue.has(pool) || this.#reading.has(pool)) return;
		if (this.#queue.size >= MOST_QUEUED) {
			this.#leftOut++;
			return;
		}
		this.#queue.add(pool);
		this.#next();
	}

	#next(): void {
		for (const pool of this.#queue) {
			if (this.#reading.size >= MOST_AT_ONCE) return;
			this.#queue.delete(pool);
			this.#reading.add(pool);
			void this.#ask(pool);
		}
	}

	async #ask(pool: Address): Promise<void> {
		const { read, random, timeoutMs } = this.#options;
		const backoff = this.#known.get(pool)?.backoff ?? new Backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, random });
		try {
			const facts = await read(pool, AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]));
			backoff.reset();
			this.#read++;
			this.#remember(pool, facts, { backoff, waitMicros: REFRESH_MICROS });
		} catch {
			this.#failed++;
			this.#remember(pool, null, { backoff, waitMicros: backoff.nextMs() * MICROS_PER_MILLISECOND });
		}
		this.#reading.delete(pool);
		this.#next();
	}

	#remember(
		pool: Address,
		facts: ListingFacts | null,
		{ backoff, waitMicros }: { readonly backoff: Backoff; readonly waitMicros: number },
	): void {
		this.#known.delete(pool);
		this.#known.set(pool, { facts, dueAtMicros: this.#options.clock.monotonicMicros() + waitMicros, backoff });
		const [oldest] = this.#known.keys();
		if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest as Address);
	}
}
