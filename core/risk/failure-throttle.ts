import type { ThrottleLimits } from "./limits.ts";

/** No limit counts more failures than the ledger remembers. */
export const MOST_FAILURES = 100;

/**
 * Whether a strategy has failed too often: the last of `failures` intents that the chain reverted, or that never landed,
 * came within the window. One more within a longer time is bad luck; so many within a short one is a strategy, a market
 * or a machine that is not what somebody thinks it is, and every further attempt costs fees.
 *
 * @param failedAtMicros when its last intents failed, oldest first, microseconds since the Unix epoch
 */
export function hasFailedTooOften(failedAtMicros: readonly number[], limits: ThrottleLimits): boolean {
	const { failures, windowMicros } = limits;
	const first = failedAtMicros.at(-failures);
	if (first === undefined) return false;
	return (failedAtMicros.at(-1) as number) - first <= windowMicros;
}
