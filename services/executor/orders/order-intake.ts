import type { OrderRefusal, SubmitOrderAnswer } from "../../../broker/contracts/orders.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import {
	expiryOf,
	isImmediate,
	isSameRequest,
	mintGiven,
	mintTaken,
	newOrderId,
	type OrderId,
	type OrderRequest,
	type OrderTerms,
} from "../../../core/orders/order.ts";
import { readOrderRequest } from "../../../core/orders/order-shape.ts";
import type { Address } from "../../../core/types/address.ts";
import type { OrderLedger } from "./order-ledger.ts";
import type { OrderMarket } from "./order-market.ts";
import type { OrderRefusals } from "./order-refusals.ts";
import type { OrderSettings } from "./order-settings.ts";
import { viewOf } from "./order-view.ts";
import type { WalletFunds } from "./wallet-funds.ts";

export interface OrderIntakeOptions {
	readonly runtime: Pick<Runtime, "clock" | "random">;
	readonly ledger: OrderLedger;
	readonly market: OrderMarket;
	readonly settings: OrderSettings;
	readonly funds: Pick<WalletFunds, "amount">;
	readonly refusals: OrderRefusals;
	/** Why nothing may be traded by anybody, or null. */
	readonly halt: () => string | null;
	readonly onAccepted: (orderId: OrderId) => void;
}

/** Submissions waiting for their turn; more are refused. */
const MOST_WAITING = 64;

/** Takes orders in: reads them, knows repetitions, refuses what cannot be traded, and makes the rest durable. */
export class OrderIntake {
	readonly #options: OrderIntakeOptions;
	#turn: Promise<unknown> = Promise.resolve();
	#waiting = 0;
	#accepted = 0;

	constructor(options: OrderIntakeOptions) {
		this.#options = options;
	}

	get accepted(): number {
		return this.#accepted;
	}

	/** Answers when the order is durable. */
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

	async #take(params: unknown): Promise<SubmitOrderAnswer> {
		const { ledger, market, onAccepted, runtime } = this.#options;
		if (market.book === null) return this.#refuse("marketUnavailable", `${market.trouble}`);
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
		onAccepted(terms.orderId);
		const order = ledger.get(terms.orderId);
		if (!order) throw new Error(`order ${terms.orderId} is gone right after it was accepted`);
		return { status: "accepted", repeated: false, order: viewOf(order) };
	}

	#read(params: unknown) {
		const { market, settings } = this.#options;
		return readOrderRequest(params, {
			mintOfSymbol: (symbol) => settings.mintBySymbol.get(symbol),
			decimalsOf: (mint: Address) => market.mint(mint)?.decimals,
			defaultSlippageBps: settings.defaultSlippageBps,
		});
	}

	/** Why a sound order is not taken now, or null. */
	async #obstacle(request: OrderRequest): Promise<OrderRefusal | null> {
		const { ledger, market, settings, funds, halt } = this.#options;
		const halted = halt();
		if (halted !== null) return this.#refuse("tradingHalted", halted);
		if (ledger.failure !== null) return this.#refuse("journalUnavailable", ledger.failure);
		if (ledger.unsettledCount >= settings.maximumOpen) {
			const detail = `${settings.maximumOpen} orders are open or not final yet (execution.orders.max_open)`;
			return this.#refuse("tooManyOrders", detail);
		}
		const given = mintGiven(request);
		if (market.routes(given, mintTaken(request)).routes.length === 0) {
			return this.#refuse("noRoute", "no pools lead from the one mint to the other");
		}
		// One that waits may be funded until its moment comes.
		if (!isImmediate(request)) return null;
		if (market.trouble !== null) return this.#refuse("marketUnavailable", market.trouble);
		const descriptor = market.mint(given);
		const held = descriptor ? await funds.amount(descriptor) : 0n;
		const haltedMeanwhile = halt();
		if (haltedMeanwhile !== null) return this.#refuse("tradingHalted", haltedMeanwhile);
		if (held >= request.amount) return null;
		const detail = `the wallet's token account of ${given} holds ${held}, native SOL has to be wrapped first`;
		return this.#refuse("insufficientFunds", detail);
	}

	#refuse(...reason: Parameters<OrderRefusals["refuse"]>): OrderRefusal {
		return this.#options.refusals.refuse(...reason);
	}
}
