import type { Direction } from "./venues/venue.ts";

/** Longer routes do not fit into a transaction. */
export const MAX_CYCLE_LEGS = 4;

/** A leg as one number: the pool's place and the direction; 0 is no leg, so that shorter routes end with it. */
export type LegCode = number;
export const NO_LEG: LegCode = 0;

/** How many numbers a route takes. */
export const ROUTE_STRIDE = MAX_CYCLE_LEGS;

export function legCode(poolIndex: number, direction: Direction): LegCode {
	return (poolIndex + 1) * 2 + (direction === "aToB" ? 0 : 1);
}

export function poolOfLeg(code: LegCode): number {
	return (code >> 1) - 1;
}

export function directionOfLeg(code: LegCode): Direction {
	return (code & 1) === 0 ? "aToB" : "bToA";
}
