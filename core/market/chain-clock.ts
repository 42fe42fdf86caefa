/** The chain's own time. Always a parameter: nothing in `core/` reads a clock. */
export interface ChainClock {
	readonly slot: bigint;
	readonly epoch: bigint;
	/** The Clock sysvar's `unix_timestamp`. */
	readonly unixSeconds: bigint;
}
