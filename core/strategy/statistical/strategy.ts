import type { FeePolicy } from "../../execution/fee-policy.ts";
import type { Settlement } from "../../execution/submission.ts";
import type { Book } from "../../market/book.ts";
import type { PoolRow } from "../../market/pool-row.ts";
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
import { PairMarket, type PairMarketOptions, type Signal } from "./pair-market.ts";

/** Name of the strategy in its intents. */
export const STATISTICAL = "statistical";

/** Everything that the strategy can be told. */
export interface StatisticalTerms extends HoldingTerms, PairMarketOptions {
	/** What a position is bought with at least, where a pool cannot take all of its size; base units of the funding mint. */
	readonly minimumSize: bigint;
	/** A mint is bought when its pair's spread is so many deviations against it … */
	readonly entryZ: number;
	/** … sold when it is so few, and given up when it is so many. */
	readonly exitZ: number;
	readonly stopZ: number;
	/** How far a mint must be below where it belongs to pay for the fees of both ways. */
	readonly minimumEdgeBps: number;
}

export interface StatisticalOptions {
	readonly terms: StatisticalTerms;
	readonly nextIntentId: () => IntentId;
	/** What is paid for a trade; absent: the terms' budget, and no tips. */
	readonly fees?: FeePolicy;
	/** See {@link PositionDeskOptions}. */
	readonly attempts?: Attempts;
	readonly inFlightTimeoutMicros?: number;
}

export interface StatisticalCounters extends StrategyCounters, HoldingCounters {
	/** Pairs that are followed. */
	readonly pairs: number;
	/** Signals that no pool could be bought from for: too little liquidity, no quote, or too much impact. */
	readonly unbuyable: number;
}

const NOTHING: readonly IntentProposal[] = [];
const BASIS_POINTS = 10_000;

/**
 * Pairs trading of mints against the asset that funds it. Where two prices went together over every lookback, and their
 * spread is now far from its mean, one of the two is cheap beside the other. Only what one owns can be sold on chain, so
 * this is the long half alone: the cheap mint is bought, the rich one is not sold short but just not held. What both do
 * together, a rise or a fall of the market, is therefore not hedged: the stop and the time bound it.
 *
 * A position is sold when the spread of its pair is back, by the lookback that had given the signal; when it goes on to
 * where the pair has evidently parted; when it lost its share; and after its time. Statistics, in doubles, decide only
 * whether; how much for how much is the pool's exact quote.
 */
export class StatisticalPairs implements Strategy {
	readonly name = STATISTICAL;
	readonly #terms: StatisticalTerms;
	readonly #desk: PositionDesk;
	readonly #market: PairMarket;
	/** By mint: the rows that trade it against the funding mint. */
	readonly #rowsOf = new Map<Address, PoolRow[]>();
	#opportunities = 0;
	#unbuyable = 0;

	constructor(options: StatisticalOptions) {
		const { terms } = options;
		this.#terms = terms;
		this.#desk = new PositionDesk({ ...options, name: STATISTICAL });
		this.#market = new PairMarket(terms);
	}

	get counters(): StatisticalCounters {
		return {
			...this.#desk.counters,
			opportunities: this.#opportunities,
			inFlight: this.#desk.inFlight,
			pairs: this.#market.pairs,
			unbuyable: this.#unbuyable,
		};
	}

	adopt({ book }: Market): void {
		const { fundingMint } = this.#terms;
		this.#desk.adopt(book);
		this.#market.adopt(book);
		this.#rowsOf.clear();
		for (const row of book.rows) {
			const { mintA, mintB } = row.pool;
			if (mintA !== fundingMint && mintB !== fundingMint) continue;
			const mint = mintA === fundingMint ? mintB : mintA;
			const rows = this.#rowsOf.get(mint);
			if (rows) rows.push(row);
			else this.#rowsOf.set(mint, [row]);
		}
	}

	onUpdate(update: MarketUpdate): readonly IntentProposal[] {
		const book = this.#desk.tradable(update);
		if (book === null) return NOTHING;
		this.#market.take(book, update);
		const proposals = this.#desk.exits(book, update, (exit) => this.#reasonFor(exit));
		if (this.#desk.room > 0) this.#enter(book, update, proposals);
		return proposals;
	}

	settled(settlement: Settlement): void {
		this.#desk.settled(settlement);
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
	}

	#reasonFor({ position: { mint, notes } }: Exit): ExitReason | null {
		const { exitZ, stopZ } = this.#terms;
		const { against, lookbackSeconds } = notes;
		if (against === undefined || lookbackSeconds === undefined) return null;
		const z = this.#market.zOf({ mint, against: against as Address, lookbackSeconds: Number(lookbackSeconds) });
		if (z === null) return null;
		if (z >= -exitZ) return "target";
		return z <= -stopZ ? "stopSpread" : null;
	}

	/** Buys what is cheap, the cheapest first. */
	#enter(book: Book, update: MarketUpdate, proposals: IntentProposal[]): void {
		const { entryZ, stopZ, minimumEdgeBps } = this.#terms;
		const edge = Math.log1p(minimumEdgeBps / BASIS_POINTS);
		const { unixSeconds } = update.clock;
		const signals = this.#market
			.signals()
			.filter((signal) => signal.z <= -entryZ && signal.z > -stopZ && signal.edge >= edge)
			.sort((one, other) => one.z - other.z);
		for (const signal of signals) {
			if (this.#desk.room <= 0) return;
			if (this.#desk.has(signal.mint) || this.#desk.isResting(signal.mint, unixSeconds)) continue;
			const quote = this.#bestEntry(signal, update);
			if (quote === null) {
				this.#unbuyable++;
				continue;
			}
			if (!this.#desk.isFree(quote, update)) continue;
			this.#opportunities++;
			const { against, lookbackSeconds, z } = signal;
			const notes = { against, lookbackSeconds: `${lookbackSeconds}`, z: z.toFixed(2) };
			proposals.push(this.#desk.buy(book, quote, { notes, update }));
		}
	}

	/** Of the pools that are deep enough the one that takes most of the size, and then gives most for it. */
	#bestEntry({ mint }: Signal, { clock }: MarketUpdate): RouteQuote | null {
		const { fundingMint, minimumLiquidity, positionSize, minimumSize, maximumImpactBps } = this.#terms;
		let best: RouteQuote | null = null;
		for (const row of this.#rowsOf.get(mint) ?? []) {
			if (!isOpen(row, clock) || reserveOf(row, fundingMint) < minimumLiquidity) continue;
			const quote = quoteEntry({
				row,
				mintIn: fundingMint,
				amount: positionSize,
				minimumAmount: minimumSize,
				maximumImpactBps,
				clock,
			});
			if (quote.ok && (best === null || isBetter(quote.value, best))) best = quote.value;
		}
		return best;
	}
}

function isBetter(one: RouteQuote, other: RouteQuote): boolean {
	if (one.amountIn !== other.amountIn) return one.amountIn > other.amountIn;
	return one.amountOut > other.amountOut;
}
