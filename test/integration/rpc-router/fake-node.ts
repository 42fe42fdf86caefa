import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

interface Answer {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: unknown;
}

/** A node on loopback, over real HTTP, that answers as a test says. */
export class FakeNode {
	readonly port: number;
	readonly sent: string[] = [];
	readonly counts = new Map<string, number>();
	slot = 1_000;
	/** What to answer a method with; undefined is the ordinary answer. */
	react: (method: string, params: readonly unknown[]) => Answer | undefined = () => undefined;
	#server: Server;

	private constructor(port: number) {
		this.port = port;
		this.#server = this.#make();
	}

	static async start(port: number): Promise<FakeNode> {
		const node = new FakeNode(port);
		await node.open();
		return node;
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	count(method: string): number {
		return this.counts.get(method) ?? 0;
	}

	async open(): Promise<void> {
		this.#server = this.#make();
		await new Promise<void>((listening) => this.#server.listen(this.port, "127.0.0.1", listening));
	}

	/** Gone: connections end, and new ones are refused. */
	async close(): Promise<void> {
		this.#server.closeAllConnections();
		await new Promise((closed) => this.#server.close(closed));
	}

	#make(): Server {
		return createServer((request, response) => void this.#serve(request, response));
	}

	async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { method, params } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
		this.counts.set(method, this.count(method) + 1);
		if (method === "sendTransaction") this.sent.push(params[0]);
		const { status = 200, headers = {}, body } = this.react(method, params) ?? { body: { result: this.slot } };
		response.writeHead(status, { "content-type": "application/json", ...headers });
		response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...(body as object) }));
	}
}
