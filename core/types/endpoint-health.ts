/** How an RPC endpoint is, as the actor that asks it sees it. For people and metrics; holds no credentials. */
export interface EndpointHealth {
	/** Scheme, host and port: paths and queries carry keys. */
	readonly endpoint: string;
	readonly healthy: boolean;
	/** Newest processed slot by the last probe; null while none was made: one endpoint alone is not probed. */
	readonly slot: number | null;
	/** Slots behind the median of all endpoints. */
	readonly lagSlots: number;
	/** Share of failed requests of the last seconds, 0 to 1. */
	readonly errorRate: number;
	/** Smoothed time of an answer, microseconds; null before the first. */
	readonly latencyMicros: number | null;
	/** Answers that were longer than is ever read, since the actor started. */
	readonly oversized: number;
	readonly reads: LaneHealth;
	readonly sends: LaneHealth;
}

/** Reads or sends of an endpoint, since the actor started. */
export interface LaneHealth {
	readonly requests: number;
	readonly failures: number;
	readonly inFlight: number;
	/** How long the endpoint still wants to be left alone, milliseconds. */
	readonly pausedMs: number;
}
