import type { IntentId } from "../../core/types/identifiers.ts";

/** Nobody signs after a deadline; a clock that runs late is given so much. */
const DEADLINE_MARGIN_MS = 50;

/** Calls to executors that may still lead to a signature. */
export class Outstanding {
	readonly #calls = new Map<IntentId, { readonly answered: Promise<unknown>; readonly deadlineMicros: number }>();

	/** Follows a call until it is answered, whatever the answer is, or its deadline has passed for sure. */
	follow(intentId: IntentId, answered: Promise<unknown>, deadlineMicros: number): void {
		this.#calls.set(intentId, { answered, deadlineMicros });
		const forget = (): void => void this.#calls.delete(intentId);
		answered.then(forget, () => {
			// The error may have come before the executor's answer: only the deadline ends it for sure.
		});
	}

	/** Resolves when no call that is followed now can lead to a signature any more. */
	async ended(nowMicros: number): Promise<void> {
		const calls = [...this.#calls];
		await Promise.all(
			calls.map(async ([intentId, { answered, deadlineMicros }]) => {
				const leftMs = Math.max(0, (deadlineMicros - nowMicros) / 1_000) + DEADLINE_MARGIN_MS;
				let timer: NodeJS.Timeout | undefined;
				const passed = new Promise<void>((resolve) => {
					timer = setTimeout(resolve, leftMs);
				});
				await Promise.race([answered.catch(() => passed), passed]);
				clearTimeout(timer);
				this.#calls.delete(intentId);
			}),
		);
	}

	/** Drops calls whose deadline has passed: those that ended in an error stay until then. */
	prune(nowMicros: number): void {
		for (const [intentId, { deadlineMicros }] of this.#calls) {
			if (deadlineMicros + DEADLINE_MARGIN_MS * 1_000 < nowMicros) this.#calls.delete(intentId);
		}
	}
}
