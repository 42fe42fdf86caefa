import { beforeEach, expect, test } from "@jest/globals";
import { Endpoint } from "../../../../../libs/solana/rpc-router/endpoint.ts";
import { FakeTime } from "./fake-net.ts";

const MAXIMUM_BYTES = 64;
const EMPTY = '{"jsonrpc":"2.0","id":1,"result":""}';

let respond: () => Response;
let endpoint: Endpoint;

beforeEach(() => {
	endpoint = new Endpoint({
		url: "https://node.example/key",
		name: "https://node.example",
		clock: new FakeTime(),
		fetch: (async () => respond()) as typeof fetch,
		readsPerSecond: 1_000,
		sendsPerSecond: 1_000,
		maximumAnswerBytes: MAXIMUM_BYTES,
	});
});

const ask = () => endpoint.post({ lane: "read", body: "{}" });
const answerOf = (bytes: number) => EMPTY.replace('""', `"${"x".repeat(bytes - EMPTY.length)}"`);

/** A body without an announced length, and what became of it. */
function stream(chunks: readonly string[]) {
	const source = { sent: 0, isCancelled: false };
	const body = new ReadableStream<Uint8Array>(
		{
			pull(controller) {
				const chunk = chunks[source.sent];
				if (chunk === undefined) return controller.close();
				source.sent++;
				controller.enqueue(new TextEncoder().encode(chunk));
			},
			cancel: () => {
				source.isCancelled = true;
			},
		},
		{ highWaterMark: 0 },
	);
	return { source, response: new Response(body) };
}

test("an answer one byte too long is refused with its limit and counted; at the limit it is read", async () => {
	respond = () => new Response(answerOf(MAXIMUM_BYTES + 1));
	await expect(ask()).rejects.toThrow(
		"https://node.example: the answer is longer than 64 bytes, and the rest was not read: ask for less at a time",
	);
	expect(endpoint.health()).toMatchObject({ oversized: 1, reads: { requests: 1, failures: 1 } });
	respond = () => new Response(answerOf(MAXIMUM_BYTES));
	expect(await ask()).toMatchObject({ result: "x".repeat(MAXIMUM_BYTES - EMPTY.length) });
	expect(endpoint.health()).toMatchObject({ oversized: 1, reads: { requests: 2, failures: 1 } });
});

test("a body without end is left after its first byte too many, and so is that of an error", async () => {
	for (const status of [200, 500]) {
		const { source, response } = stream(Array.from({ length: 1_000 }, () => "x".repeat(40)));
		respond = () => (status === 200 ? response : new Response(response.body, { status }));
		await expect(ask()).rejects.toThrow(/longer than 64 bytes/);
		expect(source).toEqual({ sent: 2, isCancelled: true });
	}
	expect(endpoint.health().oversized).toBe(2);
});

test("characters that are cut between two chunks, and an answer without a body", async () => {
	const bytes = new TextEncoder().encode('{"id":1,"result":"é"}');
	const parts = [bytes.slice(0, 19), bytes.slice(19)];
	respond = () =>
		new Response(
			new ReadableStream({
				start(controller) {
					for (const part of parts) controller.enqueue(part);
					controller.close();
				},
			}),
		);
	expect(await ask()).toMatchObject({ result: "é" });
	respond = () => new Response(null);
	await expect(ask()).rejects.toThrow(/no JSON-RPC answer/);
});
