import type { KillSwitch } from "../../libs/kill-switch.ts";
import type { ArmingView } from "./arming-view.ts";
import type { Refusal } from "./refusal.ts";
import type { RiskAuthority } from "./risk-authority.ts";
import type { TradingStateView } from "./trading-state-view.ts";

export interface SigningGateOptions {
	readonly authority: RiskAuthority;
	readonly tradingState: TradingStateView;
	readonly killSwitch: Pick<KillSwitch, "raised">;
	/** Null where no money is at stake, and nobody has to arm. */
	readonly arming: ArmingView | null;
}

/** What stops every signature and every sending of this executor, whatever they are for. */
export class SigningGate {
	readonly authority: RiskAuthority;
	readonly #options: SigningGateOptions;

	constructor(options: SigningGateOptions) {
		this.authority = options.authority;
		this.#options = options;
	}

	/** Whether risk has been heard at all: until then there is no use in giving up. */
	get isKnown(): boolean {
		return this.#options.tradingState.isKnown && this.authority.isKnown;
	}

	/** Why nothing may be signed or sent at this moment, or null. */
	get refusal(): Refusal | null {
		return this.closed ?? this.unarmed;
	}

	/** Why everything would be signed but for the arming, or null: then a trade is rehearsed. */
	get unarmed(): Refusal | null {
		const lack = this.#options.arming?.lack ?? null;
		return lack === null ? null : { code: "notArmed", detail: lack };
	}

	get arming(): ArmingView | null {
		return this.#options.arming;
	}

	/** Why nothing may even be rehearsed, or null. */
	get closed(): Refusal | null {
		const { tradingState, killSwitch } = this.#options;
		const halt = killSwitch.raised ?? tradingState.halt;
		if (halt !== null) return { code: "tradingHalted", detail: halt };
		const { lapse } = this.authority;
		return lapse === null ? null : { code: "leaseLapsed", detail: lapse };
	}
}
