import type { Server } from "node:http";

/** The address that all local servers are bound to: nothing off this machine reaches them. */
export const LOOPBACK = "127.0.0.1";

export type ListenErrorCode = "port_in_use" | "port_forbidden" | "listen_failed";

/** A server could not be started. The message names the fix. */
export class ListenError extends Error {
	readonly code: ListenErrorCode;
	readonly port: number;

	constructor(code: ListenErrorCode, port: number, message: string, options?: ErrorOptions) {
		super(message, options);
		this.name = "ListenError";
		this.code = code;
		this.port = port;
	}
}

/** Binds the server. @returns the port: the given one, or the chosen one when that was 0. @throws ListenError */
export function listen(server: Server, port: number, configKey: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const onError = (error: NodeJS.ErrnoException) => reject(listenErrorOf(error, port, configKey));
		server.once("error", onError);
		server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
			server.off("error", onError);
			const address = server.address();
			resolve(typeof address === "object" && address !== null ? address.port : port);
		});
	});
}

function listenErrorOf(error: NodeJS.ErrnoException, port: number, configKey: string): ListenError {
	const cause = { cause: error };
	if (error.code === "EADDRINUSE") {
		const message = `port ${port} on ${LOOPBACK} is in use: stop the other program or set ${configKey}`;
		return new ListenError("port_in_use", port, message, cause);
	}
	if (error.code === "EACCES") {
		const message = `port ${port} on ${LOOPBACK} is not allowed: set ${configKey} to a port above 1023`;
		return new ListenError("port_forbidden", port, message, cause);
	}
	const message = `port ${port} on ${LOOPBACK} cannot be opened (${error.message}): set ${configKey}`;
	return new ListenError("listen_failed", port, message, cause);
}
