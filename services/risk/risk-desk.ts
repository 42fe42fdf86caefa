import type { Bus } from "../../broker/bus.ts";
import type { ExecuteAck } from "../../broker/contracts/executor.ts";
import type { Verdict } from "../../broker/contracts/risk.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { TableUse } from "../../core/execution/lookup-table.ts";
import type { DenyCode } from "../../core/risk/deny-code.ts";
import { type Approval, checkIntent, type Denial, type GateView, type PriceSource } from "../../core/risk/gate.ts";
import { GrossExposure } from "../../core/risk/gross-exposure.ts";
import { LedgerState } from "../../core/risk/ledger-state.ts";
import { type LimitUse, limitUses } from "../../core/risk/limit-use.ts";
import type { RiskLimits } from "../../core/risk/limits.ts";
import type { MarketWatch } from "../../core/risk/market-watch.ts";
import { OrderRate } from "../../core/risk/order-rate.ts";
import type { TradingState } from "../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { ApprovalSeal } from "../../libs/approval-seal.ts";
import type { Ledger } from "./ledger.ts";
import { Outstanding } from "./outstanding.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface RiskDeskOptions {
	readonly bus: Bus;
	readonly clock: Clock;
	readonly logger: RiskLogger;
	readonly limits: RiskLimits;
	readonly market: MarketWatch;
	readonly prices: PriceSource;
	readonly tradingState: () => TradingState;
	/** The executors' wallet, or why none is known. */
	readonly wallet: () => GateView["wallet"];
	/** What an intent's transaction needs so that it fits; null: nothing, or nothing helps. */
	readonly lookupTable: (intent: OrderIntent) => TableUse | null;
	/** A reservation ended without a settlement. */
	readonly onReleased: (intentId: IntentId) => void;
}

const EARLIER_PROCESS = "" as IntentId;
/** How long after its deadline an executor's answer is waited for. Later the outcome is unknown until it is settled. */
const ANSWER_MARGIN_MS = 1_000;

/** Takes intents through the gate: check, reserve, hand to an executor, answer. */
export class RiskDesk {
	readonly #options: RiskDeskOptions;
	readonly #messageRate: OrderRate;
	readonly #orderRate: OrderRate;
	readonly #strategyRates: ReadonlyMap<string, OrderRate>;
	readonly #exposure: GrossExposure;
	readonly #outstanding = new Outstanding();
	/** Acknowledged signatures of open intents. */
	readonly #signatures = new Map<IntentId, Signature>();
	readonly #deniedByCode: Partial<Record<DenyCode, number>> = {};
	#ledger: Ledger | null = null;
	#seal: ApprovalSeal | null = null;
	#approved = 0;
	#denied = 0;

	constructor(options: RiskDeskOptions) {
		this.#options = options;
		const { clock, limits } = options;
		const rate = (ordersPerSecond: number, burst: number): OrderRate =>
			new OrderRate({ ordersPerSecond, burst, nowMicros: clock.monotonicMicros() });
		this.#messageRate = rate(limits.maxMessagesPerSecond, limits.messageBurst);
		this.#orderRate = rate(limits.maxOrdersPerSecond, limits.orderBurst);
		this.#strategyRates = new Map(
			[...limits.budgets].map(([strategy, { ordersPerSecond, orderBurst }]) => [
				strategy,
				rate(ordersPerSecond, orderBurst),
			]),
		);
		this.#exposure = new GrossExposure(limits.quoteMints);
		// What an earlier process approved just before it ended may be signed until its deadline.
		const deadlineMicros = clock.epochMicros() + limits.maxDeadlineAheadMicros;
		this.#outstanding.follow(EARLIER_PROCESS, new Promise(() => {}), deadlineMicros);
	}

	get counts(): GateCounts {
		return { approved: this.#approved, denied: this.#denied, deniedByCode: { ...this.#deniedByCode } };
	}

	/** How far each limit is used. */
	uses(): readonly LimitUse[] {
		return limitUses(this.#view(this.#options.clock.epochMicros()));
	}

	get isOpen(): boolean {
		return this.#ledger !== null;
	}

	/** From here on intents may pass: the ledger is reconciled with the chain. */
	open(ledger: Ledger, seal: ApprovalSeal): void {
		this.#ledger = ledger;
		this.#seal = seal;
	}

	/** The signature that an executor acknowledged for an open intent, or null. */
	signatureOf(intentId: IntentId): Signature | null {
		return this.#signatures.get(intentId) ?? null;
	}

	/** An intent's reservation has ended by a settlement. */
	settled(intentId: IntentId): void {
		this.#signatures.delete(intentId);
	}

	/** Resolves when nothing that was approved can be signed any more. */
	quiet(): Promise<void> {
		return this.#outstanding.ended(this.#options.clock.epochMicros());
	}

	async submit(candidate: unknown): Promise<Verdict> {
		const { bus, clock } = this.#options;
		const ledger = this.#ledger;
		const nowMicros = clock.epochMicros();
		const verdict = checkIntent(candidate, this.#view(nowMicros));
		const seal = this.#seal;
		if (!verdict.ok || !ledger || !seal) return this.#deny(candidate, verdict as Denial);
		// From the check to the record nothing may be awaited: two intents would pass on the same room.
		try {
			ledger.record({ type: "approved", reservation: verdict.reservation });
		} catch (error) {
			return this.#deny(candidate, { ok: false, code: "ledgerUnavailable", detail: (error as Error).message });
		}
		const intent = approvedIntent(verdict, this.#options.lookupTable(verdict.intent), nowMicros);
		intent.seal = seal.of(intent);
		this.#outstanding.prune(nowMicros);
		const timeout = Math.ceil((intent.deadlineMicros - nowMicros) / 1_000) + ANSWER_MARGIN_MS;
		// A repeated call could sign twice; only the settlement tells what became of an unanswered one.
		const answer = bus.call("executor.execute", intent, { retries: 0, timeout });
		this.#outstanding.follow(intent.intentId, answer, intent.deadlineMicros);
		bus.broadcast("risk.intent.approved", { intent });
		return this.#conclude(ledger, verdict.intent, answer);
	}

	#view(nowMicros: number): GateView {
		const { clock, limits, market, prices, tradingState, wallet } = this.#options;
		const ledger = this.#ledger;
		const state = ledger?.state ?? NO_LEDGER;
		return {
			limits,
			market,
			prices,
			standing: state,
			tradingState: tradingState(),
			recovered: ledger !== null,
			ledgerFailure: ledger?.failure ?? null,
			wallet: wallet(),
			ledger: state,
			exposure: this.#exposure,
			messageRate: this.#messageRate,
			orderRate: this.#orderRate,
			strategyRates: this.#strategyRates,
			nowMicros,
			monotonicMicros: clock.monotonicMicros(),
		};
	}

	async #conclude(ledger: Ledger, intent: OrderIntent, answer: Promise<ExecuteAck>): Promise<Verdict> {
		const { intentId } = intent;
		let denial: Denial | null = null;
		try {
			const ack = await answer;
			if (ack.status === "refused") {
				const detail = `${ack.executor} refused: ${ack.code}: ${ack.detail}`;
				denial = { ok: false, code: "executorRefused", detail };
			} else if (ledger.state.reservation(intentId)) {
				this.#signatures.set(intentId, ack.signature);
			}
		} catch (error) {
			if (isUndelivered(error)) {
				denial = { ok: false, code: "noExecutor", detail: "no executor is on the bus: start one" };
			} else {
				this.#options.logger.warn(`${intentId} got no answer and stays reserved: ${(error as Error).message}`);
			}
		}
		// An outcome that was already told outweighs a refusal: the chain knows better.
		if (denial && ledger.state.reservation(intentId)) {
			this.#release(ledger, intentId, `${denial.code}: ${denial.detail}`);
			return this.#deny(intent, denial);
		}
		this.#approved++;
		return { status: "approved", intentId };
	}

	#release(ledger: Ledger, intentId: IntentId, reason: string): void {
		try {
			ledger.record({ type: "released", intentId, reason, atMicros: this.#options.clock.epochMicros() });
		} catch (error) {
			this.#options.logger.error(`${intentId} stays reserved: ${(error as Error).message}`);
			return;
		}
		this.#options.onReleased(intentId);
	}

	#deny(candidate: unknown, { code, detail }: Denial): Verdict {
		this.#denied++;
		this.#deniedByCode[code] = (this.#deniedByCode[code] ?? 0) + 1;
		const intentId = intentIdOf(candidate);
		// What was not checked is not passed on: listeners trust the shape of an intent.
		if (!BEFORE_SHAPE.has(code))
			this.#options.bus.broadcast("risk.intent.denied", { intent: candidate as OrderIntent, code, detail });
		return { status: "denied", intentId, code, detail };
	}
}

export interface GateCounts {
	readonly approved: number;
	readonly denied: number;
	readonly deniedByCode: Readonly<Partial<Record<DenyCode, number>>>;
}

const NO_LEDGER = new LedgerState();

/** Denials that come before the intent's shape was checked, or because of it. */
const BEFORE_SHAPE: ReadonlySet<DenyCode> = new Set<DenyCode>([
	"messageRate",
	"tradingHalted",
	"recovering",
	"ledgerUnavailable",
	"malformedIntent",
]);

/** Not sealed yet. */
function approvedIntent(
	approval: Approval,
	lookupTable: TableUse | null,
	nowMicros: number,
): Omit<ApprovedIntent, "seal"> & { seal: string } {
	const { intent, wallet, blockhash, reservation } = approval;
	return {
		...intent,
		wallet,
		blockhash,
		lastValidBlockHeight: reservation.lastValidBlockHeight,
		riskEpoch: reservation.riskEpoch,
		lookupTable,
		seal: "",
		timings: { ...intent.timings, approved: nowMicros },
	};
}

/**
 * Whether an error proves that no executor got the call. The action's name is looked at too: an executor may itself
 * have called something that is not there, after it signed.
 */
function isUndelivered(error: unknown): boolean {
	const { type, data } = error as { type?: unknown; data?: { action?: unknown } | null };
	const isAbsence = type === "SERVICE_NOT_FOUND" || type === "SERVICE_NOT_AVAILABLE";
	return isAbsence && data?.action === "executor.execute";
}

function intentIdOf(candidate: unknown): IntentId {
	const intentId = (candidate as { intentId?: unknown } | null | undefined)?.intentId;
	return (typeof intentId === "string" ? intentId.slice(0, 64) : "") as IntentId;
}
