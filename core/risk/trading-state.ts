/**
 * What the desk may do. `active`: everything that passes the gate. `reducing`: only what lowers exposure. `halted`:
 * nothing is signed.
 */
export type TradingState = "active" | "reducing" | "halted";

/** The latched record behind the state: who changed it, when and why. */
export interface TradingStateRecord {
	readonly state: TradingState;
	readonly changedBy: string;
	readonly reason: string;
	/** Microseconds since the Unix epoch. */
	readonly changedAtMicros: number;
}
