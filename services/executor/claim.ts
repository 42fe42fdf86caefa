import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { FillContext } from "../../core/execution/fill.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { SignedTransaction } from "../../libs/solana/intent-signer.ts";
import type { Route } from "../../libs/solana/route.ts";

/**
 * What an executor writes down before the bytes of an intent may leave: enough to learn from the chain alone how it
 * ended, without the catalog, the template or the process that made it.
 */
export interface Claim {
	readonly intentId: IntentId;
	readonly signature: Signature;
	readonly wallet: Address;
	readonly lastValidBlockHeight: number;
	/** The transaction did not exist in earlier slots. Absent in claims of versions that did not note it. */
	readonly sinceSlot?: number;
	/** In the order of the legs. */
	readonly pools: FillContext["pools"];
	readonly lenders: FillContext["lenders"];
	/** Whose gain is a tip. Absent in claims of versions that paid none. */
	readonly tipAccounts?: readonly Address[];
	readonly timings: StageTimings;
	/** What its signature counted as. Absent in claims of versions that forgot it, and in those that are inherited. */
	readonly spending?: SignedSpending;
}

/** The claim of an intent that has just been signed. */
export function claimOf(
	intent: ApprovedIntent,
	route: Route,
	signed: SignedTransaction,
	at: { readonly claimedMicros: number; readonly signedMicros: number },
): Claim {
	return {
		intentId: intent.intentId,
		signature: signed.signature,
		wallet: intent.wallet,
		lastValidBlockHeight: intent.lastValidBlockHeight,
		sinceSlot: Math.max(0, Math.min(...intent.legs.map(({ observedSlot }) => observedSlot))),
		pools: route.legs.map(({ pool: { address, mintA, mintB, vaultA, vaultB } }) => ({
			address,
			mintA,
			mintB,
			vaultA,
			vaultB,
		})),
		lenders: route.lender ? [{ mint: route.lender.mint, feeVault: route.lender.feeVault }] : [],
		tipAccounts: route.tipAccount ? [route.tipAccount] : [],
		timings: { ...intent.timings, claimed: at.claimedMicros, signed: at.signedMicros },
		...(signed.spending && { spending: signed.spending }),
	};
}
