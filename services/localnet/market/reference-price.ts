import type { Random } from "../../../core/types/clock.ts";

/** Wave lengths of the reference price, in seconds: incommensurable, so that the path does not repeat. */
const PERIODS_SECONDS = [20, 97, 411] as const;

/** How a token's fair price moves: a sum of slow waves around its opening price. */
export interface ReferencePath {
	/** The fair price as a multiple of the opening price, at a time after the market's opening. */
	at(seconds: number): number;
}

/**
 * A repeatable path whose typical move a second is `volatilityBps` hundredths of a percent. It is a function of time
 * alone, so that a market that starts again goes on where it was without any state.
 */
export function referencePath(volatilityBps: number, random: Random): ReferencePath {
	const waves = PERIODS_SECONDS.map((period) => {
		const angular = (2 * Math.PI) / period;
		return {
			angular,
			// A sine's derivative has the root mean square amplitude × angular / √2: the waves share the volatility alike.
			amplitude: (volatilityBps / 10_000) * Math.sqrt(2 / PERIODS_SECONDS.length) * (1 / angular),
			phase: (random.nextUint32() / 2 ** 32) * 2 * Math.PI,
		};
	});
	const level = (seconds: number): number =>
		waves.reduce((sum, { angular, amplitude, phase }) => sum + amplitude * Math.sin(angular * seconds + phase), 0);
	const opening = level(0);
	return { at: (seconds) => Math.exp(level(seconds) - opening) };
}
