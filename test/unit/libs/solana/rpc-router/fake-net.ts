import type { Clock } from "../../../../../core/types/clock.ts";
import { seededRandom } from "../../../../../libs/random.ts";
import { type ChainAccess, RpcRouter } from "../../../../../libs/solana/rpc-router/rpc-router.ts";
import type { Scheduler } from "../../../../../libs/solana/rpc-router/scheduler.ts";

/** Time that passes only when a test says so. */
export class FakeTime implements Clock, Scheduler {
	#micros = 1_000_000;
	readonly #timers: { atMicros: number; run: () => void }[] = [];

	epochMicros(): number {
		return 1_700_000_000_000_000 + this.#micros;
	}

	monotonicMicros(): number {
		return this.#micros;
	}

	after(delayMs: number, run: () => void): () => void {
		const timer = { atMicros: this.#micros + delayMs * 1_000, run };
		this.#timers.push(timer);
		return () => {
			const at = this.#timers.indexOf(timer);
			if (at >= 0) this.#timers.splice(at, 1);
		};
	}

	get pending(): number {
		return this.#timers.length;
	}

	/** Lets time pass: timers run at their moments, and what they set off settles before the next. */
	async pass(ms: number): Promise<void> {
		const endMicros = this.#micros + ms * 1_000;
		for (;;) {
			await settle();
			this.#timers.sort((a, b) => a.atMicros - b.atMicros);
			const next = this.#timers[0];
			if (!next || next.atMicros > endMicros) break;
			this.#timers.shift();
			this.#micros = Math.max(this.#micros, next.atMicros);
			next.run();
		}
		this.#micros = endMicros;
		await settle();
	}
}

/** Lets every promise that can go on do so. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
}

export interface FakeRequest {
	readonly method: string;
	readonly params: readonly unknown[];
	readonly headers: Readonly<Record<string, string>>;
	readonly url: string;
}

type Reaction = unknown | Response | Error | Promise<unknown>;

/** A node that answers as a test says. */
export class FakeNode {
	readonly requests: FakeRequest[] = [];
	slot = 1_000;
	/** What becomes of a request: a result, a response, an error of the network, or nothing for as long as it takes. */
	react: (request: FakeRequest) => Reaction = () => "ok";

	count(method: string): number {
		return this.requests.filter((request) => request.method === method).length;
	}

	async answer(request: FakeRequest): Promise<Response> {
		this.requests.push(request);
		const isProbe = request.method === "getSlot";
		const told = this.react(request);
		const reaction = await (isProbe && told === "ok" ? this.slot : told);
		if (reaction instanceof Response) return reaction;
		if (reaction instanceof Error) throw reaction;
		return json({ jsonrpc: "2.0", id: 1, result: reaction });
	}
}

export function json(body: unknown, init: ResponseInit = {}): Response {
	return new Response(JSON.stringify(body), init);
}

export function rpcError(code: number, message: string, data?: unknown): Response {
	return json({ jsonrpc: "2.0", id: 1, error: { code, message, data } });
}

export function tooMany(retryAfter?: string, status = 429): Response {
	return json({}, { status, ...(retryAfter !== undefined && { headers: { "retry-after": retryAfter } }) });
}

/** Never answers, until it is aborted. */
export function never(): Promise<never> {
	return new Promise(() => {});
}

export class FakeNet {
	readonly time = new FakeTime();
	readonly disagreements: string[] = [];
	readonly nodes: readonly FakeNode[];
	readonly router: RpcRouter;

	constructor(count: number, chain: Partial<ChainAccess> = {}) {
		this.nodes = Array.from({ length: count }, () => new FakeNode());
		const urls = this.nodes.map((_, index) => `https://node-${index}.example/key-${index}?api-key=secret`);
		this.router = new RpcRouter({
			chain: {
				rpc_url: urls[0] as string,
				rpc_urls: urls.slice(1),
				request_timeout_ms: 3_000,
				read_requests_per_second: 1_000,
				send_requests_per_second: 1_000,
				probe_interval_ms: 400,
				maximum_slot_lag: 5,
				...chain,
			},
			clock: this.time,
			scheduler: this.time,
			random: seededRandom(1),
			onDisagreement: (detail) => void this.disagreements.push(detail),
			fetch: (url, init) => this.#fetch(String(url), init),
		});
	}

	node(index: number): FakeNode {
		return this.nodes[index] as FakeNode;
	}

	health(index: number) {
		const found = this.router.health()[index];
		if (!found) throw new RangeError(`no endpoint ${index}`);
		return found;
	}

	/** Every node is this far. */
	setSlots(...slots: readonly number[]): void {
		slots.forEach((slot, index) => {
			this.node(index).slot = slot;
		});
	}

	async #fetch(url: string, init: RequestInit | undefined): Promise<Response> {
		const index = Number(/node-(\d+)/.exec(url)?.[1]);
		const { method, params } = JSON.parse(String(init?.body));
		const { signal } = init ?? {};
		const headers = init?.headers as Readonly<Record<string, string>>;
		const answer = this.node(index).answer({ method, params, headers, url });
		if (!signal) return answer;
		signal.throwIfAborted();
		const aborted = new Promise<never>((_, reject) => {
			signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
		});
		return Promise.race([answer, aborted]);
	}
}
