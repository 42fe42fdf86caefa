/** Why a journal does not do what it is asked. */
export type JournalErrorCode = "corrupt" | "unencodable" | "ioFailed" | "overloaded" | "closed";

/** A journal that cannot be trusted, or no longer. The message names the file and the remedy. */
export class JournalError extends Error {
	override readonly name = "JournalError";
	readonly code: JournalErrorCode;

	constructor(code: JournalErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
