import { setTimeout as sleep } from "node:timers/promises";
import type { Catalog, FeedStatus, MarketFreshness, SlotAdvanced, SnapshotBatch } from "../../broker/contracts/feed.ts";
import type { Config } from "../../config/schema.ts";
import type { PoolFee } from "../../core/execution/fee-policy.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import { MarketTable } from "../../core/market/market-table.ts";
import { SlotClock } from "../../core/market/slot-clock.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock, Random } from "../../core/types/clock.ts";
import { AccountReader } from "../../libs/solana/account-reader.ts";
import { Backoff } from "../../libs/solana/backoff.ts";
import { ProgramAddresses } from "../../libs/solana/program-address.ts";
import { endpointName } from "../../libs/solana/rpc-router/endpoint.ts";
import { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import { ChainHead } from "./chain-head.ts";
import { Discovery, type Skipped } from "./discovery.ts";
import { FeeWatch } from "./fee-watch.ts";
import { FeedConnection, type FeedCounters } from "./feed-connection.ts";
import { LenderReader } from "./lender-reader.ts";
import { LenderWatch } from "./lender-watch.ts";
import { type MarketPlan, MarketPlanner } from "./market-planner.ts";
import { TickPublisher } from "./tick-publisher.ts";

/** What a feed tells the rest of the system. */
export interface FeedListener {
	readonly onBatch: (batch: Uint8Array) => void;
	readonly onSlot: (head: SlotAdvanced) => void;
	readonly onFreshness: (freshness: MarketFreshness) => void;
	/** Pool indexes mean something new. */
	readonly onCatalog: (catalog: Catalog) => void;
	readonly onLenders: (lenders: readonly FlashLender[]) => void;
	readonly onFees: (fees: readonly PoolFee[]) => void;
}

export interface FeedLogger {
	info(message: string): void;
	warn(message: string): void;
}

export interface MarketFeedOptions {
	readonly config: Pick<
		Config,
		"chain" | "data_pipeline" | "data_folder" | "assets" | "flash_loans" | "risk" | "execution"
	>;
	readonly clock: Clock;
	readonly random: Random;
	readonly logger: FeedLogger;
	readonly listener: FeedListener;
	/** When the chain is searched a second time for pools; 10,000 unless given. */
	readonly searchAgainMs?: number;
}

/** Everything that belongs to one catalog. */
interface Market {
	readonly table: MarketTable;
	readonly slotClock: SlotClock;
	readonly head: ChainHead;
	readonly lenderWatch: LenderWatch;
	readonly feeWatch: FeeWatch;
	readonly connections: readonly FeedConnection[];
	catalog: Catalog;
}

/** The search is made a second time after so long: on a chain that is being set up the first may have come too early. */
const SEARCH_AGAIN_MS = 10_000;
const MILLIS_PER_SECOND = 1_000;
const MICROS_PER_SECOND = 1_000_000;

/** A shard's market: finds the pools, follows them, and tells. Begins again from nothing when the chain is another. */
export class MarketFeed {
	readonly #options: MarketFeedOptions;
	readonly #router: RpcRouter;
	readonly #reader: AccountReader;
	readonly #lenderReader: LenderReader;
	readonly #planner: MarketPlanner;
	readonly #addresses = new ProgramAddresses();
	readonly #publisher: TickPublisher;
	readonly #counters: FeedCounters = { updates: 0, outOfOrder: 0, undecodable: 0, reconnects: 0, refused: 0 };
	readonly #abort = new AbortController();
	#market: Market | null = null;
	#catalogEpoch = 0;
	#isFresh = false;
	#trouble = "";
	#searchAgain: NodeJS.Timeout | undefined;
	#endMarket: (() => void) | null = null;
	/** A pool is to be described anew. */
	#isOutdated = false;
	#isStarted = false;

	constructor(options: MarketFeedOptions) {
		const { config, clock, random, listener } = options;
		const { chain, data_pipeline, assets, flash_loans, risk } = config;
		this.#options = options;
		this.#router = new RpcRouter({ chain, clock, random });
		this.#reader = new AccountReader({ rpc: this.#router.rpc, timeoutMs: chain.request_timeout_ms });
		this.#lenderReader = new LenderReader(
			this.#reader,
			flash_loans.reserves.map((reserve) => reserve as Address),
		);
		const discovery = new Discovery({
			reader: this.#reader,
			assets: assets.map(({ symbol, mint, decimals }) => ({ symbol, mint: mint as Address, decimals })),
			allowUnlistedMints: risk.allow_unlisted_mints,
			maximumPools: data_pipeline.max_pools,
		});
		this.#planner = new MarketPlanner({
			config,
			discovery,
			lenderReader: this.#lenderReader,
			genesisHash: () => this.#genesisHash(),
		});
		this.#publisher = new TickPublisher({ clock, publish: listener.onBatch });
	}

	/** Begins in the background: nothing here waits for the chain. */
	start(): void {
		if (this.#isStarted) return;
		this.#isStarted = true;
		this.#router.start();
		void this.#run();
	}

	/** Ends at once. Idempotent. */
	stop(): void {
		this.#abort.abort();
		this.#router.stop();
		this.#endMarket?.();
		this.#takeDown();
	}

	/** What is followed now; empty, with epoch 0, before the first market. */
	catalog(): Catalog {
		return this.#market?.catalog ?? { shard: this.#shard, catalogEpoch: 0, pools: [], mints: [], lenders: [] };
	}

	/** A page of the whole market, from a row on; empty, with epoch 0, before the first market. */
	snapshot(from: number): SnapshotBatch {
		return this.#publisher.snapshot(from);
	}

	status(): FeedStatus {
		const { updates, outOfOrder, undecodable, reconnects } = this.#counters;
		return {
			shard: this.#shard,
			connected: this.#isFresh,
			slot: Math.max(0, this.#market?.slotClock.slot ?? 0),
			pools: this.#market?.table.rows ?? 0,
			stalePools: this.#market?.table.staleRows ?? 0,
			updates,
			outOfOrder,
			undecodable,
			reconnects,
		};
	}

	get #shard(): string {
		return this.#options.config.data_pipeline.shard;
	}

	async #run(): Promise<void> {
		while (!this.#abort.signal.aborted) {
			const plan = await this.#planUntilFound();
			if (!plan) return;
			const over = new Promise<void>((end) => {
				this.#endMarket = end;
			});
			this.#install(plan);
			await over;
			this.#takeDown();
		}
	}

	/** Null when stopped. */
	async #planUntilFound(): Promise<MarketPlan | null> {
		const { config, random } = this.#options;
		const { reconnect_min_ms, reconnect_max_ms } = config.data_pipeline;
		const backoff = new Backoff({ minMs: reconnect_min_ms, maxMs: reconnect_max_ms, random });
		while (!this.#abort.signal.aborted) {
			try {
				const plan = await this.#planner.plan(this.#abort.signal);
				if (this.#abort.signal.aborted) return null;
				if (plan.pools.length > 0) return plan;
				this.#noteTrouble(`no pool to follow yet${countsOf(plan.skipped)}`);
			} catch (error) {
				this.#noteTrouble(`${endpointName(config.chain.rpc_url)} gives no market yet: ${(error as Error).message}`);
			}
			await this.#sleep(backoff.nextMs());
		}
		return null;
	}

	#install(plan: MarketPlan): void {
		const { logger, listener, clock } = this.#options;
		const { pools, mints, lenders } = plan;
		const catalogEpoch = this.#nextEpoch();
		const catalog: Catalog = { shard: this.#shard, catalogEpoch, pools, mints, lenders };
		const table = new MarketTable(pools);
		const slotClock = new SlotClock();
		const head = this.#makeHead();
		const lenderWatch = this.#makeLenderWatch(plan);
		const feeWatch = this.#makeFeeWatch(plan);
		const connections = this.#makeConnections(plan, { table, slotClock, head, lenderWatch, feeWatch });
		this.#market = { table, slotClock, head, lenderWatch, feeWatch, connections, catalog };
		this.#publisher.install({
			catalogEpoch,
			table,
			slot: () => Math.max(0, slotClock.slot),
			chainSeconds: () => head.chainSeconds,
			epoch: () => head.epoch,
		});
		this.#trouble = "";
		this.#isOutdated = false;
		const size = `${pools.length} pools over ${connections.length} connections, ${lenders.length} lenders`;
		logger.info(`Following ${size}${countsOf(plan.skipped)}`);
		listener.onCatalog(catalog);
		for (const connection of connections) connection.start();
		this.#publisher.changed(clock.epochMicros());
		this.#planner.keep(plan).catch((error: Error) => logger.warn(error.message));
		this.#searchLater(plan, this.#options.searchAgainMs ?? SEARCH_AGAIN_MS);
	}

	#makeHead(): ChainHead {
		const { config, listener } = this.#options;
		return new ChainHead({
			rpc: this.#router.rpc,
			reader: this.#reader,
			requestTimeoutMs: config.chain.request_timeout_ms,
			maximumAgeSlots: config.data_pipeline.stale_after_slots,
			onAdvanced: (head) => listener.onSlot({ shard: this.#shard, ...head }),
			onTrouble: (reason) => this.#noteTrouble(reason),
		});
	}

	#makeLenderWatch({ lenders, refusedLenders }: MarketPlan): LenderWatch {
		const { logger, listener } = this.#options;
		return new LenderWatch({
			reader: this.#lenderReader,
			lenders,
			refusals: refusedLenders,
			onChanged: (changed) => {
				if (!this.#market) return;
				this.#market.catalog = { ...this.#market.catalog, lenders: changed };
				listener.onLenders(changed);
			},
			onRefused: (refusals) => {
				const names = refusals.map(({ reserve, code }) => `${reserve} (${code})`).join(", ");
				logger.warn(`flash_loans.reserves that cannot lend: ${names}`);
			},
			onTrouble: (reason) => this.#noteTrouble(reason),
		});
	}

	#makeFeeWatch({ pools }: MarketPlan): FeeWatch {
		const { config, listener } = this.#options;
		return new FeeWatch({
			rpc: this.#router.rpc,
			pools,
			percentile: config.execution.priority_fee_percentile,
			timeoutMs: config.chain.request_timeout_ms,
			onFees: (fees) => listener.onFees(fees),
			onTrouble: (reason) => this.#noteTrouble(reason),
		});
	}

	#makeConnections(
		plan: MarketPlan,
		{ table, slotClock, head, lenderWatch, feeWatch }: Omit<Market, "connections" | "catalog">,
	): FeedConnection[] {
		const { config, clock, random } = this.#options;
		const { max_concurrent_feeds, reconnect_min_ms, reconnect_max_ms, stale_after_slots } = config.data_pipeline;
		const { pools, genesisHash } = plan;
		const shares: number[][] = Array.from({ length: Math.min(max_concurrent_feeds, pools.length) }, () => []);
		for (const row of pools.keys()) shares[row % shares.length]!.push(row);
		const onSlot = (slot: number, receivedAtMicros: number): void => {
			if (!slotClock.observe(slot, clock.monotonicMicros())) return;
			head.advance(slot, receivedAtMicros);
			lenderWatch.advance(slot);
			feeWatch.advance(slot);
		};
		return shares.map(
			(rows) =>
				new FeedConnection({
					url: config.chain.ws_url,
					clock,
					random,
					reconnectMinMs: reconnect_min_ms,
					reconnectMaxMs: reconnect_max_ms,
					staleAfterSlots: stale_after_slots,
					rows,
					table,
					addresses: this.#addresses,
					reader: this.#reader,
					slotClock,
					counters: this.#counters,
					isSameChain: async () => (await this.#genesisHash()) === genesisHash,
					onSlot,
					onChanged: (receivedAtMicros) => this.#publisher.changed(receivedAtMicros),
					onOutdated: () => this.#describeLater(plan),
					onFresh: () => this.#tellFreshness("all accounts were read and slots arrive"),
					onStale: (reason) => this.#tellFreshness(reason),
					onLost: (reason) => this.#beginAgain(reason),
					onTrouble: (reason) => this.#noteTrouble(reason),
				}),
		);
	}

	#tellFreshness(reason: string): void {
		// The ticks go out before the word about them.
		this.#publisher.flush();
		const fresh = this.#market?.connections.every(({ isFresh }) => isFresh) ?? false;
		if (fresh === this.#isFresh) return;
		this.#isFresh = fresh;
		if (fresh) this.#trouble = "";
		else this.#options.logger.warn(`Market data is stale: ${reason}`);
		this.#options.listener.onFreshness({ shard: this.#shard, fresh, reason });
	}

	#beginAgain(reason: string): void {
		this.#options.logger.warn(`Reading the market from the beginning: ${reason}`);
		this.#endMarket?.();
	}

	#takeDown(): void {
		const market = this.#market;
		clearTimeout(this.#searchAgain);
		if (!market) return;
		this.#market = null;
		market.head.stop();
		market.lenderWatch.stop();
		market.feeWatch.stop();
		for (const connection of market.connections) connection.stop();
		this.#publisher.install(null);
		if (!this.#isFresh) return;
		this.#isFresh = false;
		this.#options.listener.onFreshness({ shard: this.#shard, fresh: false, reason: "the feed stopped" });
	}

	#searchLater(plan: MarketPlan, waitMs: number): void {
		this.#searchAgain = setTimeout(() => void this.#searchForMore(plan), waitMs);
	}

	/** Soon, but not at once: whoever can change such accounts would otherwise have the market read without an end. */
	#describeLater(plan: MarketPlan): void {
		if (this.#isOutdated) return;
		this.#isOutdated = true;
		clearTimeout(this.#searchAgain);
		this.#searchLater(plan, this.#options.searchAgainMs ?? SEARCH_AGAIN_MS);
	}

	async #searchForMore(plan: MarketPlan): Promise<void> {
		const market = this.#market;
		if (market?.table.isOutdated) {
			this.#beginAgain("a pool's account says something else than its description");
			return;
		}
		// It says again what it said.
		this.#isOutdated = false;
		try {
			const more = await this.#planner.moreThan(plan, this.#abort.signal);
			if (!more) return;
			await this.#planner.keep(more);
			this.#beginAgain(`${more.pools.length} pools were found where there were ${plan.pools.length}`);
		} catch (error) {
			this.#noteTrouble(`the search for further pools failed: ${(error as Error).message}`);
		} finally {
			const intervalMs = this.#options.config.data_pipeline.search_interval_seconds * MILLIS_PER_SECOND;
			// Not for a market that was taken down meanwhile: the one after it searches by itself.
			if (intervalMs > 0 && market !== null && this.#market === market) this.#searchLater(plan, intervalMs);
		}
	}

	/** Never the same twice, not even after a restart: a listener must not take old indexes for new ones. */
	#nextEpoch(): number {
		const seconds = Math.floor(this.#options.clock.epochMicros() / MICROS_PER_SECOND);
		this.#catalogEpoch = Math.max(this.#catalogEpoch + 1, seconds);
		return this.#catalogEpoch;
	}

	async #genesisHash(): Promise<string> {
		const timeout = AbortSignal.timeout(this.#options.config.chain.request_timeout_ms);
		const abortSignal = AbortSignal.any([this.#abort.signal, timeout]);
		return await this.#router.rpc.getGenesisHash().send({ abortSignal });
	}

	/** The same trouble is told once, until something else happens. */
	#noteTrouble(reason: string): void {
		if (reason === this.#trouble || this.#abort.signal.aborted) return;
		this.#trouble = reason;
		this.#options.logger.info(`Feed: ${reason}`);
	}

	/** Waits, or returns at once when stopped. */
	async #sleep(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => {});
	}
}

function countsOf(skipped: Skipped): string {
	const parts = Object.entries(skipped).map(([code, count]) => `${count} ${code}`);
	return parts.length === 0 ? "" : ` (left out: ${parts.join(", ")})`;
}
