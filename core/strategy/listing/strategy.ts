import type { FeePolicy } from "../../execution/fee-policy.ts";
import type { Settlement } from "../../execution/submission.ts";
import type { Book } from "../../market/book.ts";
import type { RouteQuote } from "../../orders/order-route.ts";
import type { Address } from "../../types/address.ts";
import type { IntentId } from "../../types/identifiers.ts";
import type { Attempts } from "../attempts.ts";
import type { HeldPosition } from "../held-position.ts";
import { isOpen, quoteEntry, reserveOf } from "../holding/entry.ts";
import type { ExitReason } from "../holding/exit-reason.ts";
import type { HoldingCounters } from "../holding/holdings.ts";
import type { HoldingTerms } from "../holding/parameters.ts";
import { type Exit, PositionDesk } from "../holding/position-desk.ts";
import type { IntentProposal, Market, MarketUpdate, Strategy, StrategyCounters } from "../strategy.ts";
import { type Candidate, Candidates } from "./candidates.ts";
import type { FactsOf } from "./facts.ts";
import { LISTING_REFUSALS, type ListingFilter, type ListingRefusal, refuseListing } from "./refusal.ts";

/** Name of the strategy in its intents. */
export const LISTING = "listing";

/** Everything that the strategy can be told. */
export interface ListingTerms extends HoldingTerms, ListingFilter {
	/** A position that would bring so much more than it cost is sold. */
	readonly takeProfitBps: number;
}

export interface ListingOptions {
	readonly terms: ListingTerms;
	readonly facts: FactsOf;
	readonly nextIntentId: () => IntentId;
	/** What is paid for a trade; absent: the terms' budget, and no tips. */
	readonly fees?: FeePolicy;
	/** See {@link PositionDeskOptions}. */
	readonly attempts?: Attempts;
	readonly inFlightTimeoutMicros?: number;
}

export interface ListingCounters extends StrategyCounters, HoldingCounters {
	/** How often a pool came to be refused for each reason. One that stays refused for the same is counted once. */
	readonly refused: Readonly<Record<ListingRefusal, number>>;
}

const NOTHING: readonly IntentProposal[] = [];
const BASIS_POINTS = 10_000n;
/** Pools that wait for their age, their facts or a place; others are looked at when they change. */
const MOST_WAITING = 1_024;
/** Tokens that were bought before, and so are not bought again. */
const MOST_BOUGHT = 16_384;
/** What passes by itself, without a change of the pool. */
const WAITING: ReadonlySet<ListingRefusal> = new Set([
	"factsUnknown",
	"tooYoung",
	"resting",
	"noRoom",
	"notTradable",
	"quoteSpent",
]);

/**
 * Buys the token of a new pool, once, for a fixed size, when the token can neither be inflated nor frozen, its liquidity
 * cannot be taken away, and nobody holds too much of it; sells all of it at a profit, at a loss, or after a time. What is
 * not known is taken for bad. Positions are marked at what all of the token would bring now, to the unit.
 */
export class ListingStrategy implements Strategy {
	readonly name = LISTING;
	readonly #terms: ListingTerms;
	readonly #facts: FactsOf;
	readonly #desk: PositionDesk;
	readonly #candidates: Candidates;
	readonly #bought = new Set<Address>();
	readonly #refused = new Map<ListingRefusal, number>();
	/** Places of rows that are looked at again with the next second. */
	#waiting = new Set<number>();
	#lookedAtSeconds = -1n;
	#isNew = false;
	#opportunities = 0;

	constructor(options: ListingOptions) {
		const { terms, facts } = options;
		this.#terms = terms;
		this.#facts = facts;
		this.#desk = new PositionDesk({ ...options, name: LISTING });
		this.#candidates = new Candidates(terms.fundingMint);
	}

	get counters(): ListingCounters {
		const refused = LISTING_REFUSALS.map((code) => [code, this.#refused.get(code) ?? 0]);
		return {
			...this.#desk.counters,
			opportunities: this.#opportunities,
			inFlight: this.#desk.inFlight,
			refused: Object.fromEntries(refused) as Record<ListingRefusal, number>,
		};
	}

	adopt({ book }: Market): void {
		this.#desk.adopt(book);
		this.#candidates.adopt(book);
		this.#waiting.clear();
		this.#isNew = true;
	}

	onUpdate(update: MarketUpdate): readonly IntentProposal[] {
		const book = this.#desk.tradable(update);
		if (book === null) return NOTHING;
		const proposals = this.#desk.exits(book, update, (exit) => this.#reasonFor(exit));
		this.#enter(book, update, proposals);
		return proposals;
	}

	settled(settlement: Settlement): void {
		this.#desk.settled(settlement);
		for (const { mint } of this.#desk.positions) this.#remember(mint);
	}

	reversed(intentId: IntentId): void {
		this.#desk.reversed(intentId);
	}

	ended(intentId: IntentId): void {
		this.#desk.ended(intentId);
	}

	positions(): readonly HeldPosition[] {
		return this.#desk.positions;
	}

	restore(positions: readonly HeldPosition[]): void {
		this.#desk.restore(positions);
		for (const { mint } of positions) this.#remember(mint);
	}

	#reasonFor({ position: { cost }, quote }: Exit): ExitReason | null {
		const wanted = cost * (BASIS_POINTS + BigInt(this.#terms.takeProfitBps));
		return quote.amountOut * BASIS_POINTS >= wanted ? "target" : null;
	}

	#enter(book: Book, update: MarketUpdate, proposals: IntentProposal[]): void {
		const now = update.clock.unixSeconds;
		const candidates = this.#candidates.at(now);
		for (const place of this.#due(book, update)) {
			const candidate = candidates[place] as Candidate;
			const looked = this.#look(candidate, update);
			if (typeof looked === "string") {
				this.#refuse(place, candidate, looked);
				continue;
			}
			candidate.refusal = null;
			// Until its purchase has landed: one that is denied is tried again, also while the pool stays as it is.
			if (this.#waiting.size < MOST_WAITING) this.#waiting.add(place);
			this.#opportunities++;
			const notes = { listedIn: candidate.row.pool.address };
			proposals.push(this.#desk.buy(book, looked, { notes, update }));
		}
	}

	/** Rows to look at: those that changed, with a new second those that wait, and all of a new catalog. */
	#due({ rows }: Book, { changed, clock }: MarketUpdate): Iterable<number> {
		if (this.#isNew) {
			this.#isNew = false;
			this.#lookedAtSeconds = clock.unixSeconds;
			return rows.keys();
		}
		if (clock.unixSeconds === this.#lookedAtSeconds || this.#waiting.size === 0) return changed;
		this.#lookedAtSeconds = clock.unixSeconds;
		const due = new Set(this.#waiting);
		for (const place of changed) due.add(place);
		return due;
	}

	/** What to buy from a pool, or why nothing. */
	#look(candidate: Candidate, update: MarketUpdate): RouteQuote | ListingRefusal {
		const { row, mint } = candidate;
		const { clock } = update;
		if (mint === null) return "noFunding";
		const { fundingMint, positionSize, minimumLiquidity, maximumImpactBps } = this.#terms;
		const facts = this.#facts(row.pool.address);
		const { firstSeenSeconds } = candidate;
		const refusal = refuseListing({ firstSeenSeconds, facts }, this.#terms, clock.unixSeconds);
		if (refusal !== null) return refusal;
		if (!isOpen(row, clock)) return "notTradable";
		if (reserveOf(row, fundingMint) < minimumLiquidity) return "liquidity";
		if (this.#bought.has(mint)) return "boughtBefore";
		// One that is being bought rests as well, and its outcome decides.
		if (this.#desk.has(mint) || this.#desk.isResting(mint, clock.unixSeconds)) return "resting";
		if (this.#desk.room <= 0) return "noRoom";
		const quote = quoteEntry({
			row,
			mintIn: fundingMint,
			amount: positionSize,
			minimumAmount: positionSize,
			maximumImpactBps,
			clock,
		});
		if (!quote.ok) return quote.error;
		return this.#desk.isFree(quote.value, update) ? quote.value : "quoteSpent";
	}

	#refuse(place: number, candidate: Candidate, refusal: ListingRefusal): void {
		// Of a pool that was there from the first, news come with its own changes: it takes no room from new ones.
		const isWaiting = WAITING.has(refusal) && (refusal !== "factsUnknown" || candidate.firstSeenSeconds !== null);
		if (!isWaiting) this.#waiting.delete(place);
		else if (this.#waiting.size < MOST_WAITING) this.#waiting.add(place);
		if (candidate.refusal === refusal) return;
		candidate.refusal = refusal;
		this.#refused.set(refusal, (this.#refused.get(refusal) ?? 0) + 1);
	}

	#remember(mint: Address): void {
		if (this.#bought.has(mint)) return;
		this.#bought.add(mint);
		if (this.#bought.size <= MOST_BOUGHT) return;
		const [oldest] = this.#bought;
		this.#bought.delete(oldest as Address);
	}
}
