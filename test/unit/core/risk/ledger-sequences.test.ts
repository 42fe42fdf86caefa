import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Booking } from "../../../../core/risk/booking.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { type LedgerHolder, ledgerCommands, openingOf, type SettledNow, signatureOf } from "./ledger-commands.ts";
import { LedgerModel } from "./ledger-model.ts";

/** A ledger in memory; a restart folds its records anew, or the last checkpoint and what came after it. */
class InMemory implements LedgerHolder {
	state = new LedgerState();
	#records: LedgerRecord[] = [];
	readonly #restartsFrom: "records" | "checkpoint";

	constructor(restartsFrom: "records" | "checkpoint") {
		this.#restartsFrom = restartsFrom;
	}

	record(record: LedgerRecord): void {
		this.state.apply(record);
		this.#records.push(record);
	}

	settle({ intentId, outcome, booking, atMicros }: SettledNow): void {
		const signature = booking?.signature ?? signatureOf(intentId);
		this.record({ type: "settled", intentId, outcome, signature, booking, atMicros });
	}

	settleAgain(settled: SettledNow): void {
		expect(() => this.settle(settled)).toThrow(/without having been open/);
	}

	adopt(found: Booking, intentId: IntentId | null, atMicros: number): void {
		const asTransfers = found.changes.map((change) => ({ ...change, fill: 0n, transfer: change.fill }));
		const changes = intentId === null ? asTransfers : found.changes;
		this.record({ type: "adopted", booking: { ...found, changes }, intentId, atMicros });
	}

	async restart(nowMicros: number): Promise<void> {
		const before = this.state.checkpoint();
		if (this.#restartsFrom === "checkpoint") this.#records = [{ type: "checkpoint", state: structuredClone(before) }];
		this.state = new LedgerState();
		for (const record of this.#records) this.state.apply(record);
		// Minutes beyond the hour are dropped when they are asked for.
		this.state.spending.fees(nowMicros);
		this.state.spending.tips(nowMicros);
		expect(this.state.checkpoint()).toEqual(before);
	}
}

test.each(["records", "checkpoint"] as const)(
	"whatever a ledger is told, it answers as a list of it does; restarts fold %s",
	async (restartsFrom) => {
		await fc.assert(
			fc.asyncProperty(ledgerCommands(60), (commands) =>
				fc.asyncModelRun(() => {
					const model = new LedgerModel();
					const real = new InMemory(restartsFrom);
					real.record(openingOf(model));
					return { model, real };
				}, commands),
			),
			{ numRuns: 100 },
		);
	},
);
