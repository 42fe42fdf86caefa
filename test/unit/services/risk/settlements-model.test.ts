import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Settlement } from "../../../../core/execution/submission.ts";
import type { Booking } from "../../../../core/risk/booking.ts";
import type { LedgerRecord } from "../../../../core/risk/ledger-record.ts";
import type { LedgerState } from "../../../../core/risk/ledger-state.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { Ledger } from "../../../../services/risk/ledger.ts";
import { Settlements } from "../../../../services/risk/settlements.ts";
import {
	type LedgerHolder,
	ledgerCommands,
	openingOf,
	type SettledNow,
	signatureOf,
} from "../../core/risk/ledger-commands.ts";
import { LedgerModel } from "../../core/risk/ledger-model.ts";

const root = mkdtempSync(join(tmpdir(), "settlements-model-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A ledger on disk whose ends and finds come as the machine tells them. */
class OnDisk implements LedgerHolder {
	readonly contradictions: string[] = [];
	readonly #options: { readonly folder: string; readonly maximumSegmentBytes: number };
	#ledger: Ledger;
	#settlements: Settlements;
	#nowMicros = 0;
	#booked = 0;

	static async open(options: { readonly folder: string; readonly maximumSegmentBytes: number }): Promise<OnDisk> {
		return new OnDisk(options, (await Ledger.open(options)).ledger);
	}

	private constructor(options: { readonly folder: string; readonly maximumSegmentBytes: number }, ledger: Ledger) {
		this.#options = options;
		this.#ledger = ledger;
		this.#settlements = this.#settlementsOf(ledger);
	}

	get state(): LedgerState {
		return this.#ledger.state;
	}

	record(record: LedgerRecord): void {
		this.#ledger.record(record);
	}

	settle(settled: SettledNow): void {
		this.#nowMicros = settled.atMicros;
		const before = this.#booked;
		expect(this.#settlements.settle(settlementOf(settled))).toBe("booked");
		expect(this.#booked).toBe(before + 1);
	}

	settleAgain(settled: SettledNow): void {
		const before = this.#booked;
		expect(this.#settlements.settle(settlementOf(settled))).toBe("repeated");
		expect(this.#settlements.settle({ ...settlementOf(settled), intentId: "no id" })).toBe("refused");
		expect(this.#booked).toBe(before);
	}

	adopt(found: Booking, intentId: IntentId | null, atMicros: number): void {
		this.#nowMicros = atMicros;
		this.#settlements.adopt(found, { intentId, isSetUp: false });
	}

	/** As kill -9 leaves it: opened anew while what the old process wrote is only just written. */
	async restart(): Promise<void> {
		const before = this.#ledger;
		this.#ledger = (await Ledger.open(this.#options)).ledger;
		this.#settlements = this.#settlementsOf(this.#ledger);
		await before.close();
	}

	close(): Promise<void> {
		return this.#ledger.close();
	}

	#settlementsOf(ledger: Ledger): Settlements {
		return new Settlements({
			ledger,
			clock: { epochMicros: () => this.#nowMicros, monotonicMicros: () => 0 },
			logger: { info: () => {}, warn: () => {}, error: () => {} },
			onBooked: () => this.#booked++,
			onContradiction: (reason) => this.contradictions.push(reason),
		});
	}
}

function settlementOf({ intentId, outcome, booking }: SettledNow): Settlement {
	const signature = booking?.signature ?? signatureOf(intentId);
	const changes = booking?.changes.map((change) => ({ tip: 0n, ...change, balanceAfter: 0n })) ?? [];
	const isReverted = outcome === "reverted";
	const fill = booking && {
		...{ intentId, signature, slot: booking.slot, changes, legs: [], computeUnits: 0 },
		reverted: isReverted,
		error: isReverted ? "{}" : null,
	};
	return { intentId, outcome, signature, fill, executor: "test", timings: {} };
}

let run = 0;

test.each([
	["records", 4_000_000],
	["a checkpoint every few records", 6_000],
])(
	"whatever is settled, adopted and taken back, the ledger on disk is a list's; restarts fold %s",
	async (_what, size) => {
		await fc.assert(
			fc.asyncProperty(ledgerCommands(40), async (commands) => {
				const real = await OnDisk.open({ folder: join(root, `${++run}`), maximumSegmentBytes: size });
				try {
					await fc.asyncModelRun(() => {
						const model = new LedgerModel();
						real.record(openingOf(model));
						return { model, real };
					}, commands);
					expect(real.contradictions).toEqual([]);
				} finally {
					await real.close();
				}
			}),
			{ numRuns: 40 },
		);
	},
	60_000,
);
