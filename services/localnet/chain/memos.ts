import { MEMO_PROGRAM_KEY, MEMO_V1_PROGRAM_KEY } from "./well-known.ts";
import type { WireMessage } from "./wire-transaction.ts";

/**
 * The memos of a transaction's top-level instructions as `getSignaturesForAddress` shows them: each with its length in
 * bytes, joined by "; " (Agave, `transaction-status`: `extract_memos`). `null` when there is none.
 */
export function memoOf(message: WireMessage): string | null {
	const memos: string[] = [];
	for (const { programIdIndex, data } of message.instructions) {
		const program = message.accountKeys[programIdIndex];
		if (program !== MEMO_PROGRAM_KEY && program !== MEMO_V1_PROGRAM_KEY) continue;
		memos.push(`[${data.length}] ${data.toString("utf8")}`);
	}
	return memos.length === 0 ? null : memos.join("; ");
}
