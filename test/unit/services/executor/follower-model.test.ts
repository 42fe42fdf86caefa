import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ChainTransaction } from "../../../../core/execution/chain-transaction.ts";
import type { Settlement, SubmissionState } from "../../../../core/execution/submission.ts";
import { advance } from "../../../../core/execution/submission-machine.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import type { Claim } from "../../../../services/executor/claim.ts";
import type { SignatureSight } from "../../../../services/executor/confirmation/chain-view.ts";
import { Follower } from "../../../../services/executor/follower.ts";

const WALLET = "wallet" as Address;
const SLOT_MICROS = 400_000;
const LIFE_BLOCKS = 5;
const CONFIRMED_AFTER = 2;
const FINAL_AFTER = 4;

const ids = ["a", "b", "c", "d"] as const;
type Id = (typeof ids)[number];

/** A chain of one wallet, where the test is the leader: what arrived may be included, and blocks may be dropped. */
class ModelChain {
	height = 100;
	readonly arrived = new Set<Id>();
	readonly included = new Map<Id, { readonly slot: number; readonly error: string | null }>();

	include(id: Id, error: string | null, lastValidBlockHeight: number): void {
		if (!this.arrived.has(id) || this.included.has(id) || this.height > lastValidBlockHeight) return;
		this.included.set(id, { slot: this.height, error });
	}

	/** A fork drops every block that is not final from this one on; the one that wins may hold what was in neither. */
	fork(depth: number, brought: Id | null, lastValidBlockHeight: number): void {
		const from = Math.max(this.height - depth, this.finalized + 1);
		for (const [id, { slot }] of this.included) if (slot >= from) this.included.delete(id);
		if (brought === null || !this.arrived.has(brought) || this.included.has(brought)) return;
		if (from <= Math.min(this.height, lastValidBlockHeight)) this.included.set(brought, { slot: from, error: null });
	}

	get finalized(): number {
		return this.height - FINAL_AFTER;
	}

	sight(id: Id): SignatureSight {
		const found = this.included.get(id);
		if (!found) return "absent";
		if (found.slot <= this.finalized) return "finalized";
		return found.slot <= this.height - CONFIRMED_AFTER ? "confirmed" : "seen";
	}
}

/** The system under test, at that chain, behind a node that may be deaf. */
class Desk {
	readonly chain = new ModelChain();
	readonly settlements: Settlement[] = [];
	readonly steps = new Map<Id, SubmissionState[]>();
	readonly final = new Set<Id>();
	readonly begun = new Set<Id>();
	readonly lastValid = new Map<Id, number>();
	readonly notify = new Map<string, () => void>();
	isDeaf = false;
	losesSends = false;
	micros = 0;
	readonly follower: Follower;

	constructor() {
		const { chain } = this;
		const idOf = (signature: Signature) => signature.slice(-1) as Id;
		const answer = <T>(make: () => T): Promise<T> =>
			this.isDeaf ? Promise.reject(new Error("deaf")) : Promise.resolve(make());
		this.follower = new Follower({
			executor: "test",
			chain: {
				sights: (signatures) => answer(() => signatures.map((signature) => chain.sight(idOf(signature)))),
				inclusions: (signatures) =>
					answer(() =>
						signatures.map((signature) => {
							const found = chain.included.get(idOf(signature));
							return found
								? { slot: found.slot, isReverted: found.error !== null, isFinalized: found.slot <= chain.finalized }
								: null;
						}),
					),
				provenAbsent: (questions) =>
					answer(() => {
						const dead = questions.filter(({ lastValidBlockHeight }) => lastValidBlockHeight < chain.finalized);
						return new Set(dead.map(({ signature }) => signature).filter((each) => !chain.included.has(idOf(each))));
					}),
				finalizedHead: () => answer(() => ({ slot: chain.finalized, blockHeight: chain.finalized })),
				transaction: (signature) => answer(() => this.#transaction(signature, idOf(signature))),
			},
			sender: {
				name: "test",
				send: async ({ signature }) => {
					if (!this.losesSends) chain.arrived.add(idOf(signature));
				},
			},
			watch: {
				watch: (signature, onConfirmed) => {
					this.notify.set(signature, onConfirmed);
					return () => void this.notify.delete(signature);
				},
				close() {},
			},
			clock: { epochMicros: () => this.micros, monotonicMicros: () => this.micros },
			pollIntervalMs: 1,
			resendIntervalMs: 500,
			maySend: () => true,
			onAdvanced: ({ claim, state }) => void this.steps.get(claim.intentId as string as Id)?.push(state),
			onSettled: (settlement) => void this.settlements.push(settlement),
			onFinalized: ({ claim }) => void this.final.add(claim.intentId as string as Id),
			onReopened: () => {},
			onTrouble: () => {},
		});
	}

	begin(id: Id): void {
		if (this.begun.has(id)) return;
		this.begun.add(id);
		const lastValidBlockHeight = this.chain.height + LIFE_BLOCKS;
		this.lastValid.set(id, lastValidBlockHeight);
		this.steps.set(id, ["claimed", "signed"]);
		const signature = `signature-${id}` as Signature;
		const claim: Claim = {
			intentId: id as string as IntentId,
			signature,
			wallet: WALLET,
			lastValidBlockHeight,
			pools: [],
			lenders: [],
			timings: {},
		};
		this.follower.begin(claim, { signature, base64: "" });
	}

	pass(slots: number): void {
		this.chain.height += slots;
		this.micros += slots * SLOT_MICROS;
	}

	#transaction(signature: Signature, id: Id): ChainTransaction | null {
		const found = this.chain.included.get(id);
		if (!found || this.chain.sight(id) === "seen") return null;
		return {
			signature,
			slot: found.slot,
			error: found.error,
			feeLamports: 1n,
			accountKeys: [WALLET],
			preLamports: [2n],
			postLamports: [1n],
			preTokenBalances: [],
			postTokenBalances: [],
			computeUnits: 0,
			memo: null,
			blockTimeSeconds: null,
		};
	}
}

type Command = (desk: Desk) => void | Promise<void>;

const id = fc.constantFrom(...ids);
const poll: Command = (desk) => desk.follower.poll().catch(() => {});
const commands: fc.Arbitrary<Command> = fc.oneof(
	{
		weight: 3,
		arbitrary: id.map(
			(each): Command =>
				(desk) =>
					desk.begin(each),
		),
	},
	{
		weight: 4,
		arbitrary: fc.tuple(id, fc.boolean()).map(
			([each, fails]): Command =>
				(desk) =>
					desk.chain.include(each, fails ? '"6001"' : null, desk.lastValid.get(each) ?? 0),
		),
	},
	{
		weight: 4,
		arbitrary: fc.integer({ min: 1, max: 6 }).map(
			(slots): Command =>
				(desk) =>
					desk.pass(slots),
		),
	},
	{ weight: 6, arbitrary: fc.constant(poll) },
	{
		weight: 2,
		arbitrary: fc.tuple(fc.integer({ min: 1, max: 7 }), fc.option(id)).map(
			([depth, brought]): Command =>
				(desk) =>
					desk.chain.fork(depth, brought, (brought && desk.lastValid.get(brought)) ?? 0),
		),
	},
	{
		weight: 1,
		arbitrary: fc.boolean().map(
			(deaf): Command =>
				(desk) => {
					desk.isDeaf = deaf;
				},
		),
	},
	{
		weight: 1,
		arbitrary: fc.boolean().map(
			(loses): Command =>
				(desk) => {
					desk.losesSends = loses;
				},
		),
	},
	{
		weight: 2,
		arbitrary: id.map(
			(each): Command =>
				(desk) =>
					desk.notify.get(`signature-${each}`)?.(),
		),
	},
);

describe("submissions, against a chain that forks, a node that falls silent and bytes that get lost", () => {
	test("every step is legal, and every submission ends as the chain says it did", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(commands, { minLength: 20, maxLength: 80, size: "max" }), async (run) => {
				const desk = new Desk();
				for (const command of run) await command(desk);
				desk.isDeaf = false;
				for (let round = 0; round < 12; round++) {
					desk.pass(LIFE_BLOCKS);
					await desk.follower.poll();
					await new Promise((done) => setImmediate(done));
				}
				desk.follower.stop();
				for (const begun of desk.begun) {
					const steps = desk.steps.get(begun) ?? [];
					for (let at = 1; at < steps.length; at++) {
						expect(advance(steps[at - 1] as SubmissionState, steps[at] as SubmissionState)).toMatchObject({ ok: true });
					}
					const told = desk.settlements.filter(({ intentId }) => intentId === (begun as string)).at(-1);
					const truth = desk.chain.included.get(begun);
					expect(told?.outcome).toBe(truth ? (truth.error === null ? "landed" : "reverted") : "expired");
					expect(steps.at(-1)).toBe(truth ? "finalized" : "expired");
					expect(desk.final.has(begun)).toBe(truth !== undefined);
				}
				expect([desk.follower.size, desk.follower.unknown]).toEqual([0, 0]);
			}),
			{ numRuns: 500 },
		);
	});

	test("no expiry is ever taken back: what expired is in no block, then and for ever", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(commands, { minLength: 40, maxLength: 120, size: "max" }), async (run) => {
				const desk = new Desk();
				const expired = new Set<string>();
				for (const command of run) {
					await command(desk);
					for (const { intentId, outcome } of desk.settlements) if (outcome === "expired") expired.add(intentId);
					for (const included of desk.chain.included.keys()) expect(expired.has(included)).toBe(false);
				}
				desk.follower.stop();
			}),
			{ numRuns: 300 },
		);
	});
});
