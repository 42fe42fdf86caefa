import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/** A message of the node to an actor. */
export interface PubsubMessage {
	readonly text: string;
	/** "slotNotification" and the like; "answer" for the answer to a request. */
	readonly method: string;
	/** How many of this method came before it through the same gate. */
	readonly number: number;
	/** For a signature's notification: which one it is about. */
	readonly signature: string | null;
}

/** When a message is passed on, once for each entry: at once (null) or after a promise; none: never. */
export type Passing = readonly (Promise<unknown> | null)[];

export const AT_ONCE: Passing = [null];
const NEVER: Passing = [];
export const LOST = NEVER;

/** Stands before a node's PubSub and holds, loses, repeats or reorders what the node says. */
export class PubsubGate {
	/** Asked for every message of the node. */
	pass: (message: PubsubMessage) => Passing = () => AT_ONCE;
	/** While true nothing goes either way, not even a pong, and the connections stay. What the node says is lost. */
	isSilent = false;
	readonly #server: WebSocketServer;
	readonly #numbers = new Map<string, number>();

	private constructor(server: WebSocketServer, target: string) {
		this.#server = server;
		server.on("connection", (client) => this.#join(client, target));
	}

	static async open(target: string): Promise<PubsubGate> {
		const server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong: false, perMessageDeflate: false });
		await once(server, "listening");
		return new PubsubGate(server, target);
	}

	get url(): string {
		return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	/** Ends all connections, as a node that restarts. */
	reset(): void {
		for (const client of this.#server.clients) client.terminate();
	}

	async close(): Promise<void> {
		this.reset();
		await new Promise((done) => this.#server.close(done));
	}

	#join(client: WebSocket, target: string): void {
		const upstream = new WebSocket(target, { perMessageDeflate: false });
		const early: string[] = [];
		/** Which signature a request, and then a subscription, is about. */
		const asked = new Map<number, string>();
		const subscribed = new Map<number, string>();
		client.on("message", (data) => {
			if (this.isSilent) return;
			const text = data.toString();
			if (text.includes('"signatureSubscribe"')) {
				const { id, params } = JSON.parse(text) as { id: number; params: [string] };
				asked.set(id, params[0]);
			}
			if (upstream.readyState === WebSocket.OPEN) upstream.send(text);
			else early.push(text);
		});
		client.on("ping", (data) => {
			if (!this.isSilent) client.pong(data);
		});
		upstream.on("open", () => {
			for (const text of early) upstream.send(text);
		});
		upstream.on("message", (data) => {
			const text = data.toString();
			if (!this.isSilent) this.#deliver(client, this.#read(text, asked, subscribed));
		});
		for (const [one, other] of [
			[client, upstream],
			[upstream, client],
		] as const) {
			one.on("close", () => other.terminate());
			one.on("error", () => other.terminate());
		}
	}

	#read(text: string, asked: Map<number, string>, subscribed: Map<number, string>): PubsubMessage {
		const method = /"method":"(\w+)"/.exec(text)?.[1] ?? "answer";
		let signature: string | null = null;
		if (method === "answer" && asked.size > 0) {
			const { id, result } = JSON.parse(text) as { id: number; result?: unknown };
			const about = asked.get(id);
			if (about !== undefined && typeof result === "number") subscribed.set(result, about);
			asked.delete(id);
		} else if (method === "signatureNotification") {
			const { subscription } = (JSON.parse(text) as { params: { subscription: number } }).params;
			signature = subscribed.get(subscription) ?? null;
			subscribed.delete(subscription);
		}
		const number = this.#numbers.get(method) ?? 0;
		this.#numbers.set(method, number + 1);
		return { text, method, number, signature };
	}

	#deliver(client: WebSocket, message: PubsubMessage): void {
		const send = () => {
			if (client.readyState === WebSocket.OPEN && !this.isSilent) client.send(message.text);
		};
		for (const moment of this.pass(message)) {
			if (moment) void moment.then(send);
			else send();
		}
	}
}
