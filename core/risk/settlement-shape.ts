import type { BalanceChange, Fill, Settlement } from "../execution/submission.ts";
import { isIntentId } from "../types/identifiers.ts";

/**
 * What is wrong with a settlement, in one phrase, or null. What is included has a fill, what expired has none, and only
 * what the program accepted counts as landed. Takes anything: it stands at the edge of the bus.
 */
export function findSettlementMalformation(settlement: unknown): string | null {
	if (typeof settlement !== "object" || settlement === null) return "the settlement is no object";
	const { intentId, outcome, signature, fill, timings } = settlement as Partial<Record<keyof Settlement, unknown>>;
	if (typeof intentId !== "string" || !isIntentId(intentId)) return "intentId is not 16 of 0-9 and a-z";
	if (typeof signature !== "string" || signature.length === 0) return "signature is no text";
	if (typeof timings !== "object" || timings === null) return "timings is no object";
	if (outcome === "expired") return fill === null ? null : "an expired submission has a fill";
	if (outcome !== "landed" && outcome !== "reverted") return "outcome is none of landed, reverted, expired";
	if (typeof fill !== "object" || fill === null) return `a ${outcome} submission has no fill`;
	return findFillMalformation(fill as Partial<Record<keyof Fill, unknown>>, { intentId, outcome, signature });
}

function findFillMalformation(
	fill: Partial<Record<keyof Fill, unknown>>,
	settlement: { readonly intentId: string; readonly outcome: "landed" | "reverted"; readonly signature: string },
): string | null {
	if (fill.intentId !== settlement.intentId) return "fill.intentId is another";
	if (fill.signature !== settlement.signature) return "fill.signature is another";
	if (fill.reverted !== (settlement.outcome === "reverted")) return `fill.reverted does not fit ${settlement.outcome}`;
	if (!Number.isSafeInteger(fill.slot) || (fill.slot as number) < 0) return "fill.slot is no slot";
	if (!Array.isArray(fill.legs) || fill.legs.some((leg) => typeof leg !== "object" || leg === null)) {
		return "fill.legs is no list of legs";
	}
	if (!Array.isArray(fill.changes)) return "fill.changes is no list";
	const seen = new Set<unknown>();
	for (const change of fill.changes as Partial<Record<keyof BalanceChange, unknown>>[]) {
		if (typeof change !== "object" || change === null || typeof change.mint !== "string") return "a change has no mint";
		if (seen.has(change.mint)) return `the mint ${change.mint} occurs twice in fill.changes`;
		seen.add(change.mint);
		if (typeof change.fill !== "bigint") return "a change's fill is no bigint";
		if (typeof change.loanFee !== "bigint" || change.loanFee < 0n) return "a change's loanFee is no bigint from 0";
		if (typeof change.networkFee !== "bigint" || change.networkFee < 0n)
			return "a change's networkFee is no bigint from 0";
		if (typeof change.tip !== "bigint" || change.tip < 0n) return "a change's tip is no bigint from 0";
	}
	return null;
}
