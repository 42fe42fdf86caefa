import type { ServiceBroker } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { Events } from "../../broker/contracts/index.ts";
import type {
	Equity,
	EquityPoint,
	IntentTrace,
	PoolView,
	SystemHealth,
	SystemStatus,
} from "../../broker/contracts/monitor.ts";
import type { Books } from "../../broker/contracts/risk.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { endpointName } from "../../libs/solana/rpc-router/endpoint.ts";
import { MarketReplica } from "../../mixins/market-replica.ts";
import { AuditTrail } from "./audit-trail.ts";
import { type Denomination, TerminalAccount } from "./console.ts";
import { EndpointBoard } from "./endpoint-board.ts";
import { EquityCurve, PriceTable, realisedProfit } from "./equity.ts";
import { LatencyBoard } from "./latency-board.ts";
import { type Sample, samplesOf } from "./metrics.ts";
import { Owners } from "./owners.ts";
import { poolSides, poolViews, shortAddress } from "./pool-views.ts";
import { SystemStatusReader } from "./system-status.ts";

/** An owner of numbers answers within this, or counts as silent. */
const PATIENCE_MS = 400;
/** At the very end everybody waits for the last word, and the process for nobody. */
const FAREWELL_PATIENCE_MS = 200;
/** How often the terminal gets its line. */
const ACCOUNT_INTERVAL_MS = 5_000;
const WRAPPED_SOL = "So11111111111111111111111111111111111111112";
const MICROS_PER_SECOND = 1_000_000;

interface QuoteAsset extends Denomination {
	readonly mint: string;
}

/** Everything the monitor knows: what it heard, and what it asks the owners for. It sits on no path of the money. */
export class Monitor {
	readonly #runtime: Runtime;
	readonly #bus: Bus;
	readonly #owners: Owners;
	readonly #trail: AuditTrail;
	readonly #latencies = new LatencyBoard();
	readonly #endpoints: EndpointBoard;
	readonly #curve: EquityCurve;
	readonly #market: MarketReplica;
	readonly #status: SystemStatusReader;
	readonly #quote: QuoteAsset;
	readonly #account: TerminalAccount | null;
	readonly #startedAtMicros: number;
	#books: Books | null = null;
	#slot = 0;
	/** The whole market was read once. */
	#isMarketKnown = false;
	#accountTimer: NodeJS.Timeout | null = null;

	constructor(broker: ServiceBroker, runtime: Runtime, write: (text: string) => void) {
		const { config, clock } = runtime;
		this.#runtime = runtime;
		this.#bus = new Bus(broker);
		this.#endpoints = new EndpointBoard(clock);
		this.#owners = new Owners(broker, PATIENCE_MS);
		this.#trail = new AuditTrail(config.monitoring.kept_intents);
		this.#curve = new EquityCurve(config.monitoring.kept_equity_points);
		this.#startedAtMicros = clock.monotonicMicros();
		// The schema wants at least one asset.
		this.#quote = (config.assets.find(({ symbol }) => symbol === "USDC") ?? config.assets[0]) as QuoteAsset;
		this.#market = this.#replica(broker);
		this.#status = new SystemStatusReader({
			owners: this.#owners,
			nodeID: runtime.nodeID,
			mode: config.mode,
			uptimeSeconds: () => this.#elapsedSeconds(),
			slot: () => this.#slot,
			equity: () => this.#equity(),
			latencies: () => this.#latencies.summaries(),
			books: () => this.#books,
		});
		const colours = process.stdout.isTTY === true && process.stdout.hasColors();
		this.#account = config.monitoring.console
			? new TerminalAccount({
					write,
					colours,
					denominationOf: (mint) => this.#denominationOf(mint),
					elapsedSeconds: () => this.#elapsedSeconds(),
				})
			: null;
	}

	/** Begins to listen and, in the background, to learn what was before. */
	start(metricsUrl: string): void {
		const { config } = this.#runtime;
		this.#market.start();
		if (!this.#account) return;
		const { http_host, http_port } = config.networking;
		this.#account.started({
			mode: config.mode,
			// Paths and queries carry keys.
			rpcUrl: endpointName(config.chain.rpc_url),
			wsUrl: endpointName(config.chain.ws_url),
			dashboardUrl: `http://${http_host.includes(":") ? `[${http_host}]` : http_host}:${http_port}`,
			metricsUrl,
		});
		this.#accountTimer = setInterval(() => void this.#tellStatus(), ACCOUNT_INTERVAL_MS);
		this.#accountTimer.unref();
	}

	stop(): void {
		this.#market.stop();
		if (this.#accountTimer) clearInterval(this.#accountTimer);
		this.#accountTimer = null;
	}

	/** What it does with each event it listens to. */
	readonly hear: { readonly [Name in HeardEvent]: (payload: Events[Name]) => void } = {
		"feed.slot.advanced": ({ slot }) => {
			this.#slot = Math.max(this.#slot, slot);
		},
		"feed.catalog.changed": (change) => this.#market.onCatalogChanged(change),
		"strategy.intent.submitted": ({ intent, verdict }) => {
			this.#trail.submitted(intent, verdict);
			this.#account?.opportunity({ intent });
		},
		"risk.intent.approved": ({ intent }) => {
			this.#trail.approved(intent);
			this.#latencies.traced(intent.timings);
			this.#account?.opportunity({ intent });
		},
		"risk.intent.denied": ({ intent, code, detail }) => this.#trail.denied(intent, code, detail),
		"risk.settlement.booked": ({ settlement }) => this.#trail.settled(settlement),
		"risk.state.changed": (record) => this.#account?.stateIs(record),
		"risk.books.cut": (books) => this.#cut(books),
		"executor.submission.advanced": (advance) => this.#trail.advanced(advance),
		"executor.submission.settled": (settlement) => {
			this.#trail.settled(settlement);
			const trace = this.#trail.find(settlement.intentId);
			this.#account?.settled(settlement, trace?.intent.fundingMint ?? null);
		},
		"executor.latency.measured": (latencies) => this.#latencies.measured(latencies),
		"executor.endpoints.measured": (measured) => this.#endpoints.measured(measured),
	};

	status(): Promise<SystemStatus> {
		return this.#status.status();
	}

	health(): Promise<SystemHealth> {
		return this.#status.health();
	}

	pools(): readonly PoolView[] {
		return poolViews(this.#market, { quoteMint: this.#quote.mint, secondMint: WRAPPED_SOL });
	}

	intents(limit: number): readonly IntentTrace[] {
		return this.#trail.newest(limit);
	}

	intent(intentId: IntentId): IntentTrace | null {
		return this.#trail.find(intentId);
	}

	equity(): readonly EquityPoint[] {
		return this.#curve.points();
	}

	async samples(): Promise<readonly Sample[]> {
		const own = samplesOf({
			status: await this.status(),
			tickGaps: this.#market.gaps,
			ticksDropped: this.#runtime.ticks.dropped,
		});
		return [...own, ...this.#endpoints.samples()];
	}

	async farewell(): Promise<null> {
		if (!this.#account) return null;
		const options = { timeout: FAREWELL_PATIENCE_MS, retries: 0 };
		const books = await this.#bus.call("risk.books", undefined, options).catch(() => this.#books);
		this.#account.farewell(books);
		return null;
	}

	#replica(broker: ServiceBroker): MarketReplica {
		const { config, random, ticks } = this.#runtime;
		const log = broker.getLogger("monitor");
		return new MarketReplica({
			shard: config.data_pipeline.shard,
			bus: this.#bus,
			ticks,
			random,
			onHealed: () => {
				this.#isMarketKnown = true;
				void this.#learnBooks();
			},
			onDefect: (error) => log.error(`The monitor's market: ${error.stack ?? error.message}`),
		});
	}

	/** A monitor that starts late has missed the cuts so far. */
	async #learnBooks(): Promise<void> {
		const books = await this.#owners.ask("risk.books");
		if (books) this.#cut(books);
	}

	#cut(books: Books): void {
		if (this.#books && books.slot < this.#books.slot) return;
		this.#books = books;
		// Without prices a point would show as a loss what is only not known yet.
		if (!this.#isMarketKnown) return;
		const prices = new PriceTable(poolSides(this.#market), this.#quote.mint);
		this.#curve.add({
			atMs: Math.round(this.#runtime.clock.epochMicros() / 1_000),
			profit: realisedProfit(books.lines, prices),
		});
	}

	#equity(): Equity | null {
		const newest = this.#curve.newest;
		return newest ? { ...newest, symbol: this.#quote.symbol, decimals: this.#quote.decimals } : null;
	}

	#elapsedSeconds(): number {
		return Math.floor((this.#runtime.clock.monotonicMicros() - this.#startedAtMicros) / MICROS_PER_SECOND);
	}

	#denominationOf(mint: string): Denomination {
		const known =
			this.#runtime.config.assets.find((asset) => asset.mint === mint) ?? this.#market.mint(mint as Address);
		return known ?? { symbol: shortAddress(mint), decimals: 0 };
	}

	async #tellStatus(): Promise<void> {
		this.#account?.status(await this.status());
	}
}

export type HeardEvent =
	| "feed.slot.advanced"
	| "feed.catalog.changed"
	| "strategy.intent.submitted"
	| "risk.intent.approved"
	| "risk.intent.denied"
	| "risk.settlement.booked"
	| "risk.state.changed"
	| "risk.books.cut"
	| "executor.submission.advanced"
	| "executor.submission.settled"
	| "executor.latency.measured"
	| "executor.endpoints.measured";
