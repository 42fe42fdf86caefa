import type { OpenSegment } from "../../libs/journal/segment-file.ts";

const INTENT_ID = /"intentId":"([0-9a-z]{16})"/g;

/** Watches executors' journals at the disk: which intents' claims are durable, whatever the executor believes. */
export class ClaimWitness {
	readonly #durable = new Set<string>();
	/** Intents whose bytes left before their claim was durable. */
	readonly early: string[] = [];

	/** A disk like the given one, under this watch. */
	watch(open: OpenSegment): OpenSegment {
		return (path) => {
			const file = open(path);
			let written: string[] = [];
			return {
				write: (bytes) => {
					for (const [, intentId] of Buffer.from(bytes).toString("latin1").matchAll(INTENT_ID)) written.push(intentId!);
					file.write(bytes);
				},
				sync: async () => {
					const covered = written;
					written = [];
					await file.sync();
					for (const intentId of covered) this.#durable.add(intentId);
				},
				close: () => file.close(),
			};
		};
	}

	/** The bytes of an intent were seen on their way. */
	sent(intentId: string): void {
		if (!this.#durable.has(intentId)) this.early.push(intentId);
	}
}
