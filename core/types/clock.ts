/** Time as a parameter: the core never reads a clock by itself. */
export interface Clock {
	/** Wall-clock time in microseconds since the Unix epoch. May step; for records and deadlines across machines. */
	epochMicros(): number;
	/** Monotonic time in microseconds from an arbitrary origin. For intervals inside one process. */
	monotonicMicros(): number;
}

/** Randomness as a parameter, so that a seed repeats a run. */
export interface Random {
	/** A uniform integer in [0, 2^32). */
	nextUint32(): number;
}
