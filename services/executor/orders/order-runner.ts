import type { FeePolicy } from "../../../core/execution/fee-policy.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import { isImmediate, MOST_ATTEMPTS, mintGiven, mintTaken, type OrderId } from "../../../core/orders/order.ts";
import { payForOrder } from "../../../core/orders/order-payment.ts";
import { isTriggered, type OrderView, planOrder, type Trade } from "../../../core/orders/order-plan.ts";
import { proposeOrder } from "../../../core/orders/order-proposal.ts";
import {
	type AttemptEnd,
	isEnded,
	type OrderAttempt,
	type OrderReason,
	type OrderState,
	remainingOf,
} from "../../../core/orders/order-state.ts";
import type { DenyCode } from "../../../core/risk/deny-code.ts";
import type { Address } from "../../../core/types/address.ts";
import type { Clock } from "../../../core/types/clock.ts";
import { type AttemptOutcomes, endOfSettlement } from "./attempt-outcome.ts";
import type { AttemptSender } from "./attempt-sender.ts";
import type { OrderLedger } from "./order-ledger.ts";
import type { OrderMarket } from "./order-market.ts";
import { OrderRests } from "./order-rests.ts";
import type { OrderSettings } from "./order-settings.ts";
import type { WalletFunds } from "./wallet-funds.ts";

export interface OrderRunnerOptions {
	readonly ledger: OrderLedger;
	readonly market: OrderMarket;
	readonly outcomes: Pick<AttemptOutcomes, "find">;
	readonly funds: Pick<WalletFunds, "amount">;
	readonly settings: OrderSettings;
	readonly sender: AttemptSender;
	readonly fees: FeePolicy;
	readonly clock: Clock;
	/** Why nothing may be traded by anybody, or null. */
	readonly halt: () => string | null;
	readonly onTrouble: (what: string) => void;
}

const MICROS_PER_MILLISECOND = 1_000;
/** An attempt whose end was not told by then is asked for, and so often. */
const ASK_AFTER_MICROS = 1_500_000;
/** Refusals that the same order meets again whenever it is tried. */
const LASTING: ReadonlySet<DenyCode> = new Set<DenyCode>([
	"malformedIntent",
	"unknownStrategy",
	"unknownMint",
	"unknownVenue",
	"maxFee",
	"maxIntentNotional",
	"maxOrderSize",
]);

/**
 * Carries orders through their lives: looks whether their moment has come, records an attempt durably, hands it to risk,
 * and finds out what became of it. One attempt an order at a time, and the next one only when no fork can take back how
 * the one before ended; whatever is uncertain stays `working` until it is certain.
 */
export class OrderRunner {
	readonly #options: OrderRunnerOptions;
	readonly #busy = new Set<OrderId>();
	/** Asked for while they were busy. */
	readonly #again = new Set<OrderId>();
	readonly #rests: OrderRests;
	#isStopped = false;

	constructor(options: OrderRunnerOptions) {
		this.#options = options;
		this.#rests = new OrderRests({ clock: options.clock, restMs: options.settings.retryMs });
	}

	/** Takes no further step. Idempotent. */
	stop(): void {
		this.#isStopped = true;
	}

	/** Looks at an order as soon as nothing of it is under way. Never throws. */
	look(orderId: OrderId): void {
		if (this.#isStopped) return;
		if (this.#busy.has(orderId)) {
			this.#again.add(orderId);
			return;
		}
		this.#busy.add(orderId);
		void this.#lookUntilStill(orderId);
	}

	/** Risk has booked how an intent ended. */
	async booked(settlement: Settlement): Promise<void> {
		this.#options.fees.settled(settlement.intentId, settlement.outcome, settlement.fill?.slot ?? null);
		for (const order of this.#options.ledger.orders) {
			if (order.attempt?.intentId !== settlement.intentId) continue;
			const end = endOfSettlement(settlement, order.terms);
			if (end) await this.#conclude(order.terms.orderId, order.attempt, end);
			return;
		}
	}

	/** An attempt is open again: how it ends now is asked for at once. */
	reopened(orderId: OrderId): void {
		this.#rests.forget(orderId);
		this.look(orderId);
	}

	/** An order that ended is not remembered here. */
	forget(orderId: OrderId): void {
		this.#rests.forget(orderId);
		this.#again.delete(orderId);
	}

	async #lookUntilStill(orderId: OrderId): Promise<void> {
		try {
			do {
				this.#again.delete(orderId);
				await this.#step(orderId);
			} while (this.#again.has(orderId) && !this.#isStopped);
		} catch (error) {
			this.#rests.rest(orderId);
			if (!this.#isStopped) this.#options.onTrouble(`order ${orderId}: ${(error as Error).message}`);
		} finally {
			this.#busy.delete(orderId);
		}
	}

	async #step(orderId: OrderId): Promise<void> {
		const { ledger } = this.#options;
		const order = ledger.get(orderId);
		if (!order || isEnded(order) || ledger.failure !== null) return;
		if (order.attempt !== null) return this.#ask(order, order.attempt);
		if (await this.#endedByTime(order)) return;
		// Until no fork can take it back, what is left is not known.
		if (order.unproven !== null) return;
		const obstacle = this.#obstacle();
		if (obstacle !== null) return this.#waitOrEnd(order, obstacle);
		if (order.status === "accepted" && !isImmediate(order.terms)) {
			await ledger.record(orderId, { type: "rested", atMicros: this.#now });
			return this.#step(orderId);
		}
		if (order.terms.stopPrice !== null && order.triggeredAtMicros === null) {
			if (!isTriggered(order, this.#routes(order))) return;
			await ledger.record(orderId, { type: "triggered", atMicros: this.#now });
			return this.#step(orderId);
		}
		if (this.#rests.isResting(orderId)) return;
		return this.#try(order);
	}

	/** An order whose moment may have come: what the wallet holds is asked for only then. */
	async #try(order: OrderState): Promise<void> {
		const { orderId } = order.terms;
		const first = planOrder(order, this.#view(order, remainingOf(order)));
		if (first.action !== "trade") return this.#waitOrEnd(order, first.reason, first.action === "end");
		const held = await this.#held(mintGiven(order.terms));
		// Time has passed: everything is looked at anew, and from here to the record nothing is waited for.
		const now = this.#options.ledger.get(orderId);
		if (!now || isEnded(now) || now.attempt !== null || now.unproven !== null || this.#isStopped) return;
		if (now.terms.expiresAtMicros !== null && this.#now >= now.terms.expiresAtMicros) return this.#step(orderId);
		const obstacle = this.#obstacle();
		if (obstacle !== null) return this.#waitOrEnd(now, obstacle);
		const plan = planOrder(now, this.#view(now, held));
		if (plan.action !== "trade") {
			this.#rests.rest(orderId);
			return this.#waitOrEnd(now, plan.reason, plan.action === "end");
		}
		const { maximumFailures } = this.#options.settings;
		if (now.failures >= maximumFailures || now.attempts >= MOST_ATTEMPTS) {
			const detail = `${now.failures} attempts in a row reverted or did not land`;
			return this.#end(orderId, "rejected", { code: "tooManyAttempts", detail });
		}
		return this.#attempt(now, plan.trade);
	}

	async #attempt(order: OrderState, trade: Trade): Promise<void> {
		const { clock, fees, ledger, market, onTrouble, sender, settings } = this.#options;
		const { orderId } = order.terms;
		const foundMicros = this.#now;
		const latest = foundMicros + settings.deadlineMs * MICROS_PER_MILLISECOND;
		const deadlineMicros = Math.min(latest, order.terms.expiresAtMicros ?? latest);
		const { amountIn } = trade.quote;
		const slot = market.book?.slot ?? 0;
		const attempted = { type: "attempted", amountIn, deadlineMicros, atMicros: foundMicros, slot } as const;
		const recorded = ledger.record(orderId, attempted);
		const attempt = ledger.get(orderId)?.attempt;
		// The record has to be durable before anything leaves: a restart asks what became of this attempt.
		await recorded;
		if (!attempt) throw new Error(`order ${orderId} has no attempt after one was recorded`);
		if (this.#isStopped) return;
		if (ledger.get(orderId)?.cancelAsked) {
			await this.#conclude(orderId, attempt, {
				outcome: "denied",
				code: null,
				detail: "called back before it was sent",
			});
			return;
		}
		const { intentId } = attempt;
		fees.advance(clock.monotonicMicros());
		const payment = payForOrder(trade.quote.route, fees);
		const proposal = proposeOrder({ intentId, terms: order.terms, trade, payment, slot });
		const timings = { received: foundMicros, decoded: foundMicros, found: foundMicros };
		fees.proposed(intentId, slot);
		const sent = await sender.send({ ...proposal, deadlineMicros, timings });
		if (sent.status === "denied") {
			fees.forget(intentId);
			await this.#conclude(orderId, attempt, sent.end);
		}
		if (sent.status === "unknown") onTrouble(`order ${orderId}: ${intentId} ${sent.detail}`);
	}

	/** What became of an attempt that nobody told of. */
	async #ask(order: OrderState, attempt: OrderAttempt): Promise<void> {
		const { orderId } = order.terms;
		if (this.#now - attempt.atMicros < ASK_AFTER_MICROS || this.#rests.isResting(orderId)) return;
		this.#rests.rest(orderId, 1);
		const end = await this.#options.outcomes.find(attempt, order.terms);
		if (end) await this.#conclude(orderId, attempt, end);
	}

	/** An attempt's end, told by whoever was first. */
	async #conclude(orderId: OrderId, attempt: OrderAttempt, end: AttemptEnd): Promise<void> {
		const { ledger } = this.#options;
		if (ledger.get(orderId)?.attempt?.intentId !== attempt.intentId) return;
		// After a fill the book first has to show what the fill itself did to it.
		if (end.outcome === "filled") this.#rests.forget(orderId);
		this.#rests.rest(orderId);
		await ledger.record(orderId, { type: "attemptEnded", attempt: attempt.number, end, atMicros: this.#now });
		const order = ledger.get(orderId);
		if (!order || isEnded(order)) return;
		if (end.outcome === "denied" && end.code !== null && LASTING.has(end.code)) {
			return this.#end(orderId, "rejected", { code: "denied", detail: `${end.code}: ${end.detail}` });
		}
		this.look(orderId);
	}

	async #endedByTime({ terms }: OrderState): Promise<boolean> {
		if (terms.expiresAtMicros === null || this.#now < terms.expiresAtMicros) return false;
		const { acceptedAtMicros, timeoutMs } = terms;
		const isTimeout =
			timeoutMs !== null && terms.expiresAtMicros === acceptedAtMicros + timeoutMs * MICROS_PER_MILLISECOND;
		const reason: OrderReason = isTimeout
			? { code: "timedOut", detail: `${timeoutMs} ms have passed` }
			: { code: "dayEnded", detail: "the UTC day has ended" };
		await this.#end(terms.orderId, "expired", reason);
		return true;
	}

	/** Why no order may be tried at all now, or null. */
	#obstacle(): OrderReason | null {
		const { halt, market } = this.#options;
		const halted = halt();
		if (halted !== null) return { code: "denied", detail: halted };
		const { trouble } = market;
		return trouble === null ? null : { code: "marketUnavailable", detail: trouble };
	}

	async #waitOrEnd({ terms }: OrderState, reason: OrderReason, ends = isImmediate(terms)): Promise<void> {
		if (!ends) return;
		const status = reason.code === "denied" || reason.code === "marketUnavailable" ? "rejected" : "cancelled";
		await this.#end(terms.orderId, status, reason);
	}

	async #end(orderId: OrderId, status: "cancelled" | "expired" | "rejected", reason: OrderReason): Promise<void> {
		await this.#options.ledger.record(orderId, { type: "ended", status, reason, atMicros: this.#now });
	}

	#routes({ terms }: OrderState) {
		return this.#options.market.routes(mintGiven(terms), mintTaken(terms));
	}

	#view(order: OrderState, held: bigint): OrderView {
		const { settings } = this.#options;
		// One that has a price to wait for is cut into parts that risk lets through; one for now alone is asked as it is.
		const part = isImmediate(order.terms) ? undefined : settings.maximumPart.get(mintGiven(order.terms));
		const spendable = part !== undefined && part < held ? part : held;
		return { ...this.#routes(order), spendable, minimumPartBps: settings.minimumPartBps };
	}

	/** What the wallet has of a mint beside what other orders are spending just now. */
	async #held(mint: Address): Promise<bigint> {
		const { funds, ledger, market } = this.#options;
		const descriptor = market.mint(mint);
		if (!descriptor) return 0n;
		let held = await funds.amount(descriptor);
		for (const { attempt, terms } of ledger.orders) {
			if (attempt !== null && mintGiven(terms) === mint) held -= attempt.amountIn;
		}
		return held;
	}

	get #now(): number {
		return this.#options.clock.epochMicros();
	}
}
