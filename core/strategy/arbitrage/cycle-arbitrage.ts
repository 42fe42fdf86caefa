import { FeePolicy, type FeeQuote } from "../../execution/fee-policy.ts";
import type { FlashLender } from "../../execution/flash-loan.ts";
import type { Book } from "../../market/book.ts";
import type { ChainClock } from "../../market/chain-clock.ts";
import { CycleIndex } from "../../market/cycle-index.ts";
import type { PoolDescriptor } from "../../market/pool.ts";
import type { PoolRow } from "../../market/pool-row.ts";
import type { Address } from "../../types/address.ts";
import type { IntentId } from "../../types/identifiers.ts";
import type { Attempts } from "../attempts.ts";
import { InFlight } from "../in-flight.ts";
import { type ComputeBudget, priceLamports, type SolPrice } from "../network-cost.ts";
import type { IntentProposal, Market, MarketUpdate, Strategy, StrategyCounters } from "../strategy.ts";
import { type Funding, type FundingTerms, fundingsOf } from "./funding.ts";
import { payFor } from "./pay.ts";
import { PriceScreen } from "./price-screen.ts";
import { propose } from "./propose.ts";
import { screen } from "./screen.ts";
import { largestLoan, type Size, sizeCycle } from "./size.ts";
import { type WatchedRoute, WatchedRoutes } from "./watched-routes.ts";

/** Everything that an arbitrage over cycles can be told. */
export interface ArbitrageParameters {
	/** By mint. A mint without terms, or without a lender in the market, funds nothing. */
	readonly funding: ReadonlyMap<Address, FundingTerms>;
	readonly minimumLegs: number;
	readonly maximumLegs: number;
	readonly budget: ComputeBudget;
	/** A book that is so many slots behind is not traded on. */
	readonly staleAfterSlots: number;
	readonly maximumCyclesPerPool: number;
	readonly maximumInFlight: number;
	readonly coolDownMicros: number;
	/** See {@link InFlight}. */
	readonly inFlightTimeoutMicros: number;
}

export interface ArbitrageOptions {
	/** In its intents. */
	readonly name: string;
	readonly parameters: ArbitrageParameters;
	readonly nextIntentId: () => IntentId;
	/** What is paid for a trade; absent: the parameters' budget, and no tips. */
	readonly fees?: FeePolicy;
	/** Shared with the other strategies of the market; absent: of this one alone. */
	readonly attempts?: Attempts;
}

/** Enough for the sizes around a peak that differ by rounding; the rest would be worth a few base units. */
const QUOTES_PER_SIZE = 12;
const NOTHING: readonly IntentProposal[] = [];

/** A route that passed the screens, by what it may be worth in lamports. */
interface Candidate {
	readonly route: WatchedRoute;
	readonly fee: FeeQuote;
	readonly price: SolPrice;
	/** Without a tip, base units of the funding mint. */
	readonly networkCost: bigint;
	readonly worth: number;
}

/** A candidate's exact size, and what it was sized with. */
interface Sized extends Pick<Candidate, "fee" | "networkCost"> {
	readonly lender: FlashLender;
	readonly size: Size;
}

/**
 * Arbitrage over cycles of pools, funded by a flash loan: every direction, from every mint that can fund it, at the
 * exact best size.
 *
 * An update costs a sum of logarithms for each route through the pools that changed. Those that may pay after costs are
 * taken from the most to the least worth, sized exactly, and proposed where the exact profit is at least the minimum.
 */
export class CycleArbitrage implements Strategy {
	readonly name: string;
	readonly #options: ArbitrageOptions;
	readonly #fees: FeePolicy;
	readonly #inFlight: InFlight;
	readonly #routes = new WatchedRoutes();
	readonly #candidates: Candidate[] = [];
	#book: Book | null = null;
	#index: CycleIndex;
	/** By place, of the index. */
	#indexed: readonly PoolDescriptor[] = [];
	#indexedFor = "";
	#screen: PriceScreen | null = null;
	#fundings: ReadonlyMap<Address, Funding> = new Map();
	/** Of the book, when its rows were priced last. */
	#passes = 0;
	#update = 0;
	#opportunities = 0;
	#unpriced = 0;
	#tooLarge = 0;

	constructor(options: ArbitrageOptions) {
		const { budget, maximumInFlight, coolDownMicros, inFlightTimeoutMicros } = options.parameters;
		this.name = options.name;
		this.#options = options;
		this.#fees = options.fees ?? FeePolicy.fixed(budget);
		this.#index = this.#newIndex([], new Set());
		this.#inFlight = new InFlight({
			maximum: maximumInFlight,
			coolDownMicros,
			timeoutMicros: inFlightTimeoutMicros,
			owner: options.name,
			...(options.attempts && { attempts: options.attempts }),
		});
	}

	get counters(): StrategyCounters {
		return {
			cycles: this.#index.size,
			cyclesLeftOut: this.#index.leftOut,
			opportunities: this.#opportunities,
			unpriced: this.#unpriced,
			tooLarge: this.#tooLarge,
			inFlight: this.#inFlight.size,
		};
	}

	adopt({ book, lenders }: Market): void {
		const { rows } = book;
		this.#book = book;
		this.#fundings = fundingsOf(this.#options.parameters.funding, lenders, rows);
		this.#reindex(rows.map(({ pool }) => pool));
		this.#screen = new PriceScreen(book);
		this.#passes = Number.NaN;
		this.#setLoans();
		this.#routes.adopt(rows, this.#fundings);
	}

	lendersChanged(lenders: readonly FlashLender[]): void {
		const book = this.#book;
		if (book === null) return;
		const changed = fundingsOf(this.#options.parameters.funding, lenders, book.rows);
		const isSameMints =
			changed.size === this.#fundings.size && [...changed.keys()].every((mint) => this.#fundings.has(mint));
		if (!isSameMints) {
			this.adopt({ book, lenders });
			return;
		}
		for (const [mint, funding] of this.#fundings) {
			const { lenders: ranked, repayShare, maximumAmount } = changed.get(mint) as Funding;
			Object.assign(funding, { lenders: ranked, repayShare, maximumAmount });
		}
		this.#setLoans();
	}

	tableChanged(entries: ReadonlySet<Address>): void {
		this.#routes.tableChanged(entries);
	}

	onUpdate(update: MarketUpdate): readonly IntentProposal[] {
		const book = this.#book;
		const prices = this.#screen;
		if (book === null || prices === null) return NOTHING;
		this.#price(book, prices, update);
		if (book.stale) return NOTHING;
		if (Number(update.clock.slot) - book.slot > this.#options.parameters.staleAfterSlots) return NOTHING;
		this.#fees.advance(update.nowMicros);
		this.#update++;
		this.#candidates.length = 0;
		this.#index.prefetch(update.changed);
		for (const poolIndex of update.changed) {
			const routes = this.#index.through(poolIndex);
			prices.look(routes, (at) => this.#consider(this.#routes.at(routes.codes, at), update));
		}
		return this.#candidates.length === 0 ? NOTHING : this.#choose(book, update);
	}

	/** Prices the rows that changed; all of them when updates went by unseen. */
	#price(book: Book, prices: PriceScreen, { changed, clock }: MarketUpdate): void {
		const isNext = book.passes === this.#passes + 1;
		this.#passes = book.passes;
		if (isNext) for (const poolIndex of changed) prices.set(poolIndex, clock);
		else for (const { index } of book.rows) prices.set(index, clock);
	}

	ended(intentId: IntentId): void {
		this.#inFlight.end(intentId);
	}

	/** The routes of these pools. A catalog that differs by few pools from the last costs no more than they do. */
	#reindex(pools: readonly PoolDescriptor[]): void {
		const fundingMints = new Set(this.#fundings.keys());
		const indexedFor = [...fundingMints].sort().join();
		const places = Array.from({ length: Math.max(pools.length, this.#indexed.length) }, (_, place) => place);
		const differing = places.filter((place) => pools[place]?.address !== this.#indexed[place]?.address);
		if (indexedFor !== this.#indexedFor || differing.length > pools.length / 8) {
			this.#index = this.#newIndex(pools, fundingMints);
		} else {
			for (const place of differing) this.#index.remove(place);
			for (const place of differing) if (pools[place] !== undefined) this.#index.add(place, pools[place]);
		}
		this.#indexed = pools;
		this.#indexedFor = indexedFor;
	}

	#newIndex(pools: readonly PoolDescriptor[], fundingMints: ReadonlySet<Address>): CycleIndex {
		const { minimumLegs, maximumLegs, maximumCyclesPerPool } = this.#options.parameters;
		return new CycleIndex({ fundingMints, minimumLegs, maximumLegs, maximumPerPool: maximumCyclesPerPool }, pools);
	}

	#setLoans(): void {
		this.#screen?.lend(new Map([...this.#fundings].map(([mint, { repayShare }]) => [mint, repayShare])));
	}

	/** Keeps a route that may pay after costs and may be tried now. */
	#consider(route: WatchedRoute, { clock, nowMicros }: MarketUpdate): void {
		if (route.update === this.#update) return;
		route.update = this.#update;
		const { funding, rows, cycle } = route;
		const grossProfit = screen(route.screenLegs, funding, clock);
		if (!(grossProfit > 0) || rows.some((row) => !isOpen(row, clock))) return;
		const price = funding.pricing.price((this.#book as Book).slot);
		if (price === null) {
			this.#unpriced++;
			return;
		}
		const [lender] = this.#lendersOf(route);
		if (lender === undefined) {
			// A lookup table is made for what would pay, not for what would not.
			if (grossProfit >= Number(funding.terms.minimumProfit)) this.#tooLarge++;
			return;
		}
		const fee = this.#routes.feeOf(route, lender, this.#fees);
		const networkCost = priceLamports(fee.feeLamports, price);
		const leastTip = this.#fees.tip?.minimumLamports ?? 0n;
		const leastCost = leastTip === 0n ? networkCost : priceLamports(fee.feeLamports + leastTip, price);
		const netProfit = grossProfit - Number(leastCost);
		if (route.isBounded && netProfit < Number(funding.terms.minimumProfit)) return;
		if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) return;
		const worth = (netProfit * Number(price.lamports)) / Number(price.amount);
		this.#candidates.push({ route, fee, price, networkCost, worth });
	}

	#lendersOf(route: WatchedRoute): readonly FlashLender[] {
		return this.#routes.lendersOf(route, this.#fees.tip !== null);
	}

	/** Sizes the candidates, the best first, and proposes what holds. */
	#choose(book: Book, { clock, nowMicros }: MarketUpdate): readonly IntentProposal[] {
		const proposals: IntentProposal[] = [];
		let room = this.#inFlight.room(nowMicros);
		this.#candidates.sort((one, other) => other.worth - one.worth);
		for (const candidate of this.#candidates) {
			if (room <= 0) break;
			const { cycle, funding, rows } = candidate.route;
			// Asked again: what was proposed just now has spent its quotes.
			if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) continue;
			const sized = this.#size(candidate, clock);
			if (sized === null) continue;
			const { minimumProfit } = funding.terms;
			const { price } = candidate;
			const payment = payFor({ ...sized, cycle, price, minimumProfit, terms: this.#fees.tip });
			if (payment === null) continue;
			this.#opportunities++;
			room--;
			const intentId = this.#options.nextIntentId();
			this.#inFlight.start({ intentId, cycle: cycle.name, rows, nowMicros });
			this.#fees.proposed(intentId, book.slot);
			const strategy = this.name;
			proposals.push(propose({ ...sized, intentId, strategy, cycle, rows, minimumProfit, payment, slot: book.slot }));
		}
		return proposals;
	}

	/** The best lender's size; where what it has is too little, the best of all lenders' sizes. Null: none pays. */
	#size({ route, fee, price, networkCost }: Candidate, clock: ChainClock): Sized | null {
		const { maximumAmount } = route.funding.terms;
		const lenders = this.#lendersOf(route);
		let best: Sized | null = null;
		let most = 0n;
		for (const lender of lenders) {
			const available = largestLoan(lender, maximumAmount);
			// Dearer than those before, it is of use only for what they do not have.
			if (available <= most) continue;
			const isFirst = lender === lenders[0];
			const ownFee = isFirst ? fee : this.#routes.feeOf(route, lender, this.#fees);
			const ownCost = isFirst ? networkCost : priceLamports(ownFee.feeLamports, price);
			const size = sizeCycle({
				legs: route.routeLegs,
				lender,
				networkCost: ownCost,
				maximumAmount,
				clock,
				maximumQuotes: QUOTES_PER_SIZE,
			});
			most = available;
			if (!size.ok) continue;
			if (!this.#routes.fits(route, lender, { arrays: size.value.arrays, isTipped: this.#fees.tip !== null })) {
				if (size.value.netProfit >= route.funding.terms.minimumProfit) this.#tooLarge++;
				continue;
			}
			if (best === null || size.value.netProfit > best.size.netProfit) {
				best = { lender, fee: ownFee, networkCost: ownCost, size: size.value };
			}
			if (!size.value.isCapped) break;
		}
		return best;
	}
}

function isOpen({ stale, swapEnabled, openTimeSeconds }: PoolRow, { unixSeconds }: ChainClock): boolean {
	return !stale && swapEnabled && openTimeSeconds <= unixSeconds;
}
