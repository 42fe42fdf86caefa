import type { Fill, Settlement } from "../../execution/submission.ts";
import type { Address } from "../../types/address.ts";
import type { IntentId } from "../../types/identifiers.ts";
import type { HeldPosition } from "../held-position.ts";
import { EXIT_REASONS, type ExitReason, isStop } from "./exit-reason.ts";

export interface HoldingsOptions {
	/** Name of the strategy that holds. */
	readonly strategy: string;
	/** What the counters are in: a position that was paid for in another mint is counted, and not valued. */
	readonly fundingMint: Address;
	/** Positions at once, those that are being opened counted. */
	readonly maximum: number;
	/** Rest of a mint, counted from the moment of an attempt to buy or to sell it. Chain seconds. */
	readonly coolDownSeconds: bigint;
	/** A sale that came to nothing is tried again after so long, counted from its attempt. Chain seconds. */
	readonly retrySeconds: bigint;
}

/** A place for one mint: taken from the first attempt to buy it until the last of it is sold. */
export interface Place {
	readonly mint: Address;
	/** Null while the purchase is in flight. */
	readonly position: HeldPosition | null;
	/** What all of it would bring now, base units of the funding mint; null when nobody would take it. */
	readonly marked: bigint | null;
	/** Its purchase or sale that nobody has told the end of. */
	readonly pending: IntentId | null;
	/** Before this moment no sale is tried. Chain seconds. */
	readonly restsUntilSeconds: bigint;
}

/** A purchase that is about to be proposed. */
export interface Purchase extends Pick<HeldPosition, "mint" | "fundingMint" | "pools" | "notes"> {
	readonly intentId: IntentId;
	/** Chain seconds. */
	readonly nowSeconds: bigint;
}

export interface Sale {
	readonly mint: Address;
	readonly intentId: IntentId;
	readonly reason: ExitReason;
	/** Chain seconds. */
	readonly nowSeconds: bigint;
}

/** What happened to positions since the strategy was made. */
export interface HoldingCounters {
	/** Positions that are held now. */
	readonly open: number;
	readonly opened: number;
	readonly closed: number;
	/** Of the closed: by a stop. */
	readonly stopped: number;
	readonly closedBy: Readonly<Record<ExitReason, number>>;
	/** What all positions would bring now, base units of the funding mint; one that nobody would take counts nothing. */
	readonly markedValue: bigint;
	/** What was paid for them. */
	readonly cost: bigint;
	/** Proceeds less costs of what was sold, before network fees. */
	readonly realised: bigint;
}

type MutablePlace = { -readonly [key in keyof Place]: Place[key] } & {
	purchase: Purchase | null;
	sale: Sale | null;
};

/** A landed trade, so that it can be taken back. */
interface Change {
	readonly place: MutablePlace;
	/** As it was while the intent was under way. */
	readonly purchase: Purchase | null;
	readonly sale: Sale | null;
	readonly before: HeldPosition | null;
	readonly after: HeldPosition | null;
	readonly realised: bigint;
}

/** Landed trades that can still be taken back; forks are no deeper than a few seconds. */
const MOST_CHANGES = 256;
/** Mints beyond this are not remembered as resting: the oldest may be bought again early. */
const MOST_RESTING = 4_096;

/**
 * The positions of one strategy. One exists only by a landed purchase, in the amount that the wallet received, and gets
 * less only by landed sales. Until an attempt's end is told its place stays taken: what may have happened is never
 * taken for what did not. What reverted or expired did nothing.
 */
export class Holdings {
	readonly #options: HoldingsOptions;
	readonly #places = new Map<Address, MutablePlace>();
	readonly #byIntent = new Map<IntentId, MutablePlace>();
	readonly #resting = new Map<Address, bigint>();
	readonly #closedBy = new Map<ExitReason, number>();
	readonly #changes = new Map<IntentId, Change>();
	#opened = 0;
	#realised = 0n;

	constructor(options: HoldingsOptions) {
		this.#options = options;
	}

	/** How many more positions may be opened; below 0 when more were restored than are allowed. */
	get room(): number {
		return this.#options.maximum - this.#places.size;
	}

	/** Purchases and sales under way. */
	get inFlight(): number {
		return this.#byIntent.size;
	}

	/** Every place, in the order in which they were taken. */
	get places(): Iterable<Place> {
		return this.#places.values();
	}

	get positions(): readonly HeldPosition[] {
		const positions: HeldPosition[] = [];
		for (const { position } of this.#places.values()) if (position !== null) positions.push(position);
		return positions;
	}

	get counters(): HoldingCounters {
		let [open, markedValue, cost] = [0, 0n, 0n];
		for (const { position, marked } of this.#places.values()) {
			if (position === null) continue;
			open++;
			if (position.fundingMint !== this.#options.fundingMint) continue;
			cost += position.cost;
			markedValue += marked ?? 0n;
		}
		const byReason = (reason: ExitReason) => this.#closedBy.get(reason) ?? 0;
		return {
			open,
			opened: this.#opened,
			closed: EXIT_REASONS.reduce((sum, reason) => sum + byReason(reason), 0),
			stopped: EXIT_REASONS.filter(isStop).reduce((sum, reason) => sum + byReason(reason), 0),
			closedBy: Object.fromEntries(EXIT_REASONS.map((reason) => [reason, byReason(reason)])) as Record<
				ExitReason,
				number
			>,
			markedValue,
			cost,
			realised: this.#realised,
		};
	}

	/** Whether the mint has a place: it is held, or may be. */
	has(mint: Address): boolean {
		return this.#places.has(mint);
	}

	/** Whether an attempt on the mint was made so lately that it is not bought again. */
	isResting(mint: Address, nowSeconds: bigint): boolean {
		const until = this.#resting.get(mint);
		return until !== undefined && nowSeconds < until;
	}

	/**
	 * Takes over what was held before.
	 *
	 * @throws RangeError when two positions are of one mint, or one is empty: they were not written by this class
	 */
	restore(positions: readonly HeldPosition[]): void {
		for (const position of positions) {
			const { mint, amount, cost } = position;
			if (this.#places.has(mint)) throw new RangeError(`two positions in ${mint} were restored: merge them`);
			if (amount <= 0n || cost < 0n) {
				throw new RangeError(`a position of ${amount} for ${cost} in ${mint} was restored: remove it`);
			}
			this.#places.set(mint, { ...emptyPlace(mint), position });
		}
	}

	/**
	 * Takes a place for a purchase.
	 *
	 * @throws Error when there is none: it is asked for before
	 */
	buy(purchase: Purchase): void {
		const { mint, intentId, nowSeconds } = purchase;
		if (this.#places.has(mint)) throw new Error(`${mint} is held already: ask for its place before buying`);
		if (this.room <= 0) throw new Error(`${this.#options.maximum} positions are open: ask for room before buying`);
		const place: MutablePlace = { ...emptyPlace(mint), pending: intentId, purchase };
		this.#places.set(mint, place);
		this.#byIntent.set(intentId, place);
		this.#rest(mint, nowSeconds);
	}

	/**
	 * Puts a position up for sale.
	 *
	 * @throws Error when it is not held, or on sale already
	 */
	sell(sale: Sale): void {
		const { mint, intentId, nowSeconds } = sale;
		const place = this.#places.get(mint);
		if (!place?.position || place.pending !== null) throw new Error(`${mint} is not held, or is under way already`);
		place.pending = intentId;
		place.sale = sale;
		place.restsUntilSeconds = nowSeconds + this.#options.retrySeconds;
		this.#byIntent.set(intentId, place);
		this.#rest(mint, nowSeconds);
	}

	/** What all of a position would bring now; null when nobody would take it. */
	mark(mint: Address, worth: bigint | null): void {
		const place = this.#places.get(mint);
		if (place) place.marked = worth;
	}

	/**
	 * How an intent ended on the chain. Unknown ids, and ends that were told before, are ignored.
	 *
	 * @throws Error when it landed and its fill does not show what it moved
	 */
	settled({ intentId, outcome, fill }: Settlement): void {
		const place = this.#byIntent.get(intentId);
		if (!place) return;
		if (outcome === "landed") {
			const { purchase, sale, position: before } = place;
			const realised = this.#realised;
			if (purchase) this.#bought(place, purchase, fill);
			else this.#sold(place, sale as Sale, fill);
			const after = place.position;
			this.#changes.set(intentId, {
				place: { ...place },
				purchase,
				sale,
				before,
				after,
				realised: this.#realised - realised,
			});
			const [oldest] = this.#changes.keys();
			if (this.#changes.size > MOST_CHANGES) this.#changes.delete(oldest as IntentId);
		}
		this.ended(intentId);
	}

	/**
	 * Takes a landed trade back: its intent is under way again, and what it bought is not held, or what it sold is.
	 *
	 * @throws Error when that is not known, or the mint has been traded again since: what is held is then unknown
	 */
	reversed(intentId: IntentId): void {
		const change = this.#changes.get(intentId);
		if (!change)
			throw new Error(`intent ${intentId} was taken back, and what it did is not known: reconcile the wallet`);
		const { mint } = change.place;
		const now = this.#places.get(mint);
		if ((now?.position ?? null) !== change.after || (now && now.pending !== null)) {
			throw new Error(`intent ${intentId} was taken back after ${mint} was traded on: reconcile the wallet`);
		}
		const { purchase, sale, before: position } = change;
		const place = { ...change.place, position, purchase, sale, pending: intentId, marked: null };
		this.#changes.delete(intentId);
		this.#places.set(mint, place);
		this.#byIntent.set(intentId, place);
		this.#realised -= change.realised;
		if (purchase) this.#opened--;
		else if (change.after === null) this.#countClosed((sale as Sale).reason, -1);
	}

	/** An intent did nothing, or {@link settled} has told what it did. Unknown ids are ignored. */
	ended(intentId: IntentId): void {
		const place = this.#byIntent.get(intentId);
		if (!place) return;
		this.#byIntent.delete(intentId);
		place.pending = null;
		place.purchase = null;
		place.sale = null;
		if (place.position === null) this.#places.delete(place.mint);
	}

	#bought(place: MutablePlace, purchase: Purchase, fill: Fill | null): void {
		const { mint, fundingMint, pools, notes, nowSeconds, intentId } = purchase;
		const amount = changeOf(fill, mint);
		if (amount <= 0n) throw new Error(`intent ${intentId} landed and brought no ${mint}: reconcile the wallet`);
		const spent = -changeOf(fill, fundingMint);
		const { strategy } = this.#options;
		const cost = spent > 0n ? spent : 0n;
		place.position = { strategy, mint, fundingMint, amount, cost, openedAtSeconds: nowSeconds, pools, notes };
		this.#opened++;
	}

	#sold(place: MutablePlace, { intentId, reason, mint }: Sale, fill: Fill | null): void {
		const position = place.position as HeldPosition;
		const { amount, cost, fundingMint } = position;
		const gone = -changeOf(fill, mint);
		if (gone <= 0n) throw new Error(`intent ${intentId} landed and sold no ${mint}: reconcile the wallet`);
		const isAll = gone >= amount;
		const sold = isAll ? amount : gone;
		// Rounded down: what stays is never made to look cheaper than it was.
		const costOfSold = (cost * sold) / amount;
		if (fundingMint === this.#options.fundingMint) this.#realised += changeOf(fill, fundingMint) - costOfSold;
		place.marked = null;
		if (!isAll) {
			place.position = { ...position, amount: amount - sold, cost: cost - costOfSold };
			return;
		}
		place.position = null;
		this.#countClosed(reason, 1);
	}

	#countClosed(reason: ExitReason, by: 1 | -1): void {
		this.#closedBy.set(reason, (this.#closedBy.get(reason) ?? 0) + by);
	}

	#rest(mint: Address, nowSeconds: bigint): void {
		// Re-inserted, so that the map stays in the order of the attempts.
		this.#resting.delete(mint);
		this.#resting.set(mint, nowSeconds + this.#options.coolDownSeconds);
		for (const [oldest, until] of this.#resting) {
			if (until > nowSeconds && this.#resting.size <= MOST_RESTING) break;
			this.#resting.delete(oldest);
		}
	}
}

function emptyPlace(mint: Address): MutablePlace {
	return { mint, position: null, marked: null, pending: null, restsUntilSeconds: 0n, purchase: null, sale: null };
}

/** What a transaction's trade gave the wallet of a mint, or took from it, fees and tips not counted. */
function changeOf(fill: Fill | null, mint: Address): bigint {
	return fill?.changes.find((change) => change.mint === mint)?.fill ?? 0n;
}
