import type { ReserveState } from "./venues/venue.ts";

/** The length of a cache line in 64-bit words, so that no row begins in another's. */
const WORDS = 8;
const BYTES = WORDS * 8;
/** The words that a row uses. The last is two halves. */
const WORD = { reserveA: 0, reserveB: 1, openTime: 2, slot: 3, sequence: 4, versionAndFlags: 5 } as const;
const HIGH = 2 ** 32;
const FLAG_STALE = 1;
const FLAG_SWAP_ENABLED = 2;
const NEVER = -1;

/**
 * The changing numbers of a {@link Book}, side by side: one or two cache lines a row. Ten thousand pools as
 * objects with fields on the heap would be some twenty lines each, and an update's time that of fetching them.
 *
 * The reserves are kept for pools that are priced by them; all other words for every row.
 */
export class BookColumns {
	readonly #exact: BigUint64Array;
	readonly #numbers: Float64Array;
	readonly #halves: Uint32Array;

	constructor(rows: number) {
		const buffer = new ArrayBuffer(rows * BYTES);
		this.#exact = new BigUint64Array(buffer);
		this.#numbers = new Float64Array(buffer);
		this.#halves = new Uint32Array(buffer);
		for (let row = 0; row < rows; row++) {
			this.#numbers[row * WORDS + WORD.slot] = NEVER;
			this.#numbers[row * WORDS + WORD.sequence] = NEVER;
			this.#halves[(row * WORDS + WORD.versionAndFlags) * 2 + 1] = FLAG_STALE;
		}
	}

	reserveA(row: number): bigint {
		return this.#exact[row * WORDS + WORD.reserveA]!;
	}

	reserveB(row: number): bigint {
		return this.#exact[row * WORDS + WORD.reserveB]!;
	}

	openTimeSeconds(row: number): bigint {
		return this.#exact[row * WORDS + WORD.openTime]!;
	}

	slot(row: number): number {
		return this.#numbers[row * WORDS + WORD.slot]!;
	}

	/** The batch that told the row last. */
	sequence(row: number): number {
		return this.#numbers[row * WORDS + WORD.sequence]!;
	}

	version(row: number): number {
		return this.#halves[(row * WORDS + WORD.versionAndFlags) * 2]!;
	}

	isStale(row: number): boolean {
		return (this.#flags(row) & FLAG_STALE) !== 0;
	}

	isSwapEnabled(row: number): boolean {
		return (this.#flags(row) & FLAG_SWAP_ENABLED) !== 0;
	}

	/** The reserves as doubles, without making integers of them. */
	roughA(row: number): number {
		return this.#rough(row * WORDS + WORD.reserveA);
	}

	roughB(row: number): number {
		return this.#rough(row * WORDS + WORD.reserveB);
	}

	/** The row can be vouched for, and swaps are allowed at that time. */
	isOpen(row: number, unixSeconds: bigint): boolean {
		if ((this.#flags(row) & (FLAG_STALE | FLAG_SWAP_ENABLED)) !== FLAG_SWAP_ENABLED) return false;
		return this.#exact[row * WORDS + WORD.openTime]! <= unixSeconds;
	}

	/** Spends what was quoted before when any of it is something else than before. */
	setReserves(row: number, { reserveA, reserveB, openTimeSeconds, swapEnabled }: ReserveState): void {
		const at = row * WORDS;
		const exact = this.#exact;
		const isOther =
			exact[at + WORD.reserveA] !== reserveA ||
			exact[at + WORD.reserveB] !== reserveB ||
			exact[at + WORD.openTime] !== openTimeSeconds ||
			this.isSwapEnabled(row) !== swapEnabled;
		if (!isOther) return;
		exact[at + WORD.reserveA] = reserveA;
		exact[at + WORD.reserveB] = reserveB;
		exact[at + WORD.openTime] = openTimeSeconds;
		const flags = this.#flags(row) & ~FLAG_SWAP_ENABLED;
		this.#halves[(at + WORD.versionAndFlags) * 2 + 1] = swapEnabled ? flags | FLAG_SWAP_ENABLED : flags;
		this.spend(row);
	}

	/** What was quoted from the row before holds no more. Versions count modulo 2^32. */
	spend(row: number): void {
		this.#halves[(row * WORDS + WORD.versionAndFlags) * 2]!++;
	}

	told(row: number, slot: number, stale: boolean, sequence: number): void {
		this.#numbers[row * WORDS + WORD.slot] = slot;
		this.#numbers[row * WORDS + WORD.sequence] = sequence;
		this.setStale(row, stale);
	}

	setStale(row: number, stale: boolean): void {
		const flags = this.#flags(row) & ~FLAG_STALE;
		this.#halves[(row * WORDS + WORD.versionAndFlags) * 2 + 1] = stale ? flags | FLAG_STALE : flags;
	}

	forgetSequence(row: number): void {
		this.#numbers[row * WORDS + WORD.sequence] = NEVER;
	}

	#flags(row: number): number {
		return this.#halves[(row * WORDS + WORD.versionAndFlags) * 2 + 1]!;
	}

	#rough(word: number): number {
		return this.#halves[word * 2 + 1]! * HIGH + this.#halves[word * 2]!;
	}
}
