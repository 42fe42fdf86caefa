import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readOrderRequest } from "../../../../core/orders/order-shape.ts";
import type { Address } from "../../../../core/types/address.ts";
import { BONK, SOL, USDC } from "../market/market-fixture.ts";
import { REQUEST } from "./order-world.ts";

const SYMBOLS = new Map<string, Address>([
	["SOL", SOL],
	["USDC", USDC],
]);
const DECIMALS = new Map<Address, number>([
	[SOL, 9],
	[USDC, 6],
]);

function read(value: unknown) {
	return readOrderRequest(value, {
		mintOfSymbol: (symbol) => SYMBOLS.get(symbol),
		decimalsOf: (mint) => DECIMALS.get(mint),
		defaultSlippageBps: 50,
	});
}

const without = (field: string) => Object.fromEntries(Object.entries(REQUEST).filter(([name]) => name !== field));

describe("what is refused", () => {
	test.each<[string, unknown, string]>([
		["nothing", null, "the order is no object"],
		["a list", [], "the order is no object"],
		["text", "sell", "the order is no object"],
		["an unknown field", { ...REQUEST, price: "1" }, "price is no field of an order"],
		["no side", without("side"), "side is neither buy nor sell"],
		["another side", { ...REQUEST, side: "short" }, "side is neither buy nor sell"],
		["another type", { ...REQUEST, type: "iceberg" }, "type is none of"],
		["another life", { ...REQUEST, timeInForce: "gtd" }, "timeInForce is none of"],
		[
			"a market order that waits",
			{ ...without("limitPrice"), type: "market", timeInForce: "gtc" },
			"ioc or fok, not gtc",
		],
		[
			"a stop for now alone",
			{ ...without("limitPrice"), type: "stop", stopPrice: "1", timeInForce: "ioc" },
			"gtc or day",
		],
		["an id with blanks", { ...REQUEST, clientOrderId: "a b" }, "clientOrderId"],
		["an empty id", { ...REQUEST, clientOrderId: "" }, "clientOrderId"],
		["a long id", { ...REQUEST, clientOrderId: "a".repeat(65) }, "clientOrderId"],
		["a number as id", { ...REQUEST, clientOrderId: 7 }, "clientOrderId"],
		["no base mint", without("baseMint"), "baseMint is neither an address nor a symbol"],
		["a symbol of nobody", { ...REQUEST, baseMint: "WIF" }, "baseMint is neither"],
		["one mint twice", { ...REQUEST, quoteMint: "SOL" }, "quoteMint is the base mint"],
		["a number as amount", { ...REQUEST, amount: 1_000 }, "amount is no text of decimal digits"],
		["NaN as amount", { ...REQUEST, amount: Number.NaN }, "amount is no text of decimal digits"],
		["a negative amount", { ...REQUEST, amount: "-1" }, "amount is no text of decimal digits"],
		["a fraction", { ...REQUEST, amount: "1.5" }, "amount is no text of decimal digits"],
		["no amount", without("amount"), "amount is no text of decimal digits"],
		["nothing as amount", { ...REQUEST, amount: "0" }, "amount is not within"],
		["a negative bigint", { ...REQUEST, amount: -1n }, "amount is not within"],
		["more than a u64", { ...REQUEST, amount: "18446744073709551616" }, "amount is not within"],
		["a limit order without limit", without("limitPrice"), "limitPrice is missing"],
		["a limit order with a stop", { ...REQUEST, stopPrice: "1" }, "stopPrice is given"],
		["a market order with a limit", { ...REQUEST, type: "market" }, "limitPrice is given"],
		["a stop order without a stop", { ...without("limitPrice"), type: "stop" }, "stopPrice is missing"],
		["a stop-limit order without a stop", { ...REQUEST, type: "stopLimit" }, "stopPrice is missing"],
		["a number as price", { ...REQUEST, limitPrice: 149.5 }, "limitPrice is no text of a positive decimal"],
		["no price at all", { ...REQUEST, limitPrice: "0" }, "limitPrice is no text of a positive decimal"],
		["a price that is none", { ...REQUEST, limitPrice: "1e3" }, "limitPrice is no text of a positive decimal"],
		["slippage below nothing", { ...REQUEST, slippageBps: -1 }, "slippageBps"],
		["slippage beyond half", { ...REQUEST, slippageBps: 5_001 }, "slippageBps"],
		["slippage of NaN", { ...REQUEST, slippageBps: Number.NaN }, "slippageBps"],
		["no time", { ...REQUEST, timeoutMs: 0 }, "timeoutMs"],
		["endless time", { ...REQUEST, timeoutMs: Number.POSITIVE_INFINITY }, "timeoutMs"],
		["time as text", { ...REQUEST, timeoutMs: "10" }, "timeoutMs"],
	])("%s", (_, value, detail) => {
		const refused = read(value);
		expect(refused).toMatchObject({ ok: false, error: { code: "malformedOrder" } });
		if (!refused.ok) expect(refused.error.detail).toContain(detail);
	});

	test.each(["baseMint", "quoteMint"])("a %s that no pool trades", (field) => {
		expect(read({ ...REQUEST, [field]: BONK })).toEqual({
			ok: false,
			error: { code: "unknownMint", detail: `${field}: no pool trades ${BONK}` },
		});
	});

	test("garbage of any shape never throws and never passes", () => {
		fc.assert(
			fc.property(fc.anything(), (value) => {
				expect(read(value).ok).toBe(false);
			}),
		);
		fc.assert(
			fc.property(fc.constantFrom(...Object.keys(REQUEST)), fc.anything(), (field, value) => {
				const answer = read({ ...REQUEST, [field]: value });
				if (answer.ok)
					expect(
						[...Object.values(REQUEST), "buy", SOL, null, undefined].includes(value as string) ||
							BigInt(value as string) > 0n,
					).toBe(true);
			}),
		);
	});
});

describe("what is taken", () => {
	test("a limit order lives until it is cancelled unless it says otherwise, and has a slippage as any other", () => {
		const taken = read(REQUEST);
		expect(taken).toMatchObject({
			ok: true,
			value: { side: "sell", type: "limit", timeInForce: "gtc", baseMint: SOL, quoteMint: USDC, amount: 10n ** 9n },
		});
		if (taken.ok)
			expect(taken.value).toMatchObject({ slippageBps: 50, timeoutMs: null, clientOrderId: null, stopPrice: null });
		if (taken.ok) expect(taken.value.limitPrice?.text).toBe("149.5");
	});

	test("a market order is for now and has a slippage", () => {
		const value = {
			...without("limitPrice"),
			type: "market",
			amount: 18_446_744_073_709_551_615n,
			clientOrderId: "a.B-9_",
		};
		expect(read(value)).toMatchObject({
			ok: true,
			value: { timeInForce: "ioc", slippageBps: 50, amount: 2n ** 64n - 1n, clientOrderId: "a.B-9_" },
		});
	});

	test("a stop-limit order has both prices, and everything can be said", () => {
		const value = {
			...REQUEST,
			type: "stopLimit",
			stopPrice: "150",
			timeInForce: "day",
			slippageBps: 5_000,
			timeoutMs: 1_000,
		};
		const taken = read(value);
		expect(taken).toMatchObject({ ok: true, value: { timeInForce: "day", slippageBps: 5_000, timeoutMs: 1_000 } });
		if (taken.ok) expect([taken.value.limitPrice?.text, taken.value.stopPrice?.text]).toEqual(["149.5", "150"]);
	});
});
