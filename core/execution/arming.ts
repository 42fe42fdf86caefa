/**
 * One person's word that this build may trade for real with this configuration, for a time, signed with that person's
 * own key. Two such words of two people arm; nothing that passes the network, and no file, can arm without them.
 */
export interface ArmingStatement {
	readonly name: string;
	/** Hash over the program's files, hex. */
	readonly build: string;
	/** Hash over the configuration without its secrets, hex. */
	readonly config: string;
	/** Microseconds since the Unix epoch. */
	readonly signedAtMicros: number;
	readonly expiresAtMicros: number;
	/** Ed25519 signature over {@link statementText}, base64. */
	readonly signature: string;
}

/** What has to be armed. */
export interface Arms {
	readonly build: string;
	readonly config: string;
}

/** How the arming stands. */
export interface ArmingStatus extends Arms {
	/** Null: not armed. */
	readonly armedUntilMicros: number | null;
	/** Whose word counts now. */
	readonly people: readonly string[];
}

/** A person's word lasts no longer. */
export const LONGEST_ARMING_MICROS = 24 * 3_600 * 1_000_000;
/** People who have to agree. */
export const PEOPLE_NEEDED = 2;
/** A word from the future is none, but clocks differ. */
const CLOCK_SKEW_MICROS = 60_000_000;
const MOST_NAME = 64;

/** What a person signs. */
export function statementText({ name, build, config, ...at }: Omit<ArmingStatement, "signature">): string {
	return ["mojo.arming.1", name, build, config, at.signedAtMicros, at.expiresAtMicros].map(String).join("\n");
}

/** Whether something from a file or from the bus has the shape of a statement. */
export function isArmingStatement(value: unknown): value is ArmingStatement {
	const it = value as Partial<ArmingStatement> | null | undefined;
	return (
		typeof it?.name === "string" &&
		it.name.length <= MOST_NAME &&
		/^[0-9a-f]{64}$/.test(String(it.build)) &&
		/^[0-9a-f]{64}$/.test(String(it.config)) &&
		Number.isSafeInteger(it.signedAtMicros) &&
		Number.isSafeInteger(it.expiresAtMicros) &&
		typeof it.signature === "string" &&
		it.signature.length === 88
	);
}

/** Why a statement does not count at this moment, or null. Its signature is looked at elsewhere. */
export function objectionTo(statement: ArmingStatement, arms: Arms, nowMicros: number): string | null {
	const { name, build, config, signedAtMicros, expiresAtMicros } = statement;
	if (build !== arms.build) return `${name} armed another build`;
	if (config !== arms.config) return `${name} armed another configuration`;
	if (expiresAtMicros - signedAtMicros > LONGEST_ARMING_MICROS) return `${name} armed for more than 24 hours`;
	if (signedAtMicros > nowMicros + CLOCK_SKEW_MICROS) return `${name} armed in the future: compare the clocks`;
	if (expiresAtMicros <= nowMicros) return `what ${name} armed has run out`;
	return null;
}

/** How it stands by statements that count, each of another person. */
export function armingOf(statements: readonly ArmingStatement[], arms: Arms): ArmingStatus {
	const ends = statements.map(({ expiresAtMicros }) => expiresAtMicros).sort((a, b) => b - a);
	return {
		...arms,
		armedUntilMicros: ends[PEOPLE_NEEDED - 1] ?? null,
		people: statements.map(({ name }) => name),
	};
}
