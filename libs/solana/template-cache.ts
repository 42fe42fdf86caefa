import type { Result, Success } from "../../core/types/result.ts";
import type { MessageTemplate, TemplateError } from "./message-template.ts";

interface Entry {
	readonly found: Success<MessageTemplate>;
	/** The call that asked for it last. */
	usedAt: number;
}

/** Templates by route, bounded: the route that was not used for longest goes first. */
export class TemplateCache {
	readonly #capacity: number;
	readonly #entries = new Map<string, Entry>();
	#calls = 0;
	#compiled = 0;
	#evicted = 0;

	/** @param capacity largest number of templates kept, at least 1 */
	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	get size(): number {
		return this.#entries.size;
	}

	/** Templates compiled since the start. */
	get compiled(): number {
		return this.#compiled;
	}

	/** Templates given up for newer ones since the start. More than a few: the capacity is below the routes in use. */
	get evicted(): number {
		return this.#evicted;
	}

	get isFull(): boolean {
		return this.#entries.size >= this.#capacity;
	}

	has(key: string): boolean {
		return this.#entries.has(key);
	}

	/** The template of a route, compiled when it is not there. Failures are not kept. */
	get(key: string, compile: () => Result<MessageTemplate, TemplateError>): Result<MessageTemplate, TemplateError> {
		const usedAt = ++this.#calls;
		const known = this.#entries.get(key);
		if (known) {
			known.usedAt = usedAt;
			return known.found;
		}
		const fresh = compile();
		if (!fresh.ok) return fresh;
		this.#compiled++;
		if (this.isFull) this.#evict();
		this.#entries.set(key, { found: fresh, usedAt });
		return fresh;
	}

	clear(): void {
		this.#entries.clear();
	}

	/** A look at every entry, where a compilation costs far more: an order kept up to date would cost every trade. */
	#evict(): void {
		let oldest: string | null = null;
		let oldestUse = Number.POSITIVE_INFINITY;
		for (const [key, { usedAt }] of this.#entries) {
			if (usedAt >= oldestUse) continue;
			oldest = key;
			oldestUse = usedAt;
		}
		if (oldest === null) return;
		this.#entries.delete(oldest);
		this.#evicted++;
	}
}
