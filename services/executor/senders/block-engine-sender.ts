import type { BundleCounts } from "../../../broker/contracts/executor.ts";
import type { Clock } from "../../../core/types/clock.ts";
import type { BlockEngine } from "../../../libs/block-engine/block-engine.ts";
import { describeBlockEngineErrors } from "../../../libs/block-engine/block-engine-error.ts";
import { type BundleId, MOST_BUNDLE_IDS } from "../../../libs/block-engine/bundle-id.ts";
import type { SignedTransaction } from "../../../libs/solana/intent-signer.ts";
import type { Sender } from "./sender.ts";

export interface BlockEngineSenderOptions {
	readonly engine: Pick<BlockEngine, "sendBundle" | "getInflightBundleStatuses">;
	readonly clock: Clock;
}

/** A bundle's fate is asked for when it is so old; it is decided long before. */
const LOOK_AFTER_MICROS = 5_000_000;
/** Bundles whose fate is still to be asked for; more are not counted. */
const MOST_PENDING = 256;

/**
 * Sends a trade as a bundle of one, to every region at once. A block engine lands no bundle that would revert. What is
 * confirmed is the trade's own signature: a bundle's fate is counted for people, and decides nothing.
 */
export class BlockEngineSender implements Sender {
	readonly name = "block engine";
	readonly #options: BlockEngineSenderOptions;
	/** When each was taken, the oldest first. */
	readonly #pending = new Map<BundleId, number>();
	readonly #counts = { taken: 0, refused: 0, landed: 0, failed: 0, unknown: 0 };
	#lookedAtMicros = Number.NEGATIVE_INFINITY;

	constructor(options: BlockEngineSenderOptions) {
		this.#options = options;
	}

	get counts(): BundleCounts {
		return { ...this.#counts };
	}

	/** Without a tip it is nobody's business: nothing is sent, and nothing is wrong. */
	async send({ base64, isTipped }: SignedTransaction): Promise<void> {
		if (!isTipped) return;
		const { engine, clock } = this.#options;
		void this.#look();
		const taken = await engine.sendBundle([base64]);
		if (taken.ok) {
			this.#counts.taken++;
			if (this.#pending.size < MOST_PENDING) this.#pending.set(taken.value, clock.monotonicMicros());
			return;
		}
		// On the chain already, by another way or another region: that is what it was sent for.
		if (taken.error.some(({ code }) => code === "alreadyProcessed")) return;
		this.#counts.refused++;
		throw new Error(describeBlockEngineErrors(taken.error));
	}

	/** Asks for the fate of a few older bundles, seldom: block engines count questions like sends. */
	async #look(): Promise<void> {
		const { engine, clock } = this.#options;
		const nowMicros = clock.monotonicMicros();
		if (nowMicros - this.#lookedAtMicros < LOOK_AFTER_MICROS) return;
		const due = [...this.#pending].filter(([, takenAt]) => nowMicros - takenAt >= LOOK_AFTER_MICROS);
		const ids = due.slice(0, MOST_BUNDLE_IDS).map(([id]) => id);
		if (ids.length === 0) return;
		this.#lookedAtMicros = nowMicros;
		for (const id of ids) this.#pending.delete(id);
		const answer = await engine.getInflightBundleStatuses(ids);
		const statuses = new Map((answer.ok ? answer.value : []).map(({ id, status }) => [id, status]));
		for (const id of ids) {
			const status = statuses.get(id);
			if (status === "Landed") this.#counts.landed++;
			else if (status === "Failed") this.#counts.failed++;
			else this.#counts.unknown++;
		}
	}
}
