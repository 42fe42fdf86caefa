import {
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Journal, type JournalError } from "../../../../libs/journal/journal.ts";
import { type OpenSegment, openSegmentFile } from "../../../../libs/journal/segment-file.ts";

const root = mkdtempSync(join(tmpdir(), "journal-"));
let folder = "";
let counter = 0;

beforeEach(() => {
	folder = join(root, String(counter++));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MAXIMUM = 1 << 20;
const FIRST = "0000000001.journal";

async function records(maximumSegmentBytes = MAXIMUM, at = folder): Promise<readonly unknown[]> {
	const { journal, records } = await Journal.open({ folder: at, maximumSegmentBytes });
	await journal.close();
	return records;
}

async function filled(values: readonly unknown[]): Promise<Buffer> {
	const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
	for (const value of values) journal.write(value);
	await journal.close();
	return readFileSync(join(folder, FIRST));
}

async function openError(at: string): Promise<JournalError | null> {
	return Journal.open({ folder: at, maximumSegmentBytes: MAXIMUM }).then(
		async ({ journal }) => {
			await journal.close();
			return null;
		},
		(error: JournalError) => error,
	);
}

describe("Journal: what it refuses", () => {
	test("a flipped byte anywhere before the last record is corruption, naming file, offset and remedy", async () => {
		const values = [{ a: 1n }, { b: "two" }, { c: [3] }];
		const bytes = await filled(values);
		const lastFrame = bytes.lastIndexOf(0xf5, bytes.length - JSON.stringify({ c: [3] }).length - 26);
		for (let at = 0; at < lastFrame; at++) {
			const damaged = Buffer.from(bytes);
			damaged[at] = damaged[at]! ^ 0x40;
			const copy = join(root, `flip-${counter++}`);
			mkdirSync(copy);
			writeFileSync(join(copy, FIRST), damaged);
			const error = await openError(copy);
			expect({ at, code: error?.code }).toEqual({ at, code: "corrupt" });
			expect(error?.message).toContain(join(copy, FIRST));
			expect(error?.message).toMatch(/at byte \d+: .*Restore the file from a backup, or move the folder aside/);
		}
	});

	test("a record removed, repeated or moved is corruption although every checksum holds", async () => {
		const bytes = await filled(["first", "second", "third", "fourth"]);
		const frame = (index: number): Buffer => {
			const sizes = ["first", "second", "third", "fourth"].map((text) => 26 + JSON.stringify(text).length);
			const from = 28 + sizes.slice(0, index).reduce((sum, size) => sum + size, 0);
			return bytes.subarray(from, from + sizes[index]!);
		};
		const header = bytes.subarray(0, 28);
		for (const order of [
			[1, 2, 3],
			[0, 0, 1, 2, 3],
			[0, 2, 1, 3],
			[0, 1, 3],
		]) {
			writeFileSync(join(folder, FIRST), Buffer.concat([header, ...order.map(frame)]));
			expect((await openError(folder))?.code).toBe("corrupt");
		}
	});

	test("a missing segment is corruption", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: 100 });
		for (let index = 0; index < 20; index++) journal.write({ index });
		await journal.close();
		const names = readdirSync(folder).sort();
		expect(names.length).toBeGreaterThan(3);
		for (const missing of [names[0]!, names[1]!]) {
			const copy = join(root, `missing-${counter++}`);
			mkdirSync(copy);
			for (const name of names) if (name !== missing) copyFileSync(join(folder, name), join(copy, name));
			expect((await openError(copy))?.code).toBe("corrupt");
		}
	});

	test("a first segment of which nothing is sound is corruption, not an empty journal", async () => {
		const bytes = await filled([{ a: 1 }]);
		for (const nothing of [Buffer.alloc(bytes.length), Buffer.alloc(29, "x")]) {
			writeFileSync(join(folder, FIRST), nothing);
			expect(await openError(folder)).toMatchObject({ code: "corrupt", message: expect.stringContaining(FIRST) });
		}
	});

	test("garbage behind a segment that others follow is corruption, not a torn tail", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: 100 });
		for (let index = 0; index < 20; index++) journal.write({ index });
		await journal.close();
		const path = join(folder, FIRST);
		const bytes = readFileSync(path);
		writeFileSync(path, Buffer.concat([bytes, Buffer.from("garbage")]));
		expect((await openError(folder))?.message).toContain(`${path} is damaged at byte ${bytes.length}`);
	});

	test("a checkpoint that is gone is corruption, not an empty journal", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: 1, checkpoint: () => "sum" });
		await journal.append("one");
		await journal.append("two");
		await journal.close();
		const [name] = readdirSync(folder).sort();
		const path = join(folder, name!);
		for (const length of [0, 10, 28, 40]) {
			const copy = join(root, `cut-${counter++}`);
			mkdirSync(copy);
			writeFileSync(join(copy, name!), readFileSync(path).subarray(0, length));
			expect((await openError(copy))?.code).toBe("corrupt");
		}
	});

	test("values that would not come back are refused and leave the journal sound", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
		expect(() => journal.write({ $n: "1" })).toThrow(/must not use the keys/);
		await expect(journal.append({ inner: { $b: "" } })).rejects.toMatchObject({ code: "unencodable" });
		await expect(journal.append(undefined)).rejects.toMatchObject({ code: "unencodable" });
		await journal.append("good");
		await journal.close();
		expect(await records()).toEqual(["good"]);
	});

	test("after a failed write or fsync everything is refused for ever", async () => {
		for (const broken of ["write", "sync"] as const) {
			const at = join(root, `broken-${broken}`);
			let fail = false;
			const openSegment: OpenSegment = (path) => {
				const file = openSegmentFile(path);
				const full = (): never => {
					throw new Error("ENOSPC: no space left on device");
				};
				return {
					write: (bytes) => (fail && broken === "write" ? full() : file.write(bytes)),
					sync: async () => (fail && broken === "sync" ? full() : file.sync()),
					close: () => file.close(),
				};
			};
			const { journal } = await Journal.open({ folder: at, maximumSegmentBytes: MAXIMUM, openSegment });
			await journal.append("durable");
			fail = true;
			await expect(journal.append("lost")).rejects.toMatchObject({ code: "ioFailed" });
			fail = false;
			await expect(journal.append("late")).rejects.toThrow(/no space left on device.*Mend the disk/);
			expect(() => journal.write("late")).toThrow(/Mend the disk/);
			expect(journal.dead?.code).toBe("ioFailed");
			await journal.close();
			expect((await records(MAXIMUM, at))[0]).toBe("durable");
			expect(await records(MAXIMUM, at)).not.toContain("late");
		}
	});

	test("a write that fails while an fsync is under way that fails too: both appends are told", async () => {
		let fail = false;
		let failSync = (_error: Error): void => {};
		let syncing = (): void => {};
		const begun = new Promise<void>((resolve) => {
			syncing = resolve;
		});
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			return {
				write(bytes) {
					if (fail) throw new Error("EIO on write");
					file.write(bytes);
				},
				sync() {
					if (!journal) return file.sync();
					syncing();
					return new Promise((_resolve, reject) => {
						failSync = reject;
					});
				},
				close: () => file.close(),
			};
		};
		let journal: Journal | null = null;
		({ journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM, openSegment }));
		const first = journal.append("first");
		await begun;
		fail = true;
		await expect(journal.append("second")).rejects.toThrow("EIO on write");
		failSync(new Error("EIO on fsync"));
		await expect(first).rejects.toMatchObject({ code: "ioFailed" });
		await journal.close();
	});

	test("a disk that fails while closing is told", async () => {
		let fail = false;
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			const sync = (): Promise<void> => (fail ? Promise.reject(new Error("EIO")) : file.sync());
			return { write: (bytes) => file.write(bytes), sync, close: () => file.close() };
		};
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM, openSegment });
		journal.write("one");
		fail = true;
		await expect(journal.close()).rejects.toThrow("EIO");
		await journal.close();
	});

	test("a closed journal refuses", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
		await journal.close();
		await journal.close();
		await expect(journal.append("late")).rejects.toMatchObject({ code: "closed" });
		expect(() => journal.write("late")).toThrow(/closed/);
	});
});

describe("Journal: what it keeps", () => {
	test("records come back in order, with bigint, bytes and nesting", async () => {
		const values = [
			{ amount: 2n ** 64n - 1n, negative: -5n, list: [1n, { deep: 0n }] },
			{ bytes: new Uint8Array([0, 255, 7]), text: "ä€😀", nothing: null },
			[true, 1.5, "x"],
			"plain",
		];
		const { journal, records: none, cutBytes } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
		expect([none, cutBytes]).toEqual([[], 0]);
		await Promise.all(values.map((value) => journal.append(value)));
		await journal.append({ buffer: Buffer.from([1, 2]) });
		await journal.close();
		expect(await records()).toEqual([...values, { buffer: new Uint8Array([1, 2]) }]);
	});

	test("cut at any byte it opens with the records that were whole, and goes on", async () => {
		const values = [{ a: 1n }, "two", [3], { d: "four" }];
		const bytes = await filled(values);
		let most = 0;
		for (let length = 0; length <= bytes.length; length++) {
			const copy = join(root, `torn-${counter++}`);
			mkdirSync(copy);
			writeFileSync(join(copy, FIRST), bytes.subarray(0, length));
			const opened = await Journal.open({ folder: copy, maximumSegmentBytes: MAXIMUM });
			const whole = opened.records.length;
			expect(opened.records).toEqual(values.slice(0, whole));
			expect(whole).toBeGreaterThanOrEqual(most);
			most = whole;
			await opened.journal.append("next");
			await opened.journal.close();
			expect(await records(MAXIMUM, copy)).toEqual([...values.slice(0, whole), "next"]);
		}
		expect(most).toBe(values.length);
	});

	test("garbage behind the last record is cut and counted", async () => {
		const bytes = await filled(["one"]);
		writeFileSync(join(folder, FIRST), Buffer.concat([bytes, Buffer.from([0xf5, 0, 9, 0, 0, 0, 1, 2])]));
		const opened = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
		expect(opened).toMatchObject({ records: ["one"], cutBytes: 8 });
		await opened.journal.close();
		expect(readFileSync(join(folder, FIRST))).toEqual(bytes);
	});

	test("what was written survives without close, as after kill -9", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM });
		journal.write("one");
		const unsynced = journal.append("two");
		expect(await records()).toEqual(["one", "two"]);
		await unsynced;
		await journal.close();
	});

	test("appends of a moment share an fsync, and none resolves before one that began after it", async () => {
		let syncs = 0;
		let written = 0;
		let synced = 0;
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			return {
				write: (bytes) => {
					file.write(bytes);
					written++;
				},
				sync: async () => {
					const covers = written;
					await file.sync();
					syncs++;
					synced = covers;
				},
				close: () => file.close(),
			};
		};
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM, openSegment });
		const order: number[] = [];
		const before = written;
		await Promise.all(
			Array.from({ length: 500 }, async (_, index) => {
				if (index % 100 === 50) await new Promise((resolve) => setImmediate(resolve));
				const position = written - before + 1;
				await journal.append({ index });
				expect(synced).toBeGreaterThanOrEqual(before + position);
				order.push(position);
			}),
		);
		expect(syncs).toBeLessThan(20);
		expect(order).toEqual([...order].sort((a, b) => a - b));
		await journal.close();
	});

	test("a lazily written record becomes durable by itself", async () => {
		let resolveSynced = (): void => {};
		const lazilySynced = new Promise<void>((resolve) => {
			resolveSynced = resolve;
		});
		let wrote = false;
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			return {
				write: (bytes) => file.write(bytes),
				sync: async () => {
					await file.sync();
					if (wrote) resolveSynced();
				},
				close: () => file.close(),
			};
		};
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: MAXIMUM, openSegment });
		journal.write("one");
		wrote = true;
		await lazilySynced;
		await journal.close();
	});

	test("files are for their owner only", async () => {
		await filled(["one"]);
		expect(statSync(join(folder, FIRST)).mode & 0o777).toBe(0o600);
		expect(statSync(folder).mode & 0o777).toBe(0o700);
	});
});

describe("Journal: segments and checkpoints", () => {
	/** A sum as state: hand over first, fold after. */
	async function summing(maximumSegmentBytes: number) {
		let sum = 0;
		const opened = await Journal.open({ folder, maximumSegmentBytes, checkpoint: () => ({ sum }) });
		const fold = (record: unknown): void => {
			const { add, sum: total } = record as { add?: number; sum?: number };
			sum = total ?? sum + (add ?? 0);
		};
		opened.records.forEach(fold);
		return {
			journal: opened.journal,
			read: opened.records.length,
			get sum() {
				return sum;
			},
			add(add: number) {
				opened.journal.write({ add });
				fold({ add });
			},
		};
	}

	test("without a checkpoint all segments are kept and read in order", async () => {
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: 200 });
		const values = Array.from({ length: 50 }, (_, index) => ({ index }));
		for (const value of values) await journal.append(value);
		await journal.close();
		expect(readdirSync(folder).length).toBeGreaterThan(5);
		expect(await records(200)).toEqual(values);
	});

	test("a checkpoint bounds disk and start, and the sum stays exact over restarts", async () => {
		let expected = 0;
		for (let start = 0; start < 4; start++) {
			const state = await summing(2_000);
			expect(state.sum).toBe(expected);
			expect(state.read).toBeLessThan(80);
			for (let index = 0; index < 1_000; index++) {
				state.add(index);
				expected += index;
				if (index % 100 === 0) await state.journal.append({ add: 0 });
			}
			await state.journal.close();
			const names = readdirSync(folder);
			expect(names.length).toBeLessThanOrEqual(2);
			expect(statSync(join(folder, names[0]!)).size).toBeLessThan(4_000);
		}
	});

	test("the old segment stays until the checkpoint that replaces it is durable", async () => {
		let durable = (): void => {};
		let isHeld = false;
		const openSegment: OpenSegment = (path) => {
			const file = openSegmentFile(path);
			const held = (): Promise<void> =>
				new Promise((resolve) => {
					durable = resolve;
				});
			return {
				write: (bytes) => file.write(bytes),
				sync: () => (isHeld && !path.endsWith(FIRST) ? held() : file.sync()),
				close: () => file.close(),
			};
		};
		const { journal } = await Journal.open({ folder, maximumSegmentBytes: 1, openSegment, checkpoint: () => "all" });
		await journal.append("one");
		isHeld = true;
		const rotated = journal.append("two");
		for (let turn = 0; turn < 20; turn++) await new Promise((wake) => setTimeout(wake, 1));
		expect(readdirSync(folder)).toEqual([FIRST, "0000000002.journal"]);
		isHeld = false;
		durable();
		await rotated;
		expect(readdirSync(folder)).toEqual(["0000000002.journal"]);
		await journal.close();
	});

	test("a crash at any byte of a rotation loses no record that was handed over before", async () => {
		const state = await summing(1_000_000);
		for (let index = 1; index <= 5; index++) state.add(index);
		await state.journal.close();
		const before = readFileSync(join(folder, FIRST));
		const rotating = await summing(1);
		rotating.add(100);
		await rotating.journal.close();
		const second = "0000000002.journal";
		const after = readFileSync(join(folder, second));
		for (let length = 0; length <= after.length; length++) {
			// The old segment is there until the new one is durable.
			for (const name of readdirSync(folder)) rmSync(join(folder, name));
			writeFileSync(join(folder, FIRST), before);
			writeFileSync(join(folder, second), after.subarray(0, length));
			const again = await summing(1_000_000);
			expect([15, 115]).toContain(again.sum);
			again.add(1);
			const total = again.sum;
			await again.journal.close();
			const last = await summing(1_000_000);
			expect(last.sum).toBe(total);
			await last.journal.close();
		}
	});
});
