import type { TransferFeeSchedule } from "../../../core/market/transfer-fee.ts";
import { afterSwap } from "../../../core/market/venues/meteora-damm-v2/after-swap.ts";
import { decodePool, emptyState, readPoolState } from "../../../core/market/venues/meteora-damm-v2/layout.ts";
import { DAMM_V2_PROGRAM } from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { quoteExactIn, quoteExactOut } from "../../../core/market/venues/meteora-damm-v2/quote.ts";
import { POOL, type Ran } from "./machine.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

/** How the project's quote differs from what the program did; null when it does not. */
export function difference(scenario: Scenario, ran: Ran): string | null {
	const account = { address: POOL, owner: DAMM_V2_PROGRAM, data: scenario.pool };
	const decoded = decodePool(account, { a: schedule(scenario.transferFeeA), b: schedule(scenario.transferFeeB) });
	if (!decoded.ok) return `not decoded: ${decoded.error.detail}`;
	const pool = decoded.value;
	const state = emptyState();
	const refused = readPoolState(scenario.pool, pool, state);
	if (refused !== null) return `state not decoded: ${refused.detail}`;
	const { direction, amount, slot, epoch, unixSeconds, hasReferral } = scenario;
	const request = { pool, state, direction, amount, clock: { slot, epoch, unixSeconds }, hasReferral };
	const quote = scenario.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
	if (!ran.ok)
		return quote.ok ? `the program refuses with ${ran.error}, the quote gives ${quote.value.amountOut}` : null;
	if (!quote.ok) {
		if (ran.amountOut === 0n && (quote.error === "zeroOutput" || quote.error === "transferFee")) return null;
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote refuses with ${quote.error}`;
	}
	const { amountIn, amountOut } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote ${amountOut} for ${amountIn}`;
	}
	const expected = emptyState();
	const unread = readPoolState(ran.pool, pool, expected);
	if (unread !== null) return `the state after is not decoded: ${unread.detail}`;
	const after = afterSwap(pool, state, quote.value);
	for (const field of AFTER_FIELDS) {
		if (after[field] !== expected[field]) return `after: ${field} is ${expected[field]}, predicted ${after[field]}`;
	}
	return null;
}

const AFTER_FIELDS = [
	"sqrtPrice",
	"liquidity",
	"reserveA",
	"reserveB",
	"lastUpdateSeconds",
	"sqrtPriceReference",
	"volatilityAccumulator",
	"volatilityReference",
	"variableFeeNumerator",
	"fixedKeptParts",
] as const;

function schedule(fee: ScenarioFee | null): TransferFeeSchedule | null {
	if (fee === null) return null;
	const part = (epoch: bigint, [basisPoints, maximumFee]: readonly [bigint, bigint]) => ({
		epoch,
		basisPoints,
		maximumFee,
	});
	return { older: part(0n, fee.older), newer: part(fee.from, fee.newer) };
}
