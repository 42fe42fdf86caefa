import { describe, expect, test } from "@jest/globals";
import { Histogram } from "../../../../core/types/histogram.ts";
import { LatencyBoard } from "../../../../services/monitor/latency-board.ts";

function measured(executor: string, values: readonly number[]) {
	const histogram = new Histogram();
	for (const value of values) histogram.record(value);
	const snapshot = histogram.snapshot();
	const empty = new Histogram().snapshot();
	return { executor, receivedToSigned: snapshot, approvedToSigned: empty, signedToSent: empty, sentToLanded: empty };
}

describe("stage latencies", () => {
	test("are zero when nobody measured", () => {
		expect(new LatencyBoard().summaries().receivedToSigned).toEqual({ p50: 0, p99: 0, count: 0 });
	});

	test("take the newest of each executor, and all executors together", () => {
		const board = new LatencyBoard();
		board.measured(measured("a", [10, 10]));
		board.measured(measured("a", [10, 10, 10]));
		board.measured(measured("a", [10, 10, 10]));
		board.measured(measured("b", [1_024]));
		expect(board.summaries().receivedToSigned).toEqual({ p50: 10, p99: 1_024, count: 4 });
	});

	test("forget the executor longest unheard of when there are too many", () => {
		const board = new LatencyBoard();
		board.measured(measured("first", [10]));
		for (let index = 0; index < 64; index++) board.measured(measured(`executor ${index}`, [20]));
		expect(board.summaries().receivedToSigned).toEqual({ p50: 20, p99: 20, count: 64 });
	});

	test("read the stages before the executor off the intents, where both ends are there", () => {
		const board = new LatencyBoard();
		board.traced({ received: 1_000, decoded: 1_010, found: 1_030 });
		expect(board.summaries()).toMatchObject({
			receivedToDecoded: { p50: 10, count: 1 },
			decodedToFound: { p50: 20, count: 1 },
			foundToApproved: { count: 0 },
		});
	});
});
