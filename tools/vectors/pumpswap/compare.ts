import { U64_MAX } from "../../../core/market/constant-product.ts";
import {
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../../../core/market/venues/pumpswap/fee-schedule.ts";
import { PUMPSWAP_PROGRAM } from "../../../core/market/venues/pumpswap/layout.ts";
import { pumpSwap } from "../../../core/market/venues/pumpswap/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import type { Said } from "./oracle.ts";
import type { Scenario } from "./scenario.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const POOL = "11111111111111111111111111111112" as Address;
const CLOCK = { slot: 1n, epoch: 1n, unixSeconds: 1n };

/** How the project's quote differs from what the official client says; null when it does not. */
export function difference(scenario: Scenario, said: Said): string | null {
	const account = { address: POOL, owner: PUMPSWAP_PROGRAM, data: scenario.pool };
	const named = pumpSwap.references(account);
	if (!named.ok) return `not decoded: ${named.error.detail}`;
	const pool = pumpSwap.describe(account, [
		{ address: PUMPSWAP_GLOBAL_CONFIG, owner: PUMPSWAP_PROGRAM, data: scenario.global },
		{ address: PUMPSWAP_FEE_CONFIG, owner: PUMP_FEE_PROGRAM, data: scenario.feeConfig },
		{ address: named.value.mintA, owner: TOKEN, data: scenario.baseMint },
		{ address: named.value.mintB, owner: TOKEN, data: scenario.baseMint },
	]);
	const read = pumpSwap.readState(scenario.pool);
	if (!pool.ok || !read.ok) return `not described: ${JSON.stringify(pool.ok ? read : pool.error)}`;
	const { owedA, owedB, swapEnabled, openTimeSeconds } = read.value;
	const reserveA = scenario.vaultA - owedA;
	const reserveB = scenario.vaultB - owedB;
	const state = { reserveA, reserveB, swapEnabled, openTimeSeconds };
	const { direction, exact, amount } = scenario;
	const request = { pool: pool.value, state, direction, amount, clock: CLOCK };
	const quote = exact === "in" ? pumpSwap.quoteExactIn(request) : pumpSwap.quoteExactOut(request);
	if (!said.ok) return quote.ok ? `the client refuses (${said.error}), the quote gives ${quote.value.amountOut}` : null;
	if (!quote.ok) {
		const reserve = direction === "aToB" ? reserveA : reserveB;
		const isTooMuch = amount > U64_MAX || reserve + said.amountIn > U64_MAX;
		const isNothing = amount === 0n || said.amountOut <= 0n;
		if (quote.error === "amountOverflow" ? isTooMuch : isNothing) return null;
		return `the client gives ${said.amountOut} for ${said.amountIn}, the quote refuses with ${quote.error}`;
	}
	const { amountIn, amountOut, fee } = quote.value;
	if (amountIn !== said.amountIn || amountOut !== said.amountOut) {
		return `the client gives ${said.amountOut} for ${said.amountIn}, the quote ${amountOut} for ${amountIn}`;
	}
	const net = direction === "aToB" ? amountOut + fee : amountIn - fee;
	return net === said.net ? null : `the client computes with ${said.net} of quote, the quote with ${net}`;
}
