import type { SlotNotice, UsableBlockhash } from "../../core/risk/market-watch.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface BlockhashBoundOptions {
	readonly clock: Clock;
	readonly logger: RiskLogger;
	/** The chain's newest block height, by risk's own node. */
	readonly height: () => Promise<number>;
	/** A notice that claims no more than the chain can hold. */
	readonly onNotice: (notice: SlotNotice) => void;
}

/** The chain takes a blockhash up to the height of its block plus this (Agave: `MAX_PROCESSING_AGE`). */
export const BLOCKHASH_LIFE_BLOCKS = 150;
/** The node is asked at most so often: about once a block. */
const ASK_INTERVAL_MICROS = 400_000;

/**
 * No blockhash outlives the newest block by more than {@link BLOCKHASH_LIFE_BLOCKS}. A feed that tells otherwise would
 * keep reservations open for ever, and the bytes of an intent being sent. What a feed tells beyond the height that
 * risk's own node has told waits for that node; until then intents bind to the last blockhash that fits.
 */
export class BlockhashBound {
	readonly #options: BlockhashBoundOptions;
	#height = Number.NEGATIVE_INFINITY;
	#newest: UsableBlockhash | null = null;
	#askedMicros = Number.NEGATIVE_INFINITY;
	#isAsking = false;
	#isReported = false;

	constructor(options: BlockhashBoundOptions) {
		this.#options = options;
	}

	/** Takes a feed's notice, from the bus. */
	hear(notice: SlotNotice): void {
		if (!isNotice(notice)) return;
		const { blockhash, lastValidBlockHeight } = notice;
		if (this.#fits(lastValidBlockHeight)) {
			this.#isReported = false;
			this.#newest = { blockhash, lastValidBlockHeight };
		} else void this.#ask(notice);
		// The slot is news also where its blockhash is not believed yet.
		if (this.#newest) this.#options.onNotice({ ...notice, ...this.#newest });
	}

	#fits(lastValidBlockHeight: number): boolean {
		return lastValidBlockHeight <= this.#height + BLOCKHASH_LIFE_BLOCKS;
	}

	async #ask(notice: SlotNotice): Promise<void> {
		const { clock, height, logger } = this.#options;
		const nowMicros = clock.monotonicMicros();
		if (this.#isAsking || nowMicros - this.#askedMicros < ASK_INTERVAL_MICROS) return;
		this.#isAsking = true;
		this.#askedMicros = nowMicros;
		try {
			this.#height = Math.max(this.#height, await height());
		} catch {
			// The next notice asks again; whoever reads the chain besides tells of a node that does not answer.
			return;
		} finally {
			this.#isAsking = false;
		}
		if (this.#fits(notice.lastValidBlockHeight)) {
			// What came while the node was asked is newer.
			if (this.#newest === null) this.hear(notice);
		} else if (!this.#isReported) {
			this.#isReported = true;
			logger.warn(
				`Feed ${notice.shard} tells a blockhash that lives up to block ${notice.lastValidBlockHeight}, and the chain is at ` +
					`${this.#height} by risk's own node: it is not used. Compare the nodes of feed and risk (chain.rpc_urls).`,
			);
		}
	}
}

function isNotice(notice: unknown): notice is SlotNotice {
	if (typeof notice !== "object" || notice === null) return false;
	const { blockhash, blockHeight, lastValidBlockHeight, shard, slot } = notice as Record<keyof SlotNotice, unknown>;
	return (
		typeof shard === "string" &&
		typeof blockhash === "string" &&
		[blockHeight, lastValidBlockHeight, slot].every((value) => Number.isSafeInteger(value))
	);
}
