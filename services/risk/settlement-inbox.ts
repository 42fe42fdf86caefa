import type { SealedSettlement } from "../../core/execution/submission.ts";
import { findSettlementMalformation } from "../../core/risk/settlement-shape.ts";
import type { SettlementSeal } from "../../libs/settlement-seal.ts";
import type { RiskLogger } from "./risk-logger.ts";
import type { Settlements, SettleResult } from "./settlements.ts";

export interface SettlementInboxOptions {
	readonly seal: Pick<SettlementSeal, "isGenuine">;
	readonly settlements: Pick<Settlements, "settle">;
	readonly logger: RiskLogger;
}

/** The edge of the bus: only what an executor told, and told so, is settled. The chain tells the rest. */
export class SettlementInbox {
	readonly #options: SettlementInboxOptions;
	#forged = 0;

	constructor(options: SettlementInboxOptions) {
		this.#options = options;
	}

	/** Settlements that were not an executor's word. */
	get forged(): number {
		return this.#forged;
	}

	hear(candidate: unknown): SettleResult {
		const { seal, settlements, logger } = this.#options;
		const malformation = findSettlementMalformation(candidate);
		if (malformation) {
			logger.error(`A settlement was not understood and is left to reconciliation: ${malformation}.`);
			return "refused";
		}
		const told = candidate as SealedSettlement;
		if (seal.isGenuine(told)) {
			const { seal: _seal, ...settlement } = told;
			return settlements.settle(settlement);
		}
		this.#forged++;
		// Whoever forges one forges many: the log must not drown in them.
		if (Number.isInteger(Math.log2(this.#forged))) {
			logger.error(
				`A settlement of ${told.intentId} (${told.outcome}) is not an executor's word and changes nothing ` +
					`(${this.#forged} so far): somebody else is on the bus, or an executor has another security.approval_key.`,
			);
		}
		return "refused";
	}
}
