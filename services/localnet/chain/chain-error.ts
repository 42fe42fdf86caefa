export type ChainErrorCode =
	/** A file of the data folder does not read back. */
	| "corrupt_data"
	/** The data folder belongs to a chain with another seed. */
	| "other_chain"
	/** The data folder cannot be read or written. */
	| "storage"
	/** The chain was closed, or stopped itself after a storage failure. */
	| "closed"
	/** Misuse by the calling code. */
	| "misuse";

/** A failure of the chain itself, never of a transaction. The message names the fix. */
export class ChainError extends Error {
	readonly code: ChainErrorCode;

	constructor(code: ChainErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = "ChainError";
		this.code = code;
	}
}
