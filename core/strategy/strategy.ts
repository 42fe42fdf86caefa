import type { FlashLender } from "../execution/flash-loan.ts";
import type { Settlement } from "../execution/submission.ts";
import type { Book } from "../market/book.ts";
import type { ChainClock } from "../market/chain-clock.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import type { HeldPosition } from "./held-position.ts";
import type { OrderIntent } from "./order-intent.ts";

/** What a strategy wants done. Deadline and timings are the actor's to add. */
export type IntentProposal = Omit<OrderIntent, "deadlineMicros" | "timings">;

/** A market that strategies trade: the book's rows stand for the catalog's pools until the next one is adopted. */
export interface Market {
	readonly book: Book;
	readonly lenders: readonly FlashLender[];
}

/** One update of the market, with time as a value. */
export interface MarketUpdate {
	/** Places of the rows that the update told. */
	readonly changed: readonly number[];
	/** The newest that is known of the chain's time from anywhere: the book may be behind it. */
	readonly clock: ChainClock;
	/** Monotonic microseconds. */
	readonly nowMicros: number;
}

/** Counters since the strategy was made. */
export interface StrategyCounters {
	/** How often there was a trade worth proposing. */
	readonly opportunities: number;
	readonly inFlight: number;
	/** Of one that follows cycles: those that are watched, and those beyond the number that a pool may have. */
	readonly cycles?: number;
	readonly cyclesLeftOut?: number;
	/** Trades worth proposing that could not be priced, because no SOL price was known for their costs. */
	readonly unpriced?: number;
	/** Trades passed over because their transaction would have been too large. */
	readonly tooLarge?: number;
}

/**
 * A plug-in strategy. Pure: the same market, updates and outcomes give the same proposals. It never trades on a book
 * that is stale. One that throws is paused, alone, until a person resumes it; it is then made anew.
 */
export interface Strategy {
	readonly name: string;
	readonly counters: StrategyCounters;
	/** Takes a new catalog's market. What is in flight stays in flight. */
	adopt(market: Market): void;
	/** What lenders have or ask for changed; the market is the same. */
	lendersChanged?(lenders: readonly FlashLender[]): void;
	/** What transactions may look accounts up in, by the addresses in it, is another table, or more of it. */
	tableChanged?(entries: ReadonlySet<Address>): void;
	/** Intents for what changed, the best first. Each counts as in flight until {@link ended}. */
	onUpdate(update: MarketUpdate): readonly IntentProposal[];
	/** How an intent of its own ended on the chain, with the amounts that it moved. Told before {@link ended}. */
	settled?(settlement: Settlement): void;
	/** An intent was denied, settled, or provably never left: its cycle is free again. Unknown ids are ignored. */
	ended(intentId: IntentId): void;
	/**
	 * A fork took back what {@link settled} told of an intent as landed: it is under way again, and its end is told anew.
	 * One that cannot take it back throws.
	 */
	reversed?(intentId: IntentId): void;
	/** What it holds. One that has this has {@link restore}, too: both are its word that it holds positions. */
	positions?(): readonly HeldPosition[];
	/** Takes over what was held before it was made. Called once, before the first market. */
	restore?(positions: readonly HeldPosition[]): void;
}
