import { join } from "node:path";
import { Errors } from "moleculer";
import type { Bus } from "../../broker/bus.ts";
import type { Catalog, FeedEvents, MarketFreshness, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type {
	Books,
	Drawdown,
	IntentOutcome,
	Position,
	RiskStatus,
	StrategyEnabling,
	TradingStateChange,
	Verdict,
} from "../../broker/contracts/risk.ts";
import type { Runtime } from "../../broker/runtime.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import { LedgerState } from "../../core/risk/ledger-state.ts";
import type { RiskLimits } from "../../core/risk/limits.ts";
import { MarketWatch } from "../../core/risk/market-watch.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { loadApprovalKey } from "../../libs/approval-key.ts";
import { ApprovalSeal } from "../../libs/approval-seal.ts";
import type { OpenSegment } from "../../libs/journal/segment-file.ts";
import { createMessageMac } from "../../libs/message-mac.ts";
import { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import { MarketReplica } from "../../mixins/market-replica.ts";
import { BookKeeper } from "./book-keeper.ts";
import { ChainReader } from "./chain-reader.ts";
import { ExecutorRoster } from "./executor-roster.ts";
import { ForkWatch } from "./fork-watch.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { Ledger } from "./ledger.ts";
import { MintNames } from "./mint-names.ts";
import { OutcomeWatch } from "./outcome-watch.ts";
import { Reconciler } from "./reconciler.ts";
import { type Recovered, Recovery } from "./recovery.ts";
import { RiskDesk } from "./risk-desk.ts";
import type { RiskLogger } from "./risk-logger.ts";
import { Settlements } from "./settlements.ts";
import { StrategyThrottle } from "./strategy-throttle.ts";
import { TradingStateLatch } from "./trading-state-latch.ts";

export interface RiskOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly limits: RiskLimits;
	readonly logger: RiskLogger;
	/** How the ledger's files are opened; tests give a disk that fails. */
	readonly openSegment?: OpenSegment;
}

const STATE_FILE = "trading-state.json";
/** Who joined late learns the state within this time. */
const STATE_INTERVAL_MS = 1_000;
const NO_LEDGER = new LedgerState();
const ASK_TIMEOUT_MS = 1_000;
const LONGEST_REASON = 480;

/** The risk actor's inside: wires gate, ledger, kill switch, reconciliation and books. */
export class Risk {
	readonly #options: RiskOptions;
	readonly #abort = new AbortController();
	readonly #market = new MarketWatch();
	readonly #roster: ExecutorRoster;
	readonly #names: MintNames;
	readonly #desk: RiskDesk;
	/** Tells reference prices, and nothing else: intents carry their own quotes. */
	readonly #replica: MarketReplica;
	readonly #router: RpcRouter;
	readonly #chain: ChainReader;
	readonly #recovery: Recovery;
	#latch: TradingStateLatch | null = null;
	#latchLoading: Promise<TradingStateLatch> | null = null;
	#settlements: Settlements | null = null;
	#throttle: StrategyThrottle | null = null;
	#bookKeeper: BookKeeper | null = null;
	#outcomes: OutcomeWatch | null = null;
	#forks: ForkWatch | null = null;
	#stateTimer: NodeJS.Timeout | null = null;
	#disagreed = false;
	#seal: ApprovalSeal | null = null;
	#lease: LeaseKeeper | null = null;
	#stopWatching = () => {};

	constructor(options: RiskOptions) {
		const { bus, limits, logger, runtime } = options;
		const { config, clock, random } = runtime;
		this.#options = options;
		this.#roster = new ExecutorRoster(logger);
		this.#names = new MintNames(config.assets);
		this.#router = new RpcRouter({
			chain: config.chain,
			clock,
			random,
			onDisagreement: (detail) => this.#chainDisagreed(`Risk's RPC endpoints disagree: ${detail}`),
		});
		this.#chain = new ChainReader({
			router: this.#router,
			timeoutMs: config.chain.request_timeout_ms,
			signal: this.#abort.signal,
		});
		this.#replica = new MarketReplica({
			shard: config.data_pipeline.shard,
			bus,
			ticks: runtime.ticks,
			random,
			onApplied: () => this.#replica.settlePrices(),
			onDefect: (error) => logger.error(`Risk's market: ${error.stack ?? error.message}`),
		});
		this.#desk = new RiskDesk({
			bus,
			clock,
			logger,
			limits,
			market: this.#market,
			prices: this.#replica,
			tradingState: () => this.#latch?.record.state ?? "halted",
			wallet: () => this.#roster.wallet(),
			onReleased: () => this.#bookKeeper?.reservationEnded(),
		});
		this.#recovery = new Recovery({
			dataFolder: config.data_folder,
			chain: this.#chain,
			clock,
			random,
			logger,
			askReadyWallet: () => this.#askReadyWallet(),
			openSegment: options.openSegment,
			onEpoch: (ledger) => this.#vouch(ledger),
			reconcilerOf: (ledger) => this.#reconcilerOf(ledger),
		});
	}

	/** Loads the trading state and begins to recover. Returns before recovery is done. */
	async start(): Promise<void> {
		const { bus, logger, runtime } = this.#options;
		this.#router.start();
		this.#replica.start();
		const latch = await this.#loadLatch();
		if (latch.record.state !== "active") logger.warn(`Trading is ${latch.record.state}: ${latch.record.reason}`);
		this.#stopWatching = runtime.killSwitch.watch((why) => this.#onKill(latch, why));
		bus.broadcast("risk.state.changed", latch.record);
		this.#stateTimer = setInterval(() => bus.broadcast("risk.state.changed", latch.record), STATE_INTERVAL_MS).unref();
		void this.#recover()
			.catch((error: Error) => {
				if (!this.#abort.signal.aborted) runtime.fatal(error);
			})
			.catch((error: Error) => logger.error(error.message));
	}

	/** Idempotent. */
	async stop(): Promise<void> {
		this.#abort.abort();
		this.#replica.stop();
		this.#router.stop();
		if (this.#stateTimer) clearInterval(this.#stateTimer);
		this.#stateTimer = null;
		this.#stopWatching();
		this.#lease?.stop();
		this.#outcomes?.stop();
		this.#forks?.stop();
		this.#bookKeeper?.stop();
		await this.#recovery.stop();
	}

	submit(candidate: unknown): Promise<Verdict> {
		return this.#desk.submit(candidate);
	}

	/** Halted on disk, and nothing that was approved can be signed any more. */
	async halt(change: TradingStateChange): Promise<TradingStateRecord> {
		const latch = await this.#loadLatch();
		const [record] = await Promise.all([latch.halt(change), this.#desk.quiet()]);
		this.#options.logger.warn(`Trading is halted by ${change.by}: ${change.reason}`);
		return record;
	}

	/** @throws MoleculerClientError while the kill switch's file is there */
	async resume(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#release(change, (latch) => latch.resume(change));
	}

	/**
	 * Only what lowers exposure from now on.
	 *
	 * @throws MoleculerClientError while the kill switch's file is there
	 */
	async reduce(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#release(change, (latch) => latch.reduce(change));
	}

	async tradingState(): Promise<TradingStateRecord> {
		return (await this.#loadLatch()).record;
	}

	async status(): Promise<RiskStatus> {
		const state = this.#state;
		const { landed, reverted, expired } = state.counters;
		const height = this.#market.blockHeight;
		const unknown = [...state.reservations].filter(({ lastValidBlockHeight }) => lastValidBlockHeight < height);
		return {
			tradingState: await this.tradingState(),
			riskEpoch: state.epoch,
			recovering: !this.#desk.isOpen,
			...this.#desk.counts,
			inFlight: state.openCount,
			landed,
			reverted,
			expired,
			unknown: unknown.length,
			uses: this.#desk.uses(),
			throttled: state.throttledStrategies,
		};
	}

	books(): Books {
		return this.#bookKeeper?.books ?? { slot: 0, lines: [], inFlight: 0 };
	}

	positions(): readonly Position[] {
		const state = this.#state;
		const nowMicros = this.#options.runtime.clock.epochMicros();
		const mints = new Set([...state.mints, ...this.#options.limits.byMint.keys()]);
		return this.#names.sorted(mints).map((mint) => {
			const { fills, fees, tips, loanFees, realised } = state.totals(mint);
			return {
				mint,
				...this.#names.of(mint),
				balance: state.capital(mint) + fills - fees - tips - loanFees,
				reserved: state.inFlightNotional(mint) + (mint === SOL_MINT ? state.feesAtStake : 0n),
				realised,
				realisedToday: state.realisedToday(mint, nowMicros),
			};
		});
	}

	/** A person switches a strategy on again that failed too often. */
	enableStrategy(enabling: StrategyEnabling): { readonly throttled: readonly string[] } {
		if (!this.#throttle) {
			throw new Errors.MoleculerClientError("risk is recovering: ask again in a moment", 503, "RECOVERING");
		}
		this.#throttle.enable(enabling);
		return { throttled: this.#state.throttledStrategies };
	}

	/** A person has understood the fall from the equity peak. */
	resetPeak({ by, reason }: TradingStateChange): { readonly drawdowns: readonly Drawdown[] } {
		const { ledger } = this.#recovery;
		if (!ledger) throw new Errors.MoleculerClientError("risk is recovering: ask again in a moment", 503, "RECOVERING");
		const { limits, logger, runtime } = this.#options;
		ledger.record({ type: "peakReset", by, reason, atMicros: runtime.clock.epochMicros() });
		logger.warn(`The equity peak is reset by ${by}: ${reason}`);
		return { drawdowns: [...limits.byMint.keys()].map((mint) => ({ mint, amount: ledger.state.drawdown(mint) })) };
	}

	/** What became of an intent, as far as the ledger knows. */
	outcome(intentId: IntentId): IntentOutcome {
		if (!this.#desk.isOpen) return { status: "recovering" };
		if (this.#state.reservation(intentId)) return { status: "open" };
		const ended = this.#state.ended(intentId);
		return ended ? { status: "ended", ...ended } : { status: "unknown" };
	}

	/** An executor told how a submission ended. */
	settled(settlement: unknown): void {
		const result = this.#settlements?.settle(settlement);
		// Before recovery, and for what this ledger does not know, the chain's history tells.
		if (result === "unknown" || result === "contradiction") this.#outcomes?.look();
		if (result === "doubted") this.#forks?.look();
	}

	slotAdvanced(notice: SlotAdvanced): void {
		this.#market.heard(notice, this.#options.runtime.clock.monotonicMicros());
	}

	marketChanged(notice: MarketFreshness): void {
		this.#market.freshnessChanged(notice, this.#options.runtime.clock.monotonicMicros());
	}

	executorReady(executor: string, wallet: Address): void {
		this.#roster.heard(executor, wallet);
		this.#lease?.renew();
	}

	/** Two of an executor's RPC endpoints told different truths about money. */
	executorDisagreed(executor: string, detail: string): void {
		this.#chainDisagreed(`The RPC endpoints of executor ${executor} disagree: ${detail}`);
	}

	catalogChanged(change: FeedEvents["feed.catalog.changed"]): void {
		this.#replica.onCatalogChanged(change);
		this.#askNames();
	}

	/** Names of mints, pools and lenders are asked for again. Nothing of money waits for them. */
	#askNames(): void {
		const options = { timeout: ASK_TIMEOUT_MS, retries: 0 };
		this.#options.bus.call("feed.catalog", undefined, options).then(
			(catalog: Catalog) => this.#names.learn(catalog),
			() => {},
		);
	}

	get #state(): LedgerState {
		return this.#recovery.ledger?.state ?? NO_LEDGER;
	}

	async #release(
		change: TradingStateChange,
		act: (latch: TradingStateLatch) => Promise<TradingStateRecord>,
	): Promise<TradingStateRecord> {
		const latch = await this.#loadLatch();
		const { killSwitch } = this.#options.runtime;
		if (killSwitch.look() !== null) {
			const message = `trading stays halted: remove ${killSwitch.path} on the machine of risk, then ask again`;
			throw new Errors.MoleculerClientError(message, 409, "KILL_SWITCH");
		}
		const record = await act(latch);
		this.#options.logger.warn(`Trading is ${record.state}, asked by ${change.by}: ${change.reason}`);
		return record;
	}

	#loadLatch(): Promise<TradingStateLatch> {
		const { bus, runtime } = this.#options;
		this.#latchLoading ??= TradingStateLatch.load({
			path: join(runtime.config.data_folder, STATE_FILE),
			clock: runtime.clock,
			onChange: (record) => bus.broadcast("risk.state.changed", record),
		}).then((latch) => {
			this.#latch = latch;
			return latch;
		});
		return this.#latchLoading;
	}

	async #recover(): Promise<void> {
		const { config, vault } = this.#options.runtime;
		const { approval_key: configured } = config.security;
		const key = await loadApprovalKey({ configured, dataFolder: config.data_folder, vault });
		this.#seal = new ApprovalSeal(await createMessageMac(key));
		const recovered = await this.#recovery.run();
		if (recovered) this.#open(recovered);
	}

	/** From here on executors hear that this risk is in charge, so that they can make their preparations. */
	#vouch(ledger: Ledger): void {
		const { bus, runtime } = this.#options;
		this.#lease = new LeaseKeeper({
			epoch: ledger.state.epoch,
			seal: this.#seal as ApprovalSeal,
			clock: runtime.clock,
			leaseMs: runtime.config.risk.lease_ms,
			isSound: () => ledger.failure === null,
			onLease: (lease) => bus.broadcast("risk.lease.renewed", lease),
		});
		if (!this.#abort.signal.aborted) this.#lease.start();
	}

	#open({ ledger, reconciler }: Recovered): void {
		const { bus, limits, logger, runtime } = this.#options;
		const { wallet } = ledger.state;
		if (wallet === null) throw new Error("a recovered ledger has no wallet");
		this.#roster.bindTo(wallet);
		const forks = new ForkWatch({
			ledger,
			chain: this.#chain,
			clock: runtime.clock,
			logger,
			onFinal: (signature) => this.#settlements?.finalized(signature),
			onMissing: () => this.#outcomes?.look(),
			onIrreversible: (reason) => this.#haltBySystem(`The books are wrong: ${reason}.`),
			onReversed: (signature, intentId) => {
				this.#settlements?.reversed(signature);
				this.#bookKeeper?.bookingReversed();
				bus.broadcast("risk.settlement.reversed", { signature, intentId });
				// In another block it did what it did there; in none it may still land, or expire.
				this.#outcomes?.look();
			},
		});
		this.#forks = forks;
		this.#bookKeeper = new BookKeeper({
			ledger,
			chain: this.#chain,
			reconciler,
			logger,
			finalSlot: () => forks.finalSlot,
			intervalMs: runtime.config.risk.books_interval_ms,
			names: this.#names,
			fundingMints: [...limits.byMint.keys()],
			onCut: (books) => {
				bus.broadcast("risk.books.cut", books);
				// Only now is the ledger reconciled to the unit. Where it is not, trading was halted before.
				this.#desk.open(ledger, this.#seal as ApprovalSeal);
			},
			onDifference: (reason) => this.#haltBySystem(`The books are wrong: ${reason}.`),
		});
		this.#outcomes = new OutcomeWatch({
			ledger,
			reconciler,
			clock: runtime.clock,
			logger,
			hasExecutor: () => "address" in this.#roster.wallet(),
			askWallet: () => this.#askWallet(),
			askCatalog: () => {
				if (!this.#names.hasCatalog) this.#askNames();
			},
		});
		void forks.run();
		void this.#outcomes.run();
		void this.#bookKeeper.run();
		logger.info(`Risk is ready: wallet ${wallet}, ledger opened at slot ${ledger.state.openedSlot}.`);
	}

	#reconcilerOf(ledger: Ledger): Reconciler {
		const { bus, logger, runtime } = this.#options;
		const throttle = new StrategyThrottle({
			ledger,
			limits: this.#options.limits.throttle,
			clock: runtime.clock,
			logger,
		});
		this.#throttle = throttle;
		const settlements = new Settlements({
			ledger,
			clock: runtime.clock,
			logger,
			onBooked: (settlement: Settlement, strategy: string) => {
				throttle.ended(strategy, settlement.outcome);
				this.#desk.settled(settlement.intentId);
				this.#bookKeeper?.reservationEnded();
				bus.broadcast("risk.settlement.booked", { settlement, signature: settlement.signature });
			},
			onContradiction: (reason) => this.#haltBySystem(`Two tellings differ: ${reason}.`),
		});
		this.#settlements = settlements;
		return new Reconciler({
			ledger,
			chain: this.#chain,
			settlements,
			market: () => this.#names.market,
			tipAccounts: runtime.config.risk.tip_accounts as readonly string[] as readonly Address[],
			signatureOf: (intentId) => this.#desk.signatureOf(intentId),
		});
	}

	async #askWallet(): Promise<Address | null> {
		const options = { timeout: ASK_TIMEOUT_MS, retries: 0 };
		const told = await this.#options.bus.call("executor.describe", undefined, options);
		this.#roster.heard(told.executor, told.wallet);
		return told.wallet;
	}

	async #askReadyWallet(): Promise<Address | null> {
		const options = { timeout: ASK_TIMEOUT_MS, retries: 0 };
		const { executor, wallet, recovering } = await this.#options.bus.call("executor.status", undefined, options);
		this.#roster.heard(executor, wallet);
		return recovering ? null : wallet;
	}

	#onKill(latch: TradingStateLatch, reason: string): void {
		const { logger } = this.#options;
		logger.warn(`The kill switch: ${reason}`);
		latch.halt({ by: "kill switch", reason }).catch((error: Error) => logger.error(error.message));
	}

	/** The same disagreement shows in every look at the books until it is mended: it is told once. */
	#chainDisagreed(reason: string): void {
		if (this.#latch?.record.state === "halted" && this.#disagreed) return;
		this.#disagreed = true;
		this.#haltBySystem(`${reason.slice(0, LONGEST_REASON)}.`);
	}

	#haltBySystem(reason: string): void {
		const { logger } = this.#options;
		if (this.#latch?.record.state === "halted") {
			logger.error(reason);
			return;
		}
		logger.error(`${reason} Trading is halted. Find the cause, then resume.`);
		this.#latch?.halt({ by: "risk", reason }).catch((error: Error) => logger.error(error.message));
	}
}
