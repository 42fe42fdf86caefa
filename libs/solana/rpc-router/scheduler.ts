/** Time to come as a parameter, so that tests decide when it has come. */
export interface Scheduler {
	/**
	 * Runs something once, after so long.
	 *
	 * @returns the way to keep it from running; idempotent
	 */
	after(delayMs: number, run: () => void): () => void;
}

/** The process's timers. They keep no process alive. */
export const systemScheduler: Scheduler = {
	after(delayMs, run) {
		const timer = setTimeout(run, delayMs).unref();
		return () => clearTimeout(timer);
	},
};
