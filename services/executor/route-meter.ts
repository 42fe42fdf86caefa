import type { Base64EncodedWireTransaction, Rpc, SimulateTransactionApi } from "@solana/web3.js";
import type { RouteMeasured } from "../../broker/contracts/executor.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { routeName } from "../../core/execution/fee-policy.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { SignedTransaction } from "../../libs/solana/intent-signer.ts";

export interface RouteMeterOptions {
	readonly executor: string;
	readonly rpc: Rpc<SimulateTransactionApi>;
	readonly clock: Clock;
	readonly timeoutMs: number;
	/** Ends simulations under way. */
	readonly abortSignal: AbortSignal;
	readonly onMeasured: (measured: RouteMeasured) => void;
}

type MeasuredRoute = Pick<RouteMeasured, "reserve" | "legs">;

/** A trade under way, to understand its end by. */
interface Pending {
	readonly route: MeasuredRoute;
	readonly computeUnitLimit: number;
}

interface Known {
	computeUnits: number;
	simulatedAtMicros: number;
	toldAtMicros: number;
}

/** A route is simulated again after so long. */
const SIMULATE_AGAIN_MICROS = 600_000_000;
/** What has not changed is told again after so long: events get lost, and strategies start anew. */
const TELL_AGAIN_MICROS = 30_000_000;
const MOST_SIMULATIONS = 2;
const MOST_PENDING = 1_024;
const MOST_ROUTES = 4_096;
/** Out of compute units: half as many again are asked for next time. */
const RAISE_NUMERATOR = 3;
const RAISE_DENOMINATOR = 2;
/** What running out looks like; a program says the second (Agave, `InstructionError`). */
const OUT_OF_UNITS = /ComputationalBudgetExceeded|ProgramFailedToComplete|exceeded CUs/;

/**
 * Measures the compute units that routes need: by simulating real transactions of them beside the hot path, and by what
 * landed. Never waits in the hot path, and nothing of money hangs on it.
 */
export class RouteMeter {
	readonly #options: RouteMeterOptions;
	readonly #pending = new Map<IntentId, Pending>();
	readonly #known = new Map<string, Known>();
	#simulations = 0;

	constructor(options: RouteMeterOptions) {
		this.#options = options;
	}

	/** A transaction of the intent is on its way. */
	submitted(intent: ApprovedIntent, { base64 }: SignedTransaction): void {
		const route: MeasuredRoute = {
			reserve: intent.loan?.reserve ?? null,
			legs: intent.legs.map(({ pool, direction }) => ({ pool, direction })),
		};
		if (this.#pending.size >= MOST_PENDING) deleteOldest(this.#pending);
		this.#pending.set(intent.intentId, { route, computeUnitLimit: intent.computeUnitLimit });
		const known = this.#known.get(nameOf(route));
		const isDue =
			known === undefined || this.#options.clock.monotonicMicros() - known.simulatedAtMicros >= SIMULATE_AGAIN_MICROS;
		if (isDue && this.#simulations < MOST_SIMULATIONS) void this.#simulate(route, base64);
	}

	/** A submission ended. */
	settled({ intentId, fill }: Settlement): void {
		const pending = this.#pending.get(intentId);
		if (!pending) return;
		this.#pending.delete(intentId);
		if (fill === null) return;
		if (!fill.reverted) this.#learn(pending.route, fill.computeUnits);
		else if (isOutOfUnits(fill.error, fill.computeUnits, pending.computeUnitLimit)) {
			this.#learn(pending.route, Math.ceil((pending.computeUnitLimit * RAISE_NUMERATOR) / RAISE_DENOMINATOR));
		}
	}

	async #simulate(route: MeasuredRoute, base64: string): Promise<void> {
		const { rpc, timeoutMs, abortSignal, clock } = this.#options;
		this.#simulations++;
		try {
			const { value } = await rpc
				.simulateTransaction(base64 as Base64EncodedWireTransaction, {
					encoding: "base64",
					commitment: "processed",
					sigVerify: false,
					replaceRecentBlockhash: true,
				})
				.send({ abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) });
			// The opportunity may be gone by now, or this very trade landed: the next one is simulated then.
			if (value.err !== null || value.unitsConsumed === undefined) return;
			this.#learn(route, Number(value.unitsConsumed));
			const known = this.#known.get(nameOf(route));
			if (known) known.simulatedAtMicros = clock.monotonicMicros();
		} catch {
			// A node that does not simulate: what lands measures, too.
		} finally {
			this.#simulations--;
		}
	}

	#learn(route: MeasuredRoute, computeUnits: number): void {
		const { executor, clock, onMeasured } = this.#options;
		if (!Number.isSafeInteger(computeUnits) || computeUnits <= 0) return;
		const name = nameOf(route);
		const nowMicros = clock.monotonicMicros();
		const known = this.#known.get(name);
		const isNews =
			known === undefined || known.computeUnits !== computeUnits || nowMicros - known.toldAtMicros >= TELL_AGAIN_MICROS;
		if (!isNews) return;
		if (known) Object.assign(known, { computeUnits, toldAtMicros: nowMicros });
		else {
			if (this.#known.size >= MOST_ROUTES) deleteOldest(this.#known);
			const simulatedAtMicros = Number.NEGATIVE_INFINITY;
			this.#known.set(name, { computeUnits, simulatedAtMicros, toldAtMicros: nowMicros });
		}
		onMeasured({ executor, ...route, computeUnits });
	}
}

function nameOf({ reserve, legs }: MeasuredRoute): string {
	return routeName(reserve, legs);
}

/** A program that fails for another reason leaves some of its units. */
function isOutOfUnits(error: string | null, consumed: number, limit: number): boolean {
	return error !== null && OUT_OF_UNITS.test(error) && consumed >= limit - limit / 50;
}

function deleteOldest<Key>(map: Map<Key, unknown>): void {
	for (const key of map.keys()) {
		map.delete(key);
		return;
	}
}
