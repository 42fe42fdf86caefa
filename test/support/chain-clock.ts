import type { ChainClock } from "../../core/market/chain-clock.ts";

/** The chain's time at a moment; slot 100 and epoch 0 unless given. */
export function clockAt(unixSeconds: bigint, { slot = 100n, epoch = 0n }: Partial<ChainClock> = {}): ChainClock {
	return { slot, epoch, unixSeconds };
}
