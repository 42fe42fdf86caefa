import type { Clock, Random } from "../../../core/types/clock.ts";
import { Backoff } from "../backoff.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Scheduler } from "./scheduler.ts";

export interface SlotWatchOptions {
	readonly endpoints: readonly Endpoint[];
	readonly clock: Clock;
	readonly random: Random;
	readonly scheduler: Scheduler;
	readonly intervalMs: number;
	/** An endpoint further behind the median is out. */
	readonly maximumSlotLag: number;
}

/** An endpoint that is out is in again when it is this part of the allowed lag behind: on the brink it would flap. */
const RETURN_DIVISOR = 2;
/** What a slot was told so many intervals ago says nothing of now. */
const FRESH_INTERVALS = 3;
const PROBE_TIMEOUT_MS = 1_000;
/** The longest rest between two looks at a dead endpoint. */
const LONGEST_REST_MS = 8_000;
const MICROS_PER_MILLI = 1_000;
const PROBE = '{"jsonrpc":"2.0","id":"probe","method":"getSlot","params":[{"commitment":"processed"}]}';

/**
 * Asks every endpoint for its slot, and puts out those that are behind. Lag is measured against the median; of an even
 * number the later of the two in the middle counts, so that of two endpoints the one that is ahead is believed. One
 * endpoint alone is not asked: it cannot lag behind anything.
 */
export class SlotWatch {
	readonly #options: SlotWatchOptions;
	readonly #stops = new Map<Endpoint, () => void>();
	readonly #backoffs: ReadonlyMap<Endpoint, Backoff>;
	#isRunning = false;

	constructor(options: SlotWatchOptions) {
		const { endpoints, intervalMs, random } = options;
		this.#options = options;
		const maxMs = Math.max(intervalMs, LONGEST_REST_MS);
		this.#backoffs = new Map(endpoints.map((one) => [one, new Backoff({ minMs: intervalMs, maxMs, random })]));
	}

	start(): void {
		const { endpoints } = this.#options;
		if (this.#isRunning || endpoints.length < 2) return;
		this.#isRunning = true;
		for (const endpoint of endpoints) void this.#probe(endpoint);
	}

	/** Ends everything at once. Idempotent. */
	stop(): void {
		this.#isRunning = false;
		for (const stop of this.#stops.values()) stop();
		this.#stops.clear();
	}

	async #probe(endpoint: Endpoint): Promise<void> {
		const { clock, scheduler } = this.#options;
		const startedAtMicros = clock.monotonicMicros();
		if (endpoint.pausedMs("read") === 0) {
			const timeout = new AbortController();
			const cancel = scheduler.after(PROBE_TIMEOUT_MS, () =>
				timeout.abort(new DOMException("no slot in time", "TimeoutError")),
			);
			this.#stops.set(endpoint, () => {
				cancel();
				timeout.abort();
			});
			try {
				endpoint.bucket("read").force();
				const { result } = await endpoint.post({ lane: "read", body: PROBE, signal: timeout.signal });
				if (typeof result === "bigint") this.#observe(endpoint, Number(result));
			} catch {
				// What it means for the endpoint's health is noted by the endpoint.
			} finally {
				cancel();
			}
		}
		if (!this.#isRunning) return;
		const tookMs = (clock.monotonicMicros() - startedAtMicros) / MICROS_PER_MILLI;
		const next = scheduler.after(this.#restMs(endpoint, tookMs), () => void this.#probe(endpoint));
		this.#stops.set(endpoint, next);
	}

	#restMs(endpoint: Endpoint, tookMs: number): number {
		const backoff = this.#backoffs.get(endpoint);
		if (endpoint.isDead && backoff) return backoff.nextMs();
		backoff?.reset();
		const restMs = Math.max(0, this.#options.intervalMs - tookMs);
		// A pause that was asked for is for probes too.
		return Math.max(restMs, endpoint.pausedMs("read"));
	}

	#observe(endpoint: Endpoint, slot: number): void {
		const { clock, maximumSlotLag } = this.#options;
		endpoint.slot = slot;
		endpoint.slotAtMicros = clock.monotonicMicros();
		const lagSlots = Math.max(0, this.#median() - slot);
		const allowed = endpoint.isLagging ? Math.floor(maximumSlotLag / RETURN_DIVISOR) : maximumSlotLag;
		endpoint.lagSlots = lagSlots;
		endpoint.isLagging = lagSlots > allowed;
	}

	#median(): number {
		const { endpoints, clock, intervalMs } = this.#options;
		const oldestMicros = clock.monotonicMicros() - FRESH_INTERVALS * intervalMs * MICROS_PER_MILLI;
		const slots: number[] = [];
		for (const { slot, slotAtMicros, isDead } of endpoints) {
			if (slot !== null && !isDead && slotAtMicros >= oldestMicros) slots.push(slot);
		}
		slots.sort((a, b) => a - b);
		return slots[Math.floor(slots.length / 2)] ?? 0;
	}
}
