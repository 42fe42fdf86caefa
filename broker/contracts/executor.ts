import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { ArmingStatement, ArmingStatus } from "../../core/execution/arming.ts";
import type { KnownTable } from "../../core/execution/lookup-table.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { RefusalCode, SealedSettlement, SubmissionState } from "../../core/execution/submission.ts";
import type { Direction } from "../../core/market/venues/venue.ts";
import type { Address } from "../../core/types/address.ts";
import type { EndpointHealth } from "../../core/types/endpoint-health.ts";
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

/** What would have become of the trades of a dry run. */
export interface RehearsalCounts {
	readonly wouldLand: number;
	readonly wouldRevert: number;
	/** Not simulated: too many at once, or the node did not answer. */
	readonly unknown: number;
}

/** What became of the bundles of an executor. For people: money goes by signatures. */
export interface BundleCounts {
	readonly taken: number;
	/** No region took it. */
	readonly refused: number;
	readonly landed: number;
	/** Taken, and not landed as a bundle. Its trade may have landed by another way. */
	readonly failed: number;
	/** The block engine did not tell. */
	readonly unknown: number;
}

/** Who an executor is, and what its transactions may look accounts up in. */
export interface ExecutorIdentity {
	readonly executor: string;
	readonly wallet: Address;
	/** Null, or absent: it has no table that may be used. */
	readonly lookupTable?: KnownTable | null;
}

/** An executor's lookup table, for people. */
export interface LookupTableStatus {
	/** Null: none is there yet. */
	readonly address: Address | null;
	/** Entries that may be used. */
	readonly entries: number;
	/** Accounts of the market for which the table has no room. */
	readonly leftOut: number;
}

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
	/** Landed or reverted ones whose finality nobody watches, because there were too many; absent: none. */
	readonly unwatched?: number;
	readonly refused: Readonly<Partial<Record<RefusalCode, number>>>;
	/** Absent until the chain was found. */
	readonly endpoints?: readonly EndpointHealth[];
	/** Absent without a block engine. */
	readonly bundles?: BundleCounts;
	/** Absent until the chain was found. */
	readonly lookupTable?: LookupTableStatus;
	/** Why nothing is signed at this moment, for a person, or null. */
	readonly closedBecause: string | null;
	/** Null where nobody has to arm. */
	readonly arming: (ArmingStatus & RehearsalCounts) | null;
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

/** How the executor's RPC endpoints are; sent every few seconds. */
export interface EndpointsMeasured {
	readonly executor: string;
	readonly endpoints: readonly EndpointHealth[];
}

/** How many compute units a route's transaction needed, by simulation or on the chain. */
export interface RouteMeasured {
	readonly executor: string;
	/** The lender's reserve; null without a loan. */
	readonly reserve: Address | null;
	readonly legs: readonly { readonly pool: Address; readonly direction: Direction }[];
	readonly computeUnits: number;
}

export interface ExecutorActions {
	"executor.execute": { params: ApprovedIntent; result: ExecuteAck };
	"executor.describe": { params: undefined; result: ExecutorIdentity };
	"executor.status": { params: undefined; result: ExecutorStatus };
}

export interface ExecutorEvents {
	"executor.submission.advanced": SubmissionAdvanced;
	/**
	 * The end of a submission, as the chain tells it. Risk books it when its seal is an executor's; losing it delays,
	 * never falsifies, the books.
	 */
	"executor.submission.settled": SealedSettlement;
	"executor.route.measured": RouteMeasured;
	"executor.latency.measured": ExecutorLatencies;
	"executor.endpoints.measured": EndpointsMeasured;
	/** Two RPC endpoints told an executor different truths about money: risk halts trading. */
	"executor.chain.disagreed": { readonly executor: string; readonly detail: string };
	/** A person's signed word for the executors: who hears it checks it. */
	"executor.arming.signed": ArmingStatement;
	/** Nothing is armed any more. */
	"executor.arming.withdrawn": { readonly by: string };
	/** An executor has recovered and takes intents. */
	"executor.ready": ExecutorIdentity;
}
