import type { Clock } from "../core/types/clock.ts";

/** It never changes, and reading it takes as long as reading the time. */
const { timeOrigin } = performance;

/** The system's clock: the one place that reads time. */
export const systemClock: Clock = {
	epochMicros: () => Math.round((timeOrigin + performance.now()) * 1_000),
	monotonicMicros: () => performance.now() * 1_000,
};
