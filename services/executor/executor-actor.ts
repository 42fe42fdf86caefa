import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "../../broker/bus.ts";
import type { ExecuteAck, ExecutorIdentity, ExecutorStatus } from "../../broker/contracts/executor.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { blockEngineUrls } from "../../libs/block-engine/urls.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import { BackgroundJobs } from "./background-jobs.ts";
import { CatalogView } from "./catalog-view.ts";
import { type FolderOptions, takeFolder } from "./executor-folder.ts";
import { assembleParts, type Parts } from "./executor-parts.ts";
import { Latencies } from "./latencies.ts";
import { MarketPreparation } from "./market-preparation.ts";
import { openGate } from "./open-gate.ts";
import { openPolicedWallet } from "./open-policed-wallet.ts";
import { SettlementOutbox } from "./settlement-outbox.ts";
import type { SigningGate } from "./signing-gate.ts";
import { abortable, assertModeFits, executorsFolder, untilItWorks } from "./startup.ts";
import type { SubmissionRecord } from "./submission-record.ts";
import { TradingStateView } from "./trading-state-view.ts";

export interface ExecutorActorOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly log: { info(line: string): void; warn(line: string): void };
	/** How journal files are opened; the file system's way unless a test gives a failing one. */
	readonly openSegment?: NonNullable<FolderOptions["openSegment"]>;
}

const LATENCY_INTERVAL_MS = 1_000;
/** Readiness and settlements are said again so often: events get lost. */
const REPEAT_INTERVAL_MS = 2_000;
const ADOPT_INTERVAL_MS = 10_000;
const ENDPOINTS_INTERVAL_MS = 2_000;
const BUS_TIMEOUT_MS = 1_000;
const BYTES_PER_MEGABYTE = 1_000_000;

/**
 * The life of an executor: its start is its recovery. It takes its folder, settles what former lives left open, learns
 * the market, makes its token accounts, and only then takes intents.
 */
export class ExecutorActor {
	readonly #options: ExecutorActorOptions;
	readonly #router: RpcRouter;
	readonly #stopping = new AbortController();
	readonly #catalog: CatalogView;
	readonly #tradingState = new TradingStateView();
	readonly #latencies = new Latencies();
	readonly #outbox: SettlementOutbox;
	readonly #market: MarketPreparation;
	readonly #timers: NodeJS.Timeout[] = [];
	#wallet: PolicedWallet | null = null;
	#parts: Parts | null = null;
	#gate: SigningGate | null = null;
	#ready = false;
	#stopWatching = () => {};
	#recovery: Promise<void> = Promise.resolve();
	readonly #jobs: BackgroundJobs;
	#lastTrouble = "";

	constructor(options: ExecutorActorOptions) {
		this.#options = options;
		const { config, clock, random } = options.runtime;
		const isTipping = blockEngineUrls(config).length > 0;
		this.#catalog = new CatalogView(isTipping ? (config.risk.tip_accounts as readonly string[] as Address[]) : []);
		this.#router = new RpcRouter({
			chain: config.chain,
			clock,
			random,
			onDisagreement: (detail) => this.#disagreed(detail),
		});
		this.#market = new MarketPreparation({
			runtime: options.runtime,
			bus: options.bus,
			rpc: this.#router.rpc,
			catalog: this.#catalog,
			abortSignal: this.#stopping.signal,
			keep: (spending) => this.#keep(spending),
			onNewCatalog: () => this.#parts?.executor.forgetRoutes(),
			onTrouble: (what) => this.#trouble(what),
		});
		this.#jobs = new BackgroundJobs(this.#stopping.signal, (what) => this.#trouble(what));
		this.#outbox = new SettlementOutbox((settlement) =>
			options.bus.broadcast("executor.submission.settled", settlement),
		);
	}

	/** Opens the wallet; the rest of the start goes on in the background. */
	async start(): Promise<void> {
		const { fatal } = this.#options.runtime;
		this.#router.start();
		try {
			this.#wallet = await openPolicedWallet(this.#options.runtime);
		} catch (error) {
			return fatal(error as Error);
		}
		if (this.#stopping.signal.aborted) return;
		this.#stopWatching = this.#options.runtime.killSwitch.watch((why) => this.#onKill(why));
		this.#jobs.run("the trading state", () =>
			this.#untilItWorks("risk does not tell the trading state", () => this.#askTradingState()),
		);
		this.#recovery = this.#recover(this.#wallet as PolicedWallet).catch((error: Error) => {
			// Damaged claims, an unwritable folder: nothing may be signed, and a person has to mend it.
			if (!this.#stopping.signal.aborted) fatal(error);
		});
	}

	/** Idempotent. What is in flight is the next start's recovery. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#router.stop();
		this.#ready = false;
		this.#stopWatching();
		for (const timer of this.#timers.splice(0)) clearInterval(timer);
		this.#parts?.executor.close();
		this.#parts?.follower.stop();
		await this.#recovery;
		await this.#jobs.idle();
		// Looked at only now: the folder may have been taken while the stop was waiting.
		const parts = this.#parts;
		this.#parts = null;
		await parts?.held.release();
	}

	execute(params: unknown): Promise<ExecuteAck> {
		if (this.#parts) return this.#parts.executor.execute(params);
		const intentId = (params as { readonly intentId?: IntentId } | undefined)?.intentId ?? ("" as IntentId);
		const detail = "the executor has not found its chain and its folder yet";
		return Promise.resolve({ status: "refused", intentId, code: "recovering", detail, executor: this.#name });
	}

	/** Null until the wallet is open. */
	describe(): ExecutorIdentity | null {
		const lookupTable = this.#parts?.tables.current ?? null;
		return this.#wallet && { executor: this.#name, wallet: this.#wallet.address, lookupTable };
	}

	/** Null until the wallet is open. */
	status(): ExecutorStatus | null {
		if (this.#parts) {
			const { executor, bundles } = this.#parts;
			return { ...executor.status(), endpoints: this.#router.health(), ...(bundles && { bundles: bundles.counts }) };
		}
		if (!this.#wallet) return null;
		const none = { routes: 0, inFlight: 0, submitted: 0, landed: 0, reverted: 0, expired: 0, unknown: 0, refused: {} };
		const closedBecause = "the executor is looking for its chain and its folder";
		return {
			executor: this.#name,
			wallet: this.#wallet.address,
			recovering: true,
			...none,
			closedBecause,
			arming: null,
		};
	}

	/** For those who came later, or lost the word. */
	announce(): void {
		const identity = this.describe();
		if (this.#ready && identity) this.#options.bus.broadcast("executor.ready", identity);
	}

	onTradingState(record: TradingStateRecord): void {
		this.#tradingState.offer(record);
	}

	onLease(lease: unknown): void {
		this.#gate?.authority.offer(lease);
	}

	onArming(statement: unknown): void {
		const arming = this.#gate?.arming;
		if (arming) this.#jobs.run("arming", () => arming.offer(statement));
	}

	onDisarming(): void {
		const arming = this.#gate?.arming;
		if (arming) this.#jobs.run("disarming", () => arming.withdraw());
	}

	onBooked(intentId: IntentId): void {
		this.#outbox.booked(intentId);
	}

	/** Strategies pass trades over that would fit with a lookup table. */
	onTableWanted(): void {
		this.#parts?.tables.demand();
	}

	onBlockHeight(blockHeight: number): void {
		if (Number.isSafeInteger(blockHeight)) this.#parts?.follower.observeBlockHeight(blockHeight);
	}

	onLendersChanged(shard: string, lenders: readonly FlashLender[]): void {
		this.#catalog.setLenders(shard, lenders);
	}

	/** Pools were added or went: their token accounts and routes follow in the background. */
	onCatalogChanged(): void {
		if (!this.#ready || !this.#wallet) return;
		const wallet = this.#wallet;
		this.#jobs.run("the new catalog", async () => {
			await this.#market.learn(wallet, this.#gate as SigningGate);
			this.#openKept(wallet);
			// The routes of the old catalog are gone.
			if (this.#parts) await this.#market.warmUp(this.#parts.executor);
		});
	}

	#openKept(wallet: PolicedWallet): void {
		this.#jobs.run("accounts that venues keep", async () => {
			const parts = this.#parts;
			// Routes that name them are compiled from now on.
			if ((await this.#market.openKept(wallet, this.#gate as SigningGate)) && parts) {
				this.#jobs.run("compiling routes", () => this.#market.warmUp(parts.executor));
			}
		});
	}

	/** A node that is gone may have been an executor with open claims. */
	onNodeGone(): void {
		const parts = this.#parts;
		if (this.#ready && parts) this.#jobs.run("claims of dead executors", () => this.#adopt(parts));
	}

	/** Nothing is signed any more. Where risk does not see the same file, it has to be told. */
	#onKill(why: string): void {
		this.#tradingState.kill(why);
		this.#options.log.warn(`The kill switch: ${why}`);
		const change = { by: `kill switch of ${this.#name}`.slice(0, 128), reason: why.slice(0, 512) };
		this.#jobs.run("the kill switch", () =>
			this.#untilItWorks("risk cannot be told of the kill switch", async () => {
				if (this.#tradingState.isHaltedByRisk) return;
				await abortable(this.#options.bus.call("risk.halt", change), this.#stopping.signal);
			}),
		);
	}

	get #name(): string {
		return this.#options.runtime.nodeID;
	}

	async #recover(wallet: PolicedWallet): Promise<void> {
		const { config } = this.#options.runtime;
		const parent = await this.#untilItWorks("the chain does not answer", () =>
			executorsFolder(config.data_folder, this.#router.rpc, () => this.#request()),
		);
		assertModeFits(config.mode, parent);
		const { openSegment } = this.#options;
		const folders: FolderOptions = {
			parent,
			maximumSegmentBytes: config.execution.max_journal_megabytes * BYTES_PER_MEGABYTE,
			...(openSegment && { openSegment }),
		};
		const held = await takeFolder(folders);
		wallet.recall(held.journal.spending);
		const onTrouble = (what: string) => this.#trouble(what);
		const { runtime } = this.#options;
		const tradingState = this.#tradingState;
		const { gate, settlementSeal } = await openGate({
			runtime,
			parent,
			folder: held.folder,
			tradingState,
			onTrouble,
		}).catch(async (error: Error) => {
			await held.release();
			throw error;
		});
		this.#gate = gate;
		const parts = assembleParts({
			runtime,
			router: this.#router,
			abortSignal: this.#stopping.signal,
			wallet,
			folders,
			held,
			tokenAccounts: this.#market.tokenAccounts,
			keptAccounts: this.#market.keptAccounts,
			catalog: this.#catalog,
			gate,
			keep: (spending) => this.#keep(spending),
			onTableUsable: () => this.#useTable(),
			onTableDemand: () => this.#growTable(),
			onRehearsed: (line) => this.#options.log.info(line),
			latencies: this.#latencies,
			refreshCatalog: () => this.#market.refresh(),
			onAdvanced: (submission) => this.#tellAdvance(submission),
			onSettled: (settlement) => this.#outbox.add(settlementSeal.seal(settlement)),
			onTrouble,
			onMeasured: (measured) => this.#options.bus.broadcast("executor.route.measured", measured),
		});
		this.#parts = parts;
		if (this.#stopping.signal.aborted) {
			// Stopped while the folder was taken: the follower was not there to be stopped.
			parts.follower.stop();
			return;
		}
		const { failure } = await parts.heir.adopt();
		if (failure) throw failure;
		parts.follower.recover(held.journal.open);
		parts.executor.remember(held.journal.open);
		await this.#untilItWorks("the open claims cannot be looked up", () => parts.follower.poll());
		parts.follower.start();
		await this.#market.learn(wallet, gate);
		this.#open(parts);
		this.#openKept(wallet);
	}

	#open(parts: Parts): void {
		if (this.#stopping.signal.aborted) return;
		parts.executor.open();
		this.#ready = true;
		this.announce();
		this.#every(REPEAT_INTERVAL_MS, () => {
			this.announce();
			this.#outbox.repeat();
			const { arming } = this.#gate as SigningGate;
			if (arming) this.#jobs.run("what is armed", () => arming.reload());
			this.#makeUpForHalt();
			this.#growTable();
			this.#jobs.run("the trading state", () => this.#askTradingState());
		});
		this.#every(LATENCY_INTERVAL_MS, () => {
			const latencies = this.#latencies.changed(this.#name);
			if (latencies) this.#options.bus.broadcast("executor.latency.measured", latencies);
		});
		this.#every(ENDPOINTS_INTERVAL_MS, () => {
			const endpoints = this.#router.health();
			this.#options.bus.broadcast("executor.endpoints.measured", { executor: this.#name, endpoints });
		});
		this.#every(ADOPT_INTERVAL_MS, () => this.onNodeGone());
		this.#jobs.run("compiling routes", () => this.#market.warmUp(parts.executor));
	}

	async #adopt({ heir, follower, executor }: Parts): Promise<void> {
		const { claims, failure } = await heir.adopt();
		follower.recover(claims);
		executor.remember(claims);
		if (claims.length > 0) {
			this.#options.log.info(`${claims.length} open claims of a dead executor are followed from here`);
		}
		if (failure) throw failure;
	}

	/** A table is made in several steps, each of which waits for the one before to be on the chain. */
	#growTable(): void {
		if (!this.#ready) return;
		const { confirm_poll_interval_ms } = this.#options.runtime.config.execution;
		this.#jobs.run("the lookup table", async () => {
			while (await this.#parts?.tables.maintain()) {
				await sleep(confirm_poll_interval_ms, undefined, { signal: this.#stopping.signal });
			}
		});
	}

	/** Risk hears of it, and routes that do not fit without it are compiled. */
	#useTable(): void {
		this.announce();
		const { executor, tables } = this.#parts as Parts;
		const { address, entries, leftOut } = tables.status;
		this.#options.log.info(`The lookup table ${address} is used, with ${entries} entries; ${leftOut} found no room`);
		this.#jobs.run("compiling routes", () => this.#market.warmUp(executor));
	}

	/** What is signed besides intents is durable before it leaves: a restart counts it. */
	async #keep(spending: SignedSpending): Promise<void> {
		if (!this.#parts) throw new Error("the executor is stopping");
		await this.#parts.held.journal.signed(spending);
	}

	/** Token accounts that were not made because trading was halted are made once it is not. */
	#makeUpForHalt(): void {
		if (this.#market.lacksAccounts && this.#gate?.refusal === null) this.onCatalogChanged();
	}

	async #askTradingState(): Promise<void> {
		const call = this.#options.bus.call("risk.tradingState", undefined, { timeout: BUS_TIMEOUT_MS });
		this.#tradingState.offer(await abortable(call, this.#stopping.signal));
	}

	#tellAdvance({ claim, state, timings }: SubmissionRecord): void {
		const { intentId, signature } = claim;
		this.#options.bus.broadcast("executor.submission.advanced", {
			intentId,
			state,
			signature,
			executor: this.#name,
			timings,
		});
	}

	#disagreed(detail: string): void {
		this.#trouble(`the RPC endpoints disagree: ${detail}`);
		this.#options.bus.broadcast("executor.chain.disagreed", { executor: this.#name, detail });
	}

	#untilItWorks<T>(what: string, attempt: () => Promise<T>): Promise<T> {
		const { random } = this.#options.runtime;
		const onTrouble = (trouble: string) => this.#trouble(trouble);
		return untilItWorks(attempt, { what, random, abortSignal: this.#stopping.signal, onTrouble });
	}

	#every(intervalMs: number, work: () => void): void {
		this.#timers.push(setInterval(work, intervalMs));
	}

	#request(): { readonly abortSignal: AbortSignal } {
		const { request_timeout_ms } = this.#options.runtime.config.chain;
		return { abortSignal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(request_timeout_ms)]) };
	}

	/** The same trouble again and again is told once. */
	#trouble(what: string): void {
		if (what === this.#lastTrouble || this.#stopping.signal.aborted) return;
		this.#lastTrouble = what;
		this.#options.log.warn(what);
	}
}
