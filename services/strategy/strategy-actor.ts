import { createSolanaRpc } from "@solana/web3.js";
import { Errors } from "moleculer";
import type { Bus } from "../../broker/bus.ts";
import type { ExecutorIdentity, RouteMeasured } from "../../broker/contracts/executor.ts";
import type { FeedEvents, FeesChanged, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type { RiskEvents } from "../../broker/contracts/risk.ts";
import type { Reload, StrategyChoice, StrategyReloadRequest, StrategyStatus } from "../../broker/contracts/strategy.ts";
import type { Runtime } from "../../broker/runtime.ts";
import { loadStrategies } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { FeePolicy, routeName } from "../../core/execution/fee-policy.ts";
import { readKnownTable } from "../../core/execution/lookup-table.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import { HeardClock } from "../../core/market/chain-clock.ts";
import type { TickBatchHeader } from "../../core/market/tick-batch.ts";
import { TableChoice } from "../../core/risk/table-choice.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { Attempts } from "../../core/strategy/attempts.ts";
import type { StrategyDefinition } from "../../core/strategy/definition.ts";
import { STRATEGIES } from "../../core/strategy/registry.ts";
import type { Result } from "../../core/types/result.ts";
import { MarketReplica } from "../../mixins/market-replica.ts";
import { ChainFacts } from "./chain-facts.ts";
import { IntentIds } from "./intent-ids.ts";
import { IntentSender } from "./intent-sender.ts";
import { PositionKeeper } from "./position-keeper.ts";
import { feePolicyParameters, planDesk, type StrategyTables } from "./settings.ts";
import { StrategyHost } from "./strategy-host.ts";
import { reloadStrategies } from "./strategy-reload.ts";
import { TradingGate } from "./trading-gate.ts";

export interface StrategyActorOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly log: { warn(line: string): void; error(line: string): void };
	/** The plug-ins there are; those of the registry unless given. */
	readonly definitions?: readonly StrategyDefinition[];
	/** Of the chain; asked of its endpoints unless given. */
	readonly genesisHash?: () => Promise<string>;
	/** Reads the strategies' tables as they are written now; from the files and the environment unless given. */
	readonly readTables?: () => StrategyTables;
}

const ASK_TIMEOUT_MS = 2_000;
const ASK_TABLE_EVERY_SLOTS = 25;

/** Runs the strategies on one shard's market: ticks in, intents to risk, outcomes back. */
export class StrategyActor {
	readonly #options: StrategyActorOptions;
	readonly #definitions: readonly StrategyDefinition[];
	readonly #host: StrategyHost;
	readonly #keeper: PositionKeeper;
	readonly #fees: FeePolicy;
	readonly #market: MarketReplica;
	readonly #facts: ChainFacts;
	readonly #gate: TradingGate;
	readonly #sender: IntentSender;
	/** From ticks and slot notices. */
	readonly #clock = new HeardClock();
	/** Only for what risk will choose. */
	readonly #tables = new TableChoice();
	#ticks = 0;
	#askTableFromSlot = 0;

	constructor(options: StrategyActorOptions) {
		const { runtime, bus, log } = options;
		const { config, clock, random } = runtime;
		const ids = new IntentIds(random);
		this.#options = options;
		this.#fees = new FeePolicy(readSettings(runtime, feePolicyParameters(config)));
		this.#facts = new ChainFacts({ runtime, poolAt: (address) => this.#market.row(address)?.pool ?? null });
		this.#definitions = options.definitions ?? STRATEGIES;
		const { strategies, terms } = readSettings(runtime, planDesk(this.#definitions, config.strategies, config));
		this.#host = new StrategyHost({
			plans: strategies,
			desk: {
				...terms,
				fees: this.#fees,
				nextIntentId: () => ids.next(),
				attempts: new Attempts(),
				facts: this.#facts.of,
			},
			log,
			onPositions: () => this.#keeper.changed(),
		});
		this.#keeper = new PositionKeeper({
			dataFolder: config.data_folder,
			shard: config.data_pipeline.shard,
			random,
			genesisHash: options.genesisHash ?? (() => askGenesisHash(config.chain)),
			log,
			kept: () => ({ positions: this.#host.positions, unsettled: this.#host.unsettled }),
			outcome: (intentId) => bus.call("risk.outcome", { intentId }, { timeout: ASK_TIMEOUT_MS, retries: 0 }),
			onRead: (positions) => this.#host.restore(positions),
		});
		this.#gate = new TradingGate({ bus, isEnabled: () => this.#host.isEnabled });
		this.#market = new MarketReplica({
			shard: config.data_pipeline.shard,
			bus,
			ticks: runtime.ticks,
			random,
			onCatalog: (book, { lenders }) => {
				// Another catalog may be another chain.
				this.#clock.forget();
				this.#host.adopt({ book, lenders });
			},
			onApplied: (header, changed) => this.#onApplied(header, changed),
			onDefect: (error) => this.#broke(error),
		});
		this.#sender = new IntentSender({
			bus,
			clock,
			deadlineMs: config.execution.intent_deadline_ms,
			log,
			onEnded: (intentId) => {
				this.#fees.forget(intentId);
				this.#host.ended(intentId);
			},
			onDoubt: () => this.#gate.doubt(),
		});
	}

	/** Begins in the background: nothing here waits for another actor. */
	start(): void {
		this.#market.start();
		this.#gate.start();
		this.#keepPositions();
	}

	/** Ends at once, but for a write under way. Idempotent. */
	async stop(): Promise<void> {
		this.#market.stop();
		this.#gate.stop();
		this.#facts.stop();
		await this.#keeper.stop();
	}

	status(): StrategyStatus {
		const closedBecause = this.#gate.closedBecause ?? this.#market.trouble;
		const strategies = this.#host.statuses(closedBecause);
		const waitingFor = closedBecause ?? this.#host.waitingFor;
		const sum = (of: "cycles" | "cyclesLeftOut" | "opportunities" | "unpriced" | "tooLarge" | "inFlight") =>
			strategies.reduce((total, strategy) => total + strategy[of], 0);
		return {
			cycles: sum("cycles"),
			cyclesLeftOut: sum("cyclesLeftOut"),
			opportunities: sum("opportunities"),
			unpriced: sum("unpriced"),
			tooLarge: sum("tooLarge"),
			intents: this.#sender.sent,
			inFlight: sum("inFlight"),
			ticks: this.#ticks,
			gaps: this.#market.gaps,
			running: waitingFor === null,
			waitingFor,
			strategies,
		};
	}

	/** @throws MoleculerClientError UNKNOWN_STRATEGY */
	pause({ strategy }: StrategyChoice): StrategyStatus {
		if (strategy === undefined) this.#gate.pause("paused: call strategy.resume");
		else if (!this.#host.pause(strategy)) throw unknownStrategy(strategy);
		return this.status();
	}

	/** @throws MoleculerClientError UNKNOWN_STRATEGY */
	resume({ strategy }: StrategyChoice): StrategyStatus {
		if (!this.#host.resume(strategy ?? null)) throw unknownStrategy(strategy ?? "");
		if (strategy === undefined) this.#gate.resume();
		return this.status();
	}

	/** Applies what the configuration says of strategies now, or nothing of it. */
	reload({ by, reason }: StrategyReloadRequest): Reload {
		const { runtime, log, readTables } = this.#options;
		const { config } = runtime;
		const reload = reloadStrategies({
			definitions: this.#definitions,
			config,
			host: this.#host,
			readTables: readTables ?? (() => loadStrategies(config)),
		});
		const outcome =
			reload.status === "applied"
				? `changed: ${reload.changed.join(", ") || "nothing"}`
				: `refused, everything stays: ${reload.reasons.join("; ")}`;
		log.warn(`The strategies were read again by ${by} (${reason}): ${outcome}`);
		// The first one that is switched on needs the trading state.
		this.#gate.start();
		this.#keepPositions();
		return reload;
	}

	onCatalogChanged(change: FeedEvents["feed.catalog.changed"]): void {
		this.#market.onCatalogChanged(change);
	}

	onLendersChanged({ shard, lenders }: FeedEvents["feed.lenders.changed"]): void {
		if (this.#isOwn(shard)) this.#host.lendersChanged(lenders);
	}

	onSlotAdvanced(head: SlotAdvanced): void {
		if (!this.#isOwn(head.shard)) return;
		this.#clock.hear(head);
		this.#askForTable(head.slot);
	}

	onTradingState(record: TradingStateRecord | null): void {
		this.#gate.offer(record);
	}

	/** Risk has booked how an intent ended. */
	onBooked(settlement: Settlement): void {
		const { intentId, outcome, fill } = settlement;
		this.#fees.settled(intentId, outcome, fill?.slot ?? null);
		this.#host.settled(settlement);
		this.#host.ended(intentId);
	}

	/** A fork took a booking back. The wallet's own transactions have no intent. */
	onReversed({ intentId }: RiskEvents["risk.settlement.reversed"]): void {
		if (intentId !== null) this.#host.reversed(intentId);
	}

	/** What others pay for the same accounts. */
	onFeesChanged({ shard, fees }: FeesChanged): void {
		if (this.#isOwn(shard)) this.#fees.observed(fees, this.#options.runtime.clock.monotonicMicros());
	}

	/** An executor told what its transactions may look accounts up in. */
	onExecutorReady({ executor, lookupTable }: ExecutorIdentity): void {
		const table = readKnownTable(lookupTable);
		if (!table.ok) return;
		const before = this.#tables.best;
		this.#tables.heard(executor, table.value);
		const { best } = this.#tables;
		if (best !== before) this.#host.tableChanged(new Set(best?.entries));
	}

	/** What a route needed. */
	onRouteMeasured({ reserve, legs, computeUnits }: RouteMeasured): void {
		this.#fees.measured(routeName(reserve, legs), computeUnits);
	}

	/** Executors make a table when somebody needs one: it takes rent. */
	#askForTable(slot: number): void {
		if (this.#tables.best !== null || slot < this.#askTableFromSlot) return;
		this.#askTableFromSlot = slot + ASK_TABLE_EVERY_SLOTS;
		if (this.status().tooLarge === 0) return;
		const { bus, runtime } = this.#options;
		bus.emit("strategy.table.wanted", { shard: runtime.config.data_pipeline.shard });
	}

	#onApplied(header: TickBatchHeader, changed: readonly number[]): void {
		this.#ticks += changed.length;
		this.#clock.hear(header);
		if (!this.#gate.isOpen) return;
		const update = {
			changed,
			clock: this.#clock.now,
			nowMicros: this.#options.runtime.clock.monotonicMicros(),
		};
		this.#host.onUpdate(update, (proposals) => this.#sender.send(proposals, header));
	}

	/** A market that cannot be followed is none to trade on, for any strategy. */
	#broke(error: Error): void {
		this.#gate.pause("a defect stopped the strategies: read the log, then call strategy.resume");
		this.#options.log.error(`The market broke, and all strategies are paused: ${error.stack ?? error.message}`);
	}

	/** A desk that holds none needs neither file nor chain for them. */
	#keepPositions(): void {
		if (this.#host.holdsPositions) this.#keeper.start();
	}

	#isOwn(shard: string): boolean {
		return shard === this.#options.runtime.config.data_pipeline.shard;
	}
}

/** Of the first endpoint that answers. */
async function askGenesisHash({ rpc_url, rpc_urls, request_timeout_ms }: Config["chain"]): Promise<string> {
	const urls = [rpc_url, ...rpc_urls];
	const ask = (url: string) =>
		createSolanaRpc(url)
			.getGenesisHash()
			.send({ abortSignal: AbortSignal.timeout(request_timeout_ms) });
	return Promise.any(urls.map(ask));
}

function unknownStrategy(name: string): Error {
	return new Errors.MoleculerClientError(`there is no strategy ${name}: see strategy.status`, 404, "UNKNOWN_STRATEGY");
}

/** A configuration that names no exact amounts ends the process: nothing is traded on a guess. */
function readSettings<T>({ fatal }: Runtime, settings: Result<T, readonly string[]>): T {
	if (settings.ok) return settings.value;
	return fatal(new Error(`The strategies cannot start: ${settings.error.join("; ")}`));
}
