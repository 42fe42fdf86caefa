import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What happens to a request: it passes; it reaches the node but its answer is lost; it never reaches the node; or it is
 * held until the test lets it go.
 */
export type Fault = "pass" | "loseAnswer" | "lose" | Promise<void>;

/**
 * Stands before a real node and loses or holds what a test wants lost or held, or says of every answer that it is of one
 * and the same slot.
 */
export class FaultyNode {
	/** Decides by method; everything passes unless a test says otherwise. */
	fault: (method: string) => Fault = () => "pass";
	/** The slot of every answer; null: that of the node. */
	pinnedSlot: number | null = null;
	/** Methods asked for, in order. */
	readonly requests: string[] = [];
	/** Transactions that somebody wanted to send, as base64, whatever became of them. */
	readonly sent: string[] = [];
	readonly #server: Server;
	readonly #target: string;

	private constructor(target: string) {
		this.#target = target;
		this.#server = createServer((request, response) => void this.#serve(request, response));
	}

	static async start(target: string): Promise<FaultyNode> {
		const node = new FaultyNode(target);
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
		const body = Buffer.concat(chunks).toString("utf8");
		const { method, params } = JSON.parse(body) as { method: string; params: unknown[] };
		this.requests.push(method);
		if (method === "sendTransaction") this.sent.push(String(params[0]));
		const fault = this.fault(method);
		if (fault === "lose") return void request.socket.destroy();
		if (fault instanceof Promise) await fault;
		const headers = { "content-type": "application/json" };
		// The node may be closed while it is asked, at the end of a test.
		const answer = await fetch(this.#target, { method: "POST", body, headers }).catch(() => null);
		const text = await answer?.text().catch(() => null);
		if (!answer || typeof text !== "string") return void request.socket.destroy();
		if (fault === "loseAnswer") return void request.socket.destroy();
		const { pinnedSlot } = this;
		const told = pinnedSlot === null ? text : text.replace(/("context":\{[^}]*"slot":)\d+/, `$1${pinnedSlot}`);
		response.writeHead(answer.status, headers).end(told);
	}
}
