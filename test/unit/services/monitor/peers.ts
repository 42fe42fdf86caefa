import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceBroker, type ServiceSchema } from "moleculer";
import { Bus } from "../../../../broker/bus.ts";
import type { ExecutorStatus } from "../../../../broker/contracts/executor.ts";
import type { Catalog, FeedStatus } from "../../../../broker/contracts/feed.ts";
import type { ActionName, Actions } from "../../../../broker/contracts/index.ts";
import type { BookLine, Books, Position, RiskStatus } from "../../../../broker/contracts/risk.ts";
import type { HostedStrategyStatus, StrategyStatus } from "../../../../broker/contracts/strategy.ts";
import { attachRuntime, type Runtime } from "../../../../broker/runtime.ts";
import { createTickStream } from "../../../../broker/tick-stream.ts";
import { loadConfig } from "../../../../config/load.ts";
import type { Config } from "../../../../config/schema.ts";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { SealedSettlement, Settlement } from "../../../../core/execution/submission.ts";
import type { PoolDescriptor, VenueId } from "../../../../core/market/pool.ts";
import type { ReserveTick, Tick } from "../../../../core/market/tick-batch.ts";
import type { TradingStateRecord } from "../../../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { systemClock } from "../../../../libs/clock.ts";
import { KillSwitch } from "../../../../libs/kill-switch.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { EnvironmentSecrets } from "../../../../libs/secrets/environment-secrets.ts";
import { Vault } from "../../../../libs/secrets/vault.ts";
import { encodeTickBatch } from "../../../support/ticks.ts";

export const SOL = "So11111111111111111111111111111111111111112" as Address;
export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
export const BONK = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263" as Address;
export const SIGNATURE =
	"5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW" as Signature;

/** A configuration for one test: own data folder, free ports, nothing on the terminal unless asked for. */
export function testConfig(change: (config: Config) => Config = (config) => config): Config {
	const folder = mkdtempSync(join(tmpdir(), "mojo-"));
	const config = loadConfig({ environment: { MOJO_DATA_FOLDER: folder } });
	return change({
		...config,
		monitoring: { ...config.monitoring, console: false, metrics_port: 0, kept_intents: 100 },
		networking: { ...config.networking, http_port: 0 },
	});
}

export interface TestNode {
	readonly broker: ServiceBroker;
	readonly runtime: Runtime;
	readonly bus: Bus;
}

export interface TestNodeOptions {
	readonly nodeID?: string;
	/** Joined with the other nodes of this process that are. */
	readonly joined?: boolean;
}

/** A real broker, alone or joined with others of this process. */
export function testNode(config: Config = testConfig(), options: TestNodeOptions = {}): TestNode {
	const { nodeID = "test-node", joined = false } = options;
	const broker = new ServiceBroker({
		nodeID,
		logger: false,
		requestTimeout: 5_000,
		tracking: { enabled: true, shutdownTimeout: 1_000 },
		transporter: joined ? "Fake" : null,
		serializer: "CBOR",
	});
	const runtime: Runtime = {
		config,
		clock: systemClock,
		random: seededRandom(7),
		ticks: createTickStream({ namespace: "test", natsUrl: null, name: nodeID }),
		nodeID,
		vault: new Vault({ provider: new EnvironmentSecrets({}) }),
		killSwitch: new KillSwitch({ dataFolder: config.data_folder, clock: systemClock }),
		fatal: (error) => {
			throw error;
		},
	};
	attachRuntime(broker, runtime);
	return { broker, runtime, bus: new Bus(broker) };
}

type Answers = { [Name in ActionName]?: (params: Actions[Name]["params"]) => Actions[Name]["result"] };

/** An actor that speaks its contract: given answers, in its own service. */
export function peer(actor: string, answers: Answers): ServiceSchema {
	const actions = Object.entries(answers).map(([name, answer]) => [
		name.slice(actor.length + 1),
		{ handler: (context: { params: never }) => (answer as (params: unknown) => unknown)(context.params) },
	]);
	return { name: actor, actions: Object.fromEntries(actions) };
}

export function pool(address: string, venue: VenueId, mintA: Address, mintB: Address): PoolDescriptor {
	const decimals: Record<string, number> = { [SOL]: 9, [USDC]: 6, [BONK]: 5 };
	return {
		address: address as Address,
		venue,
		mintA,
		mintB,
		decimalsA: decimals[mintA] ?? 0,
		decimalsB: decimals[mintB] ?? 0,
		vaultA: `${address}A` as Address,
		vaultB: `${address}B` as Address,
		feeNumerator: 25n,
		feeDenominator: 10_000n,
		parameters: {},
		swapAccounts: {},
	};
}

export const POOLS: readonly PoolDescriptor[] = [
	pool("PooLSoLUsdcCpmm11111111111111111111111111111", "raydium-cpmm", SOL, USDC),
	pool("PooLUsdcSoLAmm11111111111111111111111111111", "raydium-amm-v4", USDC, SOL),
	pool("PooLBonkSoLCpmm1111111111111111111111111111", "raydium-cpmm", BONK, SOL),
];

export function catalog(overrides: Partial<Catalog> = {}): Catalog {
	return {
		shard: "main",
		catalogEpoch: 1,
		pools: POOLS,
		mints: [
			{ address: SOL, symbol: "SOL", decimals: 9, tokenProgram: SOL },
			{ address: USDC, symbol: "USDC", decimals: 6, tokenProgram: SOL },
			{ address: BONK, symbol: "BONK", decimals: 5, tokenProgram: SOL },
		],
		lenders: [],
		...overrides,
	};
}

/** A market of 150 USDC a SOL and 5,000,000 BONK a SOL. */
export const TICKS: readonly Tick[] = [
	tick(0, { reserveA: 1_000_000_000_000n, reserveB: 150_000_000_000n }),
	tick(1, { reserveA: 75_000_000_000n, reserveB: 500_000_000_000n }),
	tick(2, { reserveA: 50_000_000_000_000n, reserveB: 100_000_000_000n }),
];

export function tick(poolIndex: number, change: Partial<ReserveTick> = {}): ReserveTick {
	return {
		kind: "reserves",
		poolIndex,
		slot: 10,
		reserveA: 1n,
		reserveB: 1n,
		openTimeSeconds: 0n,
		swapEnabled: true,
		stale: false,
		...change,
	};
}

export function batch(
	sequence: number,
	ticks: readonly Tick[],
	change: { readonly snapshot?: boolean; readonly catalogEpoch?: number } = {},
): Uint8Array {
	return encodeTickBatch(
		{
			catalogEpoch: change.catalogEpoch ?? 1,
			sequence,
			slot: Math.max(0, ...ticks.map(({ slot }) => slot)),
			receivedAtMicros: 1_000,
			decodedAtMicros: 1_010,
			snapshot: change.snapshot ?? false,
			chainSeconds: 1,
			epoch: 0,
		},
		ticks,
	);
}

export function feedStatus(change: Partial<FeedStatus> = {}): FeedStatus {
	return {
		shard: "main",
		connected: true,
		slot: 447_552_100,
		pools: 3,
		stalePools: 1,
		updates: 900,
		outOfOrder: 0,
		undecodable: 0,
		reconnects: 0,
		...change,
	};
}

export function strategyStatus(change: Partial<StrategyStatus> = {}): StrategyStatus {
	const running = { running: true, waitingFor: null, inFlight: 0 };
	return {
		cycles: 4,
		cyclesLeftOut: 0,
		opportunities: 41,
		unpriced: 0,
		tooLarge: 0,
		intents: 30,
		ticks: 900,
		gaps: 0,
		strategies: [hostedStatus()],
		...running,
		...change,
	};
}

export function hostedStatus(change: Partial<HostedStrategyStatus> = {}): HostedStrategyStatus {
	return {
		name: "cross-venue",
		enabled: true,
		running: true,
		waitingFor: null,
		parameters: { cool_down_ms: 400, minimum_profit: { USDC: "0.01" } },
		opportunities: 41,
		intents: 30,
		inFlight: 0,
		cycles: 4,
		cyclesLeftOut: 0,
		unpriced: 0,
		tooLarge: 0,
		positions: null,
		...change,
	};
}

export function stateRecord(change: Partial<TradingStateRecord> = {}): TradingStateRecord {
	return { state: "active", changedBy: "start", reason: "first start", changedAtMicros: 1, ...change };
}

export function riskStatus(change: Partial<RiskStatus> = {}): RiskStatus {
	return {
		tradingState: stateRecord(),
		riskEpoch: 1,
		recovering: false,
		approved: 25,
		denied: 5,
		deniedByCode: { orderRate: 3, staleMarket: 2 },
		inFlight: 2,
		landed: 20,
		reverted: 2,
		expired: 1,
		reversed: 4,
		unknown: 0,
		uses: [
			{ code: "maxInFlight", mint: null, strategy: null, used: 4n, limit: 16n },
			{ code: "strategyDailyLoss", mint: USDC, strategy: "cross-venue", used: 0n, limit: 0n },
		],
		throttled: ["order"],
		...change,
	};
}

export function executorStatus(change: Partial<ExecutorStatus> = {}): ExecutorStatus {
	return {
		executor: "test-node",
		wallet: SOL,
		recovering: false,
		routes: 4,
		inFlight: 0,
		submitted: 7,
		landed: 6,
		reverted: 1,
		expired: 0,
		unknown: 0,
		refused: {},
		closedBecause: null,
		arming: null,
		...change,
	};
}

export function bookLine(change: Partial<BookLine> = {}): BookLine {
	const line = {
		mint: USDC,
		symbol: "USDC",
		decimals: 6,
		opening: 0n,
		fills: 1_500_000n,
		fees: 0n,
		tips: 0n,
		loanFees: 100n,
		difference: 0n,
		...change,
	};
	return { chain: line.opening + line.fills - line.fees - line.tips - line.loanFees + line.difference, ...line };
}

export function books(change: Partial<Books> = {}): Books {
	const sol = { mint: SOL, symbol: "SOL", decimals: 9, opening: 10_000_000_000n, fills: 0n, loanFees: 0n };
	return { slot: 447_552_099, lines: [bookLine(), bookLine({ ...sol, fees: 105_000n })], inFlight: 0, ...change };
}

export function position(change: Partial<Position> = {}): Position {
	return {
		mint: USDC,
		symbol: "USDC",
		decimals: 6,
		balance: 1_499_900n,
		reserved: 0n,
		realised: 1_499_900n,
		realisedToday: 1_499_900n,
		...change,
	};
}

export function intent(id: string, change: Partial<OrderIntent> = {}): OrderIntent {
	const loan = { reserve: USDC, amount: 1_500_000_000n, fee: 15_000n };
	return {
		intentId: id as IntentId,
		strategy: "cross-venue",
		cycle: "USDC>SOL>USDC",
		fundingMint: USDC,
		loan,
		legs: [
			{
				pool: POOLS[0]?.address as Address,
				venue: "raydium-cpmm",
				direction: "bToA",
				mintIn: USDC,
				mintOut: SOL,
				amountIn: loan.amount,
				minimumAmountOut: 9_900_000_000n,
				expectedAmountOut: 9_910_000_000n,
				observedSlot: 447_552_090,
				arrays: [],
			},
			{
				pool: POOLS[1]?.address as Address,
				venue: "raydium-amm-v4",
				direction: "bToA",
				mintIn: SOL,
				mintOut: USDC,
				amountIn: 9_900_000_000n,
				minimumAmountOut: 1_500_025_000n,
				expectedAmountOut: 1_500_400_000n,
				observedSlot: 447_552_090,
				arrays: [],
			},
		],
		expectedNetProfit: 384_000n,
		minimumProfit: 10_000n,
		networkCost: 1_000n,
		computeUnitLimit: 250_000,
		computeUnitPriceMicroLamports: 1_000n,
		maximumFeeLamports: 5_250n,
		tip: null,
		triggerSlot: 447_552_090,
		deadlineMicros: 9_000_000,
		timings: { received: 1_000, decoded: 1_020, found: 1_100 },
		...change,
	};
}

export function approved(order: OrderIntent): ApprovedIntent {
	return {
		...order,
		timings: { ...order.timings, approved: (order.timings.found ?? 0) + 40 },
		wallet: SOL,
		blockhash: "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM" as Blockhash,
		lastValidBlockHeight: 150,
		riskEpoch: 1,
		lookupTable: null,
		seal: "",
	};
}

export function settlement(order: OrderIntent, change: Partial<Settlement> = {}): SealedSettlement {
	const outcome = change.outcome ?? "landed";
	const reverted = outcome === "reverted";
	const found = order.timings.found ?? 0;
	return {
		intentId: order.intentId,
		outcome,
		signature: SIGNATURE,
		fill: {
			intentId: order.intentId,
			signature: SIGNATURE,
			slot: 447_552_092,
			reverted,
			error: reverted ? '{"InstructionError":[4,{"Custom":6005}]}' : null,
			legs: reverted
				? []
				: order.legs.map(({ pool, mintIn, mintOut, amountIn, expectedAmountOut }) => ({
						pool,
						mintIn,
						mintOut,
						amountIn,
						amountOut: expectedAmountOut,
					})),
			changes: [
				...(reverted
					? []
					: [
							{
								mint: order.fundingMint,
								fill: 399_000n,
								loanFee: 15_000n,
								networkFee: 0n,
								tip: 0n,
								balanceAfter: 1_499_900n,
							},
						]),
				{ mint: SOL, fill: 0n, loanFee: 0n, networkFee: 5_250n, tip: 0n, balanceAfter: 9_999_895_000n },
			],
			computeUnits: 128_000,
		},
		executor: "test-node",
		timings: { ...order.timings, signed: found + 120, sent: found + 160, landed: found + 400_000 },
		seal: "",
		...change,
	};
}

/** Waits until something is true; the test's own time limit is the bound. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
	while (!(await condition())) await new Promise((wake) => setTimeout(wake, 5));
}
