import type { TransferFeeSchedule } from "../../../core/market/transfer-fee.ts";
import { BIN_OFFSET, DLMM_PROGRAM, PAIR_OFFSET } from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { afterSwap } from "../../../core/market/venues/meteora-dlmm/after-swap.ts";
import { binStart } from "../../../core/market/venues/meteora-dlmm/bin-array.ts";
import {
	type DlmmPool,
	type DlmmState,
	decodePool,
	emptyState,
	readBinArray,
	readBitmapExtension,
	readPoolState,
} from "../../../core/market/venues/meteora-dlmm/layout.ts";
import { quoteExactIn, quoteExactOut } from "../../../core/market/venues/meteora-dlmm/quote.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import type { Accounts, Ran } from "./machine.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

/** The scenario's accounts, as the project reads them; only the arrays that the swap is given. */
export function decoded(scenario: Scenario, accounts: Accounts): { pool: DlmmPool; state: DlmmState } {
	const account = { address: accounts.address, owner: DLMM_PROGRAM, data: accounts.pair };
	const fees = { x: schedule(scenario.transferFeeX), y: schedule(scenario.transferFeeY) };
	const pool = decodePool(account, fees);
	if (!pool.ok) throw new Error(`not decoded: ${pool.error.detail}`);
	const state = emptyState();
	const refused =
		readPoolState(accounts.pair, pool.value, state) ??
		(accounts.extension === null ? null : readBitmapExtension(accounts.extension, pool.value, state));
	if (refused !== null) throw new Error(`state not decoded: ${refused.detail}`);
	for (const content of scenario.arrays) {
		const data = accounts.arrays.get(content.index);
		const unread = content.isGiven && data !== undefined ? readBinArray(data, pool.value, state) : null;
		if (unread !== null) throw new Error(`bin array not decoded: ${unread.detail}`);
	}
	return { pool: pool.value, state };
}

/** How the project's quote differs from what the program did; null when it does not. */
export function difference(scenario: Scenario, accounts: Accounts, ran: Ran): string | null {
	const { pool, state } = decoded(scenario, accounts);
	const { direction, amount, slot, epoch, unixSeconds } = scenario;
	const request = { pool, state, direction, amount, clock: { slot, epoch, unixSeconds } };
	const quote = scenario.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
	if (!ran.ok)
		return quote.ok ? `the program refuses with ${ran.error}, the quote gives ${quote.value.amountOut}` : null;
	if (!quote.ok) {
		if (scenario.exact === "out" && mayMeetOrders(scenario)) return null;
		if (ran.amountOut === 0n && (quote.error === "zeroOutput" || quote.error === "transferFee")) return null;
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote refuses with ${quote.error}`;
	}
	const { amountIn, amountOut, fees } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote ${amountOut} for ${amountIn}`;
	}
	const protocolFee = protocolFees(ran.pair) - protocolFees(accounts.pair);
	if (fees.protocol !== protocolFee) return `the protocol gets ${protocolFee}, the quote says ${fees.protocol}`;
	return differenceAfter(pool, afterSwap(state, quote.value), ran, scenario);
}

/** Part of a bin's limit orders is not quoted for an exact output. */
function mayMeetOrders({ arrays }: Scenario): boolean {
	return arrays.some(({ bins }) => bins.some(([, , , open, , remaining]) => open > 0n || remaining > 0n));
}

const AFTER_FIELDS = [
	"activeId",
	"volatilityAccumulator",
	"volatilityReference",
	"indexReference",
	"lastUpdateSeconds",
] as const;

/** The bitmap is not compared: the program takes an array off it when orders were its last content. */
export const AFTER_BIN_FIELDS = ["amountX", "amountY", "openOrderAmount", "processedOrderRemainingAmount"] as const;

function differenceAfter(
	pool: DlmmPool,
	after: DlmmState,
	ran: Ran & { readonly ok: true },
	scenario: Scenario,
): string | null {
	const expected = emptyState();
	const unread = readPoolState(ran.pair, pool, expected);
	if (unread !== null) return `the state after is not decoded: ${unread.detail}`;
	for (const field of AFTER_FIELDS) {
		if (after[field] !== expected[field]) return `after: ${field} is ${expected[field]}, predicted ${after[field]}`;
	}
	for (const content of scenario.arrays) {
		const real = ran.arrays.get(content.index);
		const array = after.arrays.get(content.index);
		if (array === undefined || real === undefined) continue;
		for (const [slot] of content.bins) {
			for (const field of AFTER_BIN_FIELDS) {
				const offset = binStart(slot) + BIN_OFFSET[field];
				const [is, predicted] = [readUint64(real, offset), readUint64(array.bytes, offset)];
				if (is !== predicted) return `after: ${field} of bin ${content.index}/${slot} is ${is}, predicted ${predicted}`;
			}
			const side = binStart(slot) + BIN_OFFSET.orderAskSide;
			if (real[side] !== array.bytes[side]) return `after: side of bin ${content.index}/${slot} has changed`;
		}
	}
	return null;
}

function protocolFees(pair: Uint8Array): bigint {
	return readUint64(pair, PAIR_OFFSET.protocolFeeX) + readUint64(pair, PAIR_OFFSET.protocolFeeY);
}

export function schedule(fee: ScenarioFee | null): TransferFeeSchedule | null {
	if (fee === null) return null;
	const part = (epoch: bigint, [basisPoints, maximumFee]: readonly [bigint, bigint]) => ({
		epoch,
		basisPoints,
		maximumFee,
	});
	return { older: part(0n, fee.older), newer: part(fee.from, fee.newer) };
}
