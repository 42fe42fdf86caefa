/** A typed, synchronous emitter. A listener that throws never reaches the emitting side. */
export class Emitter<Events extends object> {
	readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();
	readonly #onListenerError: (error: unknown) => void;

	constructor(onListenerError: (error: unknown) => void) {
		this.#onListenerError = onListenerError;
	}

	/** @returns takes the listener off again; may be called twice. */
	on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
		const listeners = this.#listeners.get(name) ?? new Set();
		this.#listeners.set(name, listeners);
		listeners.add(listener);
		return () => listeners.delete(listener);
	}

	/** Nobody listens: the caller may save itself the making of the event. */
	isSilent(name: keyof Events): boolean {
		return (this.#listeners.get(name)?.size ?? 0) === 0;
	}

	emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
		for (const listener of this.#listeners.get(name) ?? []) {
			try {
				(listener as (event: Events[Name]) => void)(event);
			} catch (error) {
				this.#onListenerError(error);
			}
		}
	}

	clear(): void {
		this.#listeners.clear();
	}
}
