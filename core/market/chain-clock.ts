/** The chain's own time. Always a parameter: nothing in `core/` reads a clock. */
export interface ChainClock {
	readonly slot: bigint;
	readonly epoch: bigint;
	/** The Clock sysvar's `unix_timestamp`. */
	readonly unixSeconds: bigint;
}

/** What an actor hears of the chain's time, with every batch and every slot. */
export interface ChainTime {
	readonly slot: number;
	readonly epoch: number;
	/** Unix seconds. */
	readonly chainSeconds: number;
}

const BEGINNING: ChainClock = { slot: 0n, epoch: 0n, unixSeconds: 0n };

/** The newest that was heard of the chain's time, from whatever source: it never goes back. */
export class HeardClock {
	#clock = BEGINNING;

	get now(): ChainClock {
		return this.#clock;
	}

	hear({ slot, epoch, chainSeconds }: ChainTime): void {
		const { slot: lastSlot, epoch: lastEpoch, unixSeconds: lastSeconds } = this.#clock;
		const heard = { slot: BigInt(slot), epoch: BigInt(epoch), unixSeconds: BigInt(Math.floor(chainSeconds)) };
		if (heard.slot <= lastSlot && heard.epoch <= lastEpoch && heard.unixSeconds <= lastSeconds) return;
		this.#clock = {
			slot: heard.slot > lastSlot ? heard.slot : lastSlot,
			epoch: heard.epoch > lastEpoch ? heard.epoch : lastEpoch,
			unixSeconds: heard.unixSeconds > lastSeconds ? heard.unixSeconds : lastSeconds,
		};
	}

	/** The chain may be another: its slots count from elsewhere. */
	forget(): void {
		this.#clock = BEGINNING;
	}
}
