import type { CallingOptions } from "moleculer";
import type { Bus } from "../../broker/bus.ts";
import type {
	CancelOrderAnswer,
	EmergencyStopAnswer,
	FlashLoanArbitrageAnswer,
	OrderRefusalCode,
	SubmitOrderAnswer,
} from "../../broker/contracts/orders.ts";
import type { TradingStateChange } from "../../broker/contracts/risk.ts";
import { ORDER_STATUSES } from "../../core/orders/order-state.ts";
import type { ApiHandler, ApiResponse } from "./api.ts";
import { HttpError, type HttpErrorCode } from "./http-error.ts";

const READ: CallingOptions = { timeout: 2_000, retries: 0 };
/** Longer than the desk waits for risk's verdict. */
const COMMAND: CallingOptions = { timeout: 10_000, retries: 0 };
const LIST_STATES: readonly string[] = ["open", "ended", ...ORDER_STATUSES];
const MAXIMUM_LISTED = 500;
const UNDELIVERED: ReadonlySet<unknown> = new Set(["SERVICE_NOT_FOUND", "SERVICE_NOT_AVAILABLE"]);

/** How the desk's refusals are told by HTTP. */
const REFUSALS: Readonly<Record<OrderRefusalCode, readonly [number, HttpErrorCode]>> = {
	malformedOrder: [400, "badRequest"],
	unknownMint: [400, "badRequest"],
	clientOrderIdTaken: [409, "conflict"],
	tooManyOrders: [429, "tooManyRequests"],
	tradingHalted: [409, "conflict"],
	marketUnavailable: [503, "unavailable"],
	noRoute: [409, "conflict"],
	insufficientFunds: [409, "conflict"],
	journalUnavailable: [503, "unavailable"],
	notFound: [404, "notFound"],
	alreadyEnded: [409, "conflict"],
};

/** Orders over HTTP, as calls on the bus. */
export class OrdersApi {
	readonly #bus: Bus;
	readonly #readChange: (body: unknown) => TradingStateChange;

	/** @param readChange who asks and why, from a body; throws HttpError */
	constructor(bus: Bus, readChange: (body: unknown) => TradingStateChange) {
		this.#bus = bus;
		this.#readChange = readChange;
	}

	/** By path under /api; each asks for the token, as they show what is going to be traded. */
	readonly reads: Readonly<Record<string, ApiHandler>> = {
		"/orders": async ({ query }) => {
			const state = textOf(query["state"]);
			if (state !== undefined && !LIST_STATES.includes(state)) {
				throw new HttpError(400, "badRequest", `state: expected one of ${LIST_STATES.join(", ")}`);
			}
			const limit = limitOf(query["limit"]);
			const wanted = { ...(state !== undefined && { state }), ...(limit !== undefined && { limit }) };
			return { status: 200, body: await this.#bus.call("orders.list", wanted, READ) };
		},
		"/orders/:id": async ({ params }) => {
			const order = await this.#bus.call("orders.get", { orderId: idOf(params) }, READ);
			if (!order) throw new HttpError(404, "notFound", "no order has this id, or it ended long ago");
			return { status: 200, body: order };
		},
	};

	/** By path under /api, with POST; each asks for the token. */
	readonly commands: Readonly<Record<string, ApiHandler>> = {
		"/orders": async ({ body }) => answerSubmit(await this.#bus.call("orders.submit", objectOf(body), COMMAND)),
		"/flash-loan-arbitrage": async ({ body }) =>
			answerArbitrage(await this.#bus.call("orders.submitFlashLoanArbitrage", objectOf(body), COMMAND)),
		"/emergency-stop": async ({ body }) => answerStop(await this.#stop(this.#readChange(body))),
	};

	/** By path under /api, with DELETE; each asks for the token. */
	readonly deletions: Readonly<Record<string, ApiHandler>> = {
		"/orders/:id": async ({ params }) =>
			answerCancel(await this.#bus.call("orders.cancel", { orderId: idOf(params) }, COMMAND)),
	};

	/** Without an order desk there are no orders to cancel, and halting must work all the same. */
	async #stop(change: TradingStateChange): Promise<EmergencyStopAnswer> {
		try {
			return await this.#bus.call("orders.emergencyStop", { ...change }, COMMAND);
		} catch (error) {
			const tradingState = await this.#bus.call("risk.halt", { ...change });
			const isAbsent = UNDELIVERED.has((error as { readonly type?: unknown }).type);
			const problem = isAbsent
				? "no order desk is running"
				: `the order desk did not answer: ${(error as Error).message}`;
			return { tradingState, problem, cancelled: 0, cancelling: 0 };
		}
	}
}

function answerSubmit(answer: SubmitOrderAnswer): ApiResponse {
	if (answer.status === "refused") throw refusal(answer.code, answer.detail);
	return { status: answer.repeated ? 200 : 201, body: answer.order };
}

function answerCancel(answer: CancelOrderAnswer): ApiResponse {
	if (answer.status === "refused") throw refusal(answer.code, answer.detail);
	return { status: answer.status === "cancelled" ? 200 : 202, body: answer.order };
}

function answerArbitrage(answer: FlashLoanArbitrageAnswer): ApiResponse {
	if (answer.status === "submitted") return { status: 202, body: answer };
	const detail = `${answer.code}: ${answer.detail}`;
	if (answer.code === "malformedRequest") throw new HttpError(400, "badRequest", detail);
	if (answer.code === "marketUnavailable") throw new HttpError(503, "unavailable", detail);
	throw new HttpError(409, "conflict", detail);
}

/** 200 only when trading is halted. */
function answerStop(answer: EmergencyStopAnswer): ApiResponse {
	return { status: answer.tradingState === null ? 503 : 200, body: answer };
}

function refusal(code: OrderRefusalCode, detail: string): HttpError {
	const [status, httpCode] = REFUSALS[code];
	return new HttpError(status, httpCode, `${code}: ${detail}`);
}

function objectOf(body: unknown): object {
	if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
	throw new HttpError(400, "badRequest", "expected a JSON object with the content type application/json");
}

function idOf(params: Readonly<Record<string, string>>): string {
	const id = params["id"] ?? "";
	if (!/^[0-9a-z]{1,64}$/.test(id)) throw new HttpError(404, "notFound", "no order has this id: 12 of 0-9 and a-z");
	return id;
}

function textOf(value: unknown): string | undefined {
	return value === undefined ? undefined : String(value);
}

function limitOf(value: unknown): number | undefined {
	if (value === undefined) return undefined;
	const limit = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : 0;
	if (limit >= 1 && limit <= MAXIMUM_LISTED) return limit;
	throw new HttpError(400, "badRequest", `limit: expected a whole number from 1 to ${MAXIMUM_LISTED}`);
}
