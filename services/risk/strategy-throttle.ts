import { Errors } from "moleculer";
import type { StrategyEnabling } from "../../broker/contracts/risk.ts";
import type { SubmissionOutcome } from "../../core/execution/submission.ts";
import { hasFailedTooOften } from "../../core/risk/failure-throttle.ts";
import type { ThrottleLimits } from "../../core/risk/limits.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { Ledger } from "./ledger.ts";
import type { RiskLogger } from "./risk-logger.ts";

export interface StrategyThrottleOptions {
	readonly ledger: Ledger;
	readonly limits: ThrottleLimits;
	readonly clock: Clock;
	readonly logger: RiskLogger;
}

const MICROS_PER_SECOND = 1_000_000;

/** Switches strategies off that fail too often, durably, until a person enables them. */
export class StrategyThrottle {
	readonly #options: StrategyThrottleOptions;

	constructor(options: StrategyThrottleOptions) {
		this.#options = options;
	}

	/** An intent of a strategy has ended, and the ledger has it. */
	ended(strategy: string, outcome: SubmissionOutcome): void {
		const { clock, ledger, limits, logger } = this.#options;
		if (outcome === "landed" || ledger.state.throttled(strategy) !== null) return;
		if (!hasFailedTooOften(ledger.state.failuresOf(strategy), limits)) return;
		const atMicros = clock.epochMicros();
		const seconds = limits.windowMicros / MICROS_PER_SECOND;
		const reason = `${limits.failures} intents reverted or expired within ${seconds} s`;
		try {
			ledger.record({ type: "throttled", strategy, reason, atMicros });
		} catch (error) {
			// A ledger that takes no records lets nothing pass either.
			logger.error(`${strategy} could not be switched off: ${(error as Error).message}`);
			return;
		}
		logger.warn(`The strategy ${strategy} is switched off: ${reason}. Find out why, then enable it.`);
	}

	/**
	 * A person switches a strategy on again.
	 *
	 * @throws MoleculerClientError NOT_THROTTLED when it is not off
	 */
	enable({ by, reason, strategy }: StrategyEnabling): void {
		const { clock, ledger, logger } = this.#options;
		if (ledger.state.throttled(strategy) === null) {
			throw new Errors.MoleculerClientError(`${strategy} is not switched off`, 409, "NOT_THROTTLED");
		}
		ledger.record({ type: "enabled", strategy, by, reason, atMicros: clock.epochMicros() });
		logger.warn(`The strategy ${strategy} is enabled by ${by}: ${reason}`);
	}
}
