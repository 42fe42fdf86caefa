import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { checkIntent } from "../../../../core/risk/gate.ts";
import { Ledger } from "../../../../services/risk/ledger.ts";
import { NEW_YEAR, orderIntent, settled, USDC, view, WALLET } from "../../core/risk/risk-world.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function reservation(ledger: Ledger) {
	const verdict = checkIntent(orderIntent(), view({ ledger: ledger.state }));
	if (!verdict.ok) throw new Error(verdict.detail);
	return verdict.reservation;
}

test("a record that cannot follow is refused before it is written", async () => {
	const at = join(folder, "refusing");
	const { ledger } = await Ledger.open({ folder: at });
	expect(() => ledger.record(settled(orderIntent().intentId, USDC, 1n))).toThrow(/without having been open/);
	await ledger.close();
	expect(() => ledger.record({ type: "epoch", epoch: 1, atMicros: 0 })).toThrow(/closed/);
	expect(ledger.state.epoch).toBe(0);
	expect(ledger.failure).toMatch(/closed/);
	const again = await Ledger.open({ folder: at });
	expect(again.ledger.state.wallet).toBeNull();
	expect(again.ledger.failure).toBeNull();
	await again.ledger.close();
});

test("after 20,000 records disk and start are those of the last segment, and the sums are exact", async () => {
	const at = join(folder, "long");
	const options = { folder: at, maximumSegmentBytes: 200_000 };
	let { ledger } = await Ledger.open(options);
	ledger.record({
		type: "opened",
		version: 1,
		genesisHash: "genesis",
		wallet: WALLET,
		slot: 1,
		balances: [
			{ mint: USDC, amount: 5n },
			{ mint: SOL_MINT, amount: 1_000_000_000n },
		],
		accounts: [],
		atMicros: NEW_YEAR,
	});
	for (let index = 1; index <= 10_000; index++) {
		const made = reservation(ledger);
		ledger.record({ type: "approved", reservation: made });
		ledger.record(settled(made.intentId, USDC, BigInt(index)));
		if (index % 50 === 0) ledger.record({ type: "proven", slot: 20 + index });
		if (index % 4_000 === 0) {
			// As kill -9 leaves it: opened anew without being closed.
			const before = ledger;
			({ ledger } = await Ledger.open(options));
			expect(ledger.state.checkpoint()).toEqual(before.state.checkpoint());
			await before.close();
		}
	}
	expect(ledger.state.totals(USDC).fills).toBe(50_005_000n);
	await ledger.close();
	const bytes = readdirSync(at).reduce((sum, name) => sum + statSync(join(at, name)).size, 0);
	expect(bytes).toBeLessThan(1_500_000);
	const again = await Ledger.open(options);
	expect(again.cutBytes).toBe(0);
	expect(again.ledger.state.checkpoint()).toEqual(ledger.state.checkpoint());
	expect(again.ledger.state.counters.landed).toBe(10_000);
	await again.ledger.close();
});
