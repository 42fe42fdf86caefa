import { FaultTally } from "./fault-tally.ts";
import type { ScenarioResult } from "./scenario.ts";

/** One line for people: what was done to how many intents, and what became of them. */
export function summaryOf(results: readonly ScenarioResult[]): string {
	const sum = (key: "approved" | "landed" | "reverted" | "expired" | "denied" | "found" | "tradingSeconds") =>
		results.reduce((total, result) => total + result[key], 0);
	const faults = new FaultTally();
	const denials = new FaultTally();
	for (const result of results) {
		faults.addAll(result.faults);
		denials.addAll(result.denials);
	}
	const rate = (sum("approved") / sum("tradingSeconds")).toFixed(1);
	return (
		`${sum("approved")} faulted intents (${sum("found")} of the strategy): ${sum("landed")} landed, ${sum("reverted")} reverted, ${sum("expired")} expired; ` +
		`0 landed twice, difference 0; ${sum("denied")} denied or refused (${denials}); ${rate} intents/s; ` +
		`${faults.total} faults: ${faults}`
	);
}
