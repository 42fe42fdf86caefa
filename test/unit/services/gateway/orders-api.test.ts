import { describe, expect, test } from "@jest/globals";
import type { Bus } from "../../../../broker/bus.ts";
import { ORDER_REFUSAL_CODES } from "../../../../broker/contracts/orders.ts";
import { change } from "../../../../services/gateway/api.ts";
import { HttpError } from "../../../../services/gateway/http-error.ts";
import { OrdersApi } from "../../../../services/gateway/orders-api.ts";

const ORDER = { orderId: "abcdefghij01", amount: 5n };
const RECORD = { state: "halted", changedBy: "api", reason: "test", changedAtMicros: 1 };

/** An API on a bus that answers by action, and what was asked. */
function apiOn(answers: Readonly<Record<string, unknown>>) {
	const asked: [string, unknown][] = [];
	const bus = {
		call: async (action: string, params: unknown) => {
			asked.push([action, params]);
			const answer = answers[action];
			if (answer instanceof Error) throw answer;
			if (answer === undefined) throw Object.assign(new Error("absent"), { type: "SERVICE_NOT_FOUND" });
			return answer;
		},
	} as unknown as Bus;
	return { api: new OrdersApi(bus, change), asked };
}

const request = (parts: object = {}) => ({ query: {}, params: {}, body: undefined, ...parts });
const statusOf = async (answer: Promise<unknown>): Promise<unknown> => {
	try {
		return await answer;
	} catch (error) {
		if (error instanceof HttpError) return [error.status, error.code, error.message];
		throw error;
	}
};

describe("what is refused", () => {
	test.each([undefined, null, [], "text", 5])("a body of %p is no order, and nobody is asked", async (body) => {
		const { api, asked } = apiOn({});
		expect(await statusOf(api.commands["/orders"]!(request({ body })))).toMatchObject([
			400,
			"badRequest",
			/JSON object/,
		]);
		expect(await statusOf(api.commands["/flash-loan-arbitrage"]!(request({ body })))).toMatchObject([
			400,
			"badRequest",
			{},
		]);
		expect(await statusOf(api.commands["/emergency-stop"]!(request({ body })))).toMatchObject([400, "badRequest", {}]);
		expect(asked).toEqual([]);
	});

	test.each([[{ state: "lost" }], [{ limit: "0" }], [{ limit: "501" }], [{ limit: "-1" }], [{ limit: ["1"] }]])(
		"a list of %p",
		async (query) => {
			const { api, asked } = apiOn({});
			expect(await statusOf(api.reads["/orders"]!(request({ query })))).toMatchObject([400, "badRequest", {}]);
			expect(asked).toEqual([]);
		},
	);

	test("an id that is none, and an order that is not there", async () => {
		const { api, asked } = apiOn({ "orders.get": null });
		for (const handler of [api.reads["/orders/:id"]!, api.deletions["/orders/:id"]!]) {
			expect(await statusOf(handler(request({ params: { id: "../x" } })))).toMatchObject([404, "notFound", {}]);
			expect(await statusOf(handler(request()))).toMatchObject([404, "notFound", {}]);
		}
		expect(asked).toEqual([]);
		expect(await statusOf(api.reads["/orders/:id"]!(request({ params: { id: "abc" } })))).toMatchObject([
			404,
			"notFound",
			{},
		]);
	});

	test("every refusal of the desk has its status, and its code and words reach the client", async () => {
		const statuses: Record<string, number> = {};
		for (const code of ORDER_REFUSAL_CODES) {
			const { api } = apiOn({ "orders.submit": { status: "refused", code, detail: "why" } });
			const answer = (await statusOf(api.commands["/orders"]!(request({ body: {} })))) as [number, string, string];
			expect(answer[2]).toBe(`${code}: why`);
			statuses[code] = answer[0];
		}
		expect(statuses).toMatchObject({
			malformedOrder: 400,
			clientOrderIdTaken: 409,
			tooManyOrders: 429,
			marketUnavailable: 503,
		});
	});

	test("an arbitrage that is refused", async () => {
		for (const [code, status] of Object.entries({
			malformedRequest: 400,
			marketUnavailable: 503,
			notProfitable: 409,
		})) {
			const { api } = apiOn({ "orders.submitFlashLoanArbitrage": { status: "refused", code, detail: "why" } });
			expect(await statusOf(api.commands["/flash-loan-arbitrage"]!(request({ body: {} })))).toMatchObject([
				status,
				{},
				`${code}: why`,
			]);
		}
	});
});

describe("what is passed on", () => {
	test("a new order is 201, the same again 200", async () => {
		const body = { side: "buy" };
		const { api, asked } = apiOn({ "orders.submit": { status: "accepted", repeated: false, order: ORDER } });
		expect(await api.commands["/orders"]!(request({ body }))).toEqual({ status: 201, body: ORDER });
		expect(asked).toEqual([["orders.submit", body]]);
		const again = apiOn({ "orders.submit": { status: "accepted", repeated: true, order: ORDER } });
		expect(await again.api.commands["/orders"]!(request({ body }))).toEqual({ status: 200, body: ORDER });
	});

	test("a cancellation is 200 when it is done, 202 while an attempt is under way", async () => {
		for (const [status, code] of [["cancelled", 200] as const, ["cancelling", 202] as const]) {
			const { api } = apiOn({ "orders.cancel": { status, order: ORDER } });
			expect(await api.deletions["/orders/:id"]!(request({ params: { id: "abc" } }))).toEqual({
				status: code,
				body: ORDER,
			});
		}
		const { api } = apiOn({ "orders.cancel": { status: "refused", code: "alreadyEnded", detail: "why" } });
		expect(await statusOf(api.deletions["/orders/:id"]!(request({ params: { id: "abc" } })))).toMatchObject([
			409,
			"conflict",
			{},
		]);
	});

	test("lists and single orders", async () => {
		const { api, asked } = apiOn({ "orders.list": [ORDER], "orders.get": ORDER });
		expect(await api.reads["/orders"]!(request({ query: { state: "open", limit: "7" } }))).toEqual({
			status: 200,
			body: [ORDER],
		});
		expect(await api.reads["/orders"]!(request())).toEqual({ status: 200, body: [ORDER] });
		expect(await api.reads["/orders/:id"]!(request({ params: { id: "abc" } }))).toEqual({ status: 200, body: ORDER });
		expect(asked.map(([, params]) => params)).toEqual([{ state: "open", limit: 7 }, {}, { orderId: "abc" }]);
	});

	test("an arbitrage that was sent tells its verdict", async () => {
		const sent = { status: "submitted", intentId: "a", expectedNetProfit: 1n, verdict: { status: "approved" } };
		const { api } = apiOn({ "orders.submitFlashLoanArbitrage": sent });
		expect(await api.commands["/flash-loan-arbitrage"]!(request({ body: {} }))).toEqual({ status: 202, body: sent });
	});
});

describe("the emergency stop", () => {
	const body = { reason: "test" };

	test("asks the desk; 503 where trading is not halted", async () => {
		const stopped = { tradingState: RECORD, problem: null, cancelled: 2, cancelling: 1 };
		const { api, asked } = apiOn({ "orders.emergencyStop": stopped });
		expect(await api.commands["/emergency-stop"]!(request({ body }))).toEqual({ status: 200, body: stopped });
		expect(asked).toEqual([["orders.emergencyStop", { by: "api", reason: "test" }]]);
		const open = apiOn({ "orders.emergencyStop": { ...stopped, tradingState: null, problem: "risk is gone" } });
		expect((await open.api.commands["/emergency-stop"]!(request({ body }))).status).toBe(503);
	});

	test("halts without a desk, and with one that fails", async () => {
		for (const [failure, problem] of [
			[undefined, "no order desk"],
			[new Error("boom"), "boom"],
		] as const) {
			const { api, asked } = apiOn({ "orders.emergencyStop": failure, "risk.halt": RECORD });
			const answer = await api.commands["/emergency-stop"]!(request({ body }));
			expect(answer).toMatchObject({ status: 200, body: { tradingState: RECORD, cancelled: 0 } });
			expect((answer.body as { problem: string }).problem).toContain(problem);
			expect(asked.at(-1)).toEqual(["risk.halt", { by: "api", reason: "test" }]);
		}
	});
});
