import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseExact, toExactJson } from "./exact-json.ts";

/** One JSON-RPC request of an actor. */
export interface RpcCall {
	readonly method: string;
	readonly params: readonly unknown[];
	/** How many of this method came before it through the same gate. */
	readonly number: number;
}

/** A JSON-RPC answer whose 64-bit integers are kept as they are. */
export interface RpcAnswer {
	readonly result?: unknown;
	readonly error?: { readonly code: number; readonly message: string };
}

/** What becomes of a request and of its answer. What is absent happens as on a sound network. */
export interface Treatment {
	/** Named in the count of faults; absent when nothing is done to the request. */
	readonly fault?: string;
	/** The node is asked only after this. */
	readonly before?: Promise<unknown>;
	/** `lose`: the node never hears of it, the connection is reset. `silence`: nor does the actor ever hear anything. */
	readonly request?: "lose" | "silence";
	/** Answered by the gate in the node's place. */
	readonly instead?: { readonly status: number; readonly headers?: Record<string, string>; readonly body: RpcAnswer };
	/** The node gets it a second time, too. */
	readonly twice?: boolean;
	/** Other parameters than the actor's. */
	readonly params?: readonly unknown[];
	/** What the actor is told in place of the node's answer. */
	readonly tell?: (answer: RpcAnswer) => RpcAnswer;
	/** The actor is answered only after this. */
	readonly after?: Promise<unknown>;
	/** `lose`: the connection is reset in place of an answer; `cut`: in the middle of it. */
	readonly answer?: "lose" | "cut";
}

/** Nothing is done to a request. */
export const UNTREATED: Treatment = {};

/** Stands before a node's JSON-RPC, on a socket of its own, and treats every request as it is told to. */
export class RpcGate {
	/** Asked for every request. */
	treat: (call: RpcCall) => Treatment = () => UNTREATED;
	readonly #target: URL;
	readonly #server: Server;
	readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
	readonly #numbers = new Map<string, number>();

	private constructor(target: string) {
		this.#target = new URL(target);
		this.#server = createServer((incoming, response) => {
			// The node or the actor may be gone at the end of a test.
			this.#serve(incoming, response).catch(() => incoming.socket.destroy());
		});
		this.#server.keepAliveTimeout = 65_000;
	}

	static async open(target: string): Promise<RpcGate> {
		const gate = new RpcGate(target);
		await new Promise<void>((listening) => gate.#server.listen(0, "127.0.0.1", listening));
		return gate;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		this.#server.closeAllConnections();
		this.#agent.destroy();
		await new Promise((closed) => this.#server.close(closed));
	}

	async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
		const text = await textOf(incoming);
		const asked = JSON.parse(text) as { id: unknown; method: string; params?: unknown[] };
		const { method, params = [] } = asked;
		const number = this.#numbers.get(method) ?? 0;
		this.#numbers.set(method, number + 1);
		const treatment = this.treat({ method, params, number });
		if (treatment.before) await treatment.before;
		if (treatment.request === "silence") return;
		if (treatment.request === "lose") return void incoming.socket.resetAndDestroy();
		if (treatment.instead) {
			const { status, headers, body } = treatment.instead;
			return respond(response, status, toExactJson({ jsonrpc: "2.0", id: asked.id, ...body }), headers);
		}
		const body = treatment.params ? JSON.stringify({ ...asked, params: treatment.params }) : text;
		const told = this.#ask(body);
		if (treatment.twice) void this.#ask(body).catch(() => {});
		let { status, text: answer } = await told;
		if (treatment.after) await treatment.after;
		if (treatment.tell && status === 200) answer = toExactJson(retold(parseExact(answer), treatment.tell));
		if (treatment.answer === "lose") return void incoming.socket.resetAndDestroy();
		if (treatment.answer === "cut") {
			response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(answer) });
			response.write(answer.slice(0, answer.length / 2), () => incoming.socket.resetAndDestroy());
			return;
		}
		respond(response, status, answer);
	}

	#ask(body: string): Promise<{ status: number; text: string }> {
		return new Promise((resolve, reject) => {
			const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
			const { hostname, port } = this.#target;
			const outgoing = request({ hostname, port, method: "POST", agent: this.#agent, headers }, (answer) => {
				textOf(answer).then((text) => resolve({ status: answer.statusCode ?? 500, text }), reject);
			});
			outgoing.on("error", reject);
			outgoing.end(body);
		});
	}
}

function retold(answer: unknown, tell: (answer: RpcAnswer) => RpcAnswer): unknown {
	const { jsonrpc, id, ...rest } = answer as RpcAnswer & { jsonrpc: string; id: unknown };
	return { jsonrpc, id, ...tell(rest) };
}

async function textOf(stream: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString("utf8");
}

function respond(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
	const length = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
	response.writeHead(status, { ...length, ...headers }).end(body);
}
