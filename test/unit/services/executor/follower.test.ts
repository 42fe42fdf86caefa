import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ChainTransaction } from "../../../../core/execution/chain-transaction.ts";
import type { Settlement, SubmissionState } from "../../../../core/execution/submission.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import type { Claim } from "../../../../services/executor/claim.ts";
import type { SignatureSight } from "../../../../services/executor/confirmation/chain-view.ts";
import { Follower } from "../../../../services/executor/follower.ts";

const WALLET = "wallet" as Address;

const claim = (id: string, lastValidBlockHeight = 100): Claim => ({
	intentId: id as IntentId,
	signature: `signature-${id}` as Signature,
	wallet: WALLET,
	lastValidBlockHeight,
	pools: [],
	lenders: [],
	timings: {},
});

const bytes = ({ signature }: Claim) => ({ signature, base64: "" });

const transaction = (signature: Signature, error: string | null = null): ChainTransaction => ({
	signature,
	slot: 5,
	error,
	feeLamports: 1n,
	accountKeys: [WALLET],
	preLamports: [2n],
	postLamports: [1n],
	preTokenBalances: [],
	postTokenBalances: [],
	computeUnits: 0,
	memo: null,
	blockTimeSeconds: null,
});

/** What the node says next; time stands still unless a test moves it. */
const node = {
	sights: new Map<Signature, SignatureSight>(),
	transactions: new Map<Signature, ChainTransaction | Error>(),
	blockHeight: 1,
	isBehind: false,
	cannotProve: false,
	headReads: 0,
	maySend: true,
	sends: [] as (() => void)[],
	confirmed: new Map<Signature, () => void>(),
	micros: 0,
};
let settlements: Settlement[];
let states: SubmissionState[];
let troubles: string[];
let finalized: string[];
let reopened: string[];
let follower: Follower;

beforeEach(() => {
	Object.assign(node, {
		sights: new Map(),
		transactions: new Map(),
		blockHeight: 1,
		isBehind: false,
		cannotProve: false,
		headReads: 0,
		maySend: true,
		sends: [],
		confirmed: new Map(),
		micros: 0,
	});
	[settlements, states, troubles, finalized, reopened] = [[], [], [], [], []];
	follower = new Follower({
		executor: "test",
		chain: {
			sights: async (signatures) => signatures.map((signature) => node.sights.get(signature) ?? "absent"),
			inclusions: async (signatures) =>
				signatures.map((signature) => {
					const sight = node.sights.get(signature);
					const { slot = 0, error = null } = (node.transactions.get(signature) ?? {}) as Partial<ChainTransaction>;
					return sight && sight !== "absent"
						? { slot, isReverted: error !== null, isFinalized: sight === "finalized" }
						: null;
				}),
			provenAbsent: async (questions) => {
				if (node.cannotProve) throw new Error("history from slot 900 on");
				return new Set(
					questions
						.filter(({ lastValidBlockHeight }) => !node.isBehind && lastValidBlockHeight < node.blockHeight)
						.map(({ signature }) => signature)
						.filter((signature) => !node.transactions.has(signature)),
				);
			},
			finalizedHead: async () => {
				node.headReads++;
				return { slot: node.blockHeight, blockHeight: node.blockHeight };
			},
			transaction: async (signature) => {
				const found = node.transactions.get(signature) ?? null;
				if (found instanceof Error) throw found;
				return found;
			},
		},
		sender: { name: "test", send: () => new Promise((answered) => void node.sends.push(answered)) },
		watch: {
			watch(signature, onConfirmed) {
				node.confirmed.set(signature, onConfirmed);
				return () => void node.confirmed.delete(signature);
			},
			close() {},
		},
		clock: { epochMicros: () => node.micros, monotonicMicros: () => node.micros },
		pollIntervalMs: 1,
		resendIntervalMs: 10,
		maySend: () => node.maySend,
		onAdvanced: ({ state }) => void states.push(state),
		onSettled: (settlement) => void settlements.push(settlement),
		onFinalized: ({ claim: { intentId } }) => void finalized.push(intentId),
		onReopened: ({ claim: { intentId } }, was) => void reopened.push(`${intentId} was ${was}`),
		onTrouble: (what) => void troubles.push(what),
	});
});

const turn = () => new Promise((done) => setImmediate(done));

describe("doubt", () => {
	test("a node behind the finalized head proves no absence", async () => {
		follower.recover([claim("a")]);
		node.blockHeight = 101;
		node.isBehind = true;
		await follower.poll();
		expect([settlements, follower.unknown]).toEqual([[], 1]);
		node.isBehind = false;
		await follower.poll();
		expect(settlements).toMatchObject([{ outcome: "expired", fill: null }]);
	});

	test("a node that cannot prove anything leaves it open, and is told; what it finds all the same is a landing", async () => {
		const [a, b] = [claim("a"), claim("b")];
		follower.recover([a, b]);
		node.blockHeight = 101;
		node.cannotProve = true;
		node.transactions.set(b.signature, transaction(b.signature));
		await follower.poll();
		expect([settlements.map(({ intentId }) => intentId), follower.unknown]).toEqual([["b"], 1]);
		expect(troubles).toEqual(["the end of 2 submissions is not proven: history from slot 900 on"]);
	});

	test("at its last valid height a submission can still land: no expiry", async () => {
		follower.begin(claim("a"), bytes(claim("a")));
		node.blockHeight = 100;
		await follower.poll();
		expect(settlements).toEqual([]);
	});

	test("a landing that only the history knows is a landing, however late it is asked for", async () => {
		const old = claim("a");
		follower.recover([old]);
		node.blockHeight = 5_000;
		node.transactions.set(old.signature, transaction(old.signature));
		await follower.poll();
		expect(settlements).toMatchObject([{ outcome: "landed" }]);
	});

	test("seen but not confirmed is neither sent again nor settled", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		node.sights.set(a.signature, "seen");
		node.micros = 1e9;
		node.blockHeight = 101;
		await follower.poll();
		expect([settlements, node.sends.length]).toEqual([[], 1]);
	});

	test("confirmed but not readable yet is asked for again, and a failing read is told", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		node.sights.set(a.signature, "confirmed");
		await follower.poll();
		node.transactions.set(a.signature, new Error("busy"));
		await follower.poll();
		expect(troubles).toEqual(["the transaction signature-a could not be read: busy"]);
		node.transactions.set(a.signature, transaction(a.signature, '"x"'));
		await follower.poll();
		expect(settlements).toMatchObject([{ outcome: "reverted", fill: { error: '"x"' } }]);
	});

	test("claims of a former life are never sent", async () => {
		follower.recover([claim("a"), claim("a")]);
		node.micros = 1e9;
		await follower.poll();
		expect([node.sends.length, follower.size, follower.unknown]).toEqual([0, 1, 1]);
	});
});

describe("sending again", () => {
	test("not before its time, not while halted, not beyond three sends without an answer", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		await follower.poll();
		expect(node.sends).toHaveLength(1);
		node.micros = 10_000;
		node.maySend = false;
		await follower.poll();
		expect(node.sends).toHaveLength(1);
		node.maySend = true;
		for (let round = 0; round < 6; round++) {
			node.micros += 10_000;
			await follower.poll();
		}
		expect(node.sends).toHaveLength(3);
		for (const answered of node.sends) answered();
		await turn();
		node.micros += 10_000;
		await follower.poll();
		expect(node.sends).toHaveLength(4);
	});

	test("not beyond the last valid height: then the outcome is unknown", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		follower.observeBlockHeight(101);
		follower.observeBlockHeight(50);
		node.micros = 1e9;
		await follower.poll();
		await follower.poll();
		expect([node.sends.length, follower.unknown, states]).toEqual([1, 1, ["sent", "unknown"]]);
	});
});

describe("the end", () => {
	test("a subscription's word settles at once, and only once", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		node.transactions.set(a.signature, transaction(a.signature));
		const confirmed = node.confirmed.get(a.signature);
		confirmed?.();
		confirmed?.();
		await turn();
		confirmed?.();
		await turn();
		expect(settlements).toMatchObject([{ outcome: "landed", executor: "test", timings: { sent: 0, landed: 0 } }]);
		expect([states, node.confirmed.size, follower.size]).toEqual([["sent", "landed"], 0, 0]);
	});

	test("the finalized head is not asked for in every round", async () => {
		follower.begin(claim("a"), bytes(claim("a")));
		for (let round = 0; round < 5; round++) await follower.poll();
		expect(node.headReads).toBe(1);
		node.micros = 1_000_000;
		await follower.poll();
		expect(node.headReads).toBe(2);
	});

	test("after a stop nothing is settled, sent or asked any more", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		node.transactions.set(a.signature, transaction(a.signature));
		const confirmed = node.confirmed.get(a.signature);
		const polling = follower.poll();
		follower.stop();
		confirmed?.();
		await polling;
		await turn();
		expect([settlements, node.headReads, follower.size]).toEqual([[], 0, 1]);
	});

	test("an empty follower asks nothing", async () => {
		await follower.poll();
		expect(node.headReads).toBe(0);
	});
});

describe("until no fork can take it back", () => {
	const FINALITY_MICROS = 2_000_000;
	const land = async (name: string) => {
		const a = claim(name);
		follower.begin(a, bytes(a));
		node.sights.set(a.signature, "confirmed");
		node.transactions.set(a.signature, transaction(a.signature));
		await follower.poll();
		return a;
	};
	const fork = async ({ signature }: Claim) => {
		node.sights.delete(signature);
		node.transactions.delete(signature);
		node.micros += FINALITY_MICROS;
		await follower.poll();
	};

	test("a landing whose block was dropped is open again, and sent again while its blockhash lives", async () => {
		const a = await land("a");
		node.blockHeight = 6;
		await fork(a);
		expect(states).toEqual(["sent", "landed", "unknown"]);
		expect(reopened).toEqual(["a was landed"]);
		expect(troubles[0]).toContain("a fork dropped that block");
		expect([follower.size, follower.unknown, node.sends.length, finalized]).toEqual([1, 1, 2, []]);
	});

	test("what was dropped and lands again is settled again; what never does expires", async () => {
		const [a, b] = [await land("a"), await land("b")];
		node.blockHeight = 6;
		await fork(a);
		await fork(b);
		node.sights.set(a.signature, "confirmed");
		node.transactions.set(a.signature, transaction(a.signature));
		node.blockHeight = 101;
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect(settlements.map(({ intentId, outcome }) => [intentId, outcome])).toEqual([
			["a", "landed"],
			["b", "landed"],
			["a", "landed"],
			["b", "expired"],
		]);
		expect(follower.size).toBe(0);
	});

	test("before the finalized chain has passed its slot, absence says nothing", async () => {
		const a = await land("a");
		node.blockHeight = 4;
		await fork(a);
		expect(states).toEqual(["sent", "landed"]);
	});

	test("a node that erred finds it again: the same end is told again, and nothing else", async () => {
		const a = await land("a");
		node.blockHeight = 6;
		await fork(a);
		node.sights.set(a.signature, "finalized");
		node.transactions.set(a.signature, transaction(a.signature));
		await follower.poll();
		expect(settlements.map(({ outcome }) => outcome)).toEqual(["landed", "landed"]);
	});

	test("a finalized one is done, also when only the history still knows it", async () => {
		const [a, b] = [await land("a"), await land("b")];
		node.blockHeight = 6;
		node.sights.set(a.signature, "finalized");
		node.sights.delete(b.signature);
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect(finalized.sort()).toEqual(["a", "b"]);
		expect(states.filter((state) => state === "finalized")).toHaveLength(2);
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect(finalized).toHaveLength(2);
	});

	test("one that a fork moved to another block is read again: there it may have done something else", async () => {
		const a = await land("a");
		node.transactions.set(a.signature, { ...transaction(a.signature, '"6001"'), slot: 7 });
		node.sights.set(a.signature, "finalized");
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect(settlements.map(({ outcome }) => outcome)).toEqual(["landed", "reverted"]);
		expect([finalized, reopened]).toEqual([[], ["a was landed"]]);
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect(finalized).toEqual(["a"]);
	});

	test("a block that was only processed and is dropped: sent again, not settled", async () => {
		const a = claim("a");
		follower.begin(a, bytes(a));
		node.sights.set(a.signature, "seen");
		await follower.poll();
		node.sights.delete(a.signature);
		node.micros += FINALITY_MICROS;
		await follower.poll();
		expect([states, node.sends.length, settlements]).toEqual([["sent", "seen", "unknown"], 2, []]);
	});
});
