/** Why a block engine gave no answer that can be used. */
export type BlockEngineErrorCode =
	| "unreachable"
	| "timeout"
	| "aborted"
	/** It asked to be left alone, now or a moment ago. */
	| "rateLimited"
	/** So many requests are without an answer that no further one is made. */
	| "busy"
	| "httpError"
	/** The answer is too long, no JSON-RPC, or has another shape than documented. */
	| "malformedAnswer"
	/** It refused the request, in its own words. */
	| "refused"
	/** A transaction of the bundle is on the chain already. */
	| "alreadyProcessed"
	/** More than a request may hold, or nothing: not sent. */
	| "badRequest";

export interface BlockEngineError {
	readonly code: BlockEngineErrorCode;
	/** Host of the region. */
	readonly region: string;
	readonly detail: string;
}

/** One line for a person. */
export function describeBlockEngineErrors(errors: readonly BlockEngineError[]): string {
	return errors.map(({ region, code, detail }) => `${region}: ${code} (${detail})`).join("; ");
}
