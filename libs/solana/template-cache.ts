import { type Result, success } from "../../core/types/result.ts";
import type { MessageTemplate, TemplateError } from "./message-template.ts";

/** Templates by route, bounded: the route that was not used for longest goes first. */
export class TemplateCache {
	readonly #capacity: number;
	readonly #templates = new Map<string, MessageTemplate>();
	#compiled = 0;
	#evicted = 0;

	/** @param capacity largest number of templates kept, at least 1 */
	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	get size(): number {
		return this.#templates.size;
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
		return this.#templates.size >= this.#capacity;
	}

	has(key: string): boolean {
		return this.#templates.has(key);
	}

	/** The template of a route, compiled when it is not there. Failures are not kept. */
	get(key: string, compile: () => Result<MessageTemplate, TemplateError>): Result<MessageTemplate, TemplateError> {
		const known = this.#templates.get(key);
		if (known) {
			this.#templates.delete(key);
			this.#templates.set(key, known);
			return success(known);
		}
		const fresh = compile();
		if (!fresh.ok) return fresh;
		this.#compiled++;
		if (this.isFull) {
			for (const oldest of this.#templates.keys()) {
				this.#templates.delete(oldest);
				this.#evicted++;
				break;
			}
		}
		this.#templates.set(key, fresh.value);
		return fresh;
	}

	clear(): void {
		this.#templates.clear();
	}
}
