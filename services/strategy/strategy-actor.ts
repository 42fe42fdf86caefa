import type { Bus } from "../../broker/bus.ts";
import type { ExecutorIdentity, RouteMeasured } from "../../broker/contracts/executor.ts";
import type { FeedEvents, FeesChanged, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type { StrategyStatus } from "../../broker/contracts/strategy.ts";
import type { Runtime } from "../../broker/runtime.ts";
import { FeePolicy, routeName } from "../../core/execution/fee-policy.ts";
import { readKnownTable } from "../../core/execution/lookup-table.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import { HeardClock } from "../../core/market/chain-clock.ts";
import type { TickBatchHeader } from "../../core/market/tick-batch.ts";
import { TableChoice } from "../../core/risk/table-choice.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { crossVenueArbitrage } from "../../core/strategy/cross-venue/strategy.ts";
import type { Strategy } from "../../core/strategy/strategy.ts";
import type { Result } from "../../core/types/result.ts";
import { MarketReplica } from "../../mixins/market-replica.ts";
import { IntentIds } from "./intent-ids.ts";
import { IntentSender } from "./intent-sender.ts";
import { crossVenueParameters, feePolicyParameters } from "./settings.ts";
import { TradingGate } from "./trading-gate.ts";

export interface StrategyActorOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly log: { warn(line: string): void; error(line: string): void };
}

/** Runs the strategy on one shard's market: ticks in, intents to risk, outcomes back. */
export class StrategyActor {
	readonly #options: StrategyActorOptions;
	readonly #strategy: Strategy;
	readonly #fees: FeePolicy;
	readonly #market: MarketReplica;
	readonly #gate: TradingGate;
	readonly #sender: IntentSender;
	/** From ticks and slot notices. */
	readonly #clock = new HeardClock();
	/** Only for what risk will choose. */
	readonly #tables = new TableChoice();
	#ticks = 0;

	constructor(options: StrategyActorOptions) {
		const { runtime, bus, log } = options;
		const { config, clock, random } = runtime;
		const ids = new IntentIds(random);
		this.#options = options;
		this.#fees = new FeePolicy(readSettings(runtime, feePolicyParameters(config)));
		this.#strategy = crossVenueArbitrage({
			parameters: readSettings(runtime, crossVenueParameters(config)),
			fees: this.#fees,
			nextIntentId: () => ids.next(),
		});
		this.#gate = new TradingGate({ bus, isEnabled: config.strategies.cross_venue.enabled });
		this.#market = new MarketReplica({
			shard: config.data_pipeline.shard,
			bus,
			ticks: runtime.ticks,
			random,
			onCatalog: (book, { lenders }) => {
				// Another catalog may be another chain.
				this.#clock.forget();
				this.#strategy.adopt({ book, lenders });
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
				this.#strategy.ended(intentId);
			},
			onDoubt: () => this.#gate.doubt(),
		});
	}

	/** Begins in the background: nothing here waits for another actor. */
	start(): void {
		this.#market.start();
		this.#gate.start();
	}

	/** Ends at once. Idempotent. */
	stop(): void {
		this.#market.stop();
		this.#gate.stop();
	}

	status(): StrategyStatus {
		const { cycles, cyclesLeftOut, opportunities, unpriced, inFlight } = this.#strategy.counters;
		const waitingFor = this.#gate.closedBecause ?? this.#market.trouble;
		return {
			cycles,
			cyclesLeftOut,
			opportunities,
			unpriced,
			intents: this.#sender.sent,
			inFlight,
			ticks: this.#ticks,
			gaps: this.#market.gaps,
			running: waitingFor === null,
			waitingFor,
		};
	}

	pause(): StrategyStatus {
		this.#gate.pause("paused: call strategy.resume");
		return this.status();
	}

	resume(): StrategyStatus {
		this.#gate.resume();
		return this.status();
	}

	onCatalogChanged(change: FeedEvents["feed.catalog.changed"]): void {
		this.#market.onCatalogChanged(change);
	}

	onLendersChanged({ shard, lenders }: FeedEvents["feed.lenders.changed"]): void {
		if (this.#isOwn(shard)) this.#strategy.lendersChanged(lenders);
	}

	onSlotAdvanced(head: SlotAdvanced): void {
		if (this.#isOwn(head.shard)) this.#clock.hear(head);
	}

	onTradingState(record: TradingStateRecord | null): void {
		this.#gate.offer(record);
	}

	/** Risk has booked how an intent ended. */
	onBooked({ intentId, outcome, fill }: Settlement): void {
		this.#fees.settled(intentId, outcome, fill?.slot ?? null);
		this.#strategy.ended(intentId);
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
		if (best !== before) this.#strategy.tableChanged(new Set(best?.entries));
	}

	/** What a route needed. */
	onRouteMeasured({ reserve, legs, computeUnits }: RouteMeasured): void {
		this.#fees.measured(routeName(reserve, legs), computeUnits);
	}

	#onApplied(header: TickBatchHeader, changed: readonly number[]): void {
		this.#ticks += changed.length;
		this.#clock.hear(header);
		if (!this.#gate.isOpen) return;
		try {
			const proposals = this.#strategy.onUpdate({
				changed,
				clock: this.#clock.now,
				nowMicros: this.#options.runtime.clock.monotonicMicros(),
			});
			if (proposals.length > 0) this.#sender.send(proposals, header);
		} catch (error) {
			this.#broke(error as Error);
		}
	}

	/** Thrown into the feed, a defect here would stop the market for everybody: the strategy stands still instead. */
	#broke(error: Error): void {
		this.#gate.pause("a defect stopped the strategy: read the log, then call strategy.resume");
		this.#options.log.error(`The strategy broke and is paused: ${error.stack ?? error.message}`);
	}

	#isOwn(shard: string): boolean {
		return shard === this.#options.runtime.config.data_pipeline.shard;
	}
}

/** A configuration that names no exact amounts ends the process: nothing is traded on a guess. */
function readSettings<T>({ fatal }: Runtime, settings: Result<T, readonly string[]>): T {
	if (settings.ok) return settings.value;
	return fatal(new Error(`The strategy cannot start: ${settings.error.join("; ")}`));
}
