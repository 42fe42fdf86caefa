import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";
import { toJson } from "./json.ts";
import { isOwnHost } from "./own-host.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Everything comes from this server, nothing is framed, and no script or style stands in the page itself. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
	"content-security-policy":
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	"x-content-type-options": "nosniff",
	"x-frame-options": "DENY",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"permissions-policy": "camera=(), geolocation=(), microphone=()",
};

const METHODS: readonly string[] = ["GET", "HEAD", "POST", "DELETE"];
/** Sockets open at once, streams among them. */
const MAXIMUM_CONNECTIONS = 512;
/** A request has to be complete within this, so that slow senders hold no socket. */
const REQUEST_TIMEOUT_MS = 10_000;

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface FrontDoorOptions {
	readonly limit: RateLimit;
	/** Names under which this server is reached, beside its addresses and `localhost`. */
	readonly names: readonly string[];
	readonly next: RequestHandler;
}

/** The HTTP server: what every request gets, whatever it asks for. */
export function createFrontDoor({ limit, names, next }: FrontDoorOptions): Server {
	const ownNames = new Set(names.map((name) => name.toLowerCase()));
	const server = createServer(
		{ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, maxHeaderSize: 8_192 },
		(request, response) => {
			for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
			if (!isOwnHost(request.headers.host, ownNames)) {
				const message =
					"the Host header names another server: use its address, or list the name in networking.http_names";
				sendError(response, new HttpError(421, "misdirected", message));
				return;
			}
			const method = request.method ?? "";
			if (!METHODS.includes(method)) {
				sendError(response, methodNotAllowed(METHODS));
				return;
			}
			const waitSeconds = limit.take(request.socket.remoteAddress ?? "");
			if (waitSeconds !== null) {
				const message = `too many requests: try again in ${waitSeconds} s, or raise networking.max_requests_per_minute`;
				sendError(response, new HttpError(429, "tooManyRequests", message, { "retry-after": String(waitSeconds) }));
				return;
			}
			next(request, response);
		},
	);
	server.maxConnections = MAXIMUM_CONNECTIONS;
	return server;
}

export function methodNotAllowed(allowed: readonly string[]): HttpError {
	const methods = allowed.join(", ");
	return new HttpError(405, "methodNotAllowed", `use ${methods}`, { allow: methods });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
	response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
	response.end(toJson(body));
}

export function sendError(response: ServerResponse, error: HttpError): void {
	// A stream that broke in the middle can only be ended.
	if (response.headersSent) {
		response.destroy();
		return;
	}
	for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
	// What is left of an oversized body is not waited for.
	if (error.status === 413) response.setHeader("connection", "close");
	sendJson(response, error.status, { error: { code: error.code, message: error.message } });
}

/**
 * Binds the server and returns its address.
 *
 * @throws Error naming the port and the remedy when it cannot be had
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
	await new Promise<void>((resolve, reject) => {
		const refuse = ({ code, message }: NodeJS.ErrnoException): void => {
			const remedy = "stop the other program or set networking.http_port";
			reject(
				new Error(
					code === "EADDRINUSE"
						? `port ${port} on ${host} is in use: ${remedy}`
						: `the gateway cannot listen on ${host}:${port} (${message}): set networking.http_host and http_port`,
				),
			);
		};
		server.once("error", refuse);
		server.listen(port, host, () => {
			server.off("error", refuse);
			resolve();
		});
	});
	const address = server.address();
	const taken = typeof address === "object" && address ? address.port : port;
	return `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
}
