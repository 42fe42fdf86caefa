import { afterEach, describe, expect, test } from "@jest/globals";
import { createTickStream, type TickStream } from "../../../broker/tick-stream.ts";
import { isInstalled, type ServerProcess, startNats } from "../../support/servers.ts";
import { until } from "../../support/until.ts";

const streams: TickStream[] = [];
let server: ServerProcess | null = null;

afterEach(async () => {
	await Promise.all(streams.splice(0).map((stream) => stream.stop()));
	await server?.kill();
	server = null;
});

async function open(natsUrl: string | null): Promise<TickStream> {
	const stream = createTickStream({ namespace: "test", natsUrl, name: "test" });
	streams.push(stream);
	await stream.start();
	return stream;
}

const batch = (byte: number): Uint8Array => Uint8Array.of(byte);

describe("inside a process", () => {
	test("a shard nobody listens to costs nothing and throws nothing", async () => {
		const stream = await open(null);
		stream.publish("main", batch(1));
		expect(stream.dropped).toBe(0);
	});

	test("batches reach the listeners of their shard, until they stop", async () => {
		const stream = await open(null);
		const heard: [string, number][] = [];
		const stop = stream.subscribe("a", ([byte]) => heard.push(["a", byte!]));
		stream.subscribe("b", ([byte]) => heard.push(["b", byte!]));
		stream.publish("a", batch(1));
		stream.publish("b", batch(2));
		stop();
		stream.publish("a", batch(3));
		expect(heard).toEqual([
			["a", 1],
			["b", 2],
		]);
	});
});

const withNats = isInstalled("nats-server", "tick batches over NATS") ? describe : describe.skip;

withNats("over NATS", () => {
	test("another process hears a batch once, and so does the publisher's own", async () => {
		server = await startNats();
		const [publisher, listener] = [await open(server.url), await open(server.url)];
		const [own, other]: [number[], number[]] = [[], []];
		publisher.subscribe("main", ([byte]) => own.push(byte!));
		listener.subscribe("main", ([byte]) => other.push(byte!));
		await until(
			() => {
				publisher.publish("main", batch(7));
				return other.length > 0;
			},
			{ what: "the first batch" },
		);
		const sent = own.length;
		await until(() => other.length > 0, { what: "the batches" });
		await new Promise((wake) => setTimeout(wake, 50));
		expect(own).toHaveLength(sent);
		expect(other.length).toBeLessThanOrEqual(sent);
	});

	test("while the server is away batches are dropped and counted, not hoarded", async () => {
		server = await startNats();
		const publisher = await open(server.url);
		await server.kill();
		await until(
			() => {
				publisher.publish("main", batch(1));
				return publisher.dropped > 0;
			},
			{ what: "a dropped batch" },
		);
	});

	test("a subscription made before the start counts", async () => {
		server = await startNats();
		const listener = createTickStream({ namespace: "test", natsUrl: server.url, name: "early" });
		streams.push(listener);
		const heard: number[] = [];
		listener.subscribe("main", ([byte]) => heard.push(byte!));
		await listener.start();
		const publisher = await open(server.url);
		await until(
			() => {
				publisher.publish("main", batch(9));
				return heard.length > 0;
			},
			{ what: "a batch" },
		);
		expect(heard[0]).toBe(9);
	});
});
