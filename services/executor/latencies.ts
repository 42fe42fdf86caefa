import type { ExecutorLatencies } from "../../broker/contracts/executor.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import { Histogram } from "../../core/types/histogram.ts";

/** What the hot path took, in microseconds. */
export class Latencies {
	readonly #receivedToSigned = new Histogram();
	readonly #approvedToSigned = new Histogram();
	readonly #signedToSent = new Histogram();
	readonly #sentToLanded = new Histogram();
	#toldCount = 0;

	/** The bytes were signed and are on their way. */
	sent({ received, approved, signed, sent }: StageTimings): void {
		record(this.#receivedToSigned, received, signed);
		record(this.#approvedToSigned, approved, signed);
		record(this.#signedToSent, signed, sent);
	}

	landed({ sent, landed }: StageTimings): void {
		record(this.#sentToLanded, sent, landed);
	}

	/** Everything since the start, or null when nothing was added since the last call. */
	changed(executor: string): ExecutorLatencies | null {
		const count = this.#signedToSent.count + this.#sentToLanded.count;
		if (count === this.#toldCount) return null;
		this.#toldCount = count;
		return {
			executor,
			receivedToSigned: this.#receivedToSigned.snapshot(),
			approvedToSigned: this.#approvedToSigned.snapshot(),
			signedToSent: this.#signedToSent.snapshot(),
			sentToLanded: this.#sentToLanded.snapshot(),
		};
	}
}

function record(histogram: Histogram, from: number | undefined, to: number | undefined): void {
	if (from !== undefined && to !== undefined) histogram.record(to - from);
}
