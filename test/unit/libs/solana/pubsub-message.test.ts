import { describe, expect, test } from "@jest/globals";
import {
	readAccountNotification,
	readPubsubMessage,
	readSlotNotification,
} from "../../../../libs/solana/pubsub-message.ts";

describe("readPubsubMessage", () => {
	test.each([
		"",
		"{",
		"null",
		"7",
		'"text"',
		"[]",
		"{}",
		'{"id":"1","result":2}',
		'{"id":null,"error":{"code":-32700,"message":"parse"}}',
		'{"method":"slotNotification","params":{"subscription":"7","result":{}}}',
		'{"method":"slotNotification","params":{}}',
	])("garbage: %s", (text) => {
		expect(readPubsubMessage(text)).toEqual({ kind: "garbage" });
	});

	test("answers and notifications", () => {
		expect(readPubsubMessage('{"jsonrpc":"2.0","id":3,"result":9}')).toEqual({ kind: "accepted", id: 3, result: 9 });
		expect(readPubsubMessage('{"id":3,"error":{"code":-32602,"message":"no"}}')).toEqual({
			kind: "refused",
			id: 3,
			code: -32602,
			message: "no",
		});
		expect(readPubsubMessage('{"id":3,"error":{}}')).toMatchObject({ kind: "refused", code: 0 });
		expect(readPubsubMessage('{"method":"x","params":{"subscription":4,"result":{"slot":1}}}')).toEqual({
			kind: "notification",
			subscription: 4,
			result: { slot: 1 },
		});
	});
});

describe("readAccountNotification", () => {
	const value = { data: [Buffer.from([1, 2, 3]).toString("base64"), "base64"], owner: "o", lamports: 1 };

	test.each([
		null,
		7,
		{},
		{ context: null, value },
		{ context: {}, value },
		{ context: { slot: "1" }, value },
		{ context: { slot: 1 } },
		{ context: { slot: 1 }, value: 3 },
		{ context: { slot: 1 }, value: {} },
		{ context: { slot: 1 }, value: { data: "abc" } },
		{ context: { slot: 1 }, value: { data: [1, "base64"] } },
		{ context: { slot: 1 }, value: { data: ["abc", "base58"] } },
	])("not an account: %j", (result) => {
		expect(readAccountNotification(result)).toBeNull();
	});

	test("slot and bytes; an account that is gone has none", () => {
		const read = readAccountNotification({ context: { slot: 5 }, value });
		expect(read?.slot).toBe(5);
		expect([...read!.data]).toEqual([1, 2, 3]);
		expect(readAccountNotification({ context: { slot: 5 }, value: null })?.data.length).toBe(0);
	});
});

test("readSlotNotification", () => {
	expect(readSlotNotification({ slot: 5, parent: 4, root: 0 })).toBe(5);
	expect(readSlotNotification({ slot: "5" })).toBeNull();
	expect(readSlotNotification(null)).toBeNull();
});
