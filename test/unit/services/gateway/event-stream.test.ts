import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "@jest/globals";
import { EventStream } from "../../../../services/gateway/event-stream.ts";

/** A client that reads nothing unless told to: what a stalled browser is to a server. */
class SlowClient extends EventEmitter {
	writableLength = 0;
	destroyed = false;
	writeHead(): void {}
	write(text: string): boolean {
		this.writableLength += text.length;
		return false;
	}
	end(): void {}
	destroy(): void {
		this.destroyed = true;
		this.emit("close");
	}
}

const REQUEST = { socket: { setNoDelay: () => {} } } as unknown as IncomingMessage;

describe("a client that does not read", () => {
	test("is dropped once too much is waiting, and others stay", () => {
		const stream = new EventStream({ maximumClients: 2, maximumUnreadBytes: 1_000 });
		const slow = new SlowClient();
		const quick = new SlowClient();
		for (const client of [slow, quick]) stream.join(REQUEST, client as unknown as ServerResponse);
		for (let sent = 0; sent < 20; sent++) {
			stream.send("books", { text: "x".repeat(100) });
			quick.writableLength = 0;
		}
		expect([slow.destroyed, quick.destroyed, stream.clients]).toEqual([true, false, 1]);
		expect(slow.writableLength).toBeLessThan(1_200);
		stream.heartbeat();
		stream.close();
		expect(stream.clients).toBe(0);
	});
});
