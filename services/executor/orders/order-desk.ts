import type { Bus } from "../../../broker/bus.ts";
import type { RouteMeasured } from "../../../broker/contracts/executor.ts";
import type { FeedEvents, FeesChanged, SlotAdvanced } from "../../../broker/contracts/feed.ts";
import type {
	CancelOrderAnswer,
	EmergencyStopAnswer,
	FlashLoanArbitrageAnswer,
	OrderDeskStatus,
	OrderView,
	SubmitOrderAnswer,
} from "../../../broker/contracts/orders.ts";
import type { RiskEvents, TradingStateChange } from "../../../broker/contracts/risk.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import { FeePolicy, routeName } from "../../../core/execution/fee-policy.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import { isImmediate, isOrderId } from "../../../core/orders/order.ts";
import { isEnded, ORDER_STATUSES, type OrderReason, type OrderState } from "../../../core/orders/order-state.ts";
import type { TradingStateRecord } from "../../../core/risk/trading-state.ts";
import { TradingStateView } from "../trading-state-view.ts";
import type { AttemptOutcomes } from "./attempt-outcome.ts";
import { AttemptSender } from "./attempt-sender.ts";
import { ManualArbitrage } from "./manual-arbitrage.ts";
import { OrderFinality } from "./order-finality.ts";
import { OrderIntake } from "./order-intake.ts";
import type { OrderLedger } from "./order-ledger.ts";
import { OrderMarket } from "./order-market.ts";
import { OrderRefusals } from "./order-refusals.ts";
import { OrderRunner } from "./order-runner.ts";
import type { OrderSettings } from "./order-settings.ts";
import { viewOf } from "./order-view.ts";
import type { WalletFunds } from "./wallet-funds.ts";

export interface OrderDeskOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly settings: OrderSettings;
	readonly ledger: OrderLedger;
	readonly outcomes: Pick<AttemptOutcomes, "find" | "judge">;
	readonly funds: Pick<WalletFunds, "amount">;
	readonly log: { warn(line: string): void };
}

/** Orders are looked at so often also when the market does not move: their time may be up, or an outcome due. */
const LOOK_INTERVAL_MS = 250;
const MOST_LISTED = 500;
const DEFAULT_LISTED = 100;
const HALT_TIMEOUT_MS = 5_000;
const ASK_TIMEOUT_MS = 2_000;

/** Holds the orders that wait, and carries all orders through risk. One desk a machine and chain. */
export class OrderDesk {
	readonly #options: OrderDeskOptions;
	readonly #market: OrderMarket;
	readonly #runner: OrderRunner;
	readonly #finality: OrderFinality;
	readonly #intake: OrderIntake;
	readonly #arbitrage: ManualArbitrage;
	readonly #sender: AttemptSender;
	readonly #fees: FeePolicy;
	readonly #refusals = new OrderRefusals();
	readonly #tradingState = new TradingStateView();
	#timer: NodeJS.Timeout | null = null;
	#isMarketLookDue = false;
	#isStopped = false;
	#lastTrouble = "";

	constructor(options: OrderDeskOptions) {
		const { runtime, bus, ledger, outcomes, funds, settings } = options;
		this.#options = options;
		this.#market = new OrderMarket({
			runtime,
			bus,
			onChanged: () => this.#marketChanged(),
			onDefect: (error) => this.#trouble(`the order desk's market broke: ${error.stack ?? error.message}`),
		});
		this.#sender = new AttemptSender(bus, settings.deadlineMs);
		this.#fees = new FeePolicy(settings.fees);
		const shared = { runtime, ledger, market: this.#market, settings, funds, halt: () => this.#halt() };
		const onTrouble = (what: string): void => this.#trouble(what);
		this.#runner = new OrderRunner({
			...shared,
			outcomes,
			sender: this.#sender,
			fees: this.#fees,
			clock: runtime.clock,
			onTrouble,
		});
		this.#finality = new OrderFinality({
			ledger,
			outcomes,
			clock: runtime.clock,
			onProven: (orderId) => this.#runner.look(orderId),
			onReopened: (orderId) => this.#runner.reopened(orderId),
			onTrouble,
		});
		this.#intake = new OrderIntake({
			...shared,
			refusals: this.#refusals,
			onAccepted: (orderId) => this.#runner.look(orderId),
		});
		this.#arbitrage = new ManualArbitrage({ ...shared, bus });
	}

	/**
	 * Ends what can have no moment any more after a restart, and follows the rest. Attempts that were under way are asked
	 * for before anything else happens to their orders.
	 */
	async start(): Promise<void> {
		const { ledger, runtime } = this.#options;
		for (const { terms, status } of [...ledger.orders]) {
			if (status !== "accepted" || !isImmediate(terms)) continue;
			const reason: OrderReason = { code: "deskStopped", detail: "the desk stopped before the order was tried" };
			const atMicros = runtime.clock.epochMicros();
			await ledger.record(terms.orderId, { type: "ended", status: "cancelled", reason, atMicros });
		}
		this.#market.start();
		void this.#askTradingState();
		this.#timer = setInterval(() => this.#lookAtAll(), LOOK_INTERVAL_MS);
	}

	/** Idempotent. What is under way is the next start's to find out. */
	stop(): void {
		this.#isStopped = true;
		if (this.#timer) clearInterval(this.#timer);
		this.#timer = null;
		this.#runner.stop();
		this.#finality.stop();
		this.#market.stop();
	}

	/** Takes an order; answers when it is durable. */
	submit(params: unknown): Promise<SubmitOrderAnswer> {
		return this.#intake.submit(params);
	}

	/** Sends one loan-funded cycle at the market of now through risk. */
	submitFlashLoanArbitrage(params: unknown): Promise<FlashLoanArbitrageAnswer> {
		return this.#arbitrage.submit(params);
	}

	/** Answers when the cancellation is durable. What is under way may still fill. */
	async cancel(orderId: string, reason?: OrderReason): Promise<CancelOrderAnswer> {
		const { ledger, runtime } = this.#options;
		const order = isOrderId(orderId) ? ledger.get(orderId) : undefined;
		if (!order) return this.#refusals.refuse("notFound", "no order has this id, or it ended long ago");
		if (isEnded(order) && !mayReopen(order)) {
			return this.#refusals.refuse("alreadyEnded", `the order is ${order.status} already`);
		}
		if (ledger.failure !== null) return this.#refusals.refuse("journalUnavailable", ledger.failure);
		const why = reason ?? { code: "cancelledByUser", detail: "asked for" };
		const atMicros = runtime.clock.epochMicros();
		const { orderId: known } = order.terms;
		if (order.attempt === null && !isEnded(order)) {
			await ledger.record(known, { type: "ended", status: "cancelled", reason: why, atMicros });
		} else if ((order.unproven ?? order).cancelAsked === null) {
			await ledger.record(known, { type: "cancelAsked", reason: why, atMicros });
		}
		// The attempt may have ended while the record was being written.
		const now = ledger.get(known) ?? order;
		return { status: isEnded(now) && !mayReopen(now) ? "cancelled" : "cancelling", order: viewOf(now) };
	}

	/** Newest first. */
	list({ state, limit = DEFAULT_LISTED }: { readonly state?: string; readonly limit?: number }): readonly OrderView[] {
		const isWanted = (order: OrderState): boolean => {
			if (state === undefined) return true;
			if (state === "open" || state === "ended") return isEnded(order) === (state === "ended");
			return order.status === state;
		};
		const found = [...this.#options.ledger.orders].filter(isWanted).reverse();
		return found.slice(0, Math.min(limit, MOST_LISTED)).map(viewOf);
	}

	get(orderId: string): OrderView | null {
		const order = isOrderId(orderId) ? this.#options.ledger.get(orderId) : undefined;
		return order ? viewOf(order) : null;
	}

	/** Halts trading and ends every order. Neither waits for the other. */
	async emergencyStop({ by, reason }: TradingStateChange): Promise<EmergencyStopAnswer> {
		const { bus, ledger } = this.#options;
		const halting = bus.call("risk.halt", { by, reason }, { timeout: HALT_TIMEOUT_MS }).then(
			(record) => {
				this.onTradingState(record);
				return { tradingState: record, problem: null };
			},
			(error: Error) => ({ tradingState: null, problem: `risk did not halt: ${error.message}` }),
		);
		const open = [...ledger.orders].filter((order) => !isEnded(order) || mayReopen(order));
		const why: OrderReason = { code: "emergencyStop", detail: reason };
		const answers = await Promise.allSettled(open.map(({ terms }) => this.cancel(terms.orderId, why)));
		const count = (status: CancelOrderAnswer["status"]): number =>
			answers.filter((answer) => answer.status === "fulfilled" && answer.value.status === status).length;
		const lost = answers.length - count("cancelled") - count("cancelling") - count("refused");
		const { tradingState, problem } = await halting;
		const failure = ledger.failure ?? (lost > 0 ? `${lost} orders could not be cancelled` : null);
		return {
			tradingState,
			problem: problem ?? failure,
			cancelled: count("cancelled"),
			cancelling: count("cancelling"),
		};
	}

	status(): OrderDeskStatus {
		const { ledger, runtime } = this.#options;
		return {
			node: runtime.nodeID,
			open: ledger.openCount,
			unproven: ledger.unprovenCount,
			reversals: this.#finality.reversals,
			kept: ledger.size,
			accepted: this.#intake.accepted,
			refused: this.#refusals.counts,
			attempts: this.#sender.sent,
			waitingFor: ledger.failure ?? this.#halt() ?? this.#market.trouble,
		};
	}

	onBooked(settlement: Settlement): void {
		this.#runner.booked(settlement).catch((error: Error) => this.#trouble(error.message));
	}

	onReversed(reversal: RiskEvents["risk.settlement.reversed"]): void {
		this.#finality.reversed(reversal).catch((error: Error) => this.#trouble(error.message));
	}

	onTradingState(record: TradingStateRecord | null): void {
		if (record !== null) this.#tradingState.offer(record);
	}

	/** What others pay for the same accounts. */
	onFeesChanged({ shard, fees }: FeesChanged): void {
		const { clock, config } = this.#options.runtime;
		if (shard === config.data_pipeline.shard) this.#fees.observed(fees, clock.monotonicMicros());
	}

	/** What a route needed. */
	onRouteMeasured({ reserve, legs, computeUnits }: RouteMeasured): void {
		this.#fees.measured(routeName(reserve, legs), computeUnits);
	}

	onCatalogChanged(change: FeedEvents["feed.catalog.changed"]): void {
		this.#market.onCatalogChanged(change);
	}

	onLendersChanged(change: FeedEvents["feed.lenders.changed"]): void {
		this.#market.onLendersChanged(change);
	}

	onSlotAdvanced(notice: SlotAdvanced): void {
		this.#market.onSlotAdvanced(notice);
	}

	/** An order became different: for the screen, and what nobody needs any more is forgotten. */
	changed(order: OrderState): void {
		if (isEnded(order)) this.#runner.forget(order.terms.orderId);
		this.#options.bus.broadcast("orders.order.changed", viewOf(order));
	}

	/** Why nothing may be traded by anybody, or null. What is not known counts as no. */
	#halt(): string | null {
		if (this.#isStopped) return "the order desk is stopping";
		return this.#tradingState.halt;
	}

	#marketChanged(): void {
		if (this.#isMarketLookDue) return;
		this.#isMarketLookDue = true;
		// After the strategies on the same stream: an order's quotes must not delay theirs.
		setImmediate(() => {
			this.#isMarketLookDue = false;
			this.#lookAtAll();
		});
	}

	#lookAtAll(): void {
		this.#finality.poll();
		for (const order of this.#options.ledger.orders) {
			if (!isEnded(order)) this.#runner.look(order.terms.orderId);
		}
	}

	async #askTradingState(): Promise<void> {
		try {
			this.onTradingState(await this.#options.bus.call("risk.tradingState", undefined, { timeout: ASK_TIMEOUT_MS }));
		} catch {
			// Risk repeats it every second once it is there.
		}
	}

	/** The same trouble again and again is told once. */
	#trouble(what: string): void {
		if (what === this.#lastTrouble || this.#isStopped) return;
		this.#lastTrouble = what;
		this.#options.log.warn(what);
	}
}

/** What `orders.list` may be asked for. */
export const ORDER_LIST_STATES: readonly string[] = ["open", "ended", ...ORDER_STATUSES];

/** Whether an order shows as whole and would trade again when a fork takes that back. */
function mayReopen({ status, unproven, terms }: OrderState): boolean {
	return status === "filled" && unproven !== null && !isImmediate(terms);
}
