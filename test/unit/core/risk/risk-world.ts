import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { Booking } from "../../../../core/risk/booking.ts";
import { checkIntent, type GateView, type PriceSource } from "../../../../core/risk/gate.ts";
import { GrossExposure } from "../../../../core/risk/gross-exposure.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { MintLimits, RiskLimits } from "../../../../core/risk/limits.ts";
import { MarketWatch } from "../../../../core/risk/market-watch.ts";
import { OrderRate } from "../../../../core/risk/order-rate.ts";
import type { StrategyBudget } from "../../../../core/risk/strategy-budget.ts";
import type { OrderIntent, SwapLeg } from "../../../../core/strategy/order-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId, Signature } from "../../../../core/types/identifiers.ts";

export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
export const BONK = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263" as Address;
export const WALLET = "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM" as Address;
export const BLOCKHASH = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM" as Blockhash;
export const TIP_ACCOUNT = "96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5" as Address;
const POOL_1 = "So11111111111111111111111111111111111111113" as Address;
const POOL_2 = "So11111111111111111111111111111111111111114" as Address;
const RESERVE = "d4A2prbA2whesmvHaL88BH6Ewn5N4bTSU2Ze8P6Bc4Q" as Address;

/** 2026-01-01T00:00:00Z, microseconds. */
export const NEW_YEAR = 1_767_225_600_000_000;
export const FEE_LAMPORTS = 5_250n;
/** What the tests' slot clock says at the start. */
export const SLOT = 1_000;

let counter = 0;

export function intentId(number = counter++): IntentId {
	return number.toString(36).padStart(16, "0") as IntentId;
}

export function signature(name: string): Signature {
	return name as Signature;
}

/** A whole intent: USDC → SOL → USDC with a loan of `amount`. */
export function orderIntent(changes: Partial<OrderIntent> & { amount?: bigint } = {}): OrderIntent {
	const { amount = 1_000_000n, ...rest } = changes;
	const fee = 10n;
	const networkCost = 2n;
	const minimumProfit = 100n;
	const legs: readonly SwapLeg[] = [
		leg({ pool: POOL_1, mintIn: USDC, mintOut: SOL_MINT, amountIn: amount, minimumAmountOut: 5_000n }),
		leg({
			pool: POOL_2,
			venue: "raydium-amm-v4",
			direction: "bToA",
			mintIn: SOL_MINT,
			mintOut: USDC,
			amountIn: 5_000n,
			minimumAmountOut: amount + fee + networkCost + minimumProfit,
		}),
	];
	return {
		intentId: intentId(),
		strategy: "cross-venue",
		cycle: "pool-1>pool-2",
		fundingMint: USDC,
		loan: { reserve: RESERVE, amount, fee },
		legs,
		expectedNetProfit: 150n,
		minimumProfit,
		networkCost,
		computeUnitLimit: 250_000,
		computeUnitPriceMicroLamports: 1_000n,
		maximumFeeLamports: FEE_LAMPORTS,
		tip: null,
		triggerSlot: SLOT,
		deadlineMicros: NEW_YEAR + 250_000,
		timings: { received: NEW_YEAR - 100 },
		...rest,
	};
}

/** A swap from holdings: USDC → SOL, `amount` for at least `minimum`. The tests' opened ledger holds both. */
export function inventorySwap(
	changes: Partial<OrderIntent> & {
		amount?: bigint;
		minimum?: bigint;
		expected?: bigint;
		mints?: readonly Address[];
	} = {},
): OrderIntent {
	const { amount = 1_000n, minimum = 1_000n, expected = minimum, mints = [USDC, SOL_MINT], ...rest } = changes;
	const legs = mints.slice(1).map((mintOut, index) =>
		leg({
			pool: index === 0 ? POOL_1 : POOL_2,
			mintIn: mints[index] as Address,
			mintOut,
			amountIn: index === 0 ? amount : minimum,
			minimumAmountOut: minimum,
			expectedAmountOut: expected,
		}),
	);
	return orderIntent({
		cycle: "order",
		fundingMint: mints[0] as Address,
		loan: null,
		legs,
		minimumProfit: 0n,
		networkCost: 0n,
		...rest,
	});
}

function leg(
	changes: Pick<SwapLeg, "pool" | "mintIn" | "mintOut" | "amountIn" | "minimumAmountOut"> & Partial<SwapLeg>,
): SwapLeg {
	return {
		venue: "raydium-cpmm",
		direction: "aToB",
		expectedAmountOut: changes.minimumAmountOut,
		observedSlot: SLOT,
		arrays: [],
		...changes,
	};
}

export function mintLimits(changes: Partial<MintLimits> = {}): MintLimits {
	return {
		maxIntentNotional: 10_000_000n,
		maxInFlightNotional: 40_000_000n,
		maxOrderSize: 20_000_000n,
		maxPosition: 100_000_000_000n,
		maxDailyLoss: 1_000n,
		maxDrawdown: 1_000_000n,
		...changes,
	};
}

export function budget(changes: Partial<StrategyBudget> = {}): StrategyBudget {
	const byMint = new Map(
		[USDC, SOL_MINT, BONK].map((mint) => [mint, { maxInFlightNotional: 10n ** 15n, maxDailyLoss: 10n ** 15n }]),
	);
	return { ordersPerSecond: 1_000, orderBurst: 1_000, byMint, ...changes };
}

/** A market in which a base unit of each mint is worth one of any other, unless told. */
export function pricesOf(told: Partial<PriceSource> = {}): PriceSource {
	return { price: () => ({ amountIn: 1n, amountOut: 1n, rough: 1 }), value: (_mint, amount) => amount, ...told };
}

export function limits(changes: Partial<RiskLimits> = {}): RiskLimits {
	return {
		maxInFlight: 16,
		maxMessagesPerSecond: 1_000_000,
		messageBurst: 1_000_000,
		maxOrdersPerSecond: 1_000,
		orderBurst: 1_000,
		staleAfterSlots: 4,
		maxDeadlineAheadMicros: 500_000,
		// So wide that no price is outside: tests of the collar give their own.
		collarBps: 10n ** 15n,
		quoteMints: [USDC],
		maxGrossExposure: 10n ** 15n,
		byMint: new Map([
			[USDC, mintLimits({ maxPosition: null })],
			[SOL_MINT, mintLimits({ maxDailyLoss: 1_000_000_000n, maxDrawdown: 1_000_000_000n })],
		]),
		costs: {
			maxFeePerIntent: 1_000_000n,
			maxTipPerIntent: 1_000_000n,
			maxFeesPerHour: 1_000_000_000n,
			maxTipsPerHour: 1_000_000_000n,
			tipAccounts: new Set([TIP_ACCOUNT]),
		},
		budgets: new Map([["cross-venue", budget()]]),
		throttle: { failures: 3, windowMicros: 60_000_000 },
		listedMints: new Set([USDC, SOL_MINT]),
		allowUnlistedMints: false,
		...changes,
	};
}

export function freshMarket(monotonicMicros = 0): MarketWatch {
	const market = new MarketWatch();
	const notice = { shard: "main", blockhash: BLOCKHASH, blockHeight: 900, lastValidBlockHeight: 1_050 };
	market.heard({ ...notice, slot: SLOT }, monotonicMicros);
	return market;
}

/** A ledger that was opened with 10 SOL and what is told besides. */
export function openedLedger(held: Readonly<Record<string, bigint>> = {}): LedgerState {
	const ledger = new LedgerState();
	ledger.apply({
		type: "opened",
		version: 1,
		genesisHash: "genesis",
		wallet: WALLET,
		slot: 10,
		balances: [
			{ mint: SOL_MINT, amount: 10_000_000_000n },
			...Object.entries(held).map(([mint, amount]) => ({ mint: mint as Address, amount })),
		],
		accounts: [],
		atMicros: NEW_YEAR,
	});
	return ledger;
}

/** A gate's view in which a whole intent passes. */
export function view(changes: Partial<GateView> = {}): GateView {
	const chosen = changes.limits ?? limits();
	const rate = (ordersPerSecond: number, burst: number) => new OrderRate({ ordersPerSecond, burst, nowMicros: 0 });
	return {
		limits: chosen,
		tradingState: "active",
		recovered: true,
		ledgerFailure: null,
		wallet: { address: WALLET },
		ledger: openedLedger(),
		market: freshMarket(),
		prices: pricesOf(),
		exposure: new GrossExposure(chosen.quoteMints),
		standing: { drawdown: () => 0n, throttled: () => null },
		messageRate: rate(chosen.maxMessagesPerSecond, chosen.messageBurst),
		orderRate: rate(chosen.maxOrdersPerSecond, chosen.orderBurst),
		strategyRates: new Map(
			[...chosen.budgets].map(([name, { ordersPerSecond, orderBurst }]) => [name, rate(ordersPerSecond, orderBurst)]),
		),
		nowMicros: NEW_YEAR,
		monotonicMicros: 0,
		...changes,
	};
}

/** Checks and reserves, as the desk does. Returns the code of the denial or "approved". */
export function submit(intent: OrderIntent, gate: GateView): string {
	const verdict = checkIntent(intent, gate);
	if (!verdict.ok) return verdict.code;
	gate.ledger.apply({ type: "approved", reservation: verdict.reservation });
	return "approved";
}

export function booking(name: string, slot: number, changes: Booking["changes"]): Booking {
	return { signature: signature(name), slot, changes };
}

/** A settlement that lost or gained an amount of a mint. */
export function settled(id: IntentId, mint: Address, fill: bigint, atMicros = NEW_YEAR): LedgerRecord {
	return {
		type: "settled",
		intentId: id,
		outcome: "landed",
		signature: signature(`s-${id}`),
		booking: booking(`s-${id}`, 20, [{ mint, fill, loanFee: 0n, networkFee: 0n }]),
		atMicros,
	};
}
