import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpError } from "./http-error.ts";
import { toJson } from "./json.ts";

export interface EventStreamOptions {
	readonly maximumClients: number;
	/** A client that leaves so much unread is dropped: it may come back, and reads the state anew. */
	readonly maximumUnreadBytes: number;
}

/** Browsers come back after this long. */
const RETRY_MS = 1_000;

/** Server-sent events to a bounded number of clients (WHATWG HTML, "Server-sent events"). */
export class EventStream {
	readonly #options: EventStreamOptions;
	readonly #clients = new Set<ServerResponse>();

	constructor(options: EventStreamOptions) {
		this.#options = options;
	}

	get clients(): number {
		return this.#clients.size;
	}

	/** @throws HttpError when all places are taken */
	join(request: IncomingMessage, response: ServerResponse): void {
		if (this.#clients.size >= this.#options.maximumClients) {
			throw new HttpError(503, "tooManyStreams", `${this.#options.maximumClients} streams are open: close one`, {
				"retry-after": "5",
			});
		}
		response.writeHead(200, {
			"content-type": "text/event-stream; charset=utf-8",
			"cache-control": "no-store",
			"x-accel-buffering": "no",
		});
		response.write(`retry: ${RETRY_MS}\n\n`);
		request.socket.setNoDelay(true);
		this.#clients.add(response);
		response.once("close", () => this.#clients.delete(response));
	}

	/** Sends to all; to nobody costs nothing. */
	send(event: string, data: unknown): void {
		if (this.#clients.size > 0) this.#write(`event: ${event}\ndata: ${toJson(data)}\n\n`);
	}

	/** Tells proxies and browsers that the line is alive. */
	heartbeat(): void {
		this.#write(": alive\n\n");
	}

	close(): void {
		for (const client of this.#clients) client.end();
		this.#clients.clear();
	}

	#write(text: string): void {
		for (const client of this.#clients) {
			if (client.writableLength > this.#options.maximumUnreadBytes) {
				this.#clients.delete(client);
				client.destroy();
			} else {
				client.write(text);
			}
		}
	}
}
