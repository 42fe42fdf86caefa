import type { IncomingMessage } from "node:http";
import type { CallingOptions } from "moleculer";
import type { Bus } from "../../broker/bus.ts";
import type { SystemHealth } from "../../broker/contracts/monitor.ts";
import { isArmingStatement } from "../../core/execution/arming.ts";
import { isIntentId } from "../../core/types/identifiers.ts";
import { HttpError } from "./http-error.ts";

export interface ApiRequest {
	readonly query: Readonly<Record<string, unknown>>;
	/** Parts of the path. */
	readonly params: Readonly<Record<string, string>>;
	readonly body: unknown;
}

export interface ApiResponse {
	readonly status: number;
	/** Becomes JSON; a string is sent as plain text. */
	readonly body: unknown;
}

export type ApiHandler = (request: ApiRequest) => Promise<ApiResponse>;

const DEFAULT_LIMIT = 50;
const MAXIMUM_REASON_LENGTH = 200;
const MAXIMUM_STRATEGY_LENGTH = 128;
/** For reads: a screen that waits longer is better told so. */
const READ: CallingOptions = { timeout: 2_000, retries: 0 };

/** What the HTTP interface offers, as calls on the bus. It holds no state and no key. */
export class Api {
	readonly #bus: Bus;
	readonly #keptIntents: number;

	constructor(bus: Bus, keptIntents: number) {
		this.#bus = bus;
		this.#keptIntents = keptIntents;
	}

	/** By path under /api. */
	readonly reads: Readonly<Record<string, ApiHandler>> = {
		"/health": async () => {
			const health = await this.#health();
			return { status: health.healthy ? 200 : 503, body: { status: health.healthy ? "ok" : "unhealthy", ...health } };
		},
		"/status": async () => ok(await this.#bus.call("monitor.status", undefined, READ)),
		"/pools": async () => ok(await this.#bus.call("monitor.pools", undefined, READ)),
		"/positions": async () => ok(await this.#bus.call("risk.positions", undefined, READ)),
		"/arming": async () => ok((await this.#bus.call("executor.status", undefined, READ)).arming),
		"/equity": async () => ok(await this.#bus.call("monitor.equity", undefined, READ)),
		"/intents": async ({ query }) => {
			const limit = this.#limitOf(query["limit"]);
			return ok(await this.#bus.call("monitor.intents", { limit }, READ));
		},
		"/intents/:id": async ({ params }) => {
			const intentId = params["id"] ?? "";
			if (!isIntentId(intentId)) throw new HttpError(404, "notFound", "no intent has this id: 16 of 0-9 and a-z");
			const trace = await this.#bus.call("monitor.intent", { intentId }, READ);
			if (!trace) {
				throw new HttpError(404, "notFound", `intent ${intentId} is not among the newest ${this.#keptIntents}`);
			}
			return ok(trace);
		},
	};

	/** By path under /api; each asks for the token. */
	readonly commands: Readonly<Record<string, ApiHandler>> = {
		"/halt": async ({ body }) => ok(await this.#bus.call("risk.halt", change(body))),
		/** The statement proves itself to every executor: nothing is believed here. */
		"/arm": async ({ body }) => {
			if (!isArmingStatement(body))
				throw new HttpError(400, "badRequest", "expected a statement, as mojo arm makes it");
			this.#bus.broadcast("executor.arming.signed", body);
			return ok({ told: true });
		},
		"/disarm": async () => {
			this.#bus.broadcast("executor.arming.withdrawn", { by: "api" });
			return ok({ told: true });
		},
		"/reduce": async ({ body }) => ok(await this.#bus.call("risk.reduce", change(body))),
		"/peak/reset": async ({ body }) => ok(await this.#bus.call("risk.resetPeak", change(body))),
		"/strategies/enable": async ({ body }) =>
			ok(await this.#bus.call("risk.enableStrategy", { ...change(body), strategy: strategyOf(body) })),
		"/strategies/reload": async ({ body }) => ok(await this.#bus.call("strategy.reload", change(body))),
		"/resume": async ({ body }) => ok(await this.#bus.call("risk.resume", change(body))),
	};

	async metrics(): Promise<string> {
		return this.#bus.call("monitor.metrics", undefined, READ);
	}

	/** A gateway without a monitor can still tell that. */
	async #health(): Promise<SystemHealth> {
		try {
			return await this.#bus.call("monitor.health", undefined, READ);
		} catch {
			return { healthy: false, tradingState: null, actors: [{ actor: "monitor", node: null, state: "silent" }] };
		}
	}

	#limitOf(given: unknown): number {
		if (given === undefined) return Math.min(DEFAULT_LIMIT, this.#keptIntents);
		const limit = typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : 0;
		if (limit < 1 || limit > this.#keptIntents) {
			throw new HttpError(400, "badRequest", `limit: expected a whole number from 1 to ${this.#keptIntents}`);
		}
		return limit;
	}
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken({ headers }: Pick<IncomingMessage, "headers">): string | null {
	return /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}

function strategyOf(body: unknown): string {
	const given = typeof body === "object" && body !== null ? (body as Record<string, unknown>)["strategy"] : undefined;
	if (typeof given === "string" && given !== "" && given.length <= MAXIMUM_STRATEGY_LENGTH) return given;
	throw new HttpError(400, "badRequest", "strategy: expected the name of a strategy, such as cross-venue");
}

/** Who asks, and why: the `reason` of a body. */
export function change(body: unknown): { readonly by: string; readonly reason: string } {
	const given = typeof body === "object" && body !== null ? (body as Record<string, unknown>)["reason"] : undefined;
	const reason = typeof given === "string" ? given.trim() : "";
	if (reason === "" || reason.length > MAXIMUM_REASON_LENGTH || /\p{Cc}/u.test(reason)) {
		const expected = `a text of 1 to ${MAXIMUM_REASON_LENGTH} characters in one line`;
		throw new HttpError(400, "badRequest", `reason: expected ${expected}, in a JSON object {"reason": "..."}`);
	}
	return { by: "api", reason };
}

function ok(body: unknown): ApiResponse {
	return { status: 200, body };
}
