import type { Booking } from "../../core/risk/booking.ts";
import type { TrackedAccount } from "../../core/risk/ledger-record.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { Ledger } from "./ledger.ts";
import { Pause } from "./pause.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface ForkWatchOptions {
	readonly ledger: Ledger;
	readonly chain: Pick<ChainReader, "finalizedSlot" | "inclusions" | "provenHistory">;
	readonly clock: Clock;
	readonly logger: RiskLogger;
	/** A booking's block can never vanish. */
	readonly onFinal: (signature: Signature) => void;
	/** The finalized chain has a transaction of the wallet that the books have not. */
	readonly onMissing: (signature: Signature) => void;
	/** A booking is in no block and cannot be taken back: a person must look. */
	readonly onIrreversible: (reason: string) => void;
	/** A booking was taken back. Its transaction may be in another block, and the intent it ended is open again. */
	readonly onReversed: (signature: Signature, intentId: IntentId | null) => void;
}

const LOOK_INTERVAL_MS = 2_000;
/** Looked at in one round; the rest waits for the next one. */
const MOST_AT_ONCE = 256;

/**
 * Bookings are made when their block is confirmed, and a fork can still drop it. Each is looked at again when the
 * finalized chain has passed its slot: it is in that block for good, or it is taken out of the books.
 */
export class ForkWatch {
	readonly #options: ForkWatchOptions;
	readonly #pause = new Pause();
	/** Bookings whose block can never vanish; those that are proven are in the ledger no more. */
	readonly #final = new Set<Signature>();
	#finalSlot: number;
	#stopped = false;
	#reported = "";

	constructor(options: ForkWatchOptions) {
		this.#options = options;
		this.#finalSlot = options.ledger.state.provenSlot;
	}

	/** The books up to this slot are made of blocks that can never vanish. */
	get finalSlot(): number {
		return this.#finalSlot;
	}

	/** Looks soon: somebody tells something else than the books. */
	look(): void {
		this.#pause.wake();
	}

	stop(): void {
		this.#stopped = true;
		this.#pause.close();
	}

	/** Looks until it is stopped. */
	async run(): Promise<void> {
		while (!this.#stopped) {
			try {
				await this.round();
				this.#reported = "";
			} catch (error) {
				const { message } = error as Error;
				if (!this.#stopped && message !== this.#reported) {
					this.#options.logger.warn(`Whether bookings are final cannot be told yet: ${message}`);
				}
				this.#reported = message;
			}
			await this.#pause.wait(LOOK_INTERVAL_MS, { wakeable: true });
		}
	}

	/** @throws when the chain cannot be read, or proves nothing now */
	async round(): Promise<void> {
		const { ledger, chain } = this.#options;
		const finalizedSlot = await chain.finalizedSlot();
		const passed = [...ledger.state.recentBookings]
			.filter(({ slot, signature }) => slot <= finalizedSlot && !this.#final.has(signature))
			.slice(0, MOST_AT_ONCE);
		const inclusions = await chain.inclusions(passed.map(({ signature }) => signature));
		for (const [index, booking] of passed.entries()) {
			if (this.#stopped) return;
			const inclusion = inclusions[index] ?? null;
			if (inclusion && isWhereBooked(inclusion, booking, ledger)) this.#finalize(booking.signature);
			else if (inclusion || (await this.#isNowhere(booking))) this.#remove(booking, inclusion?.slot ?? null);
		}
		// A fork can also bring what was in no block before: a slot is final only when nothing of it is missing.
		if (!(await this.#isMissing(finalizedSlot))) this.#advance(finalizedSlot);
	}

	async #isMissing(finalizedSlot: number): Promise<boolean> {
		const { ledger, chain, onMissing } = this.#options;
		const { wallet, provenSlot } = ledger.state;
		const { entries, slot: toldTo } = await chain.provenHistory(wallet as Address, provenSlot);
		if (toldTo < finalizedSlot) return true;
		const missing = entries.find(
			({ signature, slot }) =>
				slot <= finalizedSlot && slot > ledger.state.provenSlot && !ledger.state.hasBooked(signature),
		);
		if (missing) onMissing(missing.signature);
		return missing !== undefined;
	}

	#finalize(signature: Signature): void {
		this.#final.add(signature);
		this.#options.onFinal(signature);
	}

	/** In no block of the finalized chain since its slot, by everything that lists it. */
	async #isNowhere({ signature, slot, changes }: Booking): Promise<boolean> {
		const { ledger, chain } = this.#options;
		const mints = new Set<Address>(changes.map(({ mint }) => mint));
		const touched = [...ledger.state.accounts].filter(({ mint }: TrackedAccount) => mints.has(mint));
		for (const address of [ledger.state.wallet as Address, ...touched.map(({ account }) => account)]) {
			const { entries } = await chain.provenHistory(address, slot - 1);
			if (entries.some((entry) => entry.signature === signature)) return false;
		}
		return true;
	}

	#remove({ signature, slot }: Booking, movedTo: number | null): void {
		const { ledger, clock, logger, onIrreversible, onReversed } = this.#options;
		// An executor's telling may have come first, or a proof.
		if (!ledger.state.hasBooked(signature)) return;
		if (!ledger.state.originOf(signature)) {
			this.#final.add(signature);
			onIrreversible(`a fork dropped ${signature}, which an older version booked: the books cannot take it back`);
			return;
		}
		const intentId = ledger.state.originOf(signature)?.reservation?.intentId ?? null;
		ledger.record({ type: "reversed", signature, atMicros: clock.epochMicros() });
		const where = movedTo === null ? "and it is in none of the finalized chain" : `and it is in slot ${movedTo} now`;
		logger.warn(`A fork dropped the block of slot ${slot} with ${signature}, ${where}: its booking is taken back.`);
		onReversed(signature, intentId);
	}

	#advance(finalizedSlot: number): void {
		const { state } = this.#options.ledger;
		let slot = finalizedSlot;
		const recent = new Set<Signature>();
		for (const booking of state.recentBookings) {
			recent.add(booking.signature);
			if (!this.#final.has(booking.signature)) slot = Math.min(slot, booking.slot - 1);
		}
		for (const signature of this.#final) if (!recent.has(signature)) this.#final.delete(signature);
		this.#finalSlot = Math.max(this.#finalSlot, slot);
	}
}

function isWhereBooked(
	inclusion: { readonly slot: number; readonly isReverted: boolean },
	{ signature, slot }: Booking,
	{ state }: Ledger,
): boolean {
	if (inclusion.slot !== slot) return false;
	const outcome = state.originOf(signature)?.outcome;
	return !outcome || (outcome === "reverted") === inclusion.isReverted;
}
