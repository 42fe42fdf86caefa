import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket, WebSocketServer } from "ws";

/** What stands between a client and a real PubSub server, and changes what the server says. */
export class TamperingProxy {
	readonly #server: WebSocketServer;
	/** Reads and says nothing any more on the connections there are, and does not close them: not even pings are answered. */
	freeze(): void {
		for (const client of this.#server.clients) client.pause();
		this.tamper = () => [];
	}

	/** What becomes of a message of the server, on which connection (counted from 0). */
	tamper: (text: string, connection: number) => readonly string[] = (text) => [text];
	connections = 0;

	private constructor(server: WebSocketServer, target: string) {
		this.#server = server;
		server.on("connection", (client) => this.#join(client, target));
	}

	static async start(target: string): Promise<TamperingProxy> {
		const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
		await once(server, "listening");
		return new TamperingProxy(server, target);
	}

	get url(): string {
		return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		for (const client of this.#server.clients) client.terminate();
		await new Promise((done) => this.#server.close(done));
	}

	#join(client: WebSocket, target: string): void {
		const connection = this.connections++;
		const upstream = new WebSocket(target);
		const early: string[] = [];
		client.on("message", (data) => {
			if (upstream.readyState === WebSocket.OPEN) upstream.send(data.toString());
			else early.push(data.toString());
		});
		upstream.on("open", () => {
			for (const text of early) upstream.send(text);
		});
		upstream.on("message", (data) => {
			for (const text of this.tamper(data.toString(), connection)) client.send(text);
		});
		client.on("close", () => upstream.terminate());
		client.on("error", () => upstream.terminate());
		upstream.on("close", () => client.terminate());
		upstream.on("error", () => client.terminate());
	}
}
