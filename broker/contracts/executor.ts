import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { RefusalCode, Settlement, SubmissionState } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { HistogramSnapshot } from "../../core/types/histogram.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";

/** `accepted`: the claim is durable and the bytes are on their way. `refused`: nothing has left, and nothing will. */
export type ExecuteAck =
	| {
			readonly status: "accepted";
			readonly intentId: IntentId;
			readonly signature: Signature;
			readonly executor: string;
	  }
	| {
			readonly status: "refused";
			readonly intentId: IntentId;
			readonly code: RefusalCode;
			readonly detail: string;
			readonly executor: string;
	  };

export interface ExecutorStatus {
	readonly executor: string;
	readonly wallet: Address;
	readonly recovering: boolean;
	readonly routes: number;
	readonly inFlight: number;
	readonly submitted: number;
	readonly landed: number;
	readonly reverted: number;
	readonly expired: number;
	readonly unknown: number;
	readonly refused: Readonly<Partial<Record<RefusalCode, number>>>;
}

/** A submission moved on. For the trace and the screen; nothing of money hangs on it. */
export interface SubmissionAdvanced {
	readonly intentId: IntentId;
	readonly state: SubmissionState;
	readonly signature: Signature;
	readonly executor: string;
	readonly timings: StageTimings;
}

/** What an executor measured in its hot path since it started; sent every second. */
export interface ExecutorLatencies {
	readonly executor: string;
	/** Market bytes received to signature made, microseconds. */
	readonly receivedToSigned: HistogramSnapshot;
	readonly approvedToSigned: HistogramSnapshot;
	readonly signedToSent: HistogramSnapshot;
	readonly sentToLanded: HistogramSnapshot;
}

export interface ExecutorActions {
	"executor.execute": { params: ApprovedIntent; result: ExecuteAck };
	"executor.describe": { params: undefined; result: { readonly executor: string; readonly wallet: Address } };
	"executor.status": { params: undefined; result: ExecutorStatus };
}

export interface ExecutorEvents {
	"executor.submission.advanced": SubmissionAdvanced;
	/** The end of a submission, as the chain tells it. Risk books it; losing it delays, never falsifies, the books. */
	"executor.submission.settled": Settlement;
	"executor.latency.measured": ExecutorLatencies;
	/** An executor has recovered and takes intents. */
	"executor.ready": { readonly executor: string; readonly wallet: Address };
}
