import type { Bus } from "../../broker/bus.ts";
import type { FeedEvents, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type { StrategyStatus } from "../../broker/contracts/strategy.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { TickBatchHeader } from "../../core/market/tick-batch.ts";
import { venueById } from "../../core/market/venues/index.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { CrossVenueArbitrage, type CrossVenueParameters } from "../../core/strategy/cross-venue/find.ts";
import type { Strategy } from "../../core/strategy/strategy.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { IntentIds } from "./intent-ids.ts";
import { IntentSender } from "./intent-sender.ts";
import { MarketKeeper } from "./market-keeper.ts";
import { crossVenueParameters } from "./settings.ts";
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
	readonly #keeper: MarketKeeper;
	readonly #gate: TradingGate;
	readonly #sender: IntentSender;
	#unsubscribe: (() => void) | null = null;
	/** The newest of the chain that was heard, from ticks or slot notices. */
	#slot = 0;
	#chainSeconds = 0;
	#ticks = 0;

	constructor(options: StrategyActorOptions) {
		const { runtime, bus, log } = options;
		const { config, clock, random } = runtime;
		const ids = new IntentIds(random);
		this.#options = options;
		this.#strategy = new CrossVenueArbitrage({
			parameters: readParameters(runtime),
			venueOf: venueById,
			nextIntentId: () => ids.next(),
		});
		this.#gate = new TradingGate({ bus, isEnabled: config.strategies.cross_venue.enabled });
		this.#keeper = new MarketKeeper({
			shard: config.data_pipeline.shard,
			bus,
			random,
			onCatalog: (book, { lenders }) => {
				// Another catalog may be another chain: its slots count from elsewhere.
				this.#slot = 0;
				this.#chainSeconds = 0;
				this.#strategy.adopt({ book, lenders });
			},
			onApplied: (header, changed) => this.#onApplied(header, changed),
		});
		this.#sender = new IntentSender({
			bus,
			clock,
			deadlineMs: config.execution.intent_deadline_ms,
			log,
			onEnded: (intentId) => this.#strategy.ended(intentId),
			onDoubt: () => this.#gate.doubt(),
		});
	}

	/** Begins in the background: nothing here waits for another actor. */
	start(): void {
		const { ticks, config } = this.#options.runtime;
		this.#unsubscribe ??= ticks.subscribe(config.data_pipeline.shard, (batch) => this.#onBatch(batch));
		this.#keeper.start();
		this.#gate.start();
	}

	/** Ends at once. Idempotent. */
	stop(): void {
		this.#unsubscribe?.();
		this.#unsubscribe = null;
		this.#keeper.stop();
		this.#gate.stop();
	}

	status(): StrategyStatus {
		const { cycles, cyclesLeftOut, opportunities, unpriced, inFlight } = this.#strategy.counters;
		const waitingFor = this.#gate.closedBecause ?? this.#keeper.trouble;
		return {
			cycles,
			cyclesLeftOut,
			opportunities,
			unpriced,
			intents: this.#sender.sent,
			inFlight,
			ticks: this.#ticks,
			gaps: this.#keeper.gaps,
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

	onCatalogChanged({ shard, catalogEpoch }: FeedEvents["feed.catalog.changed"]): void {
		if (this.#isOwn(shard)) this.#keeper.onCatalogChanged(catalogEpoch);
	}

	onLendersChanged({ shard, lenders }: FeedEvents["feed.lenders.changed"]): void {
		if (this.#isOwn(shard)) this.#strategy.lendersChanged(lenders);
	}

	onSlotAdvanced({ shard, slot, chainSeconds }: SlotAdvanced): void {
		if (this.#isOwn(shard)) this.#heard(slot, chainSeconds);
	}

	onTradingState(record: TradingStateRecord | null): void {
		this.#gate.offer(record);
	}

	/** Risk has booked how an intent ended. */
	onBooked(intentId: IntentId): void {
		this.#strategy.ended(intentId);
	}

	#onBatch(batch: Uint8Array): void {
		try {
			this.#keeper.onBatch(batch);
		} catch (error) {
			this.#broke(error as Error);
		}
	}

	#onApplied(header: TickBatchHeader, changed: readonly number[]): void {
		this.#ticks += changed.length;
		this.#heard(header.slot, header.chainSeconds);
		if (!this.#gate.isOpen) return;
		try {
			const proposals = this.#strategy.onUpdate({
				changed,
				currentSlot: this.#slot,
				chainSeconds: this.#chainSeconds,
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

	#heard(slot: number, chainSeconds: number): void {
		if (slot > this.#slot) this.#slot = slot;
		if (chainSeconds > this.#chainSeconds) this.#chainSeconds = chainSeconds;
	}

	#isOwn(shard: string): boolean {
		return shard === this.#options.runtime.config.data_pipeline.shard;
	}
}

/** A configuration that names no exact amounts ends the process: nothing is traded on a guess. */
function readParameters({ config, fatal }: Runtime): CrossVenueParameters {
	const parameters = crossVenueParameters(config);
	if (parameters.ok) return parameters.value;
	return fatal(new Error(`The strategy cannot start: ${parameters.error.join("; ")}`));
}
