import type { ApprovedIntent } from "./approved-intent.ts";

/** More than the longest intent that its shape allows: six legs, and two texts of 128 characters. */
export const MOST_APPROVAL_BYTES = 4_096;

/** Sets what is sealed here apart from everything else under the same key, and from later encodings. */
const DOMAIN = "mojo.approval.3";
/** Beside the length of a text: its characters take two bytes each. */
const WIDE = 0x8000;
/** Texts whose bytes are kept: the mints, pools and wallets of a desk, and some more. */
const MOST_KNOWN_TEXTS = 1_024;
const LONGEST_TEXT = 0x7ffe;
/** Stands for a mint that was written before: most are, and every byte is hashed. No text is that long. */
const SAME = 0xffff;

/**
 * An approved intent as bytes, with one byte string for each intent: every field stands at its place, texts and lists
 * with their length before them, absent parts with a mark. Stage timings, which decide nothing, and the seal are left
 * out.
 */
export class ApprovalEncoder {
	/** Used again and again: the bytes are valid until the next {@link encode}. */
	readonly bytes = new Uint8Array(MOST_APPROVAL_BYTES);
	readonly #view = new DataView(this.bytes.buffer);
	/** By text, its bytes with their length before them. */
	readonly #known = new Map<string, Uint8Array>();
	#at = 0;

	/**
	 * Writes an intent whose shape was checked.
	 *
	 * @returns how many of {@link bytes} it takes, or -1 when it cannot be written without loss
	 */
	encode(intent: ApprovedIntent): number {
		this.#at = 0;
		try {
			this.#repeated(DOMAIN);
			this.#text(intent.intentId);
			this.#repeated(intent.strategy);
			this.#repeated(intent.cycle);
			this.#repeated(intent.fundingMint);
			this.#loan(intent.loan);
			this.#legs(intent.legs, intent.fundingMint);
			this.#signed(intent.expectedNetProfit);
			this.#amount(intent.minimumProfit);
			this.#amount(intent.networkCost);
			this.#number(intent.computeUnitLimit);
			this.#amount(intent.computeUnitPriceMicroLamports);
			this.#amount(intent.maximumFeeLamports);
			this.#tip(intent.tip);
			this.#number(intent.triggerSlot);
			this.#number(intent.deadlineMicros);
			this.#repeated(intent.wallet);
			this.#text(intent.blockhash);
			this.#number(intent.lastValidBlockHeight);
			this.#number(intent.riskEpoch);
			this.#lookupTable(intent.lookupTable);
			return this.#at;
		} catch (error) {
			if (error instanceof RangeError) return -1;
			throw error;
		}
	}

	#loan(loan: ApprovedIntent["loan"]): void {
		this.#count(loan ? 1 : 0);
		if (!loan) return;
		this.#repeated(loan.reserve);
		this.#amount(loan.amount);
		this.#amount(loan.fee);
	}

	#tip(tip: ApprovedIntent["tip"]): void {
		this.#count(tip ? 1 : 0);
		if (!tip) return;
		this.#repeated(tip.account);
		this.#amount(tip.lamports);
	}

	#lookupTable(table: ApprovedIntent["lookupTable"]): void {
		this.#count(table ? 1 : 0);
		if (!table) return;
		this.#repeated(table.address);
		this.#number(table.count);
	}

	#legs(legs: ApprovedIntent["legs"], fundingMint: string): void {
		this.#count(legs.length);
		let mint = fundingMint;
		for (const leg of legs) {
			this.#repeated(leg.pool);
			this.#repeated(leg.venue);
			this.#repeated(leg.direction);
			this.#textUnless(mint, leg.mintIn);
			this.#textUnless(fundingMint, leg.mintOut);
			mint = leg.mintOut;
			this.#amount(leg.amountIn);
			this.#amount(leg.minimumAmountOut);
			this.#amount(leg.expectedAmountOut);
			this.#number(leg.observedSlot);
			this.#count(leg.arrays.length);
			for (let at = 0; at < leg.arrays.length; at++) this.#number(leg.arrays[at] as number);
		}
	}

	#count(value: number): void {
		this.#view.setUint16(this.#at, value);
		this.#at += 2;
	}

	#number(value: number): void {
		this.#view.setFloat64(this.#at, value);
		this.#at += 8;
	}

	#amount(value: bigint): void {
		this.#view.setBigUint64(this.#at, value);
		this.#at += 8;
	}

	#signed(value: bigint): void {
		if (BigInt.asIntN(64, value) !== value) throw new RangeError("beyond 64 bits");
		this.#view.setBigInt64(this.#at, value);
		this.#at += 8;
	}

	#textUnless(known: string, text: string): void {
		if (text === known) this.#count(SAME);
		else this.#repeated(text);
	}

	/** A text that comes with many intents: its bytes are kept, whatever they are, so that the encoding is the same. */
	#repeated(text: string): void {
		const known = this.#known.get(text);
		if (known === undefined) {
			const start = this.#at;
			this.#text(text);
			if (this.#known.size >= MOST_KNOWN_TEXTS) this.#known.clear();
			this.#known.set(text, this.bytes.slice(start, this.#at));
			return;
		}
		const { length } = known;
		if (this.#at + length > MOST_APPROVAL_BYTES) throw new RangeError("no room");
		this.bytes.set(known, this.#at);
		this.#at += length;
	}

	#text(text: string): void {
		const { length } = text;
		const start = this.#at + 2;
		if (length > LONGEST_TEXT || start + length > MOST_APPROVAL_BYTES) throw new RangeError("no room");
		const { bytes } = this;
		for (let index = 0; index < length; index++) {
			const code = text.charCodeAt(index);
			if (code > 0xff) {
				this.#wideText(text);
				return;
			}
			bytes[start + index] = code;
		}
		this.#count(length);
		this.#at = start + length;
	}

	/** As UTF-16, which carries any text, also one that is no Unicode. */
	#wideText(text: string): void {
		this.#count(text.length | WIDE);
		for (let index = 0; index < text.length; index++) this.#count(text.charCodeAt(index));
	}
}
