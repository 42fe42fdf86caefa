import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { U64_MAX } from "../../../../core/market/constant-product.ts";
import {
	sentFor,
	type TransferFee,
	transferFeeAt,
	transferFeeOf,
	transferFeeParameters,
	withheld,
} from "../../../../core/market/transfer-fee.ts";

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

describe("transfer fee among a pool's parameters", () => {
	const schedule = { older: fee(1n, 2n, 3n), newer: fee(4n, 5n, 6n) };

	test("nothing is written for a mint without one, and nothing is read where nothing is", () => {
		expect(transferFeeParameters("A", null)).toEqual({});
		expect(transferFeeOf("A", {})).toBeNull();
	});

	test("one that lacks a part, or stands on the other side, is none", () => {
		const whole = transferFeeParameters("B", schedule);
		expect(transferFeeOf("A", whole)).toBeNull();
		for (const name of Object.keys(whole)) {
			const { [name]: _left, ...rest } = whole;
			expect(transferFeeOf("B", rest)).toBeNull();
		}
	});

	test("what was written is read, side by side", () => {
		const u64 = fc.bigInt({ min: 0n, max: U64_MAX });
		const part = fc.record({ epoch: u64, maximumFee: u64, basisPoints: fc.bigInt({ min: 0n, max: 10_000n }) });
		const any = fc.option(fc.record({ older: part, newer: part }));
		const property = fc.property(any, any, (a, b) => {
			const parameters = { ...transferFeeParameters("A", a), tickSpacing: 1n, ...transferFeeParameters("B", b) };
			expect(transferFeeOf("A", parameters)).toEqual(a);
			expect(transferFeeOf("B", parameters)).toEqual(b);
		});
		fc.assert(property, { seed: 4, numRuns: 300 });
	});
});
