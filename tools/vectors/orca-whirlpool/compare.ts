import type { TransferFeeSchedule } from "../../../core/market/transfer-fee.ts";
import { WHIRLPOOL_PROGRAM } from "../../../core/market/venues/orca-whirlpool/accounts.ts";
import { afterSwap } from "../../../core/market/venues/orca-whirlpool/after-swap.ts";
import { decodePool, readPoolState } from "../../../core/market/venues/orca-whirlpool/layout.ts";
import { readOracle } from "../../../core/market/venues/orca-whirlpool/oracle.ts";
import {
	quoteExactIn,
	quoteExactOut,
	type WhirlpoolQuoteResult,
} from "../../../core/market/venues/orca-whirlpool/quote.ts";
import {
	emptyState,
	type WhirlpoolPool,
	type WhirlpoolState,
} from "../../../core/market/venues/orca-whirlpool/state.ts";
import { readTickArray } from "../../../core/market/venues/orca-whirlpool/tick-array.ts";
import type { Address } from "../../../core/types/address.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { arrayBytes, oracleBytes, type PoolNames, poolBytes } from "./account-bytes.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

/** What the program did: amounts, and what it left in the pool and its oracle; or its error. */
export type Ran =
	| {
			readonly ok: true;
			readonly amountIn: bigint;
			readonly amountOut: bigint;
			readonly pool: Uint8Array;
			readonly oracle: Uint8Array | null;
	  }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

/** A scenario as the project reads it. */
export interface Read {
	readonly pool: WhirlpoolPool;
	readonly state: WhirlpoolState;
	readonly quote: WhirlpoolQuoteResult;
}

/** Decodes the scenario's accounts and quotes the swap. */
export function quoted(scenario: Scenario, poolAddress: Uint8Array, names: PoolNames): Read {
	const data = poolBytes(scenario, names);
	const address = encodeBase58(poolAddress) as Address;
	const fees = { a: schedule(scenario.transferFeeA), b: schedule(scenario.transferFeeB) };
	const decoded = decodePool({ address, owner: WHIRLPOOL_PROGRAM, data }, fees);
	if (!decoded.ok) throw new Error(`pool not decoded: ${decoded.error.detail}`);
	const pool = decoded.value;
	const state = emptyState();
	const refused = readPoolState(data, state) ?? readOracle(oracleBytes(scenario.oracle, poolAddress), { pool, state });
	if (refused !== null) throw new Error(`state not decoded: ${refused.detail}`);
	for (const array of scenario.arrays) {
		const unread = readTickArray(arrayBytes(array, poolAddress), array.start, { pool, state });
		if (unread !== null) throw new Error(`array ${array.start} not decoded: ${unread.detail}`);
	}
	const { direction, amount, epoch, unixSeconds } = scenario;
	const request = { pool, state, direction, amount, clock: { slot: 1n, epoch, unixSeconds } };
	return { pool, state, quote: scenario.exact === "in" ? quoteExactIn(request) : quoteExactOut(request) };
}

/** How the project's quote differs from what the program did; null when it does not. */
export function difference(scenario: Scenario, ran: Ran, { pool, state, quote }: Read): string | null {
	if (!ran.ok) {
		if (ran.error === COMPUTE_EXHAUSTED) return null;
		return quote.ok ? `the program refuses with ${ran.error}, the quote gives ${quote.value.amountOut}` : null;
	}
	if (!quote.ok) {
		if (ran.amountOut === 0n && (quote.error === "zeroOutput" || quote.error === "transferFee")) return null;
		const isPartial = scenario.exact === "in" && ran.amountIn < scenario.amount;
		if (isPartial && quote.error === "insufficientLiquidity") return null;
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote refuses with ${quote.error}`;
	}
	const { amountIn, amountOut } = quote.value;
	if (amountIn !== ran.amountIn || amountOut !== ran.amountOut) {
		return `the program gives ${ran.amountOut} for ${ran.amountIn}, the quote ${amountOut} for ${amountIn}`;
	}
	const expected = emptyState();
	const unread = readPoolState(ran.pool, expected) ?? readOracle(ran.oracle, { pool, state: expected });
	if (unread !== null) return `the state after is not decoded: ${unread.detail}`;
	const after = afterSwap(state, quote.value);
	for (const field of AFTER_FIELDS) {
		if (after[field] !== expected[field]) return `after: ${field} is ${expected[field]}, predicted ${after[field]}`;
	}
	const [variables, predicted] = [expected, after].map(({ oracle }) => JSON.stringify(oracle?.variables));
	return variables === predicted ? null : `after: the oracle has ${variables}, predicted ${predicted}`;
}

/** The runtime's code for a transaction that used all of its compute units. */
export const COMPUTE_EXHAUSTED = "compute";

const AFTER_FIELDS = [
	"sqrtPrice",
	"liquidity",
	"tickCurrentIndex",
	"protocolFeeOwedA",
	"protocolFeeOwedB",
	"rewardLastUpdatedSeconds",
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
