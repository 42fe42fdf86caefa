/**
 * Risk's word that it lives and is in charge, given again several times within its length. Executors sign only while
 * they hold one: a dead or fenced risk stops all signing without a message.
 */
export interface RiskLease {
	/** The incarnation of risk that gives it. Of several, the highest is in charge. */
	readonly epoch: number;
	/** Microseconds since the Unix epoch. */
	readonly expiresAtMicros: number;
	/** Proof that risk gave it: a keyed MAC in base64 over the above. */
	readonly seal: string;
}

/** Whether something from the bus has the shape of a lease. */
export function isRiskLease(value: unknown): value is RiskLease {
	const lease = value as Partial<RiskLease> | null | undefined;
	return (
		Number.isSafeInteger(lease?.epoch) &&
		Number.isSafeInteger(lease?.expiresAtMicros) &&
		(lease as RiskLease).epoch >= 0 &&
		typeof lease?.seal === "string"
	);
}
