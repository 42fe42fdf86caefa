import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPairSigner } from "@solana/web3.js";
import type { BookLine, Books } from "../../../broker/contracts/risk.ts";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import type { IntentId, Signature } from "../../../core/types/identifiers.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../libs/block-engine/tip-accounts.ts";
import { tokenAccount } from "../../../services/localnet/genesis/token.ts";
import { until } from "../../support/until.ts";
import { OPENING_LAMPORTS, RiskDesk } from "./risk-desk.ts";

const FEE = 5_000n;
let desk: RiskDesk;

beforeEach(async () => {
	desk = await RiskDesk.open();
});
afterEach(() => desk.close());

function sol(books: Books): BookLine {
	return books.lines.find(({ mint }) => mint === SOL_MINT)!;
}

describe("books against the real chain", () => {
	test("landings and reverts told by events: exact, and profit is what the trades did", async () => {
		const risk = await desk.start();
		for (let index = 0; index < 3; index++) expect(await risk.submit()).toMatchObject({ status: "approved" });
		risk.instructions = [desk.failure()];
		expect(await risk.submit()).toMatchObject({ status: "approved" });
		const books = await risk.settledBooks();
		expect(sol(books)).toMatchObject({ opening: OPENING_LAMPORTS, fills: 0n, fees: 4n * FEE, difference: 0n });
		expect(sol(books).chain).toBe(OPENING_LAMPORTS - 4n * FEE);
		const status = await risk.bus.call("risk.status");
		expect(status).toMatchObject({ approved: 4, landed: 3, reverted: 1, expired: 0, inFlight: 0, unknown: 0 });
		const position = (await risk.bus.call("risk.positions")).find(({ mint }) => mint === SOL_MINT);
		expect(position).toMatchObject({
			symbol: "SOL",
			decimals: 9,
			balance: OPENING_LAMPORTS - 4n * FEE,
			reserved: 0n,
			realised: -4n * FEE,
			realisedToday: -4n * FEE,
		});
		expect(risk.heard["risk.settlement.booked"]).toHaveLength(4);
		expect(risk.heard["risk.intent.approved"]?.[0]?.intent).toMatchObject({
			wallet: desk.wallet.address,
			riskEpoch: expect.any(Number),
			seal: expect.stringMatching(/^.{44}$/),
			timings: { approved: expect.any(Number) },
		});
		expect(risk.log.join()).not.toContain("Adopted");
	});

	test("every cut is clean while trades are under way", async () => {
		const risk = await desk.start();
		for (let round = 0; round < 10; round++) {
			await Promise.all([risk.submit(), risk.submit(), risk.submit()]);
		}
		await risk.settledBooks();
		const cuts = risk.heard["risk.books.cut"] ?? [];
		expect(cuts.length).toBeGreaterThan(2);
		for (const { lines } of cuts) for (const { difference } of lines) expect(difference).toBe(0n);
		expect(risk.log.join()).not.toContain("Adopted");
		expect((await risk.bus.call("risk.tradingState")).state).toBe("active");
	});

	test("a lost settlement is found by the memo in the wallet's history", async () => {
		const risk = await desk.start();
		risk.behaviour = "loseEvent";
		const verdict = await risk.submit();
		const books = await risk.settledBooks();
		expect(sol(books)).toMatchObject({ fees: FEE, difference: 0n });
		const [booked] = risk.heard["risk.settlement.booked"] ?? [];
		expect(booked?.settlement).toMatchObject({
			intentId: verdict.intentId,
			outcome: "landed",
			executor: "reconciliation",
		});
	});

	test("a tip is told from the trade alike by the executor's event and by the wallet's history", async () => {
		const risk = await desk.start();
		const [account] = MAINNET_TIP_ACCOUNTS;
		const tip = { account: account!, lamports: 7_000n };
		risk.instructions = [desk.payment(tip.account, tip.lamports)];
		await risk.submit({ tip });
		expect(sol(await risk.settledBooks())).toMatchObject({ fills: 0n, tips: 7_000n, difference: 0n });
		risk.behaviour = "loseEvent";
		await risk.submit({ tip });
		expect(sol(await risk.settledBooks())).toMatchObject({ fills: 0n, fees: 2n * FEE, tips: 14_000n, difference: 0n });
		const booked = risk.heard["risk.settlement.booked"] ?? [];
		expect(booked.map(({ settlement }) => settlement.executor)).toEqual(["peer", "reconciliation"]);
	});

	test("an executor that dies after sending leaves an unknown outcome, which the chain tells", async () => {
		const risk = await desk.start();
		risk.behaviour = "vanishAfterSending";
		expect(await risk.submit()).toMatchObject({ status: "approved" });
		expect(sol(await risk.settledBooks())).toMatchObject({ fees: FEE, difference: 0n });
		expect(await risk.bus.call("risk.status")).toMatchObject({ landed: 1, inFlight: 0 });
	});

	test("what never landed stays reserved until its blockhash is dead at finalized height, then expires", async () => {
		const risk = await desk.start();
		risk.behaviour = "loseBytes";
		const verdict = await risk.submit({ amount: 5_000_000n });
		const { lastValidBlockHeight } = risk.executed[0]!;
		const reserved = async () =>
			(await risk.bus.call("risk.positions")).reduce((sum, position) => sum + position.reserved, 0n);
		while (desk.chain.slot("finalized") <= lastValidBlockHeight - 20) {
			expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 1, expired: 0 });
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		await risk.settledBooks();
		expect(desk.chain.slot("finalized")).toBeGreaterThan(lastValidBlockHeight);
		expect(await risk.bus.call("risk.status")).toMatchObject({ inFlight: 0, expired: 1, landed: 0 });
		expect(await reserved()).toBe(0n);
		const booked = risk.heard["risk.settlement.booked"]?.[0]?.settlement;
		expect(booked).toMatchObject({ intentId: verdict.intentId, outcome: "expired", fill: null });
	});

	test("a restart in mid-flight books what landed meanwhile before it takes intents, and goes on exactly", async () => {
		const first = await desk.start();
		await first.submit();
		await first.settledBooks();
		const { riskEpoch } = await first.bus.call("risk.status");
		first.behaviour = "vanishAfterSending";
		void first.submit().catch(() => {});
		await until(() => first.executed.length === 2, { what: "the second intent to be sent" });
		await first.stop();
		await desk.send(null, [desk.payment((await generateKeyPairSigner()).address, 2_000_000n)]);
		const second = await desk.start();
		const restarted = await second.bus.call("risk.status");
		expect(restarted.recovering).toBe(false);
		expect(restarted.riskEpoch).toBeGreaterThan(riskEpoch);
		const books = await second.settledBooks();
		expect(sol(books)).toMatchObject({
			opening: OPENING_LAMPORTS - 2_000_000n,
			fills: 0n,
			fees: 3n * FEE,
			difference: 0n,
		});
		expect(await second.bus.call("risk.status")).toMatchObject({ landed: 2, inFlight: 0 });
		expect(await second.submit()).toMatchObject({ status: "approved" });
		expect(sol(await second.settledBooks())).toMatchObject({ fees: 4n * FEE, difference: 0n });
	});

	test("a deposit, a payment and a token account of the wallet are adopted, and are no profit", async () => {
		const risk = await desk.start();
		await risk.settledBooks();
		desk.chain.airdrop(desk.wallet.address, 77n);
		await desk.send(null, [desk.payment((await generateKeyPairSigner()).address, 2_000_000n)]);
		const books = await until(
			async () => {
				const cut = await risk.bus.call("risk.books");
				return cut.lines.some(({ fees }) => fees > 0n) ? cut : null;
			},
			{ what: "the adoption" },
		);
		expect(sol(books)).toMatchObject({
			opening: OPENING_LAMPORTS + 77n - 2_000_000n,
			fills: 0n,
			fees: FEE,
			difference: 0n,
		});
		const [position] = await risk.bus.call("risk.positions");
		expect(position).toMatchObject({ realised: 0n, balance: OPENING_LAMPORTS + 77n - 2_000_000n - FEE });
		expect(risk.log.join("\n")).toMatch(/Adopted \w+ at slot \d+, which no open reservation explains/);
		expect((await risk.bus.call("risk.tradingState")).state).toBe("active");
	});

	test("money that no transaction explains is shown and halts trading", async () => {
		const risk = await desk.start();
		await risk.settledBooks();
		const row = desk.chain.getAccount(desk.wallet.address)!;
		desk.chain.setAccount(desk.wallet.address, {
			lamports: row.lamports - 5n,
			owner: "11111111111111111111111111111111" as never,
			data: new Uint8Array(),
		});
		const state = await until(
			async () => {
				const record = await risk.bus.call("risk.tradingState");
				return record.state === "halted" ? record : null;
			},
			{ what: "the halt" },
		);
		expect(state).toMatchObject({
			changedBy: "risk",
			reason: expect.stringMatching(/differs from the books by -5 base units of SOL/),
		});
		expect(await risk.submit()).toMatchObject({ status: "denied", code: "tradingHalted" });
		await until(async () => sol(await risk.bus.call("risk.books")).difference === -5n, { what: "the difference" });
	});

	test("a restart onto money that no transaction explains comes up halted", async () => {
		const first = await desk.start();
		await first.settledBooks();
		await first.stop();
		const row = desk.chain.getAccount(desk.wallet.address)!;
		desk.chain.setAccount(desk.wallet.address, {
			lamports: row.lamports + 5n,
			owner: "11111111111111111111111111111111" as never,
			data: new Uint8Array(),
		});
		const second = await desk.start();
		expect((await second.bus.call("risk.tradingState")).state).toBe("halted");
		expect(await second.submit()).toMatchObject({ status: "denied", code: "tradingHalted" });
	});

	test("a new ledger opens only when an executor is ready: what it paid to become so is no trade", async () => {
		const risk = await desk.start({ executorRecovers: true, ready: false });
		const slot = desk.chain.slot("processed");
		await until(() => desk.chain.slot("confirmed") > slot + 20, { what: "some slots" });
		expect(await risk.bus.call("risk.status")).toMatchObject({ recovering: true });
		await desk.send(null, [desk.payment((await generateKeyPairSigner()).address, 2_000_000n)]);
		const paidAt = desk.chain.slot("processed");
		await until(() => desk.chain.slot("confirmed") >= paidAt, { what: "the payment to be confirmed" });
		risk.executorRecovers = false;
		await risk.ready();
		expect(sol(await risk.settledBooks())).toMatchObject({
			opening: OPENING_LAMPORTS - 2_000_000n - FEE,
			fills: 0n,
			fees: 0n,
			difference: 0n,
		});
	});

	test("token accounts that exist at the opening are in it, wrapped SOL as SOL", async () => {
		const mint = (await generateKeyPairSigner()).address;
		for (const [held, amount] of [
			[SOL_MINT, 1_000n],
			[mint, 77n],
		] as const) {
			const { address } = await generateKeyPairSigner();
			const account = tokenAccount({ address, mint: held, owner: desk.wallet.address, amount });
			desk.chain.setAccount(address, account);
		}
		const risk = await desk.start();
		const books = await risk.settledBooks();
		expect(sol(books)).toMatchObject({ opening: OPENING_LAMPORTS + 1_000n, difference: 0n });
		expect(books.lines.find((line) => line.mint === mint)).toMatchObject({
			symbol: mint.slice(0, 4),
			opening: 77n,
			chain: 77n,
			difference: 0n,
		});
		risk.catalog = {
			shard: "main",
			catalogEpoch: 2,
			pools: [],
			lenders: [],
			mints: [{ address: mint, symbol: "WIF", decimals: 6, tokenProgram: mint }],
		};
		risk.bus.broadcast("feed.catalog.changed", { shard: "main", catalogEpoch: 2 });
		await until(
			async () =>
				(await risk.bus.call("risk.books")).lines.some(({ symbol, decimals }) => symbol === "WIF" && decimals === 6),
			{ what: "the catalog's name" },
		);
	});
});

describe("tellings that differ", () => {
	test("the same settlement twice is booked once", async () => {
		const risk = await desk.start();
		await risk.submit();
		await risk.settledBooks();
		const { settlement } = risk.heard["risk.settlement.booked"]![0]!;
		risk.tell(settlement);
		expect(sol(await risk.settledBooks())).toMatchObject({ fees: FEE, difference: 0n });
		expect(risk.heard["risk.settlement.booked"]).toHaveLength(1);
		expect((await risk.bus.call("risk.tradingState")).state).toBe("active");
	});

	test("a second end of the same intent halts trading", async () => {
		const risk = await desk.start();
		await risk.submit();
		await risk.settledBooks();
		const { settlement } = risk.heard["risk.settlement.booked"]![0]!;
		risk.tell({ ...settlement, outcome: "expired", fill: null });
		await until(async () => (await risk.bus.call("risk.tradingState")).state === "halted", { what: "the halt" });
		expect((await risk.bus.call("risk.tradingState")).reason).toMatch(
			/was booked as landed, and is told to have expired/,
		);
	});

	test("garbage is refused, and the chain tells the truth", async () => {
		const risk = await desk.start();
		risk.behaviour = "loseEvent";
		const { intentId } = await risk.submit();
		const wrong = { intentId, outcome: "landed", signature: "x" as Signature, fill: null, executor: "x", timings: {} };
		risk.tell(wrong as never);
		expect(sol(await risk.settledBooks())).toMatchObject({ fees: FEE, difference: 0n });
		expect(risk.log.join("\n")).toContain("A settlement was not understood");
	});

	test("a settlement of an intent that nobody approved makes risk look at the chain, and adopts what is there", async () => {
		const risk = await desk.start();
		const intentId = "unheardofintent0" as IntentId;
		const signature = await desk.send(intentId);
		risk.tell(await risk.settlement(intentId, signature));
		await until(() => risk.log.some((line) => line.includes(`(intent ${intentId})`)), { what: "the adoption" });
		const [position] = await risk.bus.call("risk.positions");
		expect(position).toMatchObject({ realised: -FEE });
		expect(sol(await risk.settledBooks())).toMatchObject({ fees: FEE, difference: 0n });
	});
});
