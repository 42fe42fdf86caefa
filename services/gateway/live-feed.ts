import type { Bus } from "../../broker/bus.ts";
import type { Events } from "../../broker/contracts/index.ts";
import type { EventStream } from "./event-stream.ts";

/** How often the whole status goes out. */
const STATUS_INTERVAL_MS = 1_000;
/** A line that was silent so long gets a sign of life: proxies cut at 30 s and more. */
const HEARTBEAT_INTERVAL_MS = 10_000;
const STATUS_TIMEOUT_MS = 900;

type HeardEvent = "strategy.intent.submitted" | "executor.submission.settled" | "risk.books.cut" | "risk.state.changed";

/** What streams on /api/stream: status, opportunity, landing, books, halt, and offline when nobody knows the status. */
export class LiveFeed {
	readonly #bus: Bus;
	readonly #stream: EventStream;
	#timers: NodeJS.Timeout[] = [];
	#asking = false;
	#changedAtMicros: number | null = null;

	constructor(bus: Bus, stream: EventStream) {
		this.#bus = bus;
		this.#stream = stream;
	}

	readonly hear: { readonly [Name in HeardEvent]: (payload: Events[Name]) => void } = {
		"strategy.intent.submitted": (submitted) => this.#stream.send("opportunity", submitted),
		"executor.submission.settled": (settlement) => this.#stream.send("landing", settlement),
		"risk.books.cut": (books) => this.#stream.send("books", books),
		"risk.state.changed": (record) => {
			// Risk repeats its state for those that start late.
			if (this.#changedAtMicros === record.changedAtMicros) return;
			this.#changedAtMicros = record.changedAtMicros;
			this.#stream.send("halt", record);
		},
	};

	start(): void {
		this.#timers = [
			setInterval(() => void this.#sendStatus(), STATUS_INTERVAL_MS),
			setInterval(() => this.#stream.heartbeat(), HEARTBEAT_INTERVAL_MS),
		];
		for (const timer of this.#timers) timer.unref();
	}

	stop(): void {
		for (const timer of this.#timers) clearInterval(timer);
		this.#timers = [];
		this.#stream.close();
	}

	async #sendStatus(): Promise<void> {
		if (this.#asking || this.#stream.clients === 0) return;
		this.#asking = true;
		try {
			const options = { timeout: STATUS_TIMEOUT_MS, retries: 0 };
			this.#stream.send("status", await this.#bus.call("monitor.status", undefined, options));
		} catch {
			this.#stream.send("offline", { actor: "monitor" });
		} finally {
			this.#asking = false;
		}
	}
}
