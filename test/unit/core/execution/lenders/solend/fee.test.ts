import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { flashLoanFee, isLoanTooSmall } from "../../../../../../core/execution/flash-loan.ts";
import {
	SOLEND_FEE_DENOMINATOR,
	solendFlashFee,
	solendMinimumFee,
} from "../../../../../../core/execution/lenders/solend/fee.ts";

const WAD = SOLEND_FEE_DENOMINATOR;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const termsOf = (flashLoanFeeWad: bigint, hostFeePercentage = 0) => ({ flashLoanFeeWad, hostFeePercentage });

describe("a Solend flash loan's fee", () => {
	test.each<[string, bigint, bigint, number]>([
		["the minimum is the loan", 1n, 1n, 0],
		["the minimum with a host is the loan", 2n, 1n, 20],
		["it is the whole loan", 1_000n, WAD, 0],
		["it is more than the loan", 1_000n, U64_MAX - 1n, 0],
	])("is refused where %s", (_, amount, wad, host) => {
		expect(solendFlashFee(amount, termsOf(wad, host))).toEqual({ ok: false, error: "loanTooSmall" });
	});

	test.each<[bigint, bigint, number, bigint, bigint]>([
		[0n, WAD / 2n, 20, 0n, 0n],
		[1_000n, 0n, 20, 0n, 0n],
		[2n, 1n, 0, 1n, 0n],
		[3n, 1n, 20, 1n, 1n],
		[1_000_000n, (3n * WAD) / 1_000n, 0, 3_000n, 0n],
		[1_000_000n, (3n * WAD) / 1_000n, 20, 2_400n, 600n],
		[1_000_000n, (3n * WAD) / 1_000n, 100, 0n, 3_000n],
		[5n, WAD / 2n, 0, 3n, 0n],
		// 2.5 units: 3 in all, of which the host's fifth of 2.5 rounds to 1.
		[5n, WAD / 2n, 20, 2n, 1n],
	])("of %s at %s/1e18 with %s %% to the host is %s and %s", (amount, wad, host, originationFee, hostFee) => {
		expect(solendFlashFee(amount, termsOf(wad, host))).toEqual({ ok: true, value: { originationFee, hostFee } });
	});

	test("is in all what the shared formula says, and no part is negative", () => {
		const property = fc.property(
			fc.oneof(fc.bigInt(0n, 50n), fc.bigInt(0n, U64_MAX)),
			fc.oneof(fc.bigInt(0n, WAD), fc.bigInt(0n, U64_MAX)),
			fc.integer({ min: 0, max: 100 }),
			(amount, wad, host) => {
				const shared = { feeNumerator: wad, feeDenominator: WAD, minimumFee: solendMinimumFee(host) };
				const fee = solendFlashFee(amount, termsOf(wad, host));
				expect(fee.ok).toBe(!isLoanTooSmall(amount, shared));
				if (!fee.ok) return;
				const { originationFee, hostFee } = fee.value;
				expect(originationFee + hostFee).toBe(flashLoanFee(amount, shared));
				expect(originationFee >= 0n && hostFee >= 0n).toBe(true);
			},
		);
		fc.assert(property, { seed: 18, numRuns: 1_000 });
	});
});
