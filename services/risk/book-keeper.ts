import type { BookLine, Books } from "../../broker/contracts/risk.ts";
import { type BooksLine, booksAt, type ChainBalances } from "../../core/risk/books.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { Ledger } from "./ledger.ts";
import type { MintNames } from "./mint-names.ts";
import { Pause } from "./pause.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface BookKeeperOptions {
	readonly ledger: Ledger;
	readonly chain: ChainReader;
	readonly reconciler: Reconciler;
	readonly logger: RiskLogger;
	/** The books up to this slot are made of blocks that can never vanish. */
	readonly finalSlot: () => number;
	/** The longest time between two cuts when nothing happens. */
	readonly intervalMs: number;
	readonly names: MintNames;
	/** Mints that have a line even before they are held. */
	readonly fundingMints: readonly Address[];
	readonly onCut: (books: Books) => void;
	/** The books differ from the chain and no transaction explains it. */
	readonly onDifference: (reason: string) => void;
}

/** Cuts are not nearer to each other, however many trades settle: each one costs a read. */
const LEAST_BETWEEN_CUTS_MS = 100;
/** A node may know balances sooner than the history that explains them: a difference is looked at so often. */
const WAITS_BEFORE_NEXT_LOOK_MS = [0, 200, 500, 1_000, 2_000];
/** Clean cuts that wait for their slot to be final: several a second, for the quarter of a minute that it takes. */
const MOST_CLEAN_SLOTS = 512;
/** A clean cut that is final is written to the ledger when it settles a booking, or after so many slots. */
const SLOTS_BETWEEN_PROOFS = 100;

/**
 * Compares the books with the chain. A cut reads all balances at one slot, then waits until every intent that was open
 * at that moment has ended, unless the difference is 0 before: then each transaction up to that slot is booked.
 */
export class BookKeeper {
	readonly #options: BookKeeperOptions;
	readonly #pause = new Pause();
	readonly #ended = new Pause();
	#books: Books = { slot: 0, lines: [], inFlight: 0 };
	/** Clean books whose open intents have not all ended. */
	#waiting: { readonly balances: ChainBalances; readonly open: readonly IntentId[] } | null = null;
	/** Slots of clean cuts that a fork could still make wrong, oldest first. */
	#cleanSlots: number[] = [];
	#stopped = false;
	#reported = "";

	constructor(options: BookKeeperOptions) {
		this.#options = options;
	}

	/** The last complete cut. */
	get books(): Books {
		return this.#books;
	}

	/** Cuts until it is stopped. */
	async run(): Promise<void> {
		while (!this.#stopped) {
			try {
				await this.cut();
				this.#reported = "";
			} catch (error) {
				const { message } = error as Error;
				if (!this.#stopped && message !== this.#reported) this.#options.logger.warn(`No cut of the books: ${message}`);
				this.#reported = message;
			}
			await this.#pause.wait(LEAST_BETWEEN_CUTS_MS, { wakeable: false });
			await this.#pause.wait(this.#options.intervalMs - LEAST_BETWEEN_CUTS_MS, { wakeable: true });
		}
	}

	/** A reservation ended: cuts that wait may go on, and a new one is due. */
	reservationEnded(): void {
		this.#ended.wake();
		this.#pause.wake();
	}

	/** A booking was taken back: cuts from before are no proof, and a new one is due. */
	bookingReversed(): void {
		this.#cleanSlots = [];
		this.#waiting = null;
		this.#pause.wake();
	}

	stop(): void {
		this.#stopped = true;
		this.#ended.close();
		this.#pause.close();
	}

	/** One cut, looked at again while it differs. Throws when the chain cannot be read. */
	async cut(): Promise<void> {
		let differing: Books | null = null;
		for (const waitMs of WAITS_BEFORE_NEXT_LOOK_MS) {
			if (differing) await this.#lookFurther(differing, waitMs);
			if (this.#stopped) return;
			const books = await this.#attempt();
			if (this.#stopped || !books) return;
			if (isClean(books.lines)) {
				this.#publish(books);
				return;
			}
			differing = books;
		}
		if (!differing) return;
		const parts = differing.lines
			.filter(({ difference }) => difference !== 0n)
			.map(({ difference, symbol, mint }) => `${difference} base units of ${symbol} (${mint})`);
		this.#options.onDifference(`at slot ${differing.slot} the chain differs from the books by ${parts.join(", ")}`);
		this.#publish(differing);
	}

	async #lookFurther(differing: Books, waitMs: number): Promise<void> {
		const { ledger, reconciler } = this.#options;
		await this.#pause.wait(waitMs, { wakeable: false });
		if (this.#stopped) return;
		await reconciler.trackAccounts();
		const mints = new Set(differing.lines.filter(({ difference }) => difference !== 0n).map(({ mint }) => mint));
		const accounts = [...ledger.state.accounts].filter(({ mint }) => mints.has(mint));
		await reconciler.scan(accounts.map(({ account }) => account));
	}

	/**
	 * The books at one slot, or null when the node is behind what is proven already. Clean books need no waiting: an
	 * open intent that had landed would show by its fee.
	 */
	async #attempt(): Promise<Books | null> {
		const { ledger, chain } = this.#options;
		const { state } = ledger;
		if (state.wallet === null) return null;
		this.#proveWaiting();
		this.#proveFinal();
		const balances = await chain.balances(state.wallet, [...state.accounts]);
		// An intent approved from here on lands in a later slot than that of the answer.
		const open = [...state.reservations].map(({ intentId }) => intentId);
		while (!this.#stopped && balances.slot >= state.provenSlot) {
			const lines = this.#lines(balances);
			const books = { slot: balances.slot, lines, inFlight: open.length };
			const allEnded = this.#haveEnded(open);
			if (isClean(lines)) {
				if (allEnded) this.#prove(balances.slot);
				else this.#waiting ??= { balances, open };
				return books;
			}
			if (allEnded) return books;
			await this.#ended.wait(1_000, { wakeable: true });
		}
		return null;
	}

	#lines(balances: ChainBalances): readonly BookLine[] {
		const { ledger, names, fundingMints } = this.#options;
		const none = fundingMints.map((mint): [Address, bigint] => [mint, 0n]);
		const amounts = new Map([...none, ...balances.amounts]);
		const lines = new Map(booksAt(ledger.state, { ...balances, amounts }).map((line) => [line.mint, line]));
		return names.sorted(lines.keys()).map((mint) => ({ ...(lines.get(mint) as BooksLine), ...names.of(mint) }));
	}

	/**
	 * Clean books are no proof while an intent was open: a transfer might have covered what it did. They are one as soon
	 * as all of these intents have ended and the books of that slot are still clean.
	 */
	#proveWaiting(): void {
		const { state } = this.#options.ledger;
		const waiting = this.#waiting;
		if (!waiting || !this.#haveEnded(waiting.open)) return;
		this.#waiting = null;
		const { balances } = waiting;
		if (balances.slot >= state.provenSlot && isClean(booksAt(state, balances))) this.#prove(balances.slot);
	}

	#haveEnded(intents: readonly IntentId[]): boolean {
		return !intents.some((intentId) => this.#options.ledger.state.reservation(intentId));
	}

	/** A cut is a proof as soon as no fork can take away what it is made of. */
	#prove(slot: number): void {
		if (slot <= (this.#cleanSlots.at(-1) ?? 0)) return;
		this.#cleanSlots.push(slot);
		if (this.#cleanSlots.length > MOST_CLEAN_SLOTS) this.#cleanSlots.shift();
		this.#proveFinal();
	}

	#proveFinal(): void {
		const { ledger, finalSlot } = this.#options;
		const { state } = ledger;
		const final = finalSlot();
		const slot = this.#cleanSlots.findLast((clean) => clean <= final);
		if (slot === undefined) return;
		this.#cleanSlots = this.#cleanSlots.filter((clean) => clean > slot);
		if (slot <= state.provenSlot) return;
		const settles = [...state.recentBookings].some((booking) => booking.slot <= slot);
		if (settles || slot - state.provenSlot >= SLOTS_BETWEEN_PROOFS) ledger.record({ type: "proven", slot });
	}

	#publish(books: Books): void {
		this.#books = books;
		this.#options.onCut(books);
	}
}

function isClean(lines: readonly { readonly difference: bigint }[]): boolean {
	return lines.every(({ difference }) => difference === 0n);
}
