import type { ServiceSchema } from "moleculer";
import type { SubmissionAdvanced } from "../../broker/contracts/executor.ts";
import type { RiskEvents } from "../../broker/contracts/risk.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import type { StageTimings } from "../../core/execution/stage-timings.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import { notionalOf } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { SimNode } from "./world.ts";

/** Everything that risk told, in its order. */
export class Observer {
	readonly approved = new Map<IntentId, ApprovedIntent>();
	readonly booked = new Map<IntentId, Settlement[]>();
	/** What executors told, however often and whatever. */
	readonly told = new Map<IntentId, Settlement[]>();
	readonly denied = new Map<IntentId, string>();
	/** How often a booking was taken back because of a fork. */
	readonly reversed = new Map<IntentId, number>();
	readonly halts: string[] = [];
	/** When executors signed and sent. */
	readonly stamps: { readonly intentId: IntentId; readonly timings: StageTimings }[] = [];
	mostInFlight = 0;
	readonly mostNotional = new Map<Address, bigint>();
	readonly #open = new Map<IntentId, ApprovedIntent>();

	/** To be called before anything is approved. */
	listen({ broker }: SimNode): void {
		broker.createService({
			name: "observer",
			events: {
				"risk.intent.approved": ({ params }: { params: RiskEvents["risk.intent.approved"] }) =>
					this.#onApproved(params.intent),
				"risk.intent.denied": ({ params }: { params: RiskEvents["risk.intent.denied"] }) => {
					this.denied.set(params.intent.intentId, params.code);
					this.#open.delete(params.intent.intentId);
				},
				"risk.settlement.booked": ({ params }: { params: RiskEvents["risk.settlement.booked"] }) => {
					note(this.booked, params.settlement);
					this.#open.delete(params.settlement.intentId);
				},
				"risk.settlement.reversed": ({ params }: { params: RiskEvents["risk.settlement.reversed"] }) => {
					if (params.intentId !== null) this.#onReversed(params.intentId);
				},
				"risk.state.changed": ({ params }: { params: RiskEvents["risk.state.changed"] }) => {
					if (params.state !== "active" && params.changedBy === "risk") this.halts.push(params.reason);
				},
				"executor.submission.settled": ({ params }: { params: Settlement }) => note(this.told, params),
				"executor.submission.advanced": ({ params }: { params: SubmissionAdvanced }) =>
					void this.stamps.push({ intentId: params.intentId, timings: params.timings }),
			},
		} as unknown as ServiceSchema);
	}

	get openCount(): number {
		return this.#open.size;
	}

	/** It is open again. */
	#onReversed(intentId: IntentId): void {
		this.reversed.set(intentId, (this.reversed.get(intentId) ?? 0) + 1);
		const intent = this.approved.get(intentId);
		if (intent) this.#open.set(intentId, intent);
	}

	#onApproved(intent: ApprovedIntent): void {
		this.approved.set(intent.intentId, intent);
		this.#open.set(intent.intentId, intent);
		this.mostInFlight = Math.max(this.mostInFlight, this.#open.size);
		let notional = 0n;
		for (const open of this.#open.values()) if (open.fundingMint === intent.fundingMint) notional += notionalOf(open);
		const most = this.mostNotional.get(intent.fundingMint) ?? 0n;
		if (notional > most) this.mostNotional.set(intent.fundingMint, notional);
	}
}

function note(lists: Map<IntentId, Settlement[]>, settlement: Settlement): void {
	const list = lists.get(settlement.intentId);
	if (list) list.push(settlement);
	else lists.set(settlement.intentId, [settlement]);
}
