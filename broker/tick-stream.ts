import { connect, type NatsConnection } from "nats";

export type TickListener = (batch: Uint8Array) => void;

/**
 * The data plane: packed tick batches of a shard. Inside a process they go from hand to hand; with a NATS server they
 * also go out on `md.<namespace>.<shard>`, one message however many nodes listen. Delivery is not promised: the
 * sequence in every batch shows a loss, and `feed.snapshot` heals it.
 */
export interface TickStream {
	/** Connects to the server, when there is one. */
	start(): Promise<void>;
	publish(shard: string, batch: Uint8Array): void;
	/** Returns the way to stop listening. */
	subscribe(shard: string, listener: TickListener): () => void;
	stop(): Promise<void>;
	/** Batches that were not sent because too much was waiting for a slow server. */
	readonly dropped: number;
}

export interface TickStreamOptions {
	readonly namespace: string;
	/** Null: this process alone. */
	readonly natsUrl: string | null;
	readonly name: string;
}

export function createTickStream(options: TickStreamOptions): TickStream {
	return options.natsUrl === null ? new LocalTickStream() : new NatsTickStream(options, options.natsUrl);
}

class LocalTickStream implements TickStream {
	readonly #listeners = new Map<string, Set<TickListener>>();

	get dropped(): number {
		return 0;
	}

	async start(): Promise<void> {}

	publish(shard: string, batch: Uint8Array): void {
		const listeners = this.#listeners.get(shard);
		if (listeners) for (const listener of listeners) listener(batch);
	}

	subscribe(shard: string, listener: TickListener): () => void {
		const listeners = this.#listeners.get(shard) ?? new Set<TickListener>();
		this.#listeners.set(shard, listeners.add(listener));
		return () => {
			listeners.delete(listener);
		};
	}

	async stop(): Promise<void> {
		this.#listeners.clear();
	}
}

class NatsTickStream implements TickStream {
	readonly #local = new LocalTickStream();
	readonly #subscribed = new Set<string>();
	readonly #options: TickStreamOptions;
	readonly #url: string;
	#connection: NatsConnection | null = null;
	#connected = false;
	#dropped = 0;

	constructor(options: TickStreamOptions, url: string) {
		this.#options = options;
		this.#url = url;
	}

	get dropped(): number {
		return this.#dropped;
	}

	async start(): Promise<void> {
		this.#connection = await connect({
			servers: this.#url,
			name: `${this.#options.name}-ticks`,
			// What this process publishes it has already handed over itself.
			noEcho: true,
			maxReconnectAttempts: -1,
			waitOnFirstConnect: true,
			reconnectTimeWait: 200,
		});
		this.#connected = true;
		void this.#watch(this.#connection);
		for (const shard of this.#subscribed) this.#listen(shard);
	}

	publish(shard: string, batch: Uint8Array): void {
		this.#local.publish(shard, batch);
		if (!this.#connection || !this.#connected) {
			// While the server is away the client would hoard; a stale tick is worth nothing afterwards.
			this.#dropped++;
			return;
		}
		this.#connection.publish(this.#subject(shard), batch);
	}

	subscribe(shard: string, listener: TickListener): () => void {
		const stop = this.#local.subscribe(shard, listener);
		if (!this.#subscribed.has(shard)) {
			this.#subscribed.add(shard);
			if (this.#connection) this.#listen(shard);
		}
		return stop;
	}

	async stop(): Promise<void> {
		this.#connected = false;
		await this.#connection?.close();
		this.#connection = null;
		await this.#local.stop();
	}

	#subject(shard: string): string {
		return `md.${this.#options.namespace}.${shard}`;
	}

	#listen(shard: string): void {
		this.#connection?.subscribe(this.#subject(shard), {
			callback: (error, message) => {
				if (!error) this.#local.publish(shard, message.data);
			},
		});
	}

	async #watch(connection: NatsConnection): Promise<void> {
		for await (const status of connection.status()) {
			if (status.type === "disconnect") this.#connected = false;
			if (status.type === "reconnect") this.#connected = true;
		}
	}
}
