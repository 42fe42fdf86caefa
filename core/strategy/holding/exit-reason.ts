/** Why a position is closed. Closed. */
export const EXIT_REASONS = [
	/** What it was bought for has come: the profit, or the price back where it belongs. */
	"target",
	/** It lost more than its share. */
	"stopLoss",
	/** What it was bought for has gone further away. */
	"stopSpread",
	/** It was held for as long as it may be. */
	"time",
] as const;

export type ExitReason = (typeof EXIT_REASONS)[number];

/** Whether a reason is a stop: money is given up. */
export function isStop(reason: ExitReason): boolean {
	return reason === "stopLoss" || reason === "stopSpread";
}
