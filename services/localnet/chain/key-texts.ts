import { encodeBase58 } from "../../../core/types/base58.ts";

/**
 * The base58 texts of keys, each worked out once as long as it is remembered: the same accounts and blockhashes are named
 * in every transaction that is told of, and base58 was a third of what the chain's servers cost.
 */
export class KeyTexts {
	readonly #capacity: number;
	readonly #texts = new Map<string, string>();

	/** @param capacity texts remembered; beyond it all are forgotten at once */
	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	/** @param key one byte a character */
	of(key: string): string {
		const known = this.#texts.get(key);
		if (known !== undefined) return known;
		if (this.#texts.size >= this.#capacity) this.#texts.clear();
		const text = encodeBase58(Buffer.from(key, "latin1"));
		this.#texts.set(key, text);
		return text;
	}
}
