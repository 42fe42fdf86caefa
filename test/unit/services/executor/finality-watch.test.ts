import { expect, test } from "@jest/globals";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { FinalityWatch } from "../../../../services/executor/finality-watch.ts";
import { SubmissionRecord } from "../../../../services/executor/submission-record.ts";

const MOST_WATCHED = 8_192;

test("more than it can watch: the oldest are let go, and counted", async () => {
	const asked: Signature[] = [];
	const watch = new FinalityWatch({
		chain: {
			inclusions: async (signatures) => {
				asked.push(...signatures);
				return signatures.map(() => ({ slot: 1, isReverted: false, isFinalized: false }));
			},
			transaction: async () => null,
		},
		clock: { epochMicros: () => 0, monotonicMicros: () => 0 },
		onFinalized: () => {},
		onMoved: () => {},
	});
	const add = (index: number) => {
		const submission = new SubmissionRecord(
			{
				intentId: `${index}` as IntentId,
				signature: `signature-${index}` as Signature,
				wallet: "wallet" as Address,
				lastValidBlockHeight: 0,
				pools: [],
				lenders: [],
				timings: {},
			},
			null,
		);
		submission.move("landed");
		submission.includedSlot = 1;
		watch.add(submission);
	};
	for (let index = 0; index < MOST_WATCHED; index++) add(index);
	expect([watch.size, watch.letGo]).toEqual([MOST_WATCHED, 0]);
	for (let index = MOST_WATCHED; index < MOST_WATCHED + 3; index++) add(index);
	expect([watch.size, watch.letGo]).toEqual([MOST_WATCHED, 3]);
	await watch.poll(async () => ({ slot: 9, blockHeight: 9 }));
	expect([asked.length, asked[0], asked.at(-1)]).toEqual([
		MOST_WATCHED,
		"signature-3",
		`signature-${MOST_WATCHED + 2}`,
	]);
});
