import type { Bus } from "../../../broker/bus.ts";
import type { FeedEvents, SlotAdvanced } from "../../../broker/contracts/feed.ts";
import type {
	CancelOrderAnswer,
	EmergencyStopAnswer,
	FlashLoanArbitrageAnswer,
	OrderDeskStatus,
	OrderRefusal,
	OrderRefusalCode,
	OrderView,
	SubmitOrderAnswer,
} from "../../../broker/contracts/orders.ts";
import type { TradingStateChange } from "../../../broker/contracts/risk.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import { proposeFlashCycle, readFlashCycleRequest } from "../../../core/orders/flash-cycle.ts";
import {
	attemptIntentId,
	expiryOf,
	isImmediate,
	isOrderId,
	isSameRequest,
	mintGiven,
	mintTaken,
	newOrderId,
	type OrderRequest,
	type OrderTerms,
} from "../../../core/orders/order.ts";
import { isEnded, ORDER_STATUSES, type OrderReason, type OrderState } from "../../../core/orders/order-machine.ts";
import { readOrderRequest } from "../../../core/orders/order-shape.ts";
import type { TradingStateRecord } from "../../../core/risk/trading-state.ts";
import type { Address } from "../../../core/types/address.ts";
import type { AttemptOutcomes } from "./attempt-outcome.ts";
import type { OrderLedger } from "./order-ledger.ts";
import { OrderMarket } from "./order-market.ts";
import { OrderRunner } from "./order-runner.ts";
import type { OrderSettings } from "./order-settings.ts";
import { viewOf } from "./order-view.ts";
import type { WalletFunds } from "./wallet-funds.ts";

export interface OrderDeskOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly settings: OrderSettings;
	readonly ledger: OrderLedger;
	readonly outcomes: Pick<AttemptOutcomes, "find">;
	readonly funds: Pick<WalletFunds, "amount">;
	readonly log: { warn(line: string): void };
}

/** Orders are looked at so often also when the market does not move: their time may be up, or an outcome due. */
const LOOK_INTERVAL_MS = 250;
/** Submissions waiting for their turn; more are refused. */
const MOST_WAITING = 64;
const MOST_LISTED = 500;
const DEFAULT_LISTED = 100;
const VERDICT_MARGIN_MS = 2_000;
const HALT_TIMEOUT_MS = 5_000;
const ASK_TIMEOUT_MS = 2_000;
const MICROS_PER_MILLISECOND = 1_000;

/** Holds the orders that wait, and carries all orders through risk. One desk a machine and chain. */
export class OrderDesk {
	readonly #options: OrderDeskOptions;
	readonly #market: OrderMarket;
	readonly #runner: OrderRunner;
	readonly #refused: Partial<Record<OrderRefusalCode, number>> = {};
	#tradingState: TradingStateRecord | null = null;
	#turn: Promise<unknown> = Promise.resolve();
	#waiting = 0;
	#accepted = 0;
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
		this.#runner = new OrderRunner({
			ledger,
			market: this.#market,
			outcomes,
			funds,
			settings,
			bus,
			clock: runtime.clock,
			halt: () => this.#halt(),
			onTrouble: (what) => this.#trouble(what),
		});
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
		this.#market.stop();
	}

	/** Takes an order; answers when it is durable. */
	async submit(params: unknown): Promise<SubmitOrderAnswer> {
		if (this.#waiting >= MOST_WAITING)
			return this.#refuse("tooManyOrders", "too many orders at once: send them slower");
		this.#waiting++;
		// One at a time: between the look for the caller's id and the record nothing else may take it.
		const answer = this.#turn.then(() => this.#take(params));
		this.#turn = answer.catch(() => {});
		try {
			return await answer;
		} finally {
			this.#waiting--;
		}
	}

	/** Answers when the cancellation is durable. What is under way may still fill. */
	async cancel(orderId: string, reason?: OrderReason): Promise<CancelOrderAnswer> {
		const { ledger, runtime } = this.#options;
		const order = isOrderId(orderId) ? ledger.get(orderId) : undefined;
		if (!order) return this.#refuse("notFound", "no order has this id, or it ended long ago");
		if (isEnded(order)) return this.#refuse("alreadyEnded", `the order is ${order.status} already`);
		if (ledger.failure !== null) return this.#refuse("journalUnavailable", ledger.failure);
		const why = reason ?? { code: "cancelledByUser", detail: "asked for" };
		const atMicros = runtime.clock.epochMicros();
		const { orderId: known } = order.terms;
		if (order.attempt === null) {
			await ledger.record(known, { type: "ended", status: "cancelled", reason: why, atMicros });
		} else if (order.cancelAsked === null) {
			await ledger.record(known, { type: "cancelAsked", reason: why, atMicros });
		}
		// The attempt may have ended while the record was being written.
		const now = ledger.get(known) ?? order;
		return { status: isEnded(now) ? "cancelled" : "cancelling", order: viewOf(now) };
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

	/** Builds one loan-funded cycle at the market of now and sends it through risk. */
	async submitFlashLoanArbitrage(params: unknown): Promise<FlashLoanArbitrageAnswer> {
		const { settings, runtime, bus } = this.#options;
		const request = readFlashCycleRequest(params, (symbol) => settings.mintBySymbol.get(symbol));
		if (!request.ok) return { status: "refused", ...request.error };
		const halted = this.#halt();
		if (halted !== null) return { status: "refused", code: "tradingHalted", detail: halted };
		const { book, trouble } = this.#market;
		if (book === null || trouble !== null) {
			return { status: "refused", code: "marketUnavailable", detail: trouble ?? "there is no market yet" };
		}
		const proposal = proposeFlashCycle({
			request: request.value,
			intentId: attemptIntentId(newOrderId(runtime.random), 0),
			rows: book.rows,
			lenders: this.#market.lenders,
			maximumAmount: settings.maximumPart.get(request.value.fundingMint) ?? 0n,
			budget: settings.budget,
			clock: this.#market.clock,
			slot: book.slot,
		});
		if (!proposal.ok) return { status: "refused", ...proposal.error };
		const found = runtime.clock.epochMicros();
		const intent = {
			...proposal.value,
			deadlineMicros: found + settings.deadlineMs * MICROS_PER_MILLISECOND,
			timings: { received: found, decoded: found, found },
		};
		const timeout = settings.deadlineMs + VERDICT_MARGIN_MS;
		const verdict = await bus.call("risk.submitIntent", intent, { retries: 0, timeout });
		bus.emit("strategy.intent.submitted", { intent, verdict });
		const { intentId, expectedNetProfit } = intent;
		return { status: "submitted", intentId, expectedNetProfit, verdict };
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
		const open = [...ledger.orders].filter((order) => !isEnded(order));
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
			kept: ledger.size,
			accepted: this.#accepted,
			refused: { ...this.#refused },
			attempts: this.#runner.attempts,
			waitingFor: ledger.failure ?? this.#halt() ?? this.#market.trouble,
		};
	}

	onBooked(settlement: Settlement): void {
		this.#runner.booked(settlement).catch((error: Error) => this.#trouble(error.message));
	}

	onTradingState(record: TradingStateRecord | null): void {
		if (record === null) return;
		if (this.#tradingState !== null && record.changedAtMicros < this.#tradingState.changedAtMicros) return;
		this.#tradingState = record;
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

	async #take(params: unknown): Promise<SubmitOrderAnswer> {
		const { ledger, runtime } = this.#options;
		if (this.#market.book === null) return this.#refuse("marketUnavailable", `${this.#market.trouble}`);
		const request = this.#read(params);
		if (!request.ok) return this.#refuse(request.error.code, request.error.detail);
		const known = request.value.clientOrderId === null ? undefined : ledger.byClientId(request.value.clientOrderId);
		if (known !== undefined) {
			if (isSameRequest(known.terms, request.value))
				return { status: "accepted", repeated: true, order: viewOf(known) };
			return this.#refuse(
				"clientOrderIdTaken",
				`clientOrderId names order ${known.terms.orderId}, which is another one`,
			);
		}
		const obstacle = await this.#obstacle(request.value);
		if (obstacle) return obstacle;
		const nowMicros = runtime.clock.epochMicros();
		const terms: OrderTerms = {
			...request.value,
			orderId: newOrderId(runtime.random),
			acceptedAtMicros: nowMicros,
			expiresAtMicros: expiryOf(request.value, nowMicros),
		};
		try {
			await ledger.accept(terms);
		} catch (error) {
			const remedy = "whether the order was kept is known after a restart: ask for it then";
			return this.#refuse("journalUnavailable", `${(error as Error).message}; ${remedy}`);
		}
		this.#accepted++;
		this.#runner.look(terms.orderId);
		const order = ledger.get(terms.orderId);
		if (!order) throw new Error(`order ${terms.orderId} is gone right after it was accepted`);
		return { status: "accepted", repeated: false, order: viewOf(order) };
	}

	#read(params: unknown) {
		const { settings } = this.#options;
		return readOrderRequest(params, {
			mintOfSymbol: (symbol) => settings.mintBySymbol.get(symbol),
			decimalsOf: (mint: Address) => this.#market.mint(mint)?.decimals,
			defaultSlippageBps: settings.defaultSlippageBps,
		});
	}

	/** Why a sound order is not taken now, or null. */
	async #obstacle(request: OrderRequest): Promise<OrderRefusal | null> {
		const { ledger, settings, funds } = this.#options;
		const halted = this.#halt();
		if (halted !== null) return this.#refuse("tradingHalted", halted);
		if (ledger.failure !== null) return this.#refuse("journalUnavailable", ledger.failure);
		if (ledger.openCount >= settings.maximumOpen) {
			return this.#refuse("tooManyOrders", `${settings.maximumOpen} orders are open (execution.orders.max_open)`);
		}
		const given = mintGiven(request);
		if (this.#market.routes(given, mintTaken(request)).routes.length === 0) {
			return this.#refuse("noRoute", "no pools lead from the one mint to the other");
		}
		// One that waits may be funded until its moment comes.
		if (!isImmediate(request)) return null;
		if (this.#market.trouble !== null) return this.#refuse("marketUnavailable", this.#market.trouble);
		const descriptor = this.#market.mint(given);
		const held = descriptor ? await funds.amount(descriptor) : 0n;
		if (held >= request.amount) return this.#halt() === null ? null : this.#refuse("tradingHalted", `${this.#halt()}`);
		const detail = `the wallet's token account of ${given} holds ${held}, native SOL has to be wrapped first`;
		return this.#refuse("insufficientFunds", detail);
	}

	/** Why nothing may be traded by anybody, or null. What is not known counts as no. */
	#halt(): string | null {
		if (this.#isStopped) return "the order desk is stopping";
		const record = this.#tradingState;
		if (record === null) return "risk has not told its trading state";
		return record.state === "halted" ? `trading is halted by ${record.changedBy}: ${record.reason}` : null;
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

	#refuse(code: OrderRefusalCode, detail: string): OrderRefusal {
		this.#refused[code] = (this.#refused[code] ?? 0) + 1;
		return { status: "refused", code, detail };
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
