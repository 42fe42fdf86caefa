import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { OrderId } from "../../../core/orders/order.ts";
import type { Terminal } from "../../../libs/secrets/terminal.ts";
import { runCommandLine } from "../../../tools/cli/command-line.ts";
import type { Machine, MachineNode } from "../../support/machine.ts";
import { until } from "../../support/until.ts";
import { ended, filled, openOrderMachine, orderThat, SOL, startWithOrders, submitted, USDC } from "./order-machine.ts";

let machine: Machine;
let node: MachineNode;

beforeEach(async () => {
	machine = await openOrderMachine({ MOJO_API_TOKEN: TOKEN });
	node = await startWithOrders(machine);
}, 60_000);

afterEach(async () => {
	await machine.close();
});

const TOKEN = "a-token-for-this-test";
const PAIR = { baseMint: "SOL", quoteMint: "USDC" };
/** Small enough for the development limits. */
const LOT = "100000000";
const FOREVER = "100000";

/** What the books say of a mint, once they contain everything. */
async function holding(mint: string): Promise<bigint> {
	await until(async () => (await node.bus.call("risk.status")).inFlight === 0, { what: "nothing in flight" });
	return (await node.bus.call("risk.positions")).find((position) => position.mint === mint)?.balance ?? 0n;
}

/** What trades gave or took of a mint, by the newest cut of the books. */
async function fills(mint: string): Promise<bigint> {
	return (await node.bus.call("risk.books")).lines.find((line) => line.mint === mint)?.fills ?? 0n;
}

async function expectExactBooks(): Promise<void> {
	const { slot } = await node.bus.call("risk.books");
	await until(async () => (await node.bus.call("risk.books")).slot > slot, { what: "a new cut of the books" });
	const { lines } = await node.bus.call("risk.books");
	expect(lines.length).toBeGreaterThan(2);
	expect(lines.map(({ difference }) => difference)).toEqual(lines.map(() => 0n));
}

/** The command line, as a person at this machine's gateway types it. */
async function mojo(url: string, ...words: string[]) {
	const environment = { ...process.env };
	Object.assign(process.env, { MOJO_API_TOKEN: TOKEN, MOJO__NETWORKING__HTTP_PORT: new URL(url).port });
	let out = "";
	let errors = "";
	const terminal: Terminal = {
		interactive: false,
		write: (text) => {
			out += text;
		},
		say: (text) => {
			errors += text;
		},
		askSecret: () => Promise.reject(new Error("nobody is there")),
	};
	try {
		return { exitCode: await runCommandLine(words, terminal), out, errors };
	} finally {
		process.env = environment;
	}
}

/** What a sale would bring now, quote for base in whole units. */
async function executablePrice(): Promise<number> {
	const request = { ...PAIR, side: "sell", type: "market", amount: "1000000", slippageBps: 500 };
	const probe = await filled(node, request);
	return Number(probe.received) / Number(probe.spent) / 1e-3;
}

describe("what the desk refuses", () => {
	test("garbage, more than the wallet holds, and everything once trading is halted", async () => {
		const refusal = async (change: object) =>
			node.bus.call("orders.submit", { ...PAIR, side: "sell", type: "market", amount: LOT, ...change });
		expect(await refusal({ amount: 5 })).toMatchObject({ status: "refused", code: "malformedOrder" });
		expect(await refusal({ baseMint: machine.folder })).toMatchObject({ status: "refused", code: "malformedOrder" });
		expect(await refusal({ baseMint: "7u3HeHxYDLhnCoErrtycNokbQYbWGzLs6JSDqGAv5PfF" })).toMatchObject({
			code: "unknownMint",
		});
		expect(await refusal({ amount: "999999999999999" })).toMatchObject({
			status: "refused",
			code: "insufficientFunds",
		});
		expect(await node.bus.call("orders.cancel", { orderId: "abcdefghij01" })).toMatchObject({ code: "notFound" });
		await node.bus.call("risk.halt", { by: "test", reason: "test" });
		await until(async () => (await node.bus.call("orders.status")).waitingFor !== null, {
			what: "the halt to be heard",
		});
		expect(await refusal({})).toMatchObject({ status: "refused", code: "tradingHalted" });
		const cycle = { fundingMint: "USDC", pools: [SOL, USDC], minimumProfit: "1" };
		expect(await node.bus.call("orders.submitFlashLoanArbitrage", cycle)).toMatchObject({ code: "tradingHalted" });
		expect((await node.bus.call("orders.status")).open).toBe(0);
	}, 60_000);
});

describe("orders on the chain", () => {
	test("a market order sells, another buys back; the books follow to the unit", async () => {
		const usdc = await holding(USDC);
		const solFills = await fills(SOL);
		const sell = { ...PAIR, side: "sell", type: "market", amount: LOT, slippageBps: 500 };
		const sale = await filled(node, sell);
		expect(sale).toMatchObject({ status: "filled", spent: BigInt(LOT), attempts: 1, end: { detail: "whole" } });
		expect(sale.signatures).toHaveLength(1);
		expect(await holding(USDC)).toBe(usdc + sale.received);
		const buy = {
			...PAIR,
			side: "buy",
			type: "market",
			timeInForce: "fok",
			amount: `${sale.received}`,
			slippageBps: 500,
		};
		const purchase = await filled(node, buy);
		expect(purchase).toMatchObject({ status: "filled", spent: sale.received, end: { detail: "whole" } });
		expect(await holding(USDC)).toBe(usdc);
		await expectExactBooks();
		expect((await fills(SOL)) - solFills).toBe(purchase.received - BigInt(LOT));
		const named = { ...sell, type: "limit", limitPrice: FOREVER, clientOrderId: "first" };
		const first = await submitted(node, named);
		expect(await node.bus.call("orders.submit", named)).toMatchObject({
			repeated: true,
			order: { orderId: first.orderId },
		});
		expect(await node.bus.call("orders.submit", { ...named, amount: "1" })).toMatchObject({
			code: "clientOrderIdTaken",
		});
		expect((await node.bus.call("orders.list", { state: "filled" })).map(({ orderId }) => orderId)).toEqual([
			purchase.orderId,
			sale.orderId,
		]);
		expect(await node.bus.call("orders.positions")).toEqual(await node.bus.call("risk.positions"));
	}, 60_000);

	test("now or not at all: an order whose price is not there ends untried; a stop waits for the market to move", async () => {
		for (const timeInForce of ["ioc", "fok"]) {
			const limit = { ...PAIR, side: "sell", type: "limit", timeInForce, amount: LOT, limitPrice: FOREVER };
			expect(await ended(node, await submitted(node, limit))).toMatchObject({
				status: "cancelled",
				attempts: 0,
				end: { code: "priceNotMet" },
			});
		}
		const price = await executablePrice();
		const stopPrice = (price * 0.9995).toFixed(6);
		const stop = await submitted(node, {
			...PAIR,
			side: "sell",
			type: "stop",
			amount: LOT,
			stopPrice,
			slippageBps: 500,
		});
		const buyStop = (price * 1.01).toFixed(6);
		const rise = await submitted(node, {
			...PAIR,
			side: "buy",
			type: "stopLimit",
			amount: "5000000",
			stopPrice: buyStop,
			limitPrice: FOREVER,
		});
		const oneOf = async (): Promise<boolean> => {
			const orders = await Promise.all([stop, rise].map(({ orderId }) => node.bus.call("orders.get", { orderId })));
			return orders.some((order) => order?.status === "filled");
		};
		await until(oneOf, { what: "one of the stops", timeoutMs: 60_000 });
		const filled = await Promise.all([stop, rise].map(({ orderId }) => node.bus.call("orders.get", { orderId })));
		const first = filled.find((order) => order?.status === "filled");
		expect(first?.triggeredAtMicros).toBeGreaterThan(first?.acceptedAtMicros ?? Number.POSITIVE_INFINITY);
		await expectExactBooks();
	}, 120_000);

	test("a waiting order fills as soon as its price is there, is cancelled, or runs out of time", async () => {
		const wait = { ...PAIR, side: "sell", type: "limit", amount: LOT, limitPrice: FOREVER };
		const waiting = await submitted(node, wait);
		await orderThat(node, waiting, ({ status }) => status === "resting", "a resting order");
		const { orderId } = waiting;
		expect(await node.bus.call("orders.cancel", { orderId })).toMatchObject({ status: "cancelled" });
		expect(await node.bus.call("orders.cancel", { orderId })).toMatchObject({ code: "alreadyEnded" });
		const brief = await submitted(node, { ...wait, timeoutMs: 300 });
		expect(await ended(node, brief)).toMatchObject({ status: "expired", end: { code: "timedOut" } });
		const day = await submitted(node, { ...wait, timeInForce: "day" });
		expect(day.expiresAtMicros).not.toBeNull();
		const now = await submitted(node, { ...PAIR, side: "buy", type: "limit", amount: "5000000", limitPrice: FOREVER });
		expect(await ended(node, now)).toMatchObject({ status: "filled", spent: 5_000_000n });
		expect((await node.bus.call("orders.list", { state: "open" })).map((order) => order.orderId)).toEqual([
			day.orderId,
		]);
		await expectExactBooks();
	}, 60_000);

	test("over HTTP: submitted, seen, cancelled, and nothing of it without the token", async () => {
		await node.broker.loadService(join(resolve(__dirname, "../../../services"), "gateway/gateway.service.ts"));
		const gateway = node.broker.getLocalService("gateway") as unknown as { url(): string };
		const url = await until(() => gateway.url(), { what: "the gateway" });
		const ask = async (
			method: string,
			path: string,
			body?: unknown,
			token = TOKEN,
		): Promise<[number, Record<string, unknown>]> => {
			const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
			const response = await fetch(`${url}/api${path}`, {
				method,
				headers,
				...(body !== undefined && { body: JSON.stringify(body) }),
			});
			return [response.status, (await response.json()) as Record<string, unknown>];
		};
		const order = { ...PAIR, side: "sell", type: "limit", amount: LOT, limitPrice: FOREVER, clientOrderId: "by-http" };
		for (const [method, path] of [
			["GET", "/orders"],
			["POST", "/orders"],
			["DELETE", "/orders/abcdefghij01"],
		] as const) {
			expect((await ask(method, path, method === "POST" ? order : undefined, "wrong"))[0]).toBe(401);
		}
		const [status, made] = await ask("POST", "/orders", order);
		expect([status, made["amount"], made["limitPrice"]]).toEqual([201, LOT, FOREVER]);
		expect((await ask("POST", "/orders", order))[0]).toBe(200);
		expect((await ask("POST", "/orders", { ...order, amount: "1" }))[0]).toBe(409);
		expect((await ask("POST", "/orders", { ...order, amount: 1 }))[0]).toBe(400);
		const id = String(made["orderId"]);
		expect((await ask("GET", `/orders/${id}`))[1]).toMatchObject({ clientOrderId: "by-http" });
		expect((await ask("GET", "/orders?state=open"))[1]).toHaveLength(1);
		const { exitCode, out } = await mojo(url, "order", "list", "--state", "open");
		expect([exitCode, out]).toEqual([0, expect.stringContaining(`${id}  resting`)]);
		expect(out).toContain(`sell SOL/USDC limit gtc  limit ${FOREVER}  0 of 0.1 SOL`);
		const words = ["submit", "market", "sell", "SOL/USDC", "--amount", "0.01", "--slippage-bps", "500", "--json"];
		const sold = JSON.parse((await mojo(url, "order", ...words)).out) as { readonly orderId: OrderId };
		expect((await ended(node, sold)).attempts).toBe(1);
		expect(await mojo(url, "order", "cancel", id)).toMatchObject({ exitCode: 0, out: `order ${id} is cancelled\n` });
		expect(await mojo(url, "order", "cancel", id)).toMatchObject({
			exitCode: 1,
			errors: "mojo: alreadyEnded: the order is cancelled already.\n",
		});
		expect((await mojo(url, "order", "positions")).out).toContain("SOL ");
		expect((await ask("DELETE", `/orders/${id}`))[0]).toBe(409);
		const [, stopped] = await ask("POST", "/emergency-stop", { reason: "test" });
		expect(stopped).toMatchObject({ tradingState: { state: "halted" }, problem: null });
		expect((await ask("POST", "/orders", { ...order, clientOrderId: "late" }))[0]).toBe(409);
	}, 60_000);

	test("the emergency stop halts trading and ends every order for good", async () => {
		const wait = { ...PAIR, side: "sell", type: "limit", amount: LOT, limitPrice: FOREVER };
		const orders = [await submitted(node, wait), await submitted(node, { ...wait, type: "stopLimit", stopPrice: "1" })];
		const stopped = await node.bus.call("orders.emergencyStop", { by: "test", reason: "fire" });
		expect(stopped).toMatchObject({ tradingState: { state: "halted" }, problem: null, cancelled: 2, cancelling: 0 });
		for (const order of orders) {
			expect(await ended(node, order)).toMatchObject({
				status: "cancelled",
				end: { code: "emergencyStop", detail: "fire" },
			});
		}
		expect((await node.bus.call("risk.tradingState")).state).toBe("halted");
	}, 60_000);

	test("an arbitrage by hand goes through risk, and what would lose is not sent", async () => {
		const { pools } = await node.bus.call("feed.catalog");
		const pair = pools.filter(
			({ mintA, mintB, venue }) =>
				venue.startsWith("raydium") && [mintA, mintB].includes(SOL as never) && [mintA, mintB].includes(USDC as never),
		);
		const path = pair.map(({ address }) => address);
		const cycle = { fundingMint: "USDC", minimumProfit: "1" };
		expect(
			await node.bus.call("orders.submitFlashLoanArbitrage", { ...cycle, pools: path, minimumProfit: "999999999999" }),
		).toMatchObject({
			status: "refused",
			code: "notProfitable",
		});
		let intentId = "";
		await until(
			async () => {
				for (const pools of [path, [...path].reverse()]) {
					const answer = await node.bus.call("orders.submitFlashLoanArbitrage", { ...cycle, pools });
					if (answer.status !== "submitted" || answer.verdict.status !== "approved") continue;
					intentId = answer.intentId;
					return true;
				}
				return false;
			},
			{ what: "a gap to be taken", timeoutMs: 60_000 },
		);
		await until(async () => (await node.bus.call("risk.outcome", { intentId: intentId as never })).status === "ended", {
			what: "the outcome of the arbitrage",
			timeoutMs: 60_000,
		});
		await expectExactBooks();
	}, 120_000);
});
