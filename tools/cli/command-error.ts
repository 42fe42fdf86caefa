/** The command was called wrongly: its message says how. */
export class UsageError extends Error {
	override readonly name = "UsageError";
}

/** The command could not do its work: its message says what to change. */
export class CommandError extends Error {
	override readonly name = "CommandError";
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.code = code;
	}
}
