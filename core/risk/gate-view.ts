import type { Address } from "../types/address.ts";
import type { DenyCode } from "./deny-code.ts";
import type { GrossExposure } from "./gross-exposure.ts";
import type { LedgerState } from "./ledger-state.ts";
import type { RiskLimits } from "./limits.ts";
import type { MarketWatch } from "./market-watch.ts";
import type { OrderRate } from "./order-rate.ts";
import type { PriceSource } from "./price-source.ts";
import type { TradingState } from "./trading-state.ts";

/** How the desk has done so far. */
export interface Standing {
	/** How far the equity in a mint is below its peak, base units; never negative. */
	drawdown(mint: Address): bigint;
	/** Why a strategy is switched off, or null. */
	throttled(strategy: string): string | null;
}

/** Everything that the gate looks at besides the intent. */
export interface GateView {
	readonly limits: RiskLimits;
	readonly tradingState: TradingState;
	/** False until the ledger is reconciled with the chain. */
	readonly recovered: boolean;
	/** Why the ledger takes no records, or null. */
	readonly ledgerFailure: string | null;
	/** The wallet that executors sign for, or why none is known. */
	readonly wallet: { readonly address: Address } | { readonly missing: string };
	readonly ledger: LedgerState;
	readonly market: MarketWatch;
	readonly prices: PriceSource;
	readonly exposure: GrossExposure;
	readonly standing: Standing;
	readonly messageRate: OrderRate;
	readonly orderRate: OrderRate;
	/** By strategy, of those that have a budget. */
	readonly strategyRates: ReadonlyMap<string, OrderRate>;
	/** Wall clock, microseconds since the Unix epoch. */
	readonly nowMicros: number;
	readonly monotonicMicros: number;
}

export interface Denial {
	readonly ok: false;
	readonly code: DenyCode;
	/** One phrase with the value and its limit. */
	readonly detail: string;
}

export function deny(code: DenyCode, detail: string): Denial {
	return { ok: false, code, detail };
}
