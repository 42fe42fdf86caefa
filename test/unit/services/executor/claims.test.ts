import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";
import { type OpenSegment, openSegmentFile } from "../../../../libs/journal/segment-file.ts";
import type { Claim } from "../../../../services/executor/claim.ts";
import { ClaimJournal } from "../../../../services/executor/claim-journal.ts";
import { type FolderOptions, Heir, takeFolder } from "../../../../services/executor/executor-folder.ts";

let parent: string;
let options: FolderOptions;

beforeEach(() => {
	parent = mkdtempSync(join(tmpdir(), "claims-"));
	options = { parent, maximumSegmentBytes: 1_000_000 };
});

afterEach(() => rmSync(parent, { recursive: true }));

const claim = (index: number): Claim => ({
	intentId: `intent${index}` as IntentId,
	signature: "signature" as Signature,
	wallet: "wallet" as Address,
	lastValidBlockHeight: index,
	pools: [],
	lenders: [],
	timings: {},
});

const ids = (journal: ClaimJournal) => journal.open.map(({ intentId }) => intentId);

describe("claims", () => {
	test("a disk that fails leaves no claim that could be trusted", async () => {
		let failing = false;
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			const sync = () => (failing ? Promise.reject(new Error("no space left")) : file.sync());
			return { write: (bytes) => file.write(bytes), sync, close: () => file.close() };
		};
		const held = await takeFolder({ ...options, openSegment });
		failing = true;
		await expect(held.journal.claim(claim(1))).rejects.toThrow("no space left");
		expect(held.journal.dead?.message).toContain("no space left");
		await expect(held.journal.claim(claim(2))).rejects.toThrow("no space left");
		expect(() => held.journal.end(claim(1).intentId, "expired")).toThrow("no space left");
		await held.release();
	});

	test("open ones survive, ended ones do not", async () => {
		const first = await takeFolder(options);
		for (const index of [1, 2, 3]) await first.journal.claim(claim(index));
		first.journal.moved(claim(2).intentId, "sent", 1);
		first.journal.end(claim(2).intentId, "finalized");
		first.journal.moved(claim(3).intentId, "landed", 2);
		await first.release();
		const second = await takeFolder(options);
		expect(second.folder).toBe(first.folder);
		expect(second.journal.open).toEqual([claim(1), claim(3)]);
		await second.release();
	});

	test("over many segments the file holds what is open and the last records", async () => {
		const small = { folder: join(parent, "1"), maximumSegmentBytes: 500 };
		const journal = await ClaimJournal.open(small);
		await journal.claim(claim(0));
		for (let index = 1; index < 100; index++) {
			await journal.claim(claim(index));
			journal.end(claim(index).intentId, "reverted");
		}
		await journal.close();
		expect(readdirSync(join(parent, "1", "claims"))).toHaveLength(1);
		const again = await ClaimJournal.open(small);
		expect(ids(again)).toEqual(["intent0"]);
		await again.close();
	});
});

describe("what was signed within the hour", () => {
	const spending = (minute: number) => ({
		atMicros: minute * 60_000_000,
		lamports: 5_000n,
		notional: 10n,
		mint: "mint" as Address,
	});

	test("is known to whoever takes the folder next, of intents and of anything else, ended or not", async () => {
		const first = await takeFolder(options);
		await first.journal.claim({ ...claim(1), spending: spending(0) });
		first.journal.end(claim(1).intentId, "withdrawn");
		await first.journal.claim({ ...claim(2), spending: spending(1) });
		await first.journal.claim(claim(3));
		await first.journal.signed({ ...spending(1), notional: 0n, mint: null });
		await first.release();
		const second = await takeFolder(options);
		expect(second.journal.spending).toEqual({
			lamports: [
				[0, 5_000n],
				[1, 10_000n],
			],
			signatures: [
				[0, 1n],
				[1, 2n],
			],
			notional: [
				[
					"mint",
					[
						[0, 10n],
						[1, 10n],
					],
				],
			],
		});
		await second.release();
	});

	test("is not lost when segments go", async () => {
		const small = { folder: join(parent, "1"), maximumSegmentBytes: 500 };
		const journal = await ClaimJournal.open(small);
		for (let index = 0; index < 100; index++) {
			await journal.claim({ ...claim(index), spending: spending(index % 7) });
			journal.end(claim(index).intentId, "finalized");
		}
		const told = journal.spending;
		await journal.close();
		const again = await ClaimJournal.open(small);
		expect(again.spending).toEqual(told);
		expect(again.spending.signatures.reduce((sum, [, count]) => sum + count, 0n)).toBe(100n);
		await again.close();
	});

	test("by the dead does not count for the heir, and counts for who takes their folder", async () => {
		const [dead, heir] = [await takeFolder(options), await takeFolder(options)];
		await dead.journal.claim({ ...claim(1), spending: spending(0) });
		await dead.release();
		await new Heir(options, heir.journal).adopt();
		expect(ids(heir.journal)).toEqual(["intent1"]);
		expect(heir.journal.spending.signatures).toEqual([]);
		const next = await takeFolder(options);
		expect(next.folder).toBe(dead.folder);
		expect(next.journal.spending.signatures).toEqual([[0, 1n]]);
		await Promise.all([heir.release(), next.release()]);
	});
});

describe("folders", () => {
	test("two executors never hold the same one", async () => {
		const [one, two] = [await takeFolder(options), await takeFolder(options)];
		expect([one.folder, two.folder]).toEqual([join(parent, "1"), join(parent, "2")]);
		await one.release();
		const three = await takeFolder(options);
		expect(three.folder).toBe(one.folder);
		await Promise.all([two.release(), three.release()]);
	});

	test("the dead's claims move to the heir, once; the living keep theirs", async () => {
		const [dead, living, heir] = [await takeFolder(options), await takeFolder(options), await takeFolder(options)];
		await dead.journal.claim(claim(1));
		await living.journal.claim(claim(2));
		await dead.release();
		expect(await new Heir(options, heir.journal).adopt()).toEqual({ claims: [claim(1)], failure: null });
		expect(await new Heir(options, heir.journal).adopt()).toEqual({ claims: [], failure: null });
		expect([ids(heir.journal), ids(living.journal)]).toEqual([["intent1"], ["intent2"]]);
		await Promise.all([living.release(), heir.release()]);
		const reopened = await takeFolder(options);
		expect(ids(reopened.journal)).toEqual([]);
		await reopened.release();
	});

	test("a folder without open claims is read once, and again when somebody was in it", async () => {
		const opened: string[] = [];
		const openSegment: OpenSegment = (path) => {
			opened.push(path);
			return openSegmentFile(path);
		};
		const [dead, other] = [await takeFolder(options), await takeFolder(options)];
		await dead.journal.claim(claim(1));
		await dead.release();
		const heir = new Heir({ ...options, openSegment }, other.journal);
		expect((await heir.adopt()).claims).toEqual([claim(1)]);
		expect((await heir.adopt()).claims).toEqual([]);
		expect(opened).toHaveLength(1);
		const next = await takeFolder(options);
		await next.journal.claim(claim(3));
		expect((await heir.adopt()).claims).toEqual([]);
		await next.release();
		expect((await heir.adopt()).claims).toEqual([claim(3)]);
		expect(opened).toHaveLength(2);
		await other.release();
	});

	test("a damaged folder is told, and what the others left is taken over all the same", async () => {
		const [one, two, three] = [await takeFolder(options), await takeFolder(options), await takeFolder(options)];
		for (const [index, { journal }] of [one, two].entries()) {
			await journal.claim(claim(index));
			await journal.claim(claim(index + 10));
		}
		await Promise.all([one.release(), two.release()]);
		const path = join(one.folder, "claims", "0000000001.journal");
		const bytes = readFileSync(path);
		bytes[60] = (bytes[60] as number) ^ 1;
		writeFileSync(path, bytes);
		const { claims, failure } = await new Heir(options, three.journal).adopt();
		expect(claims).toEqual([claim(1), claim(11)]);
		expect(failure?.message).toContain(path);
		await three.release();
	});

	test("an heir whose own disk fails takes nothing over", async () => {
		const dead = await takeFolder(options);
		await dead.journal.claim(claim(1));
		const failed = {
			get open() {
				return [];
			},
			dead: null,
			claim: () => Promise.reject(new Error("disk full")),
		} as unknown as ClaimJournal;
		await dead.release();
		const heir = new Heir(options, failed);
		for (let time = 0; time < 2; time++) {
			expect(await heir.adopt()).toMatchObject({ claims: [], failure: { message: "disk full" } });
		}
		const again = await takeFolder(options);
		expect(ids(again.journal)).toEqual(["intent1"]);
		await again.release();
	});
});
