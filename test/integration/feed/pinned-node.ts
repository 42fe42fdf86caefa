import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands before a real node and can say of every answer that it is of one and the same slot. */
export class PinnedNode {
	readonly #server: Server;
	readonly #target: string;
	pinnedSlot: number | null = null;

	private constructor(target: string) {
		this.#target = target;
		this.#server = createServer((request, response) => void this.#serve(request, response));
	}

	static async start(target: string): Promise<PinnedNode> {
		const node = new PinnedNode(target);
		await new Promise<void>((listening) => node.#server.listen(0, "127.0.0.1", listening));
		return node;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((closed) => this.#server.close(closed));
	}

	async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const headers = { "content-type": "application/json" };
		const body = Buffer.concat(chunks).toString("utf8");
		const answer = await fetch(this.#target, { method: "POST", body, headers }).catch(() => null);
		const text = await answer?.text().catch(() => null);
		if (!answer || typeof text !== "string") return void request.socket.destroy();
		const { pinnedSlot } = this;
		const told = pinnedSlot === null ? text : text.replace(/("context":\{[^}]*"slot":)\d+/, `$1${pinnedSlot}`);
		response.writeHead(answer.status, headers).end(told);
	}
}
