import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import { type Context, type Middleware, ServiceBroker } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import { brokerOptions } from "../../broker/options.ts";
import { attachRuntime, runtimeOf } from "../../broker/runtime.ts";
import { createTickStream } from "../../broker/tick-stream.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { systemClock } from "../../libs/clock.ts";
import type { OpenSegment } from "../../libs/journal/segment-file.ts";
import { seededRandom } from "../../libs/random.ts";
import { openWallet } from "../../libs/solana/keypair.ts";
import executorService from "../../services/executor/executor.service.ts";
import feedService from "../../services/feed/feed.service.ts";
import { Chain } from "../../services/localnet/chain/chain.ts";
import { PubSubServer } from "../../services/localnet/pubsub/pubsub-server.ts";
import { RpcServer } from "../../services/localnet/rpc/rpc-server.ts";
import riskService from "../../services/risk/risk.service.ts";
import strategyService from "../../services/strategy/strategy.service.ts";
import { openLocalMarket } from "../support/local-market.ts";
import { PubsubGate } from "../support/pubsub-gate.ts";
import { RpcGate } from "../support/rpc-gate.ts";

export interface WorldOptions {
	readonly seed: number;
	readonly slotMs: number;
	/** How much faster than here time passes on the chain; as fast unless given. */
	readonly chainSpeed?: number;
	/** Of the configuration, what differs from the one that simulations use. */
	readonly configure?: (config: Config) => Config;
	/** How many RPC endpoints every node knows; one unless given. */
	readonly endpointsPerNode?: number;
	/** A server that joins the nodes; without one they are joined inside this process. */
	readonly natsUrl?: string;
}

/** What one node reaches the chain through. */
export interface Endpoint {
	readonly name: string;
	readonly rpc: RpcGate;
	readonly pubsub: PubsubGate;
}

export interface SimNode {
	readonly name: string;
	readonly broker: ServiceBroker;
	readonly bus: Bus;
	readonly fatal: Error[];
}

const WALLET_LAMPORTS = 1_000_000_000_000n;
const HISTORY = 60_000;
const REQUESTS_PER_SECOND = 100_000;
const PAIRS = 8;
const DEPTH = 100_000_000_000_000n;
const GAP_BPS = 500;

/**
 * A chain with real programs behind real servers, and the nodes of a machine on it, each behind gates of its own: what
 * reaches a node of the chain, and what leaves it, is for the test to decide.
 */
export class World {
	readonly chain: Chain;
	readonly wallet: Address;
	readonly folder: string;
	readonly seed: number;
	readonly config: Config;
	readonly endpoints = new Map<string, Endpoint>();
	readonly nodes = new Map<string, SimNode>();
	readonly #servers: { readonly rpc: RpcServer; readonly pubsub: PubSubServer };
	readonly #natsUrl: string | null;
	readonly #endpointsPerNode: number;
	readonly #ticks = createTickStream({ namespace: "sim", natsUrl: null, name: "sim" });

	private constructor(
		parts: Pick<World, "chain" | "wallet" | "folder" | "config" | "seed">,
		servers: { rpc: RpcServer; pubsub: PubSubServer },
		{ natsUrl, endpointsPerNode = 1 }: Pick<WorldOptions, "natsUrl" | "endpointsPerNode">,
	) {
		this.chain = parts.chain;
		this.wallet = parts.wallet;
		this.folder = parts.folder;
		this.config = parts.config;
		this.seed = parts.seed;
		this.#servers = servers;
		this.#natsUrl = natsUrl ?? null;
		this.#endpointsPerNode = endpointsPerNode;
	}

	static async open(options: WorldOptions): Promise<World> {
		const { seed, slotMs, chainSpeed = 1, configure } = options;
		const folder = mkdtempSync(join(tmpdir(), "mojo-sim-"));
		const walletPath = join(folder, "wallet.json");
		const { address: wallet } = await openWallet(walletPath, { create: true });
		const loaded = loadConfig({ environment: { MOJO_DATA_FOLDER: folder, MOJO_WALLET: walletPath } });
		const config = (configure ?? ((same) => same))(simulated(loaded, slotMs));
		const chain = Chain.open({
			dataFolder: null,
			slotDurationMs: slotMs,
			genesisSeed: folder,
			clock: chainSpeed === 1 ? systemClock : fasterClock(chainSpeed),
			limits: { historyTransactions: HISTORY, knownSignatures: HISTORY },
		});
		await openLocalMarket(chain, { config, pairs: PAIRS, gapBps: GAP_BPS, depth: DEPTH });
		const purse = { lamports: WALLET_LAMPORTS, owner: SYSTEM_PROGRAM_ADDRESS, data: new Uint8Array() };
		chain.setAccount(wallet, purse);
		chain.sealGenesis();
		const limits = { maxRequestsPerSecond: REQUESTS_PER_SECOND };
		const rpc = await RpcServer.start({ chain, port: 0, clock: systemClock, limits });
		const pubsub = await PubSubServer.start({ chain, port: 0, clock: systemClock, limits });
		chain.start();
		return new World({ chain, wallet, folder, config, seed }, { rpc, pubsub }, options);
	}

	/** Gates for a node that this process does not run. */
	async endpoint(name: string): Promise<Endpoint> {
		const known = this.endpoints.get(name);
		if (known) return known;
		const endpoint = {
			name,
			rpc: await RpcGate.open(this.#servers.rpc.url),
			pubsub: await PubsubGate.open(this.#servers.pubsub.url),
		};
		this.endpoints.set(name, endpoint);
		return endpoint;
	}

	/** A feed, and the strategies where the configuration enables any. */
	async startFeed(name: string): Promise<SimNode> {
		return this.#start(name, (broker) => {
			broker.createService(feedService(broker));
			const isTrading = Object.values(this.config.strategies).some(({ enabled }) => enabled);
			if (isTrading) broker.createService(strategyService(broker));
		});
	}

	/** @param losesSettlement whether the bus never brings risk an executor's word on how an intent ended */
	async startRisk(name: string, losesSettlement: (intentId: IntentId) => boolean = () => false): Promise<SimNode> {
		return this.#start(name, (broker) => broker.createService(riskService(broker)), [lossy(losesSettlement)]);
	}

	async startExecutor(name: string, openSegment?: OpenSegment): Promise<SimNode> {
		return this.#start(name, (broker) =>
			broker.createService(executorService(broker, { ...(openSegment && { openSegment }) })),
		);
	}

	node(name: string): SimNode {
		const node = this.nodes.get(name);
		if (!node) throw new Error(`no node ${name} was started`);
		return node;
	}

	async stop(name: string): Promise<void> {
		const { broker } = this.node(name);
		this.nodes.delete(name);
		await broker.stop();
	}

	async close(): Promise<void> {
		for (const name of [...this.nodes.keys()].reverse()) await this.stop(name);
		await Promise.all([...this.endpoints.values()].flatMap(({ rpc, pubsub }) => [rpc.close(), pubsub.close()]));
		this.chain.stop();
		await Promise.all([this.#servers.rpc.close(), this.#servers.pubsub.close()]);
		this.chain.close();
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** The configuration of a node: it reaches the chain through its own gates. */
	async configOf(name: string): Promise<Config> {
		const { rpc, pubsub } = await this.endpoint(name);
		const { config } = this;
		const further: string[] = [];
		for (let number = 2; number <= this.#endpointsPerNode; number++) {
			further.push((await this.endpoint(`${name}/${number}`)).rpc.url);
		}
		return {
			...config,
			chain: { ...config.chain, rpc_url: rpc.url, rpc_urls: further, ws_url: pubsub.url },
			networking: { ...config.networking, node_id: name, nats_url: this.#natsUrl },
		};
	}

	async #start(
		name: string,
		load: (broker: ServiceBroker) => void,
		middlewares: readonly Middleware[] = [],
	): Promise<SimNode> {
		const fatal: Error[] = [];
		const options = brokerOptions({
			config: await this.configOf(name),
			clock: systemClock,
			random: seededRandom(this.seed),
			fatal: ((error: Error) => void fatal.push(error)) as unknown as (error: Error) => never,
			notice: () => {},
		});
		const broker = new ServiceBroker({
			...options,
			...(this.#natsUrl === null && { transporter: "Fake" }),
			middlewares: [...(options.middlewares as Middleware[]), ...middlewares],
			skipProcessEventRegistration: true,
		});
		// Inside one process the nodes share one stream of ticks, as across processes NATS makes them do.
		if (this.#natsUrl === null) attachRuntime(broker, { ...runtimeOf(broker), ticks: this.#ticks });
		try {
			load(broker);
		} catch (error) {
			throw fatal[0] ?? error;
		}
		await broker.start();
		const node = { name, broker, bus: new Bus(broker), fatal };
		this.nodes.set(name, node);
		return node;
	}
}

/** A clock by which days pass in hours; what is measured within a process is measured as ever. */
function fasterClock(speed: number): Clock {
	const opened = systemClock.epochMicros();
	return {
		epochMicros: () => opened + (systemClock.epochMicros() - opened) * speed,
		monotonicMicros: () => systemClock.monotonicMicros(),
	};
}

/** Swallows executors' settlements on their way into risk. */
function lossy(loses: (intentId: IntentId) => boolean): Middleware {
	return {
		localEvent(next: (context: Context<Settlement>) => Promise<void>, event: { readonly name: string }) {
			if (event.name !== "executor.submission.settled") return next;
			return (context: Context<Settlement>) => (loses(context.params.intentId) ? Promise.resolve() : next(context));
		},
	} as unknown as Middleware;
}

/** Many intents a second on short slots: limits that are still met now and then, and no staleness by slots alone. */
function simulated(config: Config, slotMs: number): Config {
	return {
		...config,
		localnet: { ...config.localnet, enabled: false },
		chain: {
			...config.chain,
			request_timeout_ms: 1_500,
			read_requests_per_second: 100_000,
			send_requests_per_second: 100_000,
		},
		strategies: {
			...config.strategies,
			cross_venue: { ...config.strategies.cross_venue, enabled: false },
			cyclic: { ...config.strategies.cyclic, enabled: false },
		},
		data_pipeline: {
			...config.data_pipeline,
			stale_after_slots: 400,
			enable_persistence: false,
			reconnect_max_ms: 500,
		},
		risk: {
			...config.risk,
			max_in_flight: 100,
			max_orders_per_second: 1_000,
			order_burst: 1_000,
			stale_after_slots: 400,
			books_interval_ms: 500,
			limits: [
				{
					asset: "USDC",
					max_intent_notional: "45",
					max_in_flight_notional: "2000",
					max_order_size: "1000000",
					max_daily_loss: "1000000",
					max_drawdown: "1000000",
				},
				{
					asset: "SOL",
					max_intent_notional: "1",
					max_in_flight_notional: "1",
					max_order_size: "1000000",
					max_position: "1000000",
					max_daily_loss: "100",
					max_drawdown: "100",
				},
			],
			max_messages_per_second: 1_000_000,
			message_burst: 1_000_000,
			max_fees_per_hour: "1000",
			max_tips_per_hour: "1000",
			throttle_failures: 1_000_000,
			budgets: [
				{
					strategy: "sim",
					max_orders_per_second: 1_000,
					order_burst: 1_000,
					max_in_flight_notional: { USDC: "1000000", SOL: "1000000" },
					max_daily_loss: { USDC: "1000000", SOL: "100" },
				},
			],
		},
		execution: {
			...config.execution,
			intent_deadline_ms: 1_500,
			max_in_flight: 80,
			resend_interval_ms: slotMs * 10,
			confirm_poll_interval_ms: slotMs * 5,
			max_journal_megabytes: 1,
		},
		monitoring: { ...config.monitoring, log_level: "fatal", console: false },
		networking: { ...config.networking, namespace: `sim-${seedOf(config)}`, redis_url: null },
	};
}

/** Nodes of one world meet each other alone. */
function seedOf({ data_folder }: Config): string {
	return data_folder
		.slice(-6)
		.toLowerCase()
		.replace(/[^a-z0-9]/g, "0");
}
