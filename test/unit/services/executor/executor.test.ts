import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { FlashLender } from "../../../../core/execution/flash-loan.ts";
import type { TradingState } from "../../../../core/risk/trading-state.ts";
import type { SwapLeg } from "../../../../core/strategy/order-intent.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { CatalogView } from "../../../../services/executor/catalog-view.ts";
import type { Claim } from "../../../../services/executor/claim.ts";
import { Executor, type ExecutorOptions } from "../../../../services/executor/executor.ts";
import type { Follower } from "../../../../services/executor/follower.ts";
import { Latencies } from "../../../../services/executor/latencies.ts";
import { RiskAuthority } from "../../../../services/executor/risk-authority.ts";
import { SigningGate } from "../../../../services/executor/signing-gate.ts";
import { SubmissionRecord } from "../../../../services/executor/submission-record.ts";
import { TradingStateView } from "../../../../services/executor/trading-state-view.ts";
import { policed } from "../../../support/policed.ts";
import { StandInRisk } from "../../../support/stand-in-risk.ts";
import { anyAddress, BONK, exampleRoute, exampleWallet, USDC } from "../../libs/solana/example-route.ts";

const route = exampleRoute();
const lender = route.lender as FlashLender;
const [out, back] = route.legs.map(({ pool }) => pool) as [
	(typeof route.legs)[0]["pool"],
	(typeof route.legs)[0]["pool"],
];
const MINTS = [USDC, BONK].map((address) => ({ address, symbol: "X", decimals: 6, tokenProgram: address }));
const MOST_IN_FLIGHT = 2;
const EPOCH = 7;

/** What happened, in order. */
let events: string[];
let signatures: number;
let micros: number;
let isDead: boolean;
let claims: { readonly claim: Claim; readonly durable: () => void; readonly failed: (error: Error) => void }[];
let inFlight: number;
let catalogRead: { readonly promise: Promise<void>; readonly resolve: () => void };
let catalog: CatalogView;
let tradingState: TradingStateView;
let risk: StandInRisk;
let authority: RiskAuthority;
let executor: Executor;
let wallet: Wallet;
let stateChanges: number;

/** An executor that has no lookup table, and finds none. */
const NO_TABLES: ExecutorOptions["tables"] = {
	current: null,
	status: { address: null, entries: 0, leftOut: 0 },
	offered: ({ address }) => ({ ok: false, error: { code: "unusableLookupTable", detail: `there is no ${address}` } }),
	read: async () => void events.push("table read"),
	demand: () => void events.push("table demanded"),
};

beforeEach(async () => {
	[events, claims, signatures, micros, isDead, inFlight, stateChanges] = [[], [], 0, 1_000, false, 0, 0];
	const publicKey = Uint8Array.from({ length: 32 }, (_, index) => index);
	wallet = new Wallet(publicKey, {
		by: "node:crypto",
		sign(_message, signature) {
			signature.fill(++signatures);
			events.push("signed");
		},
	});
	catalogRead = Promise.withResolvers<void>();
	catalog = new CatalogView();
	catalog.set({ shard: "main", catalogEpoch: 1, pools: [out, back], mints: MINTS, lenders: [lender] });
	tradingState = new TradingStateView();
	become("active");
	risk = await StandInRisk.open();
	const clock = { epochMicros: () => micros, monotonicMicros: () => micros };
	const epochs = { highest: EPOCH, remember: () => Promise.resolve() };
	const onTrouble = (what: string) => void events.push(what);
	authority = new RiskAuthority({ seal: risk.seal, epochs, clock, leaseMs: 3_000, onTrouble });
	authority.offer(risk.lease(EPOCH, 3_000_000));
	await turn();
	executor = new Executor({
		executor: "test",
		wallet: policed(wallet, [USDC]),
		tokenAccounts: exampleWallet().tokenAccounts,
		keptAccounts: new Set(),
		maxInFlight: MOST_IN_FLIGHT,
		clock,
		claims: {
			get dead() {
				return isDead ? new Error("disk") : null;
			},
			claim(claim) {
				events.push("claimed");
				return new Promise((durable, failed) => void claims.push({ claim, durable, failed }));
			},
			moved: (_intentId, state) => void events.push(state),
			end: (_intentId, end) => void events.push(end),
		},
		catalog,
		tables: NO_TABLES,
		gate: new SigningGate({ authority, tradingState, killSwitch: { raised: null }, arming: null }),
		rehearsal: { counts: { wouldLand: 0, wouldRevert: 0, unknown: 0 }, run: async () => {} },
		follower: {
			get size() {
				return inFlight;
			},
			get unknown() {
				return 0;
			},
			begin(claim: Claim) {
				inFlight++;
				events.push("sent");
				return new SubmissionRecord(claim, null);
			},
		} as unknown as Follower,
		latencies: new Latencies(),
		refreshCatalog: () => catalogRead.promise,
		onTrouble,
	});
	executor.open();
});

function become(state: TradingState): void {
	tradingState.offer({ state, changedBy: "test", reason: "test", changedAtMicros: ++stateChanges });
}

function halt(): void {
	become("halted");
}

function passDeadline(): void {
	micros = 2_001;
}

function stop(): void {
	executor.close();
}

function breakDisk(): void {
	isDead = true;
}

function letLeaseLapse(): void {
	micros = 3_000_001 + 1_000;
}

function fillUp(): void {
	inFlight = MOST_IN_FLIGHT;
}

function intent(changes: Partial<ApprovedIntent> = {}): ApprovedIntent {
	const leg = (of: Pick<SwapLeg, "mintIn" | "mintOut" | "amountIn" | "direction">, pool: typeof out): SwapLeg => ({
		...of,
		pool: pool.address,
		venue: pool.venue,
		minimumAmountOut: 1_100n,
		expectedAmountOut: 1_100n,
		observedSlot: 1,
		arrays: [],
	});
	return risk.approve({
		intentId: "0123456789abcdef" as IntentId,
		strategy: "test",
		cycle: "test",
		fundingMint: USDC,
		loan: { reserve: lender.reserve, amount: 1_000n, fee: 0n },
		legs: [
			leg({ mintIn: USDC, mintOut: BONK, amountIn: 1_000n, direction: "bToA" }, out),
			leg({ mintIn: BONK, mintOut: USDC, amountIn: 1_100n, direction: "aToB" }, back),
		],
		expectedNetProfit: 100n,
		minimumProfit: 1n,
		networkCost: 1n,
		computeUnitLimit: 200_000,
		computeUnitPriceMicroLamports: 0n,
		maximumFeeLamports: 5_000n,
		tip: null,
		triggerSlot: 1,
		deadlineMicros: 2_000,
		timings: {},
		wallet: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 150,
		riskEpoch: EPOCH,
		lookupTable: null,
		seal: "",
		...changes,
	});
}

const turn = () => new Promise((done) => setImmediate(done));

describe("before anything is signed", () => {
	test.each([
		["halted", "tradingHalted", halt],
		["past its deadline", "deadlinePassed", passDeadline],
		["without a lease of risk", "leaseLapsed", letLeaseLapse],
		["stopping", "recovering", stop],
		["dead claims", "journalUnavailable", breakDisk],
		["as many in flight as allowed", "atCapacity", fillUp],
	] as const)("%s: neither signed nor claimed", async (_what, code, make) => {
		make();
		expect(await executor.execute(intent())).toMatchObject({ status: "refused", code });
		expect([events, signatures]).toEqual([[], 0]);
	});

	test("what was refused once stays refused: its reservation is gone", async () => {
		halt();
		const refused = await executor.execute(intent());
		become("active");
		expect(await executor.execute(intent())).toEqual(refused);
		expect([events, signatures]).toEqual([[], 0]);
	});

	test("another's wallet: neither signed nor claimed", async () => {
		expect(await executor.execute(intent({ wallet: anyAddress() }))).toMatchObject({ code: "wrongWallet" });
		expect([events, signatures]).toEqual([[], 0]);
	});

	test("claims that are not durable yet count as in flight", async () => {
		const acks = ["a", "b", "c"].map((letter) => executor.execute(intent({ intentId: letter.repeat(16) as IntentId })));
		expect(await acks[2]).toMatchObject({ code: "atCapacity" });
		for (const { durable } of claims) durable();
		expect(await Promise.all(acks.slice(0, 2))).toMatchObject([{ status: "accepted" }, { status: "accepted" }]);
	});
});

describe("while the claim is not durable", () => {
	test("nothing is sent; then it is", async () => {
		const ack = executor.execute(intent());
		await turn();
		expect(events).toEqual(["signed", "claimed"]);
		claims[0]?.durable();
		expect(await ack).toMatchObject({ status: "accepted" });
		expect(events).toEqual(["signed", "claimed", "sent"]);
	});

	test("a claim that failed is never sent", async () => {
		const ack = executor.execute(intent());
		claims[0]?.failed(new Error("no space"));
		expect(await ack).toMatchObject({ code: "journalUnavailable", detail: "no space" });
		expect(events).toEqual(["signed", "claimed"]);
		expect(executor.status()).toMatchObject({ inFlight: 0, submitted: 0 });
	});

	test.each([
		["a halt", "tradingHalted", halt],
		["the deadline", "deadlinePassed", passDeadline],
		["the end of risk's lease", "leaseLapsed", letLeaseLapse],
		["a stop", "recovering", stop],
	] as const)("%s withdraws it", async (_what, code, make) => {
		const ack = executor.execute(intent());
		make();
		claims[0]?.durable();
		expect(await ack).toMatchObject({ status: "refused", code });
		expect(events).toEqual(["signed", "claimed", "withdrawn"]);
	});

	test("the same intent again waits for the same claim", async () => {
		const acks = [
			executor.execute(intent()),
			executor.execute(intent({ blockhash: anyAddress() as string as Blockhash })),
		];
		claims[0]?.durable();
		const [first, second] = await Promise.all(acks);
		expect(second).toEqual(first);
		expect(events).toEqual(["signed", "claimed", "sent"]);
	});
});

describe("while the catalog is read for an unknown pool", () => {
	const unknownPool = (changes: Partial<ApprovedIntent> = {}) => {
		catalog.set({ shard: "main", catalogEpoch: 2, pools: [out], mints: MINTS, lenders: [lender] });
		return executor.execute(intent(changes));
	};
	const answer = async () => {
		catalog.set({ shard: "main", catalogEpoch: 3, pools: [out, back], mints: MINTS, lenders: [lender] });
		catalogRead.resolve();
		await turn();
	};

	test.each([
		["a halt", "tradingHalted", halt],
		["the deadline", "deadlinePassed", passDeadline],
		["the end of risk's lease", "leaseLapsed", letLeaseLapse],
		["a stop", "recovering", stop],
		["the last free place", "atCapacity", fillUp],
	] as const)("%s comes first: not signed", async (_what, code, make) => {
		const ack = unknownPool();
		make();
		await answer();
		expect(await ack).toMatchObject({ status: "refused", code });
		expect([events, signatures]).toEqual([[], 0]);
	});

	test("the same intent comes again: one signature, one claim", async () => {
		const acks = [unknownPool(), unknownPool()];
		await answer();
		expect(claims).toHaveLength(1);
		claims[0]?.durable();
		const [first, second] = await Promise.all(acks);
		expect(first).toMatchObject({ status: "accepted" });
		expect(second).toEqual(first);
		expect(events).toEqual(["signed", "claimed", "sent"]);
	});
});

describe("with a lookup table in the approval", () => {
	const lookupTable = { address: anyAddress(), count: 2 };

	test("a table that the chain does not confirm is read once more, and refused: nothing is signed", async () => {
		expect(await executor.execute(intent({ lookupTable }))).toMatchObject({
			status: "refused",
			code: "unusableLookupTable",
			detail: `there is no ${lookupTable.address}`,
		});
		expect([events, signatures]).toEqual([["table read"], 0]);
		expect(executor.status().refused).toEqual({ unusableLookupTable: 1 });
	});

	test("a halt while it is read comes first", async () => {
		const ack = executor.execute(intent({ lookupTable }));
		halt();
		expect(await ack).toMatchObject({ code: "tradingHalted" });
		expect(signatures).toBe(0);
	});

	test("a pool that is not known is asked for beside it", async () => {
		catalog.set({ shard: "main", catalogEpoch: 2, pools: [out], mints: MINTS, lenders: [lender] });
		const ack = executor.execute(intent({ lookupTable }));
		catalogRead.resolve();
		expect(await ack).toMatchObject({ code: "unknownPool" });
		expect(events).toEqual(["table read"]);
	});
});

test("a claim of a former life is answered with its own signature, and nothing is signed", async () => {
	const { intentId } = intent();
	const signature = "of a former life" as Claim["signature"];
	executor.remember([{ ...intent(), signature, pools: [], lenders: [], intentId }]);
	expect(await executor.execute(intent())).toMatchObject({ status: "accepted", signature });
	expect(events).toEqual([]);
});
