/** One thing that is wrong with the configuration. */
export interface Violation {
	/** File (or environment variable) that gave the value. */
	readonly source: string;
	/** Dotted key, or "" for the whole file. */
	readonly key: string;
	readonly expected: string;
	readonly got: string;
}

/** Everything that is wrong, at once. The message is ready to be printed. */
export class ConfigError extends Error {
	override readonly name = "ConfigError";
	readonly violations: readonly Violation[];

	constructor(violations: readonly Violation[]) {
		super(
			violations
				.map(({ source, key, expected, got }) => `${source}: ${key === "" ? "" : `${key}: `}${expected}, got ${got}`)
				.join("\n"),
		);
		this.violations = violations;
	}
}
