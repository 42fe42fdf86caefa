import { FeePolicy, type FeeQuote, routeName } from "../../execution/fee-policy.ts";
import { type FlashLender, FRACTION_BITS } from "../../execution/flash-loan.ts";
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
import { largestLoan, type SizeLeg, sizeCycle } from "./size.ts";

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
const NOTHING: readonly IntentProposal[] = [];

/** What a funding mint's cycles have in common. */
interface Funding {
	readonly terms: FundingTerms;
	readonly pricing: SolPricing;
	lender: FlashLender;
	/** What the screen needs of the lender, in doubles. */
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
	/** What its transaction costs, as of a version of the fees and a lender. */
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
		for (const [mint, lender] of this.#chosenLenders(lenders)) {
			const terms = parameters.funding.get(mint) as FundingTerms;
			const pricing = new SolPricing(mint, book.rows);
			fundings.set(mint, { terms, pricing, ...loanTerms(lender, terms) });
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
		const chosen = this.#chosenLenders(lenders);
		const isSameMints =
			chosen.size === this.#fundings.size && [...chosen.keys()].every((mint) => this.#fundings.has(mint));
		if (!isSameMints) {
			this.adopt({ book: this.#book, lenders });
			return;
		}
		for (const [mint, funding] of this.#fundings) {
			Object.assign(funding, loanTerms(chosen.get(mint) as FlashLender, funding.terms));
		}
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

	/** By mint that may fund, the lender to borrow from. */
	#chosenLenders(lenders: readonly FlashLender[]): ReadonlyMap<Address, FlashLender> {
		const chosen = new Map<Address, FlashLender>();
		for (const mint of this.#options.parameters.funding.keys()) {
			const lender = cheapestLender(lenders, mint);
			if (lender !== null) chosen.set(mint, lender);
		}
		return chosen;
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
		const fee = this.#feeOf(watched);
		const networkCost = priceLamports(fee.feeLamports, price);
		const leastTip = this.#fees.tip?.minimumLamports ?? 0n;
		const netProfit = grossProfit - Number(priceLamports(fee.feeLamports + leastTip, price));
		if (netProfit < Number(funding.terms.minimumProfit)) return;
		if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) return;
		const worth = (netProfit * Number(price.lamports)) / Number(price.amount);
		this.#candidates.push({ watched, fee, price, networkCost, worth });
	}

	/** What the cycle's transaction costs now. Worked out anew only when the fees or the lender are others. */
	#feeOf(watched: WatchedCycle): FeeQuote {
		const { reserve } = watched.funding.lender;
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
		for (const { watched, fee, price, networkCost } of this.#candidates) {
			if (room <= 0) break;
			const { cycle, funding, rows, sizeLegs } = watched;
			// Asked again: what was proposed just now has spent its quotes.
			if (!this.#inFlight.isFree(cycle.name, rows, nowMicros)) continue;
			const size = sizeCycle({
				legs: sizeLegs,
				lender: funding.lender,
				networkCost,
				maximumAmount: funding.terms.maximumAmount,
				nowSeconds,
				maximumQuotes: QUOTES_PER_SIZE,
			});
			if (!size.ok) continue;
			const { minimumProfit } = funding.terms;
			const payment = payFor({
				cycle,
				size: size.value,
				fee,
				price,
				networkCost,
				minimumProfit,
				terms: this.#fees.tip,
			});
			if (payment === null) continue;
			this.#opportunities++;
			room--;
			const intentId = this.#options.nextIntentId();
			this.#inFlight.start({ intentId, cycle: cycle.name, rows, nowMicros });
			this.#fees.proposed(intentId, book.slot);
			proposals.push(
				propose({
					intentId,
					strategy: CROSS_VENUE,
					cycle,
					rows,
					lender: funding.lender,
					size: size.value,
					minimumProfit,
					payment,
					fee,
					slot: book.slot,
				}),
			);
		}
		return proposals;
	}
}

/** The lender of a mint that asks least; of equals, the one that has most. */
function cheapestLender(lenders: readonly FlashLender[], mint: Address): FlashLender | null {
	let best: FlashLender | null = null;
	for (const lender of lenders) {
		if (lender.mint !== mint) continue;
		const isBetter =
			best === null ||
			lender.flashFeeScaled < best.flashFeeScaled ||
			(lender.flashFeeScaled === best.flashFeeScaled && lender.availableAmount > best.availableAmount);
		if (isBetter) best = lender;
	}
	return best;
}

function loanTerms(lender: FlashLender, terms: FundingTerms): Pick<Funding, "lender" | "repayShare" | "maximumAmount"> {
	return {
		lender,
		repayShare: 1 + Number(lender.flashFeeScaled) / Number(1n << FRACTION_BITS),
		maximumAmount: Number(largestLoan(lender, terms.maximumAmount)),
	};
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
		fee: null,
		feeVersion: 0,
		feeReserve: null,
	};
}
