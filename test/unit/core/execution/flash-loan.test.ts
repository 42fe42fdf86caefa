import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { flashLoanFee, isLoanTooSmall, quoteFlashLoan } from "../../../../core/execution/flash-loan.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const TEN_PPM = 11_529_215_046_068n;
const WAD = 10n ** 18n;

const klendFee = (feeNumerator: bigint) => ({ feeNumerator, feeDenominator: 1n << 60n, minimumFee: 1n });

describe("the flash loan fee", () => {
	test("refuses loans of nothing, of too much, and those that the fee eats", () => {
		const lender = { ...klendFee(TEN_PPM), availableAmount: 1_000_000n };
		expect(quoteFlashLoan(lender, 0n)).toEqual({ ok: false, error: "zeroAmount" });
		expect(quoteFlashLoan(lender, U64_MAX + 1n)).toEqual({ ok: false, error: "amountOverflow" });
		expect(quoteFlashLoan(lender, 1_000_001n)).toEqual({ ok: false, error: "insufficientLiquidity" });
		expect(quoteFlashLoan(lender, 1n)).toEqual({ ok: false, error: "loanTooSmall" });
		expect(quoteFlashLoan(lender, 1_000_000n)).toEqual({ ok: true, value: { amount: 1_000_000n, fee: 10n } });
		expect(isLoanTooSmall(0n, lender)).toBe(false);
		expect(quoteFlashLoan({ ...klendFee(0n), availableAmount: U64_MAX }, U64_MAX).ok).toBe(true);
	});

	test.each<[bigint, bigint, bigint]>([
		[0n, TEN_PPM, 0n],
		[1_000_000n, 0n, 0n],
		[2n, 1n, 1n],
		[100_000n, TEN_PPM, 1n],
		[149_999n, TEN_PPM, 1n],
		[150_001n, TEN_PPM, 2n],
		[3n, 1n << 59n, 2n],
		[5n, 1n << 59n, 3n],
		[U64_MAX, (1n << 60n) - 1n, U64_MAX - 16n],
	])("of %s at %s/2^60 is %s", (amount, feeScaled, fee) => {
		expect(flashLoanFee(amount, klendFee(feeScaled))).toBe(fee);
	});

	test.each<[bigint, bigint, bigint, bigint]>([
		[10n, 1n, 2n, 2n],
		[3n, WAD / 2n, 1n, 2n],
		[5n, WAD / 2n, 2n, 3n],
		[1_000_000n, (3n * WAD) / 1_000n, 1n, 3_000n],
		[U64_MAX, WAD - 1n, 1n, U64_MAX - 18n],
	])("of %s at %s/1e18, at least %s, is %s", (amount, feeNumerator, minimumFee, fee) => {
		expect(flashLoanFee(amount, { feeNumerator, feeDenominator: WAD, minimumFee })).toBe(fee);
	});

	const terms = fc.record({
		feeNumerator: fc.bigInt({ min: 0n, max: U64_MAX }),
		feeDenominator: fc.constantFrom(1n << 60n, WAD),
		minimumFee: fc.constantFrom(1n, 2n),
	});

	test("never exceeds the loan unless the loan is too small", () => {
		const uint64 = fc.bigInt({ min: 0n, max: U64_MAX });
		const property = fc.property(uint64, terms, (amount, asked) => {
			if (!isLoanTooSmall(amount, asked)) expect(flashLoanFee(amount, asked)).toBeLessThanOrEqual(amount);
		});
		fc.assert(property, { seed: 60, numRuns: 500 });
	});

	test("never falls as the loan grows", () => {
		const small = fc.bigInt({ min: 1n, max: 1n << 40n });
		const property = fc.property(small, small, terms, (amount, more, asked) => {
			expect(flashLoanFee(amount + more, asked)).toBeGreaterThanOrEqual(flashLoanFee(amount, asked));
		});
		fc.assert(property, { seed: 61, numRuns: 500 });
	});
});
