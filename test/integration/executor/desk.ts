import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSolanaRpc } from "@solana/web3.js";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { ServiceBroker } from "moleculer";
import { Bus } from "../../../broker/bus.ts";
import type { ExecuteAck, ExecutorIdentity } from "../../../broker/contracts/executor.ts";
import type { Catalog } from "../../../broker/contracts/feed.ts";
import { attachRuntime } from "../../../broker/runtime.ts";
import { createTickStream } from "../../../broker/tick-stream.ts";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import { flashLoanFee } from "../../../core/execution/flash-loan.ts";
import { decodeReserve } from "../../../core/execution/lenders/reserve.ts";
import type { KnownTable } from "../../../core/execution/lookup-table.ts";
import type { Settlement, SubmissionState } from "../../../core/execution/submission.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { venueById } from "../../../core/market/venues/index.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { TradingState, TradingStateRecord } from "../../../core/risk/trading-state.ts";
import type { SwapLeg } from "../../../core/strategy/order-intent.ts";
import type { Address } from "../../../core/types/address.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import type { IntentId } from "../../../core/types/identifiers.ts";
import { systemClock } from "../../../libs/clock.ts";
import type { OpenSegment } from "../../../libs/journal/segment-file.ts";
import { seededRandom } from "../../../libs/random.ts";
import { openWallet } from "../../../libs/solana/keypair.ts";
import { ON_CHAIN_PROGRAMS, readProgram } from "../../../programs/load.ts";
import executorService from "../../../services/executor/executor.service.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { addressOf } from "../../../services/localnet/chain/keys.ts";
import { lendingMarketAccounts } from "../../../services/localnet/genesis/klend.ts";
import { ammPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import { cpmmConfigAccount, cpmmPoolAccounts, orderedSides } from "../../../services/localnet/genesis/raydium-cpmm.ts";
import { mintAccount } from "../../../services/localnet/genesis/token.ts";
import { PubSubServer } from "../../../services/localnet/pubsub/pubsub-server.ts";
import { RpcServer } from "../../../services/localnet/rpc/rpc-server.ts";
import { clockAt } from "../../support/chain-clock.ts";
import { FaultyNode } from "../../support/faulty-node.ts";
import { marketOfAccounts } from "../../support/reserve-market.ts";
import { StandInRisk, TEST_APPROVAL_KEY } from "../../support/stand-in-risk.ts";

export const USDC = address(1);
export const BONK = address(2);
const RESERVE = address(3);
const ORDER_BOOK = address(4);
const LENDING_MARKET = address(5);
const FLASH_FEE_SCALED = (1n << 60n) / 100_000n;
const SLOT_MS = 20;
const LEASE_INTERVAL_MS = 20;
const RISK_EPOCH = 1;
const TOKEN_AMOUNT_OFFSET = 64;

function address(last: number): Address {
	return encodeBase58(Uint8Array.from({ length: 32 }, (_, index) => (index === 31 ? last : 7))) as Address;
}

export interface DeskOptions {
	/** Keys of the execution section that differ. */
	readonly execution?: Partial<Config["execution"]>;
	readonly walletLamports?: bigint;
	/** Two more pools: a route through all of them does not fit a transaction without a lookup table. */
	readonly fourPools?: boolean;
}

export interface StartOptions {
	readonly openSegment?: OpenSegment;
	/** False: do not wait until it is ready. */
	readonly ready?: boolean;
	/** Nobody answers at its PubSub address. */
	readonly withoutPubsub?: boolean;
}

/** A real chain behind a real node, and the executors that a test starts on it. */
export class Desk {
	readonly chain: Chain;
	readonly node: FaultyNode;
	readonly folder: string;
	readonly config: Config;
	readonly wallet: Address;
	#catalog: Catalog | null;
	/** How often an executor asked for the catalog. */
	catalogReads = 0;
	tellsTradingState = true;
	/** The epoch of risk that gives leases; null: none does. */
	leaseEpoch: number | null = RISK_EPOCH;
	readonly risk: StandInRisk;
	/** The node itself, without faults. */
	readonly rpcUrl: string;
	readonly executors: RunningExecutor[] = [];
	tradingState: TradingStateRecord = stateRecord("active", 1);
	readonly #servers: { close(): Promise<void> }[];
	#intents = 0;

	private constructor(
		parts: Pick<Desk, "chain" | "node" | "folder" | "config" | "wallet" | "catalog" | "rpcUrl" | "risk">,
		servers: { close(): Promise<void> }[],
	) {
		this.chain = parts.chain;
		this.node = parts.node;
		this.folder = parts.folder;
		this.config = parts.config;
		this.wallet = parts.wallet;
		this.#catalog = parts.catalog;
		this.rpcUrl = parts.rpcUrl;
		this.risk = parts.risk;
		this.#servers = servers;
	}

	static async open(options: DeskOptions = {}): Promise<Desk> {
		const folder = mkdtempSync(join(tmpdir(), "executor-"));
		const walletPath = join(folder, "wallet.json");
		const { address: wallet } = await openWallet(walletPath, { create: true });
		const chain = Chain.open({ dataFolder: null, slotDurationMs: SLOT_MS, genesisSeed: folder, clock: systemClock });
		const catalog = await openMarket(chain, options.fourPools === true);
		const { walletLamports = 1_000_000_000n } = options;
		if (walletLamports > 0n) chain.airdrop(wallet, walletLamports);
		chain.sealGenesis();
		const rpc = await RpcServer.start({ chain, port: 0, clock: systemClock });
		const pubsub = await PubSubServer.start({ chain, port: 0, clock: systemClock });
		const node = await FaultyNode.start(rpc.url);
		const base = loadConfig({ environment: {} });
		const config: Config = {
			...base,
			data_folder: folder,
			chain: { ...base.chain, rpc_url: node.url, ws_url: `ws://127.0.0.1:${pubsub.port}`, request_timeout_ms: 2_000 },
			assets: [...base.assets, { symbol: "TEST", mint: USDC, decimals: 6 }],
			security: {
				...base.security,
				wallet_path: walletPath,
				create_wallet: false,
				approval_key: TEST_APPROVAL_KEY,
				caps: [{ asset: "TEST", per_transaction: "1000000", per_hour: "1000000000" }],
			},
			execution: { ...base.execution, confirm_poll_interval_ms: 30, resend_interval_ms: 60, ...options.execution },
		};
		chain.start();
		const risk = await StandInRisk.open();
		return new Desk({ chain, node, folder, config, wallet, catalog, rpcUrl: rpc.url, risk }, [rpc, pubsub, node]);
	}

	get catalog(): Catalog {
		if (!this.#catalog) throw new Error("the feed has no catalog");
		return this.#catalog;
	}

	/** What the feed answers from now on; null: it answers with an error. */
	replaceCatalog(catalog: Catalog | null): void {
		this.#catalog = catalog;
	}

	readCatalog(): Catalog {
		this.catalogReads++;
		return this.catalog;
	}

	readTradingState(): TradingStateRecord {
		if (!this.tellsTradingState) throw new Error("risk is starting");
		return this.tradingState;
	}

	/** Starts an executor process's worth: broker, executor service, and stand-ins for what feed and risk would answer. */
	async start(options: StartOptions = {}): Promise<RunningExecutor> {
		const executor = new RunningExecutor(this, `executor-${this.executors.length + 1}`, options);
		this.executors.push(executor);
		await executor.broker.start();
		if (options.ready !== false) await executor.ready();
		return executor;
	}

	/** Tells every executor a trading state, as risk does. */
	setTradingState(state: TradingState): void {
		this.tradingState = stateRecord(state, this.tradingState.changedAtMicros + 1);
		for (const { broker } of this.executors) new Bus(broker).broadcast("risk.state.changed", this.tradingState);
	}

	/** An arbitrage that the chain takes now: buys BONK where it is cheap, sells it where it is dear. */
	intent(changes: Partial<ApprovedIntent> = {}, leastProfit = 1n): ApprovedIntent {
		return { ...this.intentOf(this.catalog, leastProfit), ...changes };
	}

	/** @param path pools that are cheap and dear in turn */
	intentOf(
		catalog: Catalog,
		leastProfit = 1n,
		path: readonly PoolDescriptor[] = catalog.pools.slice(0, 2),
	): ApprovedIntent {
		const amount = 1_000_000_000n;
		const fee = flashLoanFee(amount, catalog.lenders[0]!);
		const networkCost = 100n;
		const least = amount + fee + networkCost + leastProfit;
		const legs: SwapLeg[] = [];
		let carried = amount;
		let expected = 0n;
		for (const [index, pool] of path.entries()) {
			const mintIn = index % 2 === 0 ? USDC : BONK;
			const quoted = this.quote(pool, mintIn, carried);
			const isLast = index === path.length - 1;
			expected = isLast && quoted < least ? least : quoted;
			legs.push(this.#leg(pool, { mintIn, amountIn: carried, expected, minimum: isLast ? least : quoted }));
			carried = quoted;
		}
		const { blockhash, lastValidBlockHeight } = this.chain.latestBlockhash("processed");
		const nowMicros = systemClock.epochMicros();
		return {
			intentId: `intent${String(++this.#intents).padStart(10, "0")}` as IntentId,
			strategy: "test",
			cycle: "test",
			fundingMint: USDC,
			loan: { reserve: RESERVE, amount, fee },
			legs,
			expectedNetProfit: expected - amount - fee - networkCost,
			minimumProfit: leastProfit,
			networkCost,
			computeUnitLimit: 300_000,
			computeUnitPriceMicroLamports: 1_000n,
			maximumFeeLamports: 10_000n,
			tip: null,
			triggerSlot: this.chain.slot("processed"),
			deadlineMicros: nowMicros + 5_000_000,
			timings: { received: nowMicros - 300, found: nowMicros - 100, approved: nowMicros },
			wallet: this.wallet,
			blockhash,
			lastValidBlockHeight,
			riskEpoch: RISK_EPOCH,
			lookupTable: null,
			seal: "",
		};
	}

	quote(pool: PoolDescriptor, mintIn: Address, amount: bigint): bigint {
		const bytes = (key: Address): Uint8Array => this.chain.getAccount(key)!.data;
		const accounts = { pool: bytes(pool.address), vaultA: bytes(pool.vaultA), vaultB: bytes(pool.vaultB) };
		const now = clockAt(BigInt(Math.floor(systemClock.epochMicros() / 1_000_000)));
		const quote = marketOfAccounts(pool, accounts).quoteExactIn(directionOf(pool, mintIn), amount, now);
		if (!quote.ok) throw new Error(quote.error);
		return quote.value.amountOut;
	}

	/** What the wallet holds of a mint: lamports and wrapped SOL for SOL. */
	async balance(mint: Address): Promise<bigint> {
		const [account] = await findAssociatedTokenPda({ owner: this.wallet, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
		const row = this.chain.getAccount(account, "confirmed");
		const tokens = row ? readUint64(row.data, TOKEN_AMOUNT_OFFSET) : 0n;
		const native = mint === SOL_MINT ? (this.chain.getAccount(this.wallet, "confirmed")?.lamports ?? 0n) : 0n;
		return tokens + native;
	}

	async balances(): Promise<ReadonlyMap<Address, bigint>> {
		const mints = [SOL_MINT, USDC, BONK];
		return new Map(await Promise.all(mints.map(async (mint) => [mint, await this.balance(mint)] as const)));
	}

	/** Lets so many slots pass at once. */
	advance(slots: number): void {
		for (let count = 0; count < slots; count++) this.chain.advanceSlot();
	}

	/** A further mint on the chain. */
	addMint(): Address {
		const { address: mint, ...account } = mintAccount({ address: address(9), decimals: 6, supply: 1n });
		this.chain.setAccount(mint, account);
		return mint;
	}

	/** The wallet's transactions in blocks that carry this intent's memo. */
	async transactionsOf({ intentId }: { readonly intentId: IntentId }) {
		const rpc = createSolanaRpc(this.rpcUrl);
		const all = await rpc.getSignaturesForAddress(this.wallet, { commitment: "confirmed" }).send();
		return all.filter(({ memo }) => memo?.includes(intentId));
	}

	/** Whether the bytes of an accepted intent are in a confirmed block. */
	landed(ack: ExecuteAck): boolean {
		if (ack.status !== "accepted") throw new Error(`refused: ${ack.detail}`);
		return this.chain.getTransaction(ack.signature) !== null;
	}

	async close(): Promise<void> {
		for (const { broker } of this.executors) await broker.stop();
		for (const server of this.#servers) await server.close();
		this.chain.stop();
		this.chain.close();
		rmSync(this.folder, { recursive: true });
	}

	#leg(
		pool: PoolDescriptor,
		swap: { readonly mintIn: Address; readonly amountIn: bigint; readonly expected: bigint; readonly minimum: bigint },
	): SwapLeg {
		return {
			pool: pool.address,
			venue: pool.venue,
			direction: directionOf(pool, swap.mintIn),
			mintIn: swap.mintIn,
			mintOut: swap.mintIn === pool.mintA ? pool.mintB : pool.mintA,
			amountIn: swap.amountIn,
			minimumAmountOut: swap.minimum,
			expectedAmountOut: swap.expected,
			observedSlot: this.chain.slot("processed"),
			arrays: [],
		};
	}
}

/** One executor service on a broker of its own, with everything it said. */
export class RunningExecutor {
	readonly broker: ServiceBroker;
	readonly settlements: Settlement[] = [];
	readonly states: SubmissionState[] = [];
	readonly latencies: unknown[] = [];
	readonly fatal: Error[] = [];
	readonly warnings: string[] = [];
	/** What it said last that its transactions may look accounts up in. */
	lookupTable: KnownTable | null = null;
	booksSettlements = true;
	readonly #desk: Desk;
	#readyCount = 0;
	#leases: NodeJS.Timeout | undefined;

	constructor(desk: Desk, nodeID: string, { openSegment, withoutPubsub }: StartOptions) {
		this.#desk = desk;
		this.broker = new ServiceBroker({ nodeID, logger: false });
		attachRuntime(this.broker, {
			config: withoutPubsub
				? { ...desk.config, chain: { ...desk.config.chain, ws_url: "ws://127.0.0.1:9" } }
				: desk.config,
			clock: systemClock,
			random: seededRandom(1),
			ticks: createTickStream({ namespace: "test", natsUrl: null, name: nodeID }),
			nodeID,
			fatal: ((error: Error) => void this.fatal.push(error)) as unknown as (error: Error) => never,
		});
		this.broker.logger.warn = ((line: string) => void this.warnings.push(line)) as typeof this.broker.logger.warn;
		this.broker.createService({ name: "feed", actions: { catalog: () => desk.readCatalog() } });
		const settled = (settlement: Settlement) => {
			this.settlements.push(settlement);
			if (this.booksSettlements) {
				new Bus(this.broker).broadcast("risk.settlement.booked", { settlement, signature: settlement.signature });
			}
		};
		this.broker.createService({
			name: "risk",
			actions: { tradingState: () => desk.readTradingState() },
			started: () => {
				this.#leases = setInterval(() => this.giveLease(), LEASE_INTERVAL_MS);
			},
			stopped: () => clearInterval(this.#leases),
			events: {
				"executor.ready": ({ params }: { params: ExecutorIdentity }) => {
					this.#readyCount++;
					if (params.executor === nodeID) this.lookupTable = params.lookupTable ?? null;
				},
				"executor.submission.settled": (ctx: { params: Settlement }) => settled(ctx.params),
				"executor.submission.advanced": (ctx: { params: { state: SubmissionState } }) =>
					void this.states.push(ctx.params.state),
				"executor.latency.measured": (ctx: { params: unknown }) => void this.latencies.push(ctx.params),
			},
		});
		this.broker.createService(executorService(this.broker, { ...(openSegment && { openSegment }) }));
	}

	get readyCount(): number {
		return this.#readyCount;
	}

	async ready(): Promise<void> {
		await until(() => this.#readyCount > 0 && this.states !== undefined, "the executor is ready");
		const { leaseEpoch, tellsTradingState, tradingState } = this.#desk;
		if (leaseEpoch === null || !tellsTradingState || tradingState.state === "halted") return;
		// It takes its first lease when it has kept the epoch of it.
		while ((await this.status()).closedBecause !== null) await new Promise((wake) => setTimeout(wake, 5));
	}

	giveLease(): void {
		const { leaseEpoch, risk } = this.#desk;
		if (leaseEpoch !== null) new Bus(this.broker).broadcast("risk.lease.renewed", risk.lease(leaseEpoch));
	}

	/** With risk's seal. */
	execute(intent: unknown): Promise<ExecuteAck> {
		return this.executeAsIs(this.#desk.risk.approve(intent));
	}

	executeAsIs(intent: unknown): Promise<ExecuteAck> {
		return new Bus(this.broker).call("executor.execute", intent as ApprovedIntent);
	}

	status() {
		return new Bus(this.broker).call("executor.status");
	}

	settlement(intent: ApprovedIntent): Promise<Settlement> {
		return until(
			() => this.settlements.find(({ intentId }) => intentId === intent.intentId),
			`a settlement of ${intent.intentId}`,
		);
	}

	/** As if the process were gone: without a word, its lock free, its journal as it is. */
	async kill(): Promise<void> {
		await this.broker.stop();
	}
}

/** Waits for something to come true, without a bound of its own: the test's timeout is the bound. */
export async function until<T>(look: () => T | undefined | null | false, what: string): Promise<T> {
	for (let tries = 0; tries < 3_000; tries++) {
		const found = look();
		if (found) return found;
		await new Promise((wake) => setTimeout(wake, 10));
	}
	throw new Error(`never came: ${what}`);
}

function stateRecord(state: TradingState, changedAtMicros: number): TradingStateRecord {
	return { state, changedBy: "test", reason: "test", changedAtMicros };
}

function directionOf(pool: PoolDescriptor, mintIn: Address): Direction {
	return pool.mintA === mintIn ? "aToB" : "bToA";
}

/** Two pools of BONK and USDC, the first five percent cheaper, and a lender of USDC. */
async function openMarket(chain: Chain, hasFourPools: boolean): Promise<Catalog> {
	for (const { name, programId } of ON_CHAIN_PROGRAMS) chain.addProgram(programId, readProgram(name));
	const side = (mint: Address, vaultAmount: bigint) => ({ mint, decimals: 6, vaultAmount });
	const config = await cpmmConfigAccount({ index: 0, tradeFeeRate: 2_500n });
	const cpmm = await cpmmPoolAccounts({
		config: config.address,
		...orderedSides(side(BONK, 1_050_000_000_000n), side(USDC, 1_000_000_000_000n)),
	});
	const amm = await ammPoolAccounts({
		market: ORDER_BOOK,
		coin: side(BONK, 1_000_000_000_000n),
		pc: side(USDC, 1_000_000_000_000n),
	});
	const further = hasFourPools ? await furtherPools(side) : [];
	const lending = await lendingMarketAccounts({
		lendingMarket: LENDING_MARKET,
		owner: LENDING_MARKET,
		reserves: [
			{
				reserve: RESERVE,
				symbol: "USDC",
				mint: USDC,
				decimals: 6,
				availableAmount: 1_000_000_000_000n,
				flashFeeScaled: FLASH_FEE_SCALED,
			},
		],
	});
	const mints = [USDC, BONK].map((mint) => mintAccount({ address: mint, decimals: 6, supply: 10n ** 15n }));
	for (const { address: at, ...account } of [
		...mints,
		config,
		...cpmm.accounts,
		...amm.accounts,
		...further.flatMap(({ config: its, pool }) => [its, ...pool.accounts]),
		...lending.accounts,
	]) {
		chain.setAccount(at, account);
	}
	const bytes = (key: Address) => {
		const { owner, data } = chain.getAccount(key)!;
		return { address: key, owner: addressOf(owner), data };
	};
	const pools = [cpmm.pool, amm.pool].map((key, index) => {
		const venue = venueById(index === 0 ? "raydium-cpmm" : "raydium-amm-v4");
		const described = venue.describe(bytes(key), index === 0 ? [bytes(config.address)] : []);
		if (!described.ok) throw new Error(described.error.detail);
		return described.value;
	});
	for (const { config: its, pool } of further) {
		const described = venueById("raydium-cpmm").describe(bytes(pool.pool), [bytes(its.address)]);
		if (!described.ok) throw new Error(described.error.detail);
		pools.push(described.value);
	}
	const lender = decodeReserve({ ...bytes(RESERVE), lendingMarketAuthority: lending.lendingMarketAuthority });
	if (!lender.ok) throw new Error(lender.error.detail);
	const mint = (of: Address, symbol: string, decimals: number) => ({
		address: of,
		symbol,
		decimals,
		tokenProgram: TOKEN_PROGRAM_ADDRESS,
	});
	return {
		shard: "main",
		catalogEpoch: 1,
		pools,
		mints: [mint(USDC, "USDC", 6), mint(BONK, "BONK", 6), mint(SOL_MINT, "SOL", 9)],
		lenders: [lender.value],
	};
}

/** Another cheap pool and another dear one, each with a configuration of its own. */
async function furtherPools(side: (mint: Address, vaultAmount: bigint) => Parameters<typeof orderedSides>[0]) {
	return Promise.all(
		[1_050_000_000_000n, 1_000_000_000_000n].map(async (bonk, index) => {
			const config = await cpmmConfigAccount({ index: index + 1, tradeFeeRate: 2_500n });
			const sides = orderedSides(side(BONK, bonk), side(USDC, 1_000_000_000_000n));
			return { config, pool: await cpmmPoolAccounts({ config: config.address, ...sides }) };
		}),
	);
}
