/** Waiting that can be cut short. Timers do not keep the process alive. */
export class Pause {
	readonly #waiting = new Set<{ readonly end: () => void; readonly wakeable: boolean }>();
	#woken = false;
	#closed = false;

	/** Waits so long, or, when wakeable, until {@link wake}; a wake that came while nobody waited counts. */
	async wait(ms: number, { wakeable }: { readonly wakeable: boolean }): Promise<void> {
		if (this.#closed || ms <= 0) return;
		if (wakeable && this.#woken) {
			this.#woken = false;
			return;
		}
		await new Promise<void>((resolve) => {
			const end = (): void => {
				clearTimeout(timer);
				this.#waiting.delete(waiter);
				resolve();
			};
			const waiter = { end, wakeable };
			const timer = setTimeout(end, ms).unref();
			this.#waiting.add(waiter);
		});
	}

	wake(): void {
		const wakeable = [...this.#waiting].filter((waiter) => waiter.wakeable);
		this.#woken = wakeable.length === 0;
		for (const { end } of wakeable) end();
	}

	/** Ends every wait, also those to come. */
	close(): void {
		this.#closed = true;
		for (const { end } of [...this.#waiting]) end();
	}
}
