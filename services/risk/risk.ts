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
import { readKnownTable } from "../../core/execution/lookup-table.ts";
import { LedgerState } from "../../core/risk/ledger-state.ts";
import type { RiskLimits } from "../../core/risk/limits.ts";
import { MarketWatch } from "../../core/risk/market-watch.ts";
import { TableChoice } from "../../core/risk/table-choice.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { loadApprovalKey } from "../../libs/approval-key.ts";
import { ApprovalSeal } from "../../libs/approval-seal.ts";
import type { OpenSegment } from "../../libs/journal/segment-file.ts";
import { createMessageMac } from "../../libs/message-mac.ts";
import { SettlementSeal } from "../../libs/settlement-seal.ts";
import { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import { MarketReplica } from "../../mixins/market-replica.ts";
import { BlockhashBound } from "./blockhash-bound.ts";
import { ChainReader } from "./chain-reader.ts";
import { ExecutorRoster } from "./executor-roster.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import type { Ledger } from "./ledger.ts";
import { LedgerUpkeep } from "./ledger-upkeep.ts";
import { MintNames } from "./mint-names.ts";
import { Recovery } from "./recovery.ts";
import { RiskDesk } from "./risk-desk.ts";
import type { RiskLogger } from "./risk-logger.ts";
import { RiskReport } from "./risk-report.ts";
import { TradingSwitch } from "./trading-switch.ts";

export interface RiskOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly limits: RiskLimits;
	readonly logger: RiskLogger;
	/** How the ledger's files are opened; tests give a disk that fails. */
	readonly openSegment?: OpenSegment;
}

const NO_LEDGER = new LedgerState();
const ASK_TIMEOUT_MS = 1_000;

/** The risk actor's inside: wires gate, ledger, kill switch, reconciliation and books. */
export class Risk {
	readonly #options: RiskOptions;
	readonly #abort = new AbortController();
	readonly #market = new MarketWatch();
	readonly #tables = new TableChoice();
	readonly #roster: ExecutorRoster;
	readonly #names: MintNames;
	readonly #desk: RiskDesk;
	/** Tells reference prices, and nothing else: intents carry their own quotes. */
	readonly #replica: MarketReplica;
	readonly #router: RpcRouter;
	readonly #chain: ChainReader;
	readonly #recovery: Recovery;
	readonly #switch: TradingSwitch;
	readonly #report: RiskReport;
	readonly #blockhashes: BlockhashBound;
	#upkeep: LedgerUpkeep | null = null;
	#seal: ApprovalSeal | null = null;
	#settlementSeal: SettlementSeal | null = null;
	#lease: LeaseKeeper | null = null;

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
			onDisagreement: (detail) => this.#switch.chainDisagreed(`Risk's RPC endpoints disagree: ${detail}`),
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
			onCatalog: (_book, catalog) => this.#tables.marketChanged(catalog),
			onApplied: () => this.#replica.settlePrices(),
			onDefect: (error) => logger.error(`Risk's market: ${error.stack ?? error.message}`),
		});
		this.#switch = new TradingSwitch({ runtime, bus, logger, quiet: () => this.#desk.quiet() });
		this.#blockhashes = new BlockhashBound({
			clock,
			logger,
			height: () => this.#chain.processedHeight(),
			onNotice: (notice) => this.#market.heard(notice, clock.monotonicMicros()),
		});
		this.#desk = new RiskDesk({
			bus,
			clock,
			logger,
			limits,
			market: this.#market,
			prices: this.#replica,
			tradingState: () => this.#switch.state,
			wallet: () => this.#roster.wallet(),
			lookupTable: (intent) => this.#tables.choose(intent),
			onReleased: () => this.#upkeep?.reservationEnded(),
		});
		this.#report = new RiskReport({
			state: () => this.#state,
			desk: this.#desk,
			market: this.#market,
			names: this.#names,
			limits,
			clock,
			forgedSettlements: () => this.#upkeep?.forged ?? 0,
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
			reconcilerOf: (ledger) => this.#careFor(ledger).reconciler,
		});
	}

	/** Loads the trading state and begins to recover. Returns before recovery is done. */
	async start(): Promise<void> {
		const { logger, runtime } = this.#options;
		this.#router.start();
		this.#replica.start();
		await this.#switch.start();
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
		this.#switch.stop();
		this.#lease?.stop();
		this.#upkeep?.stop();
		await this.#recovery.stop();
	}

	submit(candidate: unknown): Promise<Verdict> {
		return this.#desk.submit(candidate);
	}

	halt(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#switch.halt(change);
	}

	resume(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#switch.resume(change);
	}

	reduce(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#switch.reduce(change);
	}

	tradingState(): Promise<TradingStateRecord> {
		return this.#switch.record();
	}

	async status(): Promise<RiskStatus> {
		return this.#report.status(await this.#switch.record());
	}

	books(): Books {
		return this.#upkeep?.books ?? { slot: 0, lines: [], inFlight: 0 };
	}

	positions(): readonly Position[] {
		return this.#report.positions();
	}

	/** A person switches a strategy on again that failed too often. */
	enableStrategy(enabling: StrategyEnabling): { readonly throttled: readonly string[] } {
		if (!this.#upkeep) {
			throw new Errors.MoleculerClientError("risk is recovering: ask again in a moment", 503, "RECOVERING");
		}
		this.#upkeep.throttle.enable(enabling);
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

	outcome(intentId: IntentId): IntentOutcome {
		return this.#report.outcome(intentId);
	}

	/** Somebody told how a submission ended. */
	settled(settlement: unknown): void {
		// Before recovery the chain's history tells.
		this.#upkeep?.hear(settlement);
	}

	slotAdvanced(notice: SlotAdvanced): void {
		this.#blockhashes.hear(notice);
	}

	marketChanged(notice: MarketFreshness): void {
		this.#market.freshnessChanged(notice, this.#options.runtime.clock.monotonicMicros());
	}

	/** @param lookupTable as it came from the bus */
	executorReady(executor: string, wallet: Address, lookupTable: unknown): void {
		this.#roster.heard(executor, wallet);
		this.#lease?.renew();
		const table = readKnownTable(lookupTable);
		if (table.ok && this.#roster.signsForLedger(executor)) this.#tables.heard(executor, table.value);
	}

	/** Two of an executor's RPC endpoints told different truths about money. */
	executorDisagreed(executor: string, detail: string): void {
		this.#switch.chainDisagreed(`The RPC endpoints of executor ${executor} disagree: ${detail}`);
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

	async #recover(): Promise<void> {
		const { config, vault } = this.#options.runtime;
		const { approval_key: configured } = config.security;
		const key = await loadApprovalKey({ configured, dataFolder: config.data_folder, vault });
		const mac = await createMessageMac(key);
		this.#seal = new ApprovalSeal(mac);
		this.#settlementSeal = new SettlementSeal(mac);
		const recovered = await this.#recovery.run();
		if (recovered) this.#open(recovered.ledger);
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

	/** The ledger equals the wallet's history, and is kept so from here on. */
	#open(ledger: Ledger): void {
		const { wallet, openedSlot } = ledger.state;
		if (wallet === null) throw new Error("a recovered ledger has no wallet");
		this.#roster.bindTo(wallet);
		this.#upkeep?.start();
		this.#options.logger.info(`Risk is ready: wallet ${wallet}, ledger opened at slot ${openedSlot}.`);
	}

	#careFor(ledger: Ledger): LedgerUpkeep {
		const { bus, limits, logger, runtime } = this.#options;
		this.#upkeep = new LedgerUpkeep({
			ledger,
			chain: this.#chain,
			runtime,
			bus,
			limits,
			logger,
			names: this.#names,
			settlementSeal: this.#settlementSeal as SettlementSeal,
			desk: this.#desk,
			halt: (reason) => this.#switch.haltBySystem(reason),
			hasExecutor: () => "address" in this.#roster.wallet(),
			askWallet: () => this.#askWallet(),
			askCatalog: () => {
				if (!this.#names.hasCatalog) this.#askNames();
			},
			onCut: (books) => {
				bus.broadcast("risk.books.cut", books);
				// Only now is the ledger reconciled to the unit. Where it is not, trading was halted before.
				this.#desk.open(ledger, this.#seal as ApprovalSeal);
			},
		});
		return this.#upkeep;
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
}
