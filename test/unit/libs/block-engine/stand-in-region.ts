import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
	readonly method: string;
	readonly params: readonly unknown[];
}

export type Respond = (asked: Asked, response: ServerResponse) => void;

/** A block engine's region on this machine, which answers as a test wants. */
export class StandInRegion {
	readonly asked: Asked[] = [];
	respond: Respond;
	readonly #server: Server;

	private constructor(respond: Respond) {
		this.respond = respond;
		this.#server = createServer((request, response) => void this.#answer(request, response));
	}

	static async open(respond: Respond): Promise<StandInRegion> {
		const region = new StandInRegion(respond);
		await new Promise<void>((listening) => region.#server.listen(0, "127.0.0.1", listening));
		return region;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1/bundles`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((closed) => this.#server.close(closed));
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const asked = JSON.parse(Buffer.concat(chunks).toString()) as Asked;
		this.asked.push(asked);
		this.respond(asked, response);
	}
}

export function results(result: unknown): Respond {
	return (_asked, response) => response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result }));
}

export function refuses(message: string, status = 400): Respond {
	return (_asked, response) => {
		response.statusCode = status;
		response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, error: { code: -32_602, message } }));
	};
}
