import type { Clock } from "../core/types/clock.ts";

/** The system's clock: the one place that reads time. */
export const systemClock: Clock = {
	epochMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1_000),
	monotonicMicros: () => performance.now() * 1_000,
};
