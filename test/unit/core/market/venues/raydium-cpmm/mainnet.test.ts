import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { quoteExactIn, quoteExactOut } from "../../../../../../core/market/venues/raydium-cpmm/quote.ts";
import type { Direction, NoQuoteCode } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { clockAt } from "../../../../../support/chain-clock.ts";

/** One swap that mainnet's program, as deployed in February 2025 and before creator fees, ran in LiteSVM. */
interface RecordedSwap {
	readonly exact: "in" | "out";
	readonly direction: Direction;
	readonly amount: string;
	readonly status: number;
	readonly openTimeSeconds: string;
	/** Token 0 and token 1. */
	readonly vaults: readonly [string, string];
	readonly protocolFees: readonly [string, string];
	readonly fundFees: readonly [string, string];
	readonly tradeFeeRate: string;
	readonly amountIn?: string;
	readonly amountOut?: string;
	readonly error?: number | string;
}

const SWAP_DISABLED = 4;
const NOW = 1_700_000_000n;
const ANYWHERE = "11111111111111111111111111111111" as Address;

/** What the program's errors mean in a quote's words. */
const REFUSALS: Readonly<Record<string, readonly NoQuoteCode[]>> = {
	2505: ["zeroInput", "zeroOutput"],
	6000: ["swapDisabled", "notOpenYet"],
	ProgramFailedToComplete: ["insufficientLiquidity", "amountOverflow"],
};

const swaps: readonly RecordedSwap[] = JSON.parse(
	readFileSync(join(__dirname, "../../../../../fixtures/raydium-cpmm-swaps.json"), "utf8"),
);

function quote(swap: RecordedSwap) {
	const reserve = (side: 0 | 1) =>
		BigInt(swap.vaults[side]) - BigInt(swap.protocolFees[side]) - BigInt(swap.fundFees[side]);
	const rates = { tradeFeeRate: BigInt(swap.tradeFeeRate), creatorFeeRate: 0n, creatorFeeOn: 0n, enableCreatorFee: 0n };
	const request = {
		pool: {
			address: ANYWHERE,
			venue: "raydium-cpmm",
			mintA: ANYWHERE,
			mintB: ANYWHERE,
			decimalsA: 0,
			decimalsB: 0,
			vaultA: ANYWHERE,
			vaultB: ANYWHERE,
			feeNumerator: rates.tradeFeeRate,
			feeDenominator: 1_000_000n,
			parameters: rates,
			swapAccounts: {},
		},
		state: {
			reserveA: reserve(0),
			reserveB: reserve(1),
			swapEnabled: (swap.status & SWAP_DISABLED) === 0,
			openTimeSeconds: BigInt(swap.openTimeSeconds),
		},
		direction: swap.direction,
		amount: BigInt(swap.amount),
		clock: clockAt(NOW),
	} as const;
	return swap.exact === "in" ? quoteExactIn(request) : quoteExactOut(request);
}

test("the quote gives what mainnet's program gave, and refuses what it refused", () => {
	expect(swaps).toHaveLength(400);
	for (const swap of swaps) {
		const answer = quote(swap);
		if (swap.error === undefined) {
			const { amountIn, amountOut } = swap;
			const expected = { amountIn: BigInt(amountIn!), amountOut: BigInt(amountOut!) };
			expect({ swap, answer }).toMatchObject({ answer: { ok: true, value: expected } });
		} else {
			expect({ swap, answer }).toMatchObject({ answer: { ok: false } });
			expect(REFUSALS[swap.error]).toContain(answer.ok ? "" : answer.error);
		}
	}
});
