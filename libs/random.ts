import { randomBytes } from "node:crypto";
import type { Random } from "../core/types/clock.ts";

/** Unpredictable numbers from the operating system: the one place that draws them. */
export const systemRandom: Random = {
	nextUint32: () => randomBytes(4).readUInt32LE(),
};

/**
 * Repeatable numbers: xorshift128 (Marsaglia, "Xorshift RNGs", 2003), its state filled from the seed by a
 * multiplicative sequence, so that near seeds give unrelated runs.
 */
export function seededRandom(seed: number): Random {
	let [x, y, z, w] = [0, 0, 0, 0].map((_, index) => Math.imul((seed >>> 0) + 1 + index, 0x9e3779b1) ^ 0x6a09e667) as [
		number,
		number,
		number,
		number,
	];
	const nextUint32 = (): number => {
		const mixed = x ^ (x << 11);
		[x, y, z] = [y, z, w];
		w = w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8);
		return w >>> 0;
	};
	for (let warmUp = 0; warmUp < 16; warmUp++) nextUint32();
	return { nextUint32 };
}
