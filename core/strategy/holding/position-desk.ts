import { FeePolicy } from "../../execution/fee-policy.ts";
import type { Settlement } from "../../execution/submission.ts";
import type { Book } from "../../market/book.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import { payForOrder } from "../../orders/order-payment.ts";
import { bestQuote, findRoutes, type OrderRoute, type RouteQuote } from "../../orders/order-route.ts";
import type { Address } from "../../types/address.ts";
import type { IntentId } from "../../types/identifiers.ts";
import { Attempts } from "../attempts.ts";
import type { HeldPosition } from "../held-position.ts";
import { InFlight } from "../in-flight.ts";
import type { ComputeBudget } from "../network-cost.ts";
import type { IntentProposal, MarketUpdate } from "../strategy.ts";
import type { ExitReason } from "./exit-reason.ts";
import { type HoldingCounters, Holdings, type Place } from "./holdings.ts";
import { proposeSwap } from "./swap-proposal.ts";

/** What every strategy that holds positions is told. */
export interface PositionTerms {
	/** What positions are paid for with, and sold for. */
	readonly fundingMint: Address;
	readonly maximumPositions: number;
	/** How much less than its quote a swap may bring. */
	readonly slippageBps: number;
	/** Rest of a mint after an attempt to buy or sell it. Chain seconds. */
	readonly coolDownSeconds: number;
	/** A sale that came to nothing is tried again after so long. Chain seconds. */
	readonly retrySeconds: number;
	/** A position that lost this share of its cost is closed. */
	readonly stopLossBps: number;
	/** A position is closed after so long. Chain seconds. */
	readonly maximumHoldingSeconds: number;
	readonly budget: ComputeBudget;
	/** A book that is so many slots behind is not traded on. */
	readonly staleAfterSlots: number;
}

export interface PositionDeskOptions {
	/** Name of the strategy in its intents. */
	readonly name: string;
	readonly terms: PositionTerms;
	readonly nextIntentId: () => IntentId;
	/** What is paid for a trade; absent: the terms' budget, and no tips. */
	readonly fees?: FeePolicy;
	/** What all strategies of the market have under way; absent: of this one alone. */
	readonly attempts?: Attempts;
	/** An intent's quotes are free again after so long, whatever is told of it. Microseconds. */
	readonly inFlightTimeoutMicros?: number;
}

/** A blockhash lives 150 slots, about a minute. */
const IN_FLIGHT_TIMEOUT_MICROS = 90_000_000;

/** A position that may be sold, with what all of it would bring. */
export interface Exit {
	readonly position: HeldPosition;
	/** Exact; what the position is marked at. */
	readonly quote: RouteQuote;
}

const BASIS_POINTS = 10_000n;
/** Ways out of a position that are looked at. */
const MOST_ROUTES = 32;

/** The ways out of a position, and what they gave when they were last quoted. */
interface WayOut {
	readonly routes: readonly OrderRoute[];
	stamp: number;
	seconds: bigint;
	quote: RouteQuote | null;
}

/**
 * What strategies that hold positions have in common: whether the market may be traded on, exact marks, the exits that
 * every position has, and swaps as intents. When to buy, and what else to sell for, is theirs.
 */
export class PositionDesk {
	readonly #options: PositionDeskOptions;
	readonly #fees: FeePolicy;
	readonly #attempts: Attempts;
	readonly #inFlight: InFlight;
	readonly #holdings: Holdings;
	readonly #waysOut = new Map<Address, WayOut>();
	#book: Book | null = null;

	constructor(options: PositionDeskOptions) {
		const { name, terms, fees } = options;
		this.#options = options;
		this.#fees = fees ?? FeePolicy.fixed(terms.budget);
		this.#attempts = options.attempts ?? new Attempts();
		this.#inFlight = new InFlight({
			owner: name,
			attempts: this.#attempts,
			maximum: terms.maximumPositions,
			// How long a mint rests the holdings know, in the chain's time.
			coolDownMicros: 0,
			timeoutMicros: options.inFlightTimeoutMicros ?? IN_FLIGHT_TIMEOUT_MICROS,
		});
		this.#holdings = new Holdings({
			strategy: name,
			fundingMint: terms.fundingMint,
			maximum: terms.maximumPositions,
			coolDownSeconds: BigInt(terms.coolDownSeconds),
			retrySeconds: BigInt(terms.retrySeconds),
		});
	}

	get room(): number {
		return this.#holdings.room;
	}

	get inFlight(): number {
		return this.#holdings.inFlight;
	}

	get positions(): readonly HeldPosition[] {
		return this.#holdings.positions;
	}

	get counters(): HoldingCounters {
		return this.#holdings.counters;
	}

	adopt(book: Book): void {
		this.#book = book;
		this.#waysOut.clear();
	}

	restore(positions: readonly HeldPosition[]): void {
		this.#holdings.restore(positions);
	}

	settled(settlement: Settlement): void {
		this.#inFlight.end(settlement.intentId);
		this.#holdings.settled(settlement);
	}

	/** See {@link Holdings.reversed}. */
	reversed(intentId: IntentId): void {
		this.#holdings.reversed(intentId);
	}

	ended(intentId: IntentId): void {
		this.#inFlight.end(intentId);
		this.#holdings.ended(intentId);
	}

	has(mint: Address): boolean {
		return this.#holdings.has(mint);
	}

	isResting(mint: Address, nowSeconds: bigint): boolean {
		return this.#holdings.isResting(mint, nowSeconds);
	}

	/** Whether no intent of any strategy is under way with the quotes that this one is made of. */
	isFree({ route }: RouteQuote, { nowMicros }: MarketUpdate): boolean {
		return this.#inFlight.isFree(this.#options.name, rowsOf(route), nowMicros);
	}

	/** The book, while it may be traded on. */
	tradable({ clock, nowMicros }: MarketUpdate): Book | null {
		const book = this.#book;
		if (book === null || book.stale) return null;
		if (Number(clock.slot) - book.slot > this.#options.terms.staleAfterSlots) return null;
		this.#fees.advance(nowMicros);
		this.#attempts.expire(nowMicros);
		return book;
	}

	/**
	 * Marks every position at what all of it would bring over its best way out, and proposes to sell those for which
	 * there is a reason: the stop and the time that every position has, else what the strategy says.
	 */
	exits(
		book: Book,
		update: MarketUpdate,
		reasonOf: (exit: Exit, update: MarketUpdate) => ExitReason | null,
	): IntentProposal[] {
		const proposals: IntentProposal[] = [];
		for (const place of this.#holdings.places) {
			const { position } = place;
			if (position === null) continue;
			const quote = this.#quoteOut(book, position, update);
			this.#holdings.mark(position.mint, quote?.amountOut ?? null);
			if (quote === null || !canSell(place, update)) continue;
			const exit = { position, quote };
			const reason = this.#commonReason(exit, update) ?? reasonOf(exit, update);
			if (reason !== null) proposals.push(this.#sell(book, exit, { reason, update }));
		}
		return proposals;
	}

	/** Proposes a purchase. The mint has no place yet, there is room, and the quote is free: the strategy has asked. */
	buy(
		book: Book,
		quote: RouteQuote,
		{ notes, update }: { readonly notes: HeldPosition["notes"]; readonly update: MarketUpdate },
	): IntentProposal {
		const mint = quote.route.at(-1)?.mintOut as Address;
		const intentId = this.#options.nextIntentId();
		for (const sold of this.#waysOut.keys()) if (!this.has(sold)) this.#waysOut.delete(sold);
		this.#holdings.buy({
			intentId,
			mint,
			fundingMint: this.#options.terms.fundingMint,
			pools: quote.route.map(({ row }) => row.pool.address),
			notes,
			nowSeconds: update.clock.unixSeconds,
		});
		return this.#propose(book, quote, { intentId, cycle: `${this.#options.name} buy ${mint}`, update });
	}

	/** Waits for nobody's quotes: what has to be sold is sold, and the chain refuses what became too bad a price. */
	#sell(
		book: Book,
		{ position: { mint }, quote }: Exit,
		{ reason, update }: { readonly reason: ExitReason; readonly update: MarketUpdate },
	): IntentProposal {
		const intentId = this.#options.nextIntentId();
		this.#holdings.sell({ mint, intentId, reason, nowSeconds: update.clock.unixSeconds });
		return this.#propose(book, quote, { intentId, cycle: `${this.#options.name} sell ${mint}`, update });
	}

	#propose(
		book: Book,
		quote: RouteQuote,
		{ intentId, cycle, update }: { readonly intentId: IntentId; readonly cycle: string; readonly update: MarketUpdate },
	): IntentProposal {
		this.#inFlight.start({ intentId, cycle, rows: rowsOf(quote.route), nowMicros: update.nowMicros });
		const { name, terms } = this.#options;
		this.#fees.proposed(intentId, book.slot);
		return proposeSwap({
			intentId,
			strategy: name,
			cycle,
			quote,
			slippageBps: terms.slippageBps,
			payment: payForOrder(quote.route, this.#fees),
			slot: book.slot,
		});
	}

	#commonReason({ position, quote }: Exit, { clock }: MarketUpdate): ExitReason | null {
		const { stopLossBps, maximumHoldingSeconds } = this.#options.terms;
		const { cost, openedAtSeconds } = position;
		if (quote.amountOut * BASIS_POINTS <= cost * (BASIS_POINTS - BigInt(stopLossBps))) return "stopLoss";
		return clock.unixSeconds - openedAtSeconds >= BigInt(maximumHoldingSeconds) ? "time" : null;
	}

	/** Quoted anew when one of its pools changed, and with every second, as fees may depend on the time. */
	#quoteOut(book: Book, { mint, fundingMint, amount }: HeldPosition, { clock }: MarketUpdate): RouteQuote | null {
		let way = this.#waysOut.get(mint);
		if (way === undefined) {
			const routes = findRoutes({ rows: book.rows, mintIn: mint, mintOut: fundingMint, maximum: MOST_ROUTES });
			way = { routes, stamp: -1, seconds: -1n, quote: null };
			this.#waysOut.set(mint, way);
		}
		const stamp = stampOf(way.routes);
		if (stamp === way.stamp && way.seconds === clock.unixSeconds && way.quote?.amountIn === amount) return way.quote;
		way.stamp = stamp;
		way.seconds = clock.unixSeconds;
		way.quote = bestQuote({ routes: way.routes, clock }, amount);
		return way.quote;
	}
}

function rowsOf(route: OrderRoute): readonly PoolRow[] {
	return route.map(({ row }) => row);
}

/** A purchase that is in flight, or a sale, is waited for; one that came to nothing rests a while. */
function canSell({ pending, restsUntilSeconds }: Place, { clock }: MarketUpdate): boolean {
	return pending === null && clock.unixSeconds >= restsUntilSeconds;
}

/** Another number when a row of the routes is another. */
function stampOf(routes: readonly OrderRoute[]): number {
	let stamp = 0;
	for (const route of routes) for (const { row } of route) stamp += row.version * 4 + stateOf(row);
	return stamp;
}

function stateOf({ stale, swapEnabled }: PoolRow): number {
	return (stale ? 2 : 0) + (swapEnabled ? 1 : 0);
}
