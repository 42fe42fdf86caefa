import type { Clock } from "../core/types/clock.ts";
import { Samples } from "./samples.ts";

/** Something that is measured again and again. */
export interface Subject {
	/** Not measured: makes ready what {@link run} needs. */
	readonly prepare?: (round: number) => void;
	readonly run: (round: number) => unknown;
}

export interface InterleaveOptions<Name extends string> {
	readonly subjects: Readonly<Record<Name, Subject>>;
	readonly clock: Clock;
	/** Rounds before the measured ones, for the compiler to settle. */
	readonly warmUpRounds: number;
	readonly rounds: number;
	readonly onProgress: (share: number) => void;
}

const PROGRESS_STEPS = 20;

/**
 * Measures several subjects in turns, one run of each a round and each round beginning with another, so that whatever
 * else the machine does hits all of them alike: their ratio means something where their durations alone would not.
 */
export function interleave<Name extends string>(options: InterleaveOptions<Name>): Record<Name, Samples> {
	const { clock, rounds, warmUpRounds, onProgress } = options;
	const subjects = Object.entries<Subject>(options.subjects).map(([name, subject]) => ({
		name: name as Name,
		subject,
		samples: new Samples(rounds),
	}));
	const all = warmUpRounds + rounds;
	const progressEvery = Math.max(1, Math.floor(all / PROGRESS_STEPS));
	for (let round = 0; round < all; round++) {
		for (let turn = 0; turn < subjects.length; turn++) {
			const { subject, samples } = subjects[(round + turn) % subjects.length] as (typeof subjects)[number];
			subject.prepare?.(round);
			const begun = clock.monotonicMicros();
			subject.run(round);
			const taken = clock.monotonicMicros() - begun;
			if (round >= warmUpRounds) samples.record(taken);
		}
		if (round % progressEvery === 0) onProgress(round / all);
	}
	return Object.fromEntries(subjects.map(({ name, samples }) => [name, samples])) as Record<Name, Samples>;
}
