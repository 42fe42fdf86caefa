export interface UntilOptions {
	/** Named in the error when it does not come about. */
	readonly what: string;
	readonly timeoutMs?: number;
	readonly everyMs?: number;
}

/** Waits until something is truthy and returns it; throws naming it when it does not come about in time. */
export async function until<T>(probe: () => T | Promise<T>, options: UntilOptions): Promise<NonNullable<T>> {
	const { what, timeoutMs = 20_000, everyMs = 25 } = options;
	for (let waitedMs = 0; ; waitedMs += everyMs) {
		const value = await probe();
		if (value) return value;
		if (waitedMs >= timeoutMs) throw new Error(`waited ${timeoutMs} ms for ${what}`);
		await new Promise((wake) => setTimeout(wake, everyMs));
	}
}
