import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { Reservation } from "../../../../core/risk/reservation.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { ForkWatch } from "../../../../services/risk/fork-watch.ts";
import { Ledger } from "../../../../services/risk/ledger.ts";
import { intentId, NEW_YEAR, USDC, WALLET } from "../../core/risk/risk-world.ts";

const SIGNATURE = "signature" as Signature;
const BOOKED_SLOT = 20;

let folder: string;
let ledger: Ledger;
let watch: ForkWatch;
let id: IntentId;
let reversed: (readonly [Signature, IntentId | null])[];
let final: Signature[];
let missing: Signature[];
/** What the chain says. */
let chain: {
	finalizedSlot: number;
	inclusion: { slot: number; isReverted: boolean } | null;
	listed: Signature[];
	proves: boolean;
};

beforeEach(async () => {
	folder = mkdtempSync(join(tmpdir(), "fork-watch-"));
	({ ledger } = await Ledger.open({ folder }));
	[reversed, final, missing] = [[], [], []];
	id = intentId();
	chain = { finalizedSlot: 30, inclusion: { slot: BOOKED_SLOT, isReverted: false }, listed: [], proves: true };
	ledger.record({
		type: "opened",
		version: 1,
		genesisHash: "genesis",
		wallet: WALLET,
		slot: 1,
		balances: [],
		accounts: [],
		atMicros: NEW_YEAR,
	});
	const reservation: Reservation = {
		intentId: id,
		strategy: "cross-venue",
		cycle: "cycle",
		fundingMint: USDC,
		notional: 1_000n,
		loanFee: 3n,
		maximumFeeLamports: 5_000n,
		deadlineMicros: NEW_YEAR,
		lastValidBlockHeight: 100,
		riskEpoch: 1,
		approvedAtMicros: NEW_YEAR,
	};
	ledger.record({ type: "approved", reservation });
	const changes = [
		{ mint: USDC, fill: 100n, loanFee: 3n, networkFee: 0n },
		{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_000n },
	];
	const booking = { signature: SIGNATURE, slot: BOOKED_SLOT, changes };
	ledger.record({
		type: "settled",
		intentId: id,
		outcome: "landed",
		signature: SIGNATURE,
		booking,
		atMicros: NEW_YEAR,
	});
	watch = new ForkWatch({
		ledger,
		chain: {
			finalizedSlot: async () => chain.finalizedSlot,
			inclusions: async (signatures) => signatures.map(() => chain.inclusion),
			provenHistory: async () => {
				if (!chain.proves) throw new Error("too few witnesses");
				const entries = chain.listed.map((signature) => ({ signature, slot: BOOKED_SLOT }));
				return { entries, slot: chain.finalizedSlot, blockHeight: 1, witnesses: [] };
			},
		},
		clock: { epochMicros: () => NEW_YEAR, monotonicMicros: () => 0 },
		logger: { info() {}, warn() {}, error() {} } as never,
		onFinal: (signature) => void final.push(signature),
		onMissing: (signature) => void missing.push(signature),
		onIrreversible: (reason) => void reversed.push([reason as Signature, null]),
		onReversed: (...told) => void reversed.push(told),
	});
});

afterEach(async () => {
	watch.stop();
	await ledger.close();
	rmSync(folder, { recursive: true });
});

describe("a booking whose block a fork dropped", () => {
	test("is taken out of the books, and its intent is open again", async () => {
		chain.inclusion = null;
		await watch.round();
		expect(reversed).toEqual([[SIGNATURE, id]]);
		expect(ledger.state.totals(USDC)).toMatchObject({ fills: 0n, loanFees: 0n, realised: 0n });
		expect(ledger.state.reservation(id)?.notional).toBe(1_000n);
		expect(ledger.state.counters).toMatchObject({ landed: 0, reversed: 1 });
		await watch.round();
		expect(reversed).toHaveLength(1);
	});

	test("is taken out when it is in another block, or did something else there", async () => {
		chain.inclusion = { slot: BOOKED_SLOT + 1, isReverted: false };
		await watch.round();
		expect(reversed).toHaveLength(1);
		const changes = [{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_000n }];
		const booking = { signature: SIGNATURE, slot: BOOKED_SLOT, changes };
		ledger.record({ type: "settled", intentId: id, outcome: "reverted", signature: SIGNATURE, booking, atMicros: 1 });
		chain.inclusion = { slot: BOOKED_SLOT, isReverted: false };
		await watch.round();
		expect(reversed).toHaveLength(2);
	});

	test("stays while the finalized chain has not passed its slot", async () => {
		[chain.inclusion, chain.finalizedSlot] = [null, BOOKED_SLOT - 1];
		await watch.round();
		expect([reversed, watch.finalSlot]).toEqual([[], BOOKED_SLOT - 1]);
	});

	test("stays while its absence is not proven: no witness, or a history that lists it", async () => {
		[chain.inclusion, chain.proves] = [null, false];
		await expect(watch.round()).rejects.toThrow("too few witnesses");
		[chain.proves, chain.listed] = [true, [SIGNATURE]];
		await watch.round();
		expect([reversed, watch.finalSlot]).toEqual([[], BOOKED_SLOT - 1]);
	});
});

test("books that lack a transaction of the finalized chain are not final", async () => {
	chain.listed = [SIGNATURE, "brought by a fork" as Signature];
	await watch.round();
	expect([missing, watch.finalSlot]).toEqual([["brought by a fork"], 1]);
	chain.listed = [SIGNATURE];
	await watch.round();
	expect(watch.finalSlot).toBe(30);
});

test("one whose block is final is told once, and the books up to there are final", async () => {
	expect(watch.finalSlot).toBe(1);
	await watch.round();
	await watch.round();
	expect([final, reversed, watch.finalSlot]).toEqual([[SIGNATURE], [], 30]);
});
