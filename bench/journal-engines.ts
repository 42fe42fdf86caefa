import { mkdtemp, open, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { systemClock } from "../libs/clock.ts";
import { Journal } from "../libs/journal/journal.ts";
import { seededRandom } from "../libs/random.ts";
import type { Benchmark } from "./figure.ts";
import { Samples } from "./samples.ts";

const SEED = 29;
const WARM_UP_ROUNDS = 30;
const ROUNDS = 300;
const TOGETHER = 8;
const RECOVERED_RECORDS = 10_000;
const FLIPS = 200;
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** About the size of a claim. */
const RECORD = { type: "claim", text: "x".repeat(900) };

/**
 * The journal against the embedded engine that Node brings along: SQLite with `journal_mode=WAL` and `synchronous=FULL`,
 * one row a record. What a durable record costs, how long nothing else can run meanwhile, how long 10,000 records take
 * to come back, and how many flipped bytes are noticed when they do.
 */
export const journalEngines: Benchmark = {
	name: "journal engines",
	figures: [
		figure("engineJournalAppendMicrosP50", "journal: one record durable, p50", "µs"),
		figure("engineSqliteAppendMicrosP50", "SQLite: one record durable, p50", "µs"),
		figure("engineJournalBlockedMicrosP50", "journal: of that, the event loop stood still, p50", "µs"),
		figure("engineJournalBlockedMicrosP99", "… p99", "µs"),
		figure("engineSqliteBlockedMicrosP50", "SQLite: of that, the event loop stood still, p50", "µs"),
		figure("engineSqliteBlockedMicrosP99", "… p99", "µs"),
		figure("engineJournalOfEightMicrosP50", `journal: ${TOGETHER} records at once, each one's share, p50`, "µs"),
		figure(
			"engineSqliteOfEightMicrosP50",
			`SQLite: ${TOGETHER} records one after another, each one's share, p50`,
			"µs",
		),
		figure("engineJournalRecoveryMs", `journal: ${RECOVERED_RECORDS} records read and checked`, "ms"),
		figure("engineSqliteRecoveryMs", `SQLite: ${RECOVERED_RECORDS} rows read, without a check`, "ms"),
		figure("engineSqliteCheckedRecoveryMs", `SQLite: the same after integrity_check`, "ms"),
		figure(
			"engineJournalFlipsUnnoticedPercent",
			`journal: of ${FLIPS} flipped bytes, not noticed at the next start`,
			"%",
		),
		figure("engineSqliteFlipsUnnoticedPercent", `SQLite: the same, with integrity_check`, "%"),
	],
	async measure(onProgress) {
		const folder = await mkdtemp(join(tmpdir(), "bench-engines-"));
		try {
			const appends = await measureAppends(folder, (share) => onProgress(share / 2));
			const recovery = await measureRecovery(folder, (share) => onProgress(0.5 + share / 2));
			return { ...appends, ...recovery };
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	},
};

function figure(key: string, what: string, unit: "µs" | "ms" | "%"): Benchmark["figures"][number] {
	return { key, what, unit, atMost: null };
}

/** The same record in both engines. */
class SqliteLog {
	readonly #database: DatabaseSync;
	readonly #insert: StatementSync;

	constructor(path: string, synchronous: "FULL" | "OFF" = "FULL") {
		this.#database = new DatabaseSync(path);
		this.#database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous};`);
		this.#database.exec("CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, record TEXT NOT NULL)");
		this.#insert = this.#database.prepare("INSERT INTO records (record) VALUES (?)");
	}

	append(record: unknown): void {
		this.#insert.run(JSON.stringify(record));
	}

	/** @throws when SQLite finds damage */
	check(): void {
		const [row] = this.#database.prepare("PRAGMA integrity_check").all();
		if (row?.integrity_check !== "ok") throw new Error(String(row?.integrity_check));
	}

	records(): unknown[] {
		return this.#database
			.prepare("SELECT record FROM records ORDER BY id")
			.all()
			.map(({ record }) => JSON.parse(record as string));
	}

	close(): void {
		this.#database.close();
	}
}

async function measureAppends(folder: string, onProgress: (share: number) => void): Promise<Record<string, number>> {
	const { journal } = await Journal.open({ folder: join(folder, "appends"), maximumSegmentBytes: SEGMENT_BYTES });
	const sqlite = new SqliteLog(join(folder, "appends.sqlite"));
	const names = ["own", "ownBlocked", "ownEight", "sqlite", "sqliteEight"] as const;
	const samples = Object.fromEntries(names.map((name) => [name, new Samples(ROUNDS)])) as Record<
		(typeof names)[number],
		Samples
	>;
	const now = () => systemClock.monotonicMicros();
	for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
		const keep = (name: (typeof names)[number], micros: number) => {
			if (round >= 0) samples[name].record(micros);
		};
		let begun = now();
		const durable = journal.append(RECORD);
		keep("ownBlocked", now() - begun);
		await durable;
		keep("own", now() - begun);
		begun = now();
		sqlite.append(RECORD);
		keep("sqlite", now() - begun);
		begun = now();
		await Promise.all(Array.from({ length: TOGETHER }, () => journal.append(RECORD)));
		keep("ownEight", (now() - begun) / TOGETHER);
		begun = now();
		for (let each = 0; each < TOGETHER; each++) sqlite.append(RECORD);
		keep("sqliteEight", (now() - begun) / TOGETHER);
		onProgress((round + WARM_UP_ROUNDS) / (ROUNDS + WARM_UP_ROUNDS));
	}
	await journal.close();
	sqlite.close();
	return {
		engineJournalAppendMicrosP50: samples.own.percentile(0.5),
		engineSqliteAppendMicrosP50: samples.sqlite.percentile(0.5),
		engineJournalBlockedMicrosP50: samples.ownBlocked.percentile(0.5),
		engineJournalBlockedMicrosP99: samples.ownBlocked.percentile(0.99),
		// Its calls are synchronous: it blocks for as long as it takes.
		engineSqliteBlockedMicrosP50: samples.sqlite.percentile(0.5),
		engineSqliteBlockedMicrosP99: samples.sqlite.percentile(0.99),
		engineJournalOfEightMicrosP50: samples.ownEight.percentile(0.5),
		engineSqliteOfEightMicrosP50: samples.sqliteEight.percentile(0.5),
	};
}

async function measureRecovery(folder: string, onProgress: (share: number) => void): Promise<Record<string, number>> {
	const journalFolder = join(folder, "recovery");
	const path = join(folder, "recovery.sqlite");
	const { journal } = await Journal.open({ folder: journalFolder, maximumSegmentBytes: SEGMENT_BYTES });
	const sqlite = new SqliteLog(path, "OFF");
	for (let each = 0; each < RECOVERED_RECORDS; each++) {
		journal.write({ ...RECORD, each });
		sqlite.append({ ...RECORD, each });
	}
	await journal.close();
	sqlite.close();
	const journalMicros = await timed(() => recoverJournal(journalFolder));
	const sqliteMicros = await timed(async () => recoverSqlite(path, false));
	const checkedMicros = await timed(async () => recoverSqlite(path, true));
	const [segment] = await readdir(journalFolder);
	const random = seededRandom(SEED);
	let journalMissed = 0;
	let sqliteMissed = 0;
	for (let flip = 0; flip < FLIPS; flip++) {
		const share = random.nextUint32() / 2 ** 32;
		if (await isFlipMissed(join(journalFolder, segment as string), share, () => recoverJournal(journalFolder))) {
			journalMissed++;
		}
		if (await isFlipMissed(path, share, async () => recoverSqlite(path, true))) sqliteMissed++;
		onProgress(flip / FLIPS);
	}
	return {
		engineJournalRecoveryMs: journalMicros / 1_000,
		engineSqliteRecoveryMs: sqliteMicros / 1_000,
		engineSqliteCheckedRecoveryMs: checkedMicros / 1_000,
		engineJournalFlipsUnnoticedPercent: (100 * journalMissed) / FLIPS,
		engineSqliteFlipsUnnoticedPercent: (100 * sqliteMissed) / FLIPS,
	};
}

async function recoverJournal(folder: string): Promise<void> {
	const { journal, records } = await Journal.open({ folder, maximumSegmentBytes: SEGMENT_BYTES });
	await journal.close();
	if (records.length !== RECOVERED_RECORDS) throw new Error(`${records.length} records came back`);
}

function recoverSqlite(path: string, isChecked: boolean): void {
	const sqlite = new SqliteLog(path);
	try {
		if (isChecked) sqlite.check();
		const { length } = sqlite.records();
		if (length !== RECOVERED_RECORDS) throw new Error(`${length} records came back`);
	} finally {
		sqlite.close();
	}
}

async function timed(work: () => Promise<void>): Promise<number> {
	const begun = systemClock.monotonicMicros();
	await work();
	return systemClock.monotonicMicros() - begun;
}

/** Changes one letter of a record in the middle of a file, asks for its records, and puts the letter back. */
async function isFlipMissed(path: string, share: number, recover: () => Promise<void>): Promise<boolean> {
	const { size } = await stat(path);
	const file = await open(path, "r+");
	try {
		// From there on the next letter of a record's text is looked for, so that both engines are hit in their data.
		const window = Buffer.alloc(4_096);
		const from = Math.floor(share * (size - window.length));
		await file.read(window, 0, window.length, from);
		const place = from + window.indexOf("xxxx");
		if (place < from) throw new Error(`no record within ${window.length} bytes of ${from} in ${path}`);
		await file.write(Buffer.from("y"), 0, 1, place);
		await file.sync();
		const isMissed = await recover().then(
			() => true,
			() => false,
		);
		await file.write(Buffer.from("x"), 0, 1, place);
		await file.sync();
		return isMissed;
	} finally {
		await file.close();
	}
}
