/**
 * Work beside the hot path, by name. A job runs once at a time; asked for while it runs, it runs once more afterwards,
 * however often it was asked for. A failure is told and forgotten: the next occasion tries again.
 */
export class BackgroundJobs {
	readonly #abortSignal: AbortSignal;
	readonly #onTrouble: (what: string) => void;
	readonly #running = new Map<string, { again: (() => Promise<void>) | null; readonly done: Promise<void> }>();

	constructor(abortSignal: AbortSignal, onTrouble: (what: string) => void) {
		this.#abortSignal = abortSignal;
		this.#onTrouble = onTrouble;
	}

	run(name: string, work: () => Promise<void>): void {
		if (this.#abortSignal.aborted) return;
		const running = this.#running.get(name);
		if (running) running.again = work;
		else this.#running.set(name, { again: null, done: this.#loop(name, work) });
	}

	/** Resolves when nothing runs any more; after an abort nothing new begins. */
	async idle(): Promise<void> {
		await Promise.all([...this.#running.values()].map(({ done }) => done));
	}

	async #loop(name: string, first: () => Promise<void>): Promise<void> {
		let work: (() => Promise<void>) | null = first;
		// The entry of this job is made when this function first waits.
		await Promise.resolve();
		while (work && !this.#abortSignal.aborted) {
			try {
				await work();
			} catch (error) {
				if (!this.#abortSignal.aborted) this.#onTrouble(`${name}: ${(error as Error).message}`);
			}
			const entry = this.#running.get(name);
			work = entry?.again ?? null;
			if (entry) entry.again = null;
		}
		this.#running.delete(name);
	}
}
