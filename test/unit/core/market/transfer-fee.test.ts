import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { U64_MAX } from "../../../../core/market/constant-product.ts";
import { sentFor, type TransferFee, transferFeeAt, withheld } from "../../../../core/market/transfer-fee.ts";

const fee = (basisPoints: bigint, maximumFee: bigint, epoch = 0n): TransferFee => ({ basisPoints, maximumFee, epoch });

describe("transfer fee", () => {
	test("more than a token account holds cannot be sent", () => {
		expect(sentFor(U64_MAX, fee(1n, 1n))).toBeNull();
		expect(sentFor(U64_MAX - 1n, fee(1n, 1n))).toBe(U64_MAX);
	});

	test("nothing is withheld without a fee, at 0 basis points, and from nothing", () => {
		for (const none of [null, fee(0n, 5n)]) {
			expect(withheld(1_000n, none)).toBe(0n);
			expect(sentFor(1_000n, none)).toBe(1_000n);
		}
		expect(withheld(0n, fee(100n, 5n))).toBe(0n);
		expect(sentFor(0n, fee(100n, 5n))).toBe(0n);
	});

	test("is rounded up, and no more than its maximum", () => {
		expect(withheld(1n, fee(1n, 10n))).toBe(1n);
		expect(withheld(10_001n, fee(1n, 10n))).toBe(2n);
		expect(withheld(100_001n, fee(1n, 10n))).toBe(10n);
		expect(withheld(50n, fee(10_000n, 60n))).toBe(50n);
		expect(sentFor(50n, fee(10_000n, 60n))).toBe(110n);
	});

	test("the newer fee counts from its epoch on", () => {
		const schedule = { older: fee(1n, 1n), newer: fee(2n, 2n, 7n) };
		expect(transferFeeAt(schedule, 6n)).toBe(schedule.older);
		expect(transferFeeAt(schedule, 7n)).toBe(schedule.newer);
		expect(transferFeeAt(null, 7n)).toBeNull();
	});

	test("what is sent for an amount leaves at least that amount", () => {
		const amount = fc.bigInt({ min: 0n, max: 2n ** 60n });
		const property = fc.property(amount, fc.bigInt({ min: 0n, max: 9_999n }), amount, (received, points, most) => {
			const one = fee(points, most);
			const sent = sentFor(received, one) as bigint;
			expect(sent - withheld(sent, one)).toBeGreaterThanOrEqual(received);
		});
		fc.assert(property, { seed: 3, numRuns: 1_000 });
	});
});
