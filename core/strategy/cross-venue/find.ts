import { lendersWithRoom, rankLenders } from "../../execution/choose-lender.ts";
import { FeePolicy, type FeeQuote, routeName } from "../../execution/fee-policy.ts";
import type { FlashLender } from "../../execution/flash-loan.ts";
import type { Book, PoolRow } from "../../market/book.ts";
import { buildCycles, type Cycle, type CycleIndex, type CycleLeg } from "../../market/cycles.ts";
import type { VenueId } from "../../market/pool.ts";
import type { Venue } from "../../market/venues/venue.ts";
import type { Address } from "../../types/address.ts";
import type { IntentId } from "../../types/identifiers.ts";
import { InFlight } from "../in-flight.ts";
import { type ComputeBudget, priceLamports, type SolPrice, SolPricing } from "../network-cost.ts";
import type { IntentProposal, Market, MarketUpdate, Strategy, StrategyCounters } from "../strategy.ts";
import { payFor } from "./pay.ts";
import { propose } from "./propose.ts";
import { type ScreenLeg, screen } from "./screen.ts";
import { largestLoan, type Size, type SizeLeg, sizeCycle } from "./size.ts";

/** What may be borrowed in one mint, and what it must bring. Base units. */
export interface FundingTerms {
	readonly minimumProfit: bigint;
	readonly maximumAmount: bigint;
}

/** Everything that cross-venue arbitrage can be told. */
export interface CrossVenueParameters {
	/** By mint. A mint without terms, or without a lender in the market, funds nothing. */
	readonly funding: ReadonlyMap<Address, FundingTerms>;
	readonly budget: ComputeBudget;
	/** A book that is so many slots behind is not traded on. */
	readonly staleAfterSlots: number;
	readonly maximumCyclesPerPool: number;
	readonly maximumInFlight: number;
	readonly coolDownMicros: number;
	/** See {@link InFlight}. */
	readonly inFlightTimeoutMicros: number;
}

export interface CrossVenueOptions {
	readonly parameters: CrossVenueParameters;
	readonly venueOf: (id: VenueId) => Venue;
	readonly nextIntentId: () => IntentId;
	/** What is paid for a trade; absent: the parameters' budget, and no tips. */
	readonly fees?: FeePolicy;
}

/** Name of the strategy in its intents. */
export const CROSS_VENUE = "cross-venue";

/** Enough for the sizes that differ from the closed form by rounding; the rest would be worth a few base units. */
const QUOTES_PER_SIZE = 12;
/** A hundred-thousandth of the profit is not worth the microseconds of another quote. */
const GOOD_ENOUGH = 100_000n;
const NOTHING: readonly IntentProposal[] = [];

/** What a funding mint's cycles have in common. */
interface Funding {
	readonly terms: FundingTerms;
	readonly pricing: SolPricing;
	/** Not empty; the best first. */
	lenders: readonly FlashLender[];
	/** What the screen needs of them, in doubles: the least that one asks, the most that one has. */
	repayShare: number;
	maximumAmount: number;
}

interface WatchedCycle {
	readonly cycle: Cycle;
	readonly funding: Funding;
	readonly rows: readonly PoolRow[];
	readonly screenLegs: readonly ScreenLeg[];
	readonly sizeLegs: readonly SizeLeg[];
	/** The update that examined it last: a cycle through two changed pools is examined once. */
	update: number;
	/** The funding's lenders that leave room for its transaction, as of {@link lendersOf}. */
	lenders: readonly FlashLender[];
	lendersOf: readonly FlashLender[] | null;
	/** What its transaction costs with the best lender, as of a version of the fees. */
	fee: FeeQuote | null;
	feeVersion: number;
	feeReserve: Address | null;
}

/** A cycle that passed the screen, by what it may be worth in lamports. */
interface Candidate {
	readonly watched: WatchedCycle;
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
 * Arbitrage between two pools on the same two mints, funded by a flash loan: both directions, from every mint that can
 * fund it, at the exact best size.
 *
 * An update costs a screen of the cycles through the pools that changed. Those that may pay after costs are taken from
 * the most to the least worth, sized exactly, and proposed where the exact profit is at least the minimum.
 */
export class CrossVenueArbitrage implements Strategy {
	readonly name = CROSS_VENUE;
	readonly #options: CrossVenueOptions;
	readonly #fees: FeePolicy;
	readonly #inFlight: InFlight;
	readonly #candidates: Candidate[] = [];
	#book: Book | null = null;
	#cycles: CycleIndex = { cycles: [], byPool: [], leftOut: 0 };
	#fundings: ReadonlyMap<Address, Funding> = new Map();
	#watched: readonly WatchedCycle[] = [];
	#tableEntries: ReadonlySet<Address> = new Set();
	#update = 0;
	#opportunities = 0;
	#unpriced = 0;

	constructor(options: CrossVenueOptions) {
		const { budget, maximumInFlight, coolDownMicros, inFlightTimeoutMicros } = options.parameters;
		this.#options = options;
		this.#fees = options.fees ?? FeePolicy.fixed(budget);
		this.#inFlight = new InFlight({
			maximum: maximumInFlight,
			coolDownMicros,
			timeoutMicros: inFlightTimeoutMicros,
		});
	}

	get counters(): StrategyCounters {
		return {
			cycles: this.#cycles.cycles.length,
			cyclesLeftOut: this.#cycles.leftOut,
			opportunities: this.#opportunities,
			unpriced: this.#unpriced,
			inFlight: this.#inFlight.size,
		};
	}

	adopt({ book, lenders }: Market): void {
		const { parameters, venueOf } = this.#options;
		const fundings = new Map<Address, Funding>();
		for (const [mint, ranked] of this.#rankedLenders(lenders)) {
			const terms = parameters.funding.get(mint) as FundingTerms;
			const pricing = new SolPricing(mint, book.rows);
			fundings.set(mint, { terms, pricing, ...loanTerms(ranked, terms) });
		}
		this.#book = book;
		this.#fundings = fundings;
		this.#cycles = buildCycles({
			pools: book.rows.map(({ pool }) => pool),
			fundingMints: new Set(fundings.keys()),
			maximumPerPool: parameters.maximumCyclesPerPool,
		});
		this.#watched = this.#cycles.cycles.map((cycle) =>
			watch(cycle, { funding: fundings.get(cycle.fundingMint) as Funding, book, venueOf }),
		);
		this.#inFlight.forgetQuotes();
	}

	lendersChanged(lenders: readonly FlashLender[]): void {
		if (this.#book === null) return;
		const ranked = this.#rankedLenders(lenders);
		const isSameMints =
			ranked.size === this.#fundings.size && [...ranked.keys()].every((mint) => this.#fundings.has(mint));
		if (!isSameMints) {
			this.adopt({ book: this.#book, lenders });
			return;
		}
		for (const [mint, funding] of this.#fundings) {
			Object.assign(funding, loanTerms(ranked.get(mint) as readonly FlashLender[], funding.terms));
		}
	}

	tableChanged(entries: ReadonlySet<Address>): void {
		this.#tableEntries = entries;
		for (const watched of this.#watched) watched.lendersOf = null;
	}

	onUpdate(update: MarketUpdate): readonly IntentProposal[] {
		const book = this.#book;
		if (book === null || book.stale) return NOTHING;
		if (update.currentSlot - book.slot > this.#options.parameters.staleAfterSlots) return NOTHING;
		this.#fees.advance(update.nowMicros);
		this.#update++;
		this.#candidates.length = 0;
		for (const poolIndex of update.changed) {
			const cycles = this.#cycles.byPool[poolIndex];
			if (cycles === undefined) continue;
			for (const { index } of cycles) {
				const watched = this.#watched[index] as WatchedCycle;
				if (watched.update === this.#update) continue;
				watched.update = this.#update;
				const grossProfit = screen(watched.screenLegs, watched.funding);
				if (grossProfit > 0) this.#consider(watched, grossProfit, update);
			}
		}
		return this.#candidates.length === 0 ? NOTHING : this.#choose(book, update);
	}

	ended(intentId: IntentId): void {
		this.#inFlight.end(intentId);
	}

	/** By mint that may fund, whom to borrow from, the best first. */
	#rankedLenders(lenders: readonly FlashLender[]): ReadonlyMap<Address, readonly FlashLender[]> {
		const byMint = new Map<Address, readonly FlashLender[]>();
		for (const [mint, { maximumAmount }] of this.#options.parameters.funding) {
			const ranked = rankLenders(lenders, { mint, amount: maximumAmount });
			if (ranked.length > 0) byMint.set(mint, ranked);
		}
		return byMint;
	}

	/** Keeps a cycle that may pay after costs and may be tried now. */
	#consider(watched: WatchedCycle, grossProfit: number, { chainSeconds, nowMicros }: MarketUpdate): void {
		const { funding, rows, cycle } = watched;
		for (const row of rows) {
			if (row.stale || !row.swapEnabled || row.openTimeSeconds > chainSeconds) return;
		}
		const price = funding.pricing.price((this.#book as Book).slot);
		if (price === null) {
			this.#unpriced++;
			return;
		}
		const fee = this.#feeOf(watched, this.#lendersOf(watched)[0] as FlashLender);
		const networkCost = priceLamports(fee.feeLamports, price);
		const leastTip = this.#fees.tip?.minimumLamports ?? 0n;
		const leastCost = leastTip === 0n ? networkCost : priceLamports(fee.feeLamports + leastTip, price);
		const netProfit = grossProfit - Number(leastCost);
		if (netProfit < Number(funding.terms.minimumProfit)) return;
		if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) return;
		const worth = (netProfit * Number(price.lamports)) / Number(price.amount);
		this.#candidates.push({ watched, fee, price, networkCost, worth });
	}

	/** Whom the cycle may borrow from, the best first. Worked out anew only when the lenders are others. */
	#lendersOf(watched: WatchedCycle): readonly FlashLender[] {
		const { lenders } = watched.funding;
		if (watched.lendersOf === lenders) return watched.lenders;
		const pools = watched.rows.map(({ pool }) => pool);
		const isTipped = this.#fees.tip !== null;
		watched.lenders = lendersWithRoom(lenders, { pools, isTipped, tableEntries: this.#tableEntries });
		watched.lendersOf = lenders;
		return watched.lenders;
	}

	/** What the cycle's transaction costs now. Worked out anew only when the fees or the lender are others. */
	#feeOf(watched: WatchedCycle, { reserve }: FlashLender): FeeQuote {
		const { version } = this.#fees;
		if (watched.fee !== null && watched.feeVersion === version && watched.feeReserve === reserve) return watched.fee;
		const legs = watched.rows.map(({ pool }, at) => ({
			pool: pool.address,
			direction: (watched.cycle.legs[at] as CycleLeg).direction,
		}));
		watched.fee = this.#fees.quote({ name: routeName(reserve, legs), pools: legs.map(({ pool }) => pool) });
		watched.feeVersion = version;
		watched.feeReserve = reserve;
		return watched.fee;
	}

	/** Sizes the candidates, the best first, and proposes what holds. */
	#choose(book: Book, update: MarketUpdate): readonly IntentProposal[] {
		const { nowMicros } = update;
		const nowSeconds = BigInt(Math.floor(update.chainSeconds));
		const proposals: IntentProposal[] = [];
		let room = this.#inFlight.room(nowMicros);
		this.#candidates.sort((one, other) => other.worth - one.worth);
		for (const candidate of this.#candidates) {
			if (room <= 0) break;
			const { cycle, funding, rows } = candidate.watched;
			// Asked again: what was proposed just now has spent its quotes.
			if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) continue;
			const sized = this.#size(candidate, nowSeconds);
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
			proposals.push(
				propose({
					...sized,
					intentId,
					strategy: CROSS_VENUE,
					cycle,
					rows,
					minimumProfit,
					payment,
					slot: book.slot,
				}),
			);
		}
		return proposals;
	}

	/** The best lender's size; where what it has is too little, the best of all lenders' sizes. Null: none pays. */
	#size({ watched, fee, price, networkCost }: Candidate, nowSeconds: bigint): Sized | null {
		const { maximumAmount } = watched.funding.terms;
		let best: Sized | null = null;
		let most = 0n;
		for (const lender of this.#lendersOf(watched)) {
			const isFirst = lender === watched.lenders[0];
			const available = largestLoan(lender, maximumAmount);
			// Dearer than those before, it is of use only for what they do not have.
			if (available <= most) continue;
			const ownFee = isFirst ? fee : this.#feeOf(watched, lender);
			const ownCost = isFirst ? networkCost : priceLamports(ownFee.feeLamports, price);
			const size = sizeCycle({
				legs: watched.sizeLegs,
				lender,
				networkCost: ownCost,
				maximumAmount,
				nowSeconds,
				maximumQuotes: QUOTES_PER_SIZE,
				goodEnough: GOOD_ENOUGH,
			});
			most = available;
			if (!size.ok) continue;
			if (best === null || size.value.netProfit > best.size.netProfit) {
				best = { lender, fee: ownFee, networkCost: ownCost, size: size.value };
			}
			if (!size.value.isCapped) break;
		}
		return best;
	}
}

/** @param lenders not empty */
function loanTerms(
	lenders: readonly FlashLender[],
	terms: FundingTerms,
): Pick<Funding, "lenders" | "repayShare" | "maximumAmount"> {
	const fees = lenders.map(({ feeNumerator, feeDenominator }) => Number(feeNumerator) / Number(feeDenominator));
	const loans = lenders.map((lender) => Number(largestLoan(lender, terms.maximumAmount)));
	return { lenders, repayShare: 1 + Math.min(...fees), maximumAmount: Math.max(...loans) };
}

function watch(
	cycle: Cycle,
	bindings: { readonly funding: Funding; readonly book: Book; readonly venueOf: (id: VenueId) => Venue },
): WatchedCycle {
	const { funding, book, venueOf } = bindings;
	const rows = cycle.legs.map(({ poolIndex }) => book.rows[poolIndex] as PoolRow);
	return {
		cycle,
		funding,
		rows,
		screenLegs: cycle.legs.map(({ direction }, at) => {
			const row = rows[at] as PoolRow;
			const { feeNumerator, feeDenominator } = row.pool;
			const keptShare = 1 - Number(feeNumerator) / Number(feeDenominator);
			return { row, isAToB: direction === "aToB", keptShare };
		}),
		sizeLegs: cycle.legs.map(({ direction }, at) => {
			const row = rows[at] as PoolRow;
			return { venue: venueOf(row.pool.venue), pool: row.pool, state: row, direction };
		}),
		update: 0,
		lenders: [],
		lendersOf: null,
		fee: null,
		feeVersion: 0,
		feeReserve: null,
	};
}
