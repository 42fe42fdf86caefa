import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApprovedIntent } from "../core/execution/approved-intent.ts";
import { systemClock } from "../libs/clock.ts";
import { Journal } from "../libs/journal/journal.ts";
import { seededRandom } from "../libs/random.ts";
import { benchSeal } from "./bench-seal.ts";
import { benchWallet } from "./bench-wallet.ts";
import type { Benchmark } from "./figure.ts";
import { Samples } from "./samples.ts";
import { TradeLine } from "./trade-line.ts";

const SEED = 13;
const WARM_UP_ROUNDS = 50;
const ROUNDS = 500;
const TOGETHER = 8;
const SEGMENT_BYTES = 16 * 1024 * 1024;

/** What durability costs: one record to the disk and its fsync, and how much of a signature hides behind it. */
export const journalAppend: Benchmark = {
	name: "journal append",
	figures: [
		{ key: "journalAppendMicrosP50", what: "one record appended and fsynced, p50", unit: "µs", atMost: null },
		{ key: "journalAppendMicrosP99", what: "… p99", unit: "µs", atMost: null },
		{
			key: "journalAppendThenSignMicrosP50",
			what: "the same, then the intent signed: one after the other, p50",
			unit: "µs",
			atMost: null,
		},
		{
			key: "journalAppendBesideSignMicrosP50",
			what: "the same, signed while the fsync runs: overlapped, p50",
			unit: "µs",
			atMost: null,
		},
		{
			key: "journalAppendOfEightMicrosP50",
			what: `${TOGETHER} records at once, sharing an fsync: each one's share, p50`,
			unit: "µs",
			atMost: null,
		},
	],
	async measure(onProgress) {
		const { wallet } = await benchWallet();
		const line = new TradeLine({ clock: systemClock, random: seededRandom(SEED), wallet, seal: await benchSeal() });
		const intent = line.approve(line.find(line.nextGap()));
		const folder = await mkdtemp(join(tmpdir(), "bench-journal-"));
		try {
			const { journal } = await Journal.open({ folder, maximumSegmentBytes: SEGMENT_BYTES });
			try {
				return await measureJournal({ journal, line, intent, onProgress });
			} finally {
				await journal.close();
			}
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	},
};

interface JournalSubjects {
	readonly journal: Journal;
	readonly line: TradeLine;
	readonly intent: ApprovedIntent;
	readonly onProgress: (share: number) => void;
}

async function measureJournal({ journal, line, intent, onProgress }: JournalSubjects): Promise<Record<string, number>> {
	const alone = new Samples(ROUNDS);
	const after = new Samples(ROUNDS);
	const beside = new Samples(ROUNDS);
	const eight = new Samples(ROUNDS);
	const timed = async (samples: Samples, isMeasured: boolean, work: () => Promise<unknown>): Promise<void> => {
		const begun = systemClock.monotonicMicros();
		await work();
		const taken = systemClock.monotonicMicros() - begun;
		if (isMeasured) samples.record(taken);
	};
	// In turns, so that a slow moment of the disk hits all alike.
	for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
		const isMeasured = round >= WARM_UP_ROUNDS;
		await timed(alone, isMeasured, () => journal.append(intent));
		await timed(after, isMeasured, async () => {
			await journal.append(intent);
			line.sign(intent);
		});
		await timed(beside, isMeasured, async () => {
			const durable = journal.append(intent);
			// One turn of the event loop later the fsync is under way on another thread.
			await Promise.resolve();
			line.sign(intent);
			await durable;
		});
		await timed(eight, isMeasured, () => Promise.all(Array.from({ length: TOGETHER }, () => journal.append(intent))));
		onProgress(round / (WARM_UP_ROUNDS + ROUNDS));
	}
	return {
		journalAppendMicrosP50: alone.percentile(0.5),
		journalAppendMicrosP99: alone.percentile(0.99),
		journalAppendThenSignMicrosP50: after.percentile(0.5),
		journalAppendBesideSignMicrosP50: beside.percentile(0.5),
		journalAppendOfEightMicrosP50: eight.percentile(0.5) / TOGETHER,
	};
}
