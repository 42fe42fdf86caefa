/** Solana's slot, until a chain has shown another. */
const NOMINAL_SLOT_MICROS = 400_000;
/** So many observed slots are needed before they are believed, and so many are kept. */
const LEAST_SAMPLES = 3;
const KEPT_SAMPLES = 15;
/** Silence of this length is told even where so many slots would take longer: two seconds, less the time to act on it. */
const LONGEST_SILENCE_MICROS = 1_800_000;
/** But one late slot is no silence, however slow the chain. */
const LEAST_SILENT_SLOTS = 2;
/** Longer samples are outages, not slots. */
const LONGEST_SLOT_MICROS = 60_000_000;

/**
 * The newest slot of a chain, and how long its slots take as observed: the median of the last samples, so that a pause
 * of the chain does not teach the feed to be patient. Times are monotonic microseconds.
 */
export class SlotClock {
	#slot = -1;
	#observedAtMicros = 0;
	readonly #samples: number[] = [];
	/** Of the samples: asked for every intent, changed once a slot. */
	#slotDurationMicros = NOMINAL_SLOT_MICROS;

	/** Newest slot seen; -1 before the first. */
	get slot(): number {
		return this.#slot;
	}

	/** When the newest slot was seen. */
	get observedAtMicros(): number {
		return this.#observedAtMicros;
	}

	get slotDurationMicros(): number {
		return this.#slotDurationMicros;
	}

	/** Notes that a slot was seen. True when it is newer than all before it. */
	observe(slot: number, nowMicros: number): boolean {
		if (slot <= this.#slot) return false;
		if (this.#slot >= 0) {
			const sample = (nowMicros - this.#observedAtMicros) / (slot - this.#slot);
			if (sample > 0 && sample <= LONGEST_SLOT_MICROS) this.#samples.push(sample);
			if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
			if (this.#samples.length >= LEAST_SAMPLES) {
				const sorted = this.#samples.toSorted((a, b) => a - b);
				this.#slotDurationMicros = sorted[Math.floor(sorted.length / 2)]!;
			}
		}
		this.#slot = slot;
		this.#observedAtMicros = nowMicros;
		return true;
	}

	/** After how long without a slot a connection counts as silent, where `slots` slots without one are too many. */
	silenceMicros(slots: number): number {
		const capped = Math.min(this.durationMicros(slots), LONGEST_SILENCE_MICROS);
		return Math.max(capped, this.durationMicros(Math.min(slots, LEAST_SILENT_SLOTS)));
	}

	/** How long `slots` slots take on this chain. */
	durationMicros(slots: number): number {
		return slots * this.slotDurationMicros;
	}
}
