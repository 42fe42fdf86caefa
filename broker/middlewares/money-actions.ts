import type { CallingOptions, Middleware } from "moleculer";
import type { ActionName } from "../contracts/index.ts";

/** A repeated call of one of these could trade twice. */
const MONEY_ACTIONS: ReadonlySet<string> = new Set<ActionName>([
	"risk.submitIntent",
	"executor.execute",
	"orders.submit",
	"orders.submitFlashLoanArbitrage",
]);

type Call = (action: string, params: unknown, options?: CallingOptions) => Promise<unknown>;

/** Takes retries off the money actions, whatever the broker's policy or the caller's options say. */
export function moneyActions(): Middleware {
	return {
		name: "MoneyActions",
		call(next: Call): Call {
			return (action, params, options) =>
				MONEY_ACTIONS.has(action) ? next(action, params, { ...options, retries: 0 }) : next(action, params, options);
		},
	} as unknown as Middleware;
}
