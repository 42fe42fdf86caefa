import { createSolanaRpcFromTransport, type Rpc, type RpcTransport, type SolanaRpcApi } from "@solana/web3.js";
import type { Clock, Random } from "../../../core/types/clock.ts";
import type { EndpointHealth } from "../../../core/types/endpoint-health.ts";
import { Agreement } from "./agreement.ts";
import { Endpoint, endpointName } from "./endpoint.ts";
import { RpcPausedError } from "./errors.ts";
import { encodeRequest, type RpcAnswer } from "./json-rpc.ts";
import { Ranking } from "./ranking.ts";
import { Reads } from "./reads.ts";
import { type Scheduler, systemScheduler } from "./scheduler.ts";
import { Sends } from "./sends.ts";
import { SlotWatch } from "./slot-watch.ts";

/** The chain's JSON-RPC as the client library types it. */
export type SolanaRpc = Rpc<SolanaRpcApi>;

/** How the chain is reached: the section `chain` of the configuration. */
export interface ChainAccess {
	readonly rpc_url: string;
	/** Further endpoints of the same chain. */
	readonly rpc_urls: readonly string[];
	readonly request_timeout_ms: number;
	readonly read_requests_per_second: number;
	readonly send_requests_per_second: number;
	readonly probe_interval_ms: number;
	readonly maximum_slot_lag: number;
}

export interface RpcRouterOptions {
	readonly chain: ChainAccess;
	readonly clock: Clock;
	readonly random: Random;
	/** Two endpoints tell different truths about money: nothing may be traded before a person looked. */
	readonly onDisagreement?: (detail: string) => void;
	/** The process's own unless a test gives others. */
	readonly fetch?: typeof fetch;
	readonly scheduler?: Scheduler;
}

/** One endpoint alone, for a proof that has to come from one and the same node. */
export interface Witness {
	readonly name: string;
	readonly rpc: SolanaRpc;
}

interface Payload {
	readonly method: string;
	readonly params: unknown;
}

type TransportRequest = Parameters<RpcTransport>[0];
type Ask = (request: TransportRequest) => Promise<RpcAnswer>;

const SEND = "sendTransaction";
/** Parts of the request timeout that one of several attempts gets. */
const ATTEMPTS_PER_TIMEOUT = 3;

/**
 * Several JSON-RPC endpoints of one chain behind one client. Reads go to the best healthy endpoint and on to the next
 * when it fails; transactions go to all healthy ones at once. Each endpoint's wish to be left alone is kept.
 */
export class RpcRouter {
	/** For reads that something else checks, and for sending. */
	readonly rpc: SolanaRpc;
	/** As {@link rpc}, but balances, statuses and transactions are asked of two endpoints, which have to agree. */
	readonly truth: SolanaRpc;
	readonly #endpoints: readonly Endpoint[];
	readonly #ranking: Ranking;
	readonly #watch: SlotWatch;
	readonly #witnesses: ReadonlyMap<Endpoint, Witness>;

	constructor(options: RpcRouterOptions) {
		const { chain, clock, random, scheduler = systemScheduler } = options;
		this.#endpoints = makeEndpoints(options);
		const endpoints = this.#endpoints;
		this.#ranking = new Ranking(endpoints);
		this.#watch = new SlotWatch({
			endpoints,
			clock,
			random,
			scheduler,
			intervalMs: chain.probe_interval_ms,
			maximumSlotLag: chain.maximum_slot_lag,
		});
		const ranking = this.#ranking;
		const attemptTimeoutMs = Math.ceil(chain.request_timeout_ms / ATTEMPTS_PER_TIMEOUT);
		const reads = new Reads({ ranking, scheduler, attemptTimeoutMs });
		const sends = new Sends(ranking);
		const agreement = new Agreement({ ranking, reads, onDisagreement: options.onDisagreement ?? (() => {}) });
		this.rpc = rpcOf(({ payload, signal }) => {
			const { method, params } = payload as Payload;
			const body = encodeRequest(payload);
			return method === SEND ? sends.send({ params, body, signal }) : reads.read({ method, body, signal });
		});
		this.truth = rpcOf(({ payload, signal }) => {
			const { method, params } = payload as Payload;
			const body = encodeRequest(payload);
			if (method === SEND) return sends.send({ params, body, signal });
			return agreement.read({ method, params: Array.isArray(params) ? params : [], body, signal });
		});
		this.#witnesses = new Map(endpoints.map((one) => [one, { name: one.name, rpc: rpcOf(askOf(one, reads)) }]));
	}

	/** How many endpoints there are. */
	get size(): number {
		return this.#endpoints.length;
	}

	/** Endpoints that are well and do not want to be left alone, best first. */
	witnesses(): readonly Witness[] {
		return this.#ranking.available("read").map((endpoint) => this.#witnesses.get(endpoint) as Witness);
	}

	/** How every endpoint is, in the order of the configuration. */
	health(): readonly EndpointHealth[] {
		return this.#endpoints.map((endpoint) => endpoint.health());
	}

	/** Begins to watch the endpoints' slots; requests may be made before. */
	start(): void {
		this.#watch.start();
	}

	/** Ends the watch. Requests end by their own signals. Idempotent. */
	stop(): void {
		this.#watch.stop();
	}
}

/** Names are unique, so that two keys at one provider can be told apart. */
function makeEndpoints({ chain, clock, fetch: post }: RpcRouterOptions): Endpoint[] {
	const names = new Set<string>();
	return [...new Set([chain.rpc_url, ...chain.rpc_urls])].map((url) => {
		const base = endpointName(url);
		let name = base;
		for (let count = 2; names.has(name); count++) name = `${base} #${count}`;
		names.add(name);
		return new Endpoint({
			url,
			name,
			clock,
			// Looked up at each request, as the process's fetch may be replaced.
			fetch: post ?? ((input, init) => fetch(input, init)),
			readsPerSecond: chain.read_requests_per_second,
			sendsPerSecond: chain.send_requests_per_second,
		});
	});
}

function askOf(endpoint: Endpoint, reads: Reads): Ask {
	return async ({ payload, signal }) => {
		const { method } = payload as Payload;
		const waitMs = endpoint.pausedMs("read");
		if (waitMs > 0) throw new RpcPausedError([{ endpoint: endpoint.name, waitMs }]);
		endpoint.bucket("read").force();
		return reads.ask(endpoint, { method, body: encodeRequest(payload), signal });
	};
}

function rpcOf(ask: Ask): SolanaRpc {
	return createSolanaRpcFromTransport(ask as unknown as RpcTransport) as SolanaRpc;
}
