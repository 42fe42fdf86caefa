import type { FillContext } from "../../core/execution/fill.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";

/**
 * What an executor writes down before the bytes of an intent may leave: enough to learn from the chain alone how it
 * ended, without the catalog, the template or the process that made it.
 */
export interface Claim {
	readonly intentId: IntentId;
	readonly signature: Signature;
	readonly wallet: Address;
	readonly lastValidBlockHeight: number;
	/** In the order of the legs. */
	readonly pools: FillContext["pools"];
	readonly lenders: FillContext["lenders"];
	/** Whose gain is a tip. Absent in claims of versions that paid none. */
	readonly tipAccounts?: readonly Address[];
	readonly timings: StageTimings;
}
