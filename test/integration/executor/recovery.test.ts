import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { FINALITY_SLOTS } from "../../../services/localnet/chain/types.ts";
import { BONK, Desk, until } from "./desk.ts";
import { SlowDisk } from "./slow-disk.ts";

let desk: Desk;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(() => desk.close());

const folders = () => join(desk.folder, desk.chain.genesisHash.slice(0, 8), "executor");

describe("a start is a recovery", () => {
	test("an executor that died after its bytes landed: the next one finds the landing", async () => {
		const first = await desk.start();
		// It can send, and learns nothing of what becomes of it.
		desk.node.fault = (method) => (method === "getSignatureStatuses" || method === "getTransaction" ? "lose" : "pass");
		const intent = desk.intent();
		const ack = await first.execute(intent);
		await first.kill();
		expect(first.settlements).toEqual([]);
		desk.node.fault = () => "pass";
		await until(() => desk.landed(ack), "the bytes land");
		const second = await desk.start();
		const { outcome, fill, executor } = await second.settlement(intent);
		expect([outcome, executor]).toEqual(["landed", "executor-2"]);
		expect(fill?.legs).toHaveLength(2);
		expect(readdirSync(folders())).toEqual(["1"]);
	});

	test("bytes that never left: unknown at first, never sent by the heir, expired by proof", async () => {
		const first = await desk.start();
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		desk.chain.stop();
		desk.node.sent.length = 0;
		const intent = desk.intent();
		const ack = await first.execute(intent);
		await until(() => desk.node.sent.length > 0, "the send that is lost");
		await first.kill();
		desk.node.sent.length = 0;
		desk.node.fault = () => "pass";
		const second = await desk.start();
		expect(await second.status()).toMatchObject({ recovering: false, unknown: 1, inFlight: 1 });
		// The same intent again is known: no second signature, nothing sent.
		expect(await second.execute(intent)).toEqual({ ...ack, executor: "executor-2" });
		while (desk.chain.slot("finalized") <= intent.lastValidBlockHeight) desk.chain.advanceSlot();
		expect((await second.settlement(intent)).outcome).toBe("expired");
		expect(desk.node.sent).toEqual([]);
		await second.kill();
		const third = await desk.start();
		expect(await third.status()).toMatchObject({ unknown: 0, inFlight: 0 });
	});

	test("claims of every dead executor are taken over, those of the living are left alone", async () => {
		const [one, two, three] = [await desk.start(), await desk.start(), await desk.start()];
		expect(readdirSync(folders()).sort()).toEqual(["1", "2", "3"]);
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		desk.chain.stop();
		const intents = [desk.intent(), desk.intent(), desk.intent()];
		await Promise.all([one, two, three].map((executor, index) => executor.execute(intents[index])));
		await one.kill();
		await two.kill();
		const heir = await desk.start();
		expect(await heir.status()).toMatchObject({ unknown: 2, inFlight: 2 });
		while (desk.chain.slot("finalized") <= (intents[2]?.lastValidBlockHeight ?? 0)) desk.chain.advanceSlot();
		await Promise.all(intents.slice(0, 2).map((intent) => heir.settlement(intent)));
		const [, , third] = intents;
		if (third) expect((await three.settlement(third)).outcome).toBe("expired");
		expect(heir.settlements.map(({ outcome }) => outcome)).toEqual(["expired", "expired"]);
		expect(three.settlements).toHaveLength(1);
	});

	test("a living executor takes over as soon as a node is gone", async () => {
		const [mortal, heir] = [await desk.start(), await desk.start()];
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		desk.chain.stop();
		const intent = desk.intent();
		const ack = await mortal.execute(intent);
		await mortal.kill();
		heir.broker.broadcastLocal("$node.disconnected", {});
		for (let known = 0; known === 0; known = (await heir.status()).unknown) await new Promise(setImmediate);
		// The same intent again is known: nothing is sent.
		expect(await heir.execute(intent)).toEqual({ ...ack, executor: "executor-2" });
		expect(await heir.status()).toMatchObject({ submitted: 0, unknown: 1 });
		while (desk.chain.slot("finalized") <= intent.lastValidBlockHeight) desk.chain.advanceSlot();
		expect((await heir.settlement(intent)).outcome).toBe("expired");
	});

	test("damaged claims: no signature, and one line that names file and remedy", async () => {
		const first = await desk.start();
		await first.execute(desk.intent());
		await until(() => first.settlements.length > 0, "a settlement");
		await first.kill();
		const claims = join(folders(), "1", "claims");
		const [segment] = readdirSync(claims) as [string];
		const bytes = readFileSync(join(claims, segment));
		bytes[200] = (bytes[200] as number) ^ 1;
		writeFileSync(join(claims, segment), bytes);
		const second = await desk.start({ ready: false });
		await until(() => second.fatal.length > 0, "the fatal error");
		expect(second.fatal[0]?.message).toContain(join(claims, segment));
		expect(await second.execute(desk.intent())).toMatchObject({ status: "refused", code: "recovering" });
	});

	test("damaged claims of another that is dead: no signature either", async () => {
		const [, second] = [await desk.start(), await desk.start()];
		await second.kill();
		const claims = join(folders(), "2", "claims");
		const [segment] = readdirSync(claims) as [string];
		writeFileSync(join(claims, segment), "x".repeat(100));
		await desk.executors[0]?.kill();
		const third = await desk.start({ ready: false });
		await until(() => third.fatal.length > 0, "the fatal error");
		expect(third.fatal[0]?.message).toContain(join(claims, segment));
		expect(await third.execute(desk.intent())).toMatchObject({ status: "refused", code: "recovering" });
	});

	test("a wallet that is not there: fatal, with the fix", async () => {
		desk.config.security.wallet_path = join(desk.folder, "absent.json");
		const executor = await desk.start({ ready: false });
		expect(executor.fatal[0]?.message).toContain("absent.json");
		await expect(executor.status()).rejects.toThrow("starting");
	});

	test("a chain that is not up yet is waited for, and a stop does not wait for it", async () => {
		desk.node.fault = (method) => (method === "getGenesisHash" ? "lose" : "pass");
		const executor = await desk.start({ ready: false });
		expect(await executor.status()).toMatchObject({ recovering: true });
		await until(() => executor.warnings.length > 0, "a word about it");
		expect(executor.warnings[0]).toContain("the chain does not answer");
		desk.node.fault = (method) => (method === "getGenesisHash" ? new Promise(() => {}) : "pass");
		await until(() => desk.node.requests.at(-1) === "getGenesisHash", "a request without an answer");
		await executor.kill();
		desk.node.fault = () => "pass";
		await desk.start();
	});

	test("stopped while it takes its folder: the folder is free for the next one", async () => {
		const disk = new SlowDisk();
		disk.hold();
		const first = await desk.start({ ready: false, openSegment: disk.open });
		await until(() => disk.waiting > 0, "the folder is being taken");
		const stopped = first.kill();
		disk.release();
		await stopped;
		await desk.start();
		expect(readdirSync(folders())).toEqual(["1"]);
	});

	test("halted, or not told whether: not even a token account is signed for", async () => {
		desk.tellsTradingState = false;
		const executor = await desk.start({ ready: false });
		const looks = () => desk.node.requests.filter((method) => method === "getMultipleAccounts").length;
		await until(() => looks() > 2, "looks for token accounts");
		desk.setTradingState("halted");
		await executor.ready();
		expect(await executor.execute(desk.intent())).toMatchObject({ status: "refused", code: "tradingHalted" });
		expect(desk.node.sent).toEqual([]);
		desk.tellsTradingState = true;
		desk.setTradingState("active");
		const accountOf = { owner: desk.wallet, mint: BONK, tokenProgram: TOKEN_PROGRAM_ADDRESS };
		const [account] = await findAssociatedTokenPda(accountOf);
		await until(() => desk.chain.getAccount(account, "confirmed"), "its token account");
	});

	test("a wallet without means is told what it lacks, and goes on when it has it", async () => {
		const poor = await Desk.open({ walletLamports: 0n });
		try {
			const executor = await poor.start({ ready: false });
			await until(() => executor.warnings.some((line) => line.includes("token accounts")), "a word about it");
			poor.chain.airdrop(poor.wallet, 1_000_000_000n);
			await executor.ready();
			const accountOf = { owner: poor.wallet, mint: BONK, tokenProgram: TOKEN_PROGRAM_ADDRESS };
			const [account] = await findAssociatedTokenPda(accountOf);
			expect(poor.chain.getAccount(account, "confirmed")).not.toBeNull();
		} finally {
			await poor.close();
		}
	});

	test("a long history is cut down to what is open", async () => {
		const small = await Desk.open({ execution: { max_journal_megabytes: 0.002 } });
		try {
			const executor = await small.start();
			for (let count = 0; count < 12; count++) {
				const intent = small.intent();
				await executor.execute(intent);
				await executor.settlement(intent);
			}
			const claims = join(small.folder, small.chain.genesisHash.slice(0, 8), "executor", "1", "claims");
			const contents = () => readdirSync(claims).map((name) => readFileSync(join(claims, name), "latin1"));
			// Claims stay until no fork can take their block; the segment after that holds none of them.
			small.advance(FINALITY_SLOTS);
			await until(() => contents().join("").split('"finalized"').length > 12, "the claims are final");
			for (let count = 0; count < 2; count++) {
				const intent = small.intent();
				await executor.execute(intent);
				await executor.settlement(intent);
			}
			await until(() => contents().length === 1 && (contents()[0]?.length ?? 0) < 6_000, "the old segments are gone");
			expect(readdirSync(claims)).not.toContain("0000000001.journal");
		} finally {
			await small.close();
		}
	});
});
