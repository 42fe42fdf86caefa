import { Errors, ServiceBroker, type ServiceSchema } from "moleculer";
import { Bus } from "../../../../broker/bus.ts";
import type { Catalog } from "../../../../broker/contracts/feed.ts";
import type { Verdict } from "../../../../broker/contracts/risk.ts";
import type { StrategyEvents, StrategyStatus } from "../../../../broker/contracts/strategy.ts";
import { attachRuntime, type RuntimeParts } from "../../../../broker/runtime.ts";
import { createTickStream } from "../../../../broker/tick-stream.ts";
import { loadConfig } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import type { Tick, TickBatchHeader } from "../../../../core/market/tick-batch.ts";
import type { TradingState, TradingStateRecord } from "../../../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { Signature } from "../../../../core/types/identifiers.ts";
import { seededRandom } from "../../../../libs/random.ts";
import strategy, { type StrategyServiceOptions } from "../../../../services/strategy/strategy.service.ts";
import { batchOf, lenderOf, poolOf, tickOf } from "../../core/market/market-fixture.ts";

export const POOLS = [poolOf({ number: 0, venue: "raydium-cpmm" }), poolOf({ number: 1 })];
/** A reserve of USDC at which a pool pays 3 % more for SOL than the others. */
export const DEAR_USDC = 154_500_000_000n;
export const FOUND_AT_MICROS = 1_700_000_000_000_000;

export function record(state: TradingState, changedAtMicros = 1): TradingStateRecord {
	return { state, changedBy: "test", reason: "because", changedAtMicros };
}

/** A strategy actor on a real broker, between a feed and a risk that only speak their contracts. */
export class Desk {
	readonly broker: ServiceBroker;
	readonly runtime: RuntimeParts;
	readonly bus: Bus;
	readonly submitted: OrderIntent[] = [];
	readonly told: StrategyEvents["strategy.intent.submitted"][] = [];
	readonly logged: string[] = [];
	catalogsAsked = 0;
	snapshotsAsked = 0;
	statesAsked = 0;
	monotonicMicros = 0;
	/** What the peers answer. */
	catalog: Catalog = { shard: "main", catalogEpoch: 1, pools: POOLS, mints: [], lenders: [lenderOf()] };
	snapshot: () => Uint8Array = () => this.wholeMarket();
	tradingState: TradingStateRecord = record("active");
	verdict: (intent: OrderIntent) => Verdict | Promise<Verdict> = ({ intentId }) => ({ status: "approved", intentId });
	#sequence = 10;

	constructor(change: (config: Config) => Config = (config) => config, options: StrategyServiceOptions = {}) {
		this.broker = new ServiceBroker({ nodeID: "test-node", logger: false, requestTimeout: 200 });
		const ticks = createTickStream({ namespace: "test", natsUrl: null, name: "test-node" });
		this.runtime = {
			config: change(loadConfig({ environment: {} })),
			clock: { epochMicros: () => FOUND_AT_MICROS, monotonicMicros: () => this.monotonicMicros },
			random: seededRandom(7),
			ticks,
			nodeID: "test-node",
			fatal: (error) => {
				throw error;
			},
		};
		attachRuntime(this.broker, this.runtime);
		this.bus = new Bus(this.broker);
		const log = (line: string) => void this.logged.push(line);
		this.broker.getLogger = () => ({ ...this.broker.logger, warn: log, error: log }) as typeof this.broker.logger;
		this.broker.createService(strategy(this.broker, options));
		this.broker.createService({
			name: "listener",
			events: {
				"strategy.intent.submitted": (context: { params: StrategyEvents["strategy.intent.submitted"] }) =>
					void this.told.push(context.params),
			},
		});
	}

	/** Everything up and trading. */
	static async trading(change?: (config: Config) => Config, options?: StrategyServiceOptions): Promise<Desk> {
		const desk = new Desk(change, options);
		await Promise.all([desk.addFeed(), desk.addRisk(), desk.broker.start()]);
		await desk.until(async () => (await desk.status()).running);
		return desk;
	}

	addFeed(): Promise<void> {
		return this.#add({
			name: "feed",
			actions: {
				catalog: () => {
					this.catalogsAsked++;
					return this.catalog;
				},
				snapshot: () => {
					this.snapshotsAsked++;
					return { batch: this.snapshot(), next: null };
				},
			},
		});
	}

	addRisk(): Promise<void> {
		return this.#add({
			name: "risk",
			actions: {
				tradingState: () => {
					this.statesAsked++;
					return this.tradingState;
				},
				submitIntent: (context: { params: OrderIntent }) => {
					this.submitted.push(context.params);
					return this.verdict(context.params);
				},
			},
		});
	}

	async removeRisk(): Promise<void> {
		await this.broker.destroyService("risk");
	}

	status(): Promise<StrategyStatus> {
		return this.bus.call("strategy.status");
	}

	/** The market as of the last batch. */
	wholeMarket(): Uint8Array {
		const { catalogEpoch, pools } = this.catalog;
		const ticks = pools.map((_, poolIndex) => tickOf({ poolIndex }));
		return batchOf({ catalogEpoch, sequence: this.#sequence, snapshot: true }, ticks);
	}

	/** The feed's next batch, after so many that were lost. */
	publish(ticks: readonly Tick[], header: Partial<TickBatchHeader> = {}, lost = 0): void {
		this.#sequence += 1 + lost;
		const { shard, catalogEpoch } = this.catalog;
		this.runtime.ticks.publish(shard, batchOf({ catalogEpoch, sequence: this.#sequence, ...header }, ticks));
	}

	/** A batch with a gap worth taking: each time a different price, so that former quotes are spent. */
	publishGap(header: Partial<TickBatchHeader> = {}, lost = 0): void {
		const usdc = DEAR_USDC + BigInt(this.#sequence);
		const other = 150_000_000_000n - BigInt(this.#sequence);
		this.publish([tickOf({ poolIndex: 0, reserveB: usdc }), tickOf({ poolIndex: 1, reserveB: other })], header, lost);
	}

	settle({ intentId }: OrderIntent): Promise<unknown> {
		const signature = "signature" as Signature;
		const settlement = { intentId, outcome: "reverted" as const, signature, fill: null, executor: "x", timings: {} };
		return this.broker.emit("risk.settlement.booked", { settlement, signature });
	}

	/** Waits for something that happens in the background. */
	async until(condition: () => boolean | Promise<boolean>): Promise<void> {
		for (let turn = 0; turn < 1_000; turn++) {
			if (await condition()) return;
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		throw new Error(`waited in vain for ${condition}`);
	}

	/** Lets everything that was set off run to its end. */
	async quiet(): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, 20));
	}

	async #add(schema: ServiceSchema): Promise<void> {
		this.broker.createService(schema);
		if (!this.broker.started) return;
		await this.broker.waitForServices(schema.name, 5_000, 5);
	}
}

/** What a risk that cannot answer throws. */
export function unavailable(): Errors.MoleculerError {
	return new Errors.MoleculerError("the ledger cannot be read", 500, "LEDGER", null);
}
