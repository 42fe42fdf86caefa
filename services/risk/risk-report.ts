import type { IntentOutcome, Position, RiskStatus } from "../../broker/contracts/risk.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { LedgerState } from "../../core/risk/ledger-state.ts";
import type { RiskLimits } from "../../core/risk/limits.ts";
import type { MarketWatch } from "../../core/risk/market-watch.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { MintNames } from "./mint-names.ts";
import type { RiskDesk } from "./risk-desk.ts";

export interface RiskReportOptions {
	/** The ledger's state, or an empty one while there is no ledger. */
	readonly state: () => LedgerState;
	readonly desk: Pick<RiskDesk, "counts" | "isOpen" | "uses">;
	readonly market: MarketWatch;
	readonly names: MintNames;
	readonly limits: RiskLimits;
	readonly clock: Clock;
	/** Settlements from the bus that were not an executor's word. */
	readonly forgedSettlements: () => number;
}

/** What risk tells those who ask, from the ledger and the gate. Changes nothing. */
export class RiskReport {
	readonly #options: RiskReportOptions;

	constructor(options: RiskReportOptions) {
		this.#options = options;
	}

	status(tradingState: TradingStateRecord): RiskStatus {
		const { desk, market, forgedSettlements } = this.#options;
		const state = this.#options.state();
		const { landed, reverted, expired, reversed } = state.counters;
		const height = market.blockHeight;
		const unknown = [...state.reservations].filter(({ lastValidBlockHeight }) => lastValidBlockHeight < height);
		return {
			tradingState,
			riskEpoch: state.epoch,
			recovering: !desk.isOpen,
			...desk.counts,
			inFlight: state.openCount,
			landed,
			reverted,
			expired,
			reversed,
			unknown: unknown.length,
			uses: desk.uses(),
			throttled: state.throttledStrategies,
			forgedSettlements: forgedSettlements(),
		};
	}

	positions(): readonly Position[] {
		const { clock, limits, names } = this.#options;
		const state = this.#options.state();
		const nowMicros = clock.epochMicros();
		return names.sorted(new Set([...state.mints, ...limits.byMint.keys()])).map((mint) => {
			const { realised } = state.totals(mint);
			return {
				mint,
				...names.of(mint),
				balance: state.position(mint),
				reserved: state.inFlightNotional(mint) + (mint === SOL_MINT ? state.feesAtStake : 0n),
				realised,
				realisedToday: state.realisedToday(mint, nowMicros),
			};
		});
	}

	/** What became of an intent, as far as the ledger knows. */
	outcome(intentId: IntentId): IntentOutcome {
		if (!this.#options.desk.isOpen) return { status: "recovering" };
		const state = this.#options.state();
		if (state.reservation(intentId)) return { status: "open" };
		const ended = state.ended(intentId);
		return ended ? { status: "ended", ...ended } : { status: "unknown" };
	}
}
