import { Errors } from "moleculer";

/** What a client may branch on. Closed. */
export type HttpErrorCode =
	| "badRequest"
	| "misdirected"
	| "unauthorized"
	| "notFound"
	| "conflict"
	| "methodNotAllowed"
	| "conflict"
	| "payloadTooLarge"
	| "tooManyRequests"
	| "tooManyStreams"
	| "unavailable"
	| "internal";

/** An answer other than the one asked for. The message is for the client: it names the parameter or the fix. */
export class HttpError extends Error {
	override readonly name = "HttpError";
	readonly status: number;
	readonly code: HttpErrorCode;
	readonly headers: Readonly<Record<string, string>>;

	constructor(status: number, code: HttpErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
		super(message);
		this.status = status;
		this.code = code;
		this.headers = headers;
	}
}

/** Any error as one that may be told: what comes from inside the system keeps its details for the log. */
export function httpErrorOf(error: unknown): HttpError {
	if (error instanceof HttpError) return error;
	if (isUnreachable(error)) {
		const action = (error as { data?: { action?: string } }).data?.action;
		const actor = action?.split(".")[0];
		return new HttpError(503, "unavailable", `${actor ?? "an actor"} is not reachable: see /api/health`);
	}
	const status = statusOf(error);
	if (status === 413) return new HttpError(413, "payloadTooLarge", "the body is too large");
	if (status === 404) return new HttpError(404, "notFound", "there is nothing here");
	if (status === 409) return new HttpError(409, "conflict", messageOf(error));
	if (status >= 400 && status < 500) return new HttpError(400, "badRequest", messageOf(error));
	return new HttpError(500, "internal", "the gateway failed: its log says why");
}

function isUnreachable(error: unknown): boolean {
	return (
		error instanceof Errors.ServiceNotFoundError ||
		error instanceof Errors.ServiceNotAvailableError ||
		error instanceof Errors.RequestTimeoutError ||
		error instanceof Errors.RequestRejectedError ||
		error instanceof Errors.BrokerDisconnectedError
	);
}

/** body-parser and serve-static say `status`, moleculer-web says `code`. */
function statusOf(error: unknown): number {
	const { status, code } = error as { status?: unknown; code?: unknown };
	return typeof status === "number" ? status : typeof code === "number" ? code : 500;
}

function messageOf(error: unknown): string {
	const { type } = error as { type?: unknown };
	if (type === "entity.parse.failed") return "the body is no JSON object";
	return error instanceof Error ? error.message : "the request cannot be read";
}
