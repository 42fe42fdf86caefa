import type { TransferFeeSchedule } from "../../../core/market/transfer-fee.ts";
import { afterSwap } from "../../../core/market/venues/raydium-clmm/after-swap.ts";
import {
	type ClmmPool,
	type ClmmState,
	decodePool,
	emptyState,
	readBitmapExtension,
	readPoolState,
	readTickArray,
} from "../../../core/market/venues/raydium-clmm/layout.ts";
import { RAYDIUM_CLMM_PROGRAM } from "../../../core/market/venues/raydium-clmm/pool-account.ts";
import { type ClmmQuoteResult, quoteExactIn, quoteExactOut } from "../../../core/market/venues/raydium-clmm/quote.ts";
import { arrayData, CONFIG, configData, extensionData, POOL, poolData } from "./accounts.ts";
import type { Machine, Ran } from "./machine.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

/** What of a pool's state a swap changes and {@link afterSwap} foretells. */
export const AFTER_FIELDS = [
	"sqrtPrice",
	"tick",
	"liquidity",
	"protocolFees0",
	"protocolFees1",
	"fundFees0",
	"fundFees1",
] as const;

/** The scenario's pool as the decoders read it. */
export function opened(scenario: Scenario): { readonly pool: ClmmPool; readonly state: ClmmState } {
	const data = poolData(scenario);
	const owner = RAYDIUM_CLMM_PROGRAM;
	const decoded = decodePool(
		{ address: POOL, owner, data },
		{
			config: { address: CONFIG, owner, data: configData(scenario) },
			transferFeeA: schedule(scenario.transferFeeA),
			transferFeeB: schedule(scenario.transferFeeB),
		},
	);
	if (!decoded.ok) throw new Error(`not decoded: ${decoded.error.detail}`);
	const pool = decoded.value;
	const state = emptyState();
	const refusals = [
		readPoolState(data, state),
		scenario.hasExtension ? readBitmapExtension(extensionData(scenario), pool, state) : null,
		...scenario.arrays.map((start) => readTickArray(arrayData(scenario, start), pool, state)),
	];
	for (const refused of refusals) if (refused !== null) throw new Error(`state not decoded: ${refused.detail}`);
	return { pool, state };
}

/** The scenario's quote. */
export function quoted(scenario: Scenario, { pool, state }: { pool: ClmmPool; state: ClmmState }): ClmmQuoteResult {
	const { direction, amount, epoch, unixSeconds } = scenario;
	const request = { pool, state, direction, amount, clock: { slot: 0n, epoch, unixSeconds } };
	return scenario.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
}

/** How the project's quote differs from what the program did; null when it does not. */
export function difference(scenario: Scenario, ran: Ran): string | null {
	const { pool, state } = opened(scenario);
	const quote = quoted(scenario, { pool, state });
	if (!ran.ok)
		return quote.ok ? `the program refuses with ${ran.error}, the quote gives ${quote.value.amountOut}` : null;
	if (!quote.ok) {
		if (ran.amountOut === 0n && quote.error === "transferFee") return null;
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote refuses with ${quote.error}`;
	}
	const { amountIn, amountOut } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote ${amountOut} for ${amountIn}`;
	}
	const expected = emptyState();
	const unread = readPoolState(ran.pool, expected);
	if (unread !== null) return `the state after is not decoded: ${unread.detail}`;
	const after = afterSwap(state, quote.value);
	for (const field of AFTER_FIELDS) {
		if (after[field] !== expected[field]) return `after: ${field} is ${expected[field]}, predicted ${after[field]}`;
	}
	return null;
}

/** How the swap with exactly the accounts that the quote names differs from the swap with all; null when it does not. */
export function accountsDifference(machine: Machine, scenario: Scenario, ran: Ran): string | null {
	const quote = quoted(scenario, opened(scenario));
	if (!quote.ok || !ran.ok) return null;
	const { arrays, needsBitmapExtension } = quote.value;
	const again = machine.run({ ...scenario, arrays, hasExtension: needsBitmapExtension });
	if (!again.ok) return `with the quote's own arrays ${arrays.join(", ")} the program refuses with ${again.error}`;
	if (again.amountIn === ran.amountIn && again.amountOut === ran.amountOut) return null;
	return `with the quote's own arrays ${arrays.join(", ")} the program gives ${again.amountOut}`;
}

function schedule(fee: ScenarioFee | null): TransferFeeSchedule | null {
	if (fee === null) return null;
	const part = (epoch: bigint, [basisPoints, maximumFee]: readonly [bigint, bigint]) => ({
		epoch,
		basisPoints,
		maximumFee,
	});
	return { older: part(0n, fee.older), newer: part(fee.from, fee.newer) };
}
