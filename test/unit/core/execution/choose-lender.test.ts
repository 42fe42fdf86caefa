import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { chooseLender, lendersWithRoom, MOST_LENDERS, rankLenders } from "../../../../core/execution/choose-lender.ts";
import { flashLoanFee } from "../../../../core/execution/flash-loan.ts";
import { lenderAccounts, poolAccounts } from "../../../../core/execution/transaction-size.ts";
import { addressOf, lenderOf, poolOf, SOL, USDC } from "../market/market-fixture.ts";

const WAD = 10n ** 18n;
const NEED = { mint: USDC, amount: 1_000_000n };

const klend = lenderOf({ reserve: addressOf(1) });
const solend = lenderOf({ reserve: addressOf(2), kind: "solend", feeNumerator: 0n, feeDenominator: WAD });

describe("rankLenders", () => {
	test("knows nobody for another mint", () => {
		expect(rankLenders([klend, solend], { mint: SOL, amount: 1n })).toEqual([]);
		expect(rankLenders([], NEED)).toEqual([]);
	});

	test("takes the cheapest for that amount, whatever its fee is counted in", () => {
		expect(rankLenders([klend, solend], NEED)).toEqual([solend, klend]);
		const dear = { ...solend, feeNumerator: WAD / 50_000n };
		expect(rankLenders([dear, klend], NEED)).toEqual([klend, dear]);
	});

	test("a minimum makes another one cheaper for little than for much", () => {
		const flat = { ...solend, feeNumerator: WAD / 200_000n, minimumFee: 2n };
		expect(rankLenders([klend, flat], { mint: USDC, amount: 100n })).toEqual([klend, flat]);
		expect(rankLenders([klend, flat], NEED)).toEqual([flat, klend]);
	});

	test("of equal fees takes the one that has most, and of those the first told", () => {
		const rich = { ...klend, reserve: addressOf(3), availableAmount: klend.availableAmount + 1n };
		const equal = { ...klend, reserve: addressOf(4) };
		expect(rankLenders([klend, rich, equal], NEED)).toEqual([rich, klend, equal]);
	});

	test("looks at no more than a few", () => {
		const many = Array.from({ length: 9 }, (_, number) => lenderOf({ reserve: addressOf(number) }));
		expect(rankLenders(many, NEED)).toHaveLength(MOST_LENDERS);
	});

	test("no lender of the rest asks less than the first", () => {
		const lender = fc
			.tuple(fc.bigInt(0n, 1n << 60n), fc.constantFrom(1n << 60n, WAD), fc.constantFrom(1n, 2n))
			.map(([feeNumerator, feeDenominator, minimumFee]) => lenderOf({ feeNumerator, feeDenominator, minimumFee }));
		const property = fc.property(
			fc.array(lender, { minLength: 1, maxLength: 6 }),
			fc.bigInt(1n, 1n << 50n),
			(lenders, amount) => {
				const [first] = rankLenders(lenders, { mint: USDC, amount });
				const fees = lenders.map((each) => flashLoanFee(amount, each));
				expect(fees.every((fee) => first !== undefined && flashLoanFee(amount, first) <= fee)).toBe(true);
			},
		);
		fc.assert(property, { seed: 7, numRuns: 300 });
	});
});

describe("lendersWithRoom", () => {
	const through = (count: number, isTipped = false) => ({
		pools: Array.from({ length: count }, (_, number) => poolOf({ number })),
		isTipped,
	});

	test("keeps the order of those that fit", () => {
		expect(lendersWithRoom([klend, solend], through(2))).toEqual([klend, solend]);
		expect(lendersWithRoom([solend, klend], through(3, true))).toEqual([solend, klend]);
	});

	test("leaves out whose instructions are too many bytes where another's are not", () => {
		expect(lendersWithRoom([klend, solend], through(4))).toEqual([solend]);
	});

	test("leaves out everybody where no one's fit", () => {
		expect(lendersWithRoom([klend, solend], through(4, true))).toEqual([]);
		expect(lendersWithRoom([klend], through(4))).toEqual([]);
		expect(lendersWithRoom([], through(2))).toEqual([]);
	});
});

describe("lendersWithRoom, where a lookup table is known", () => {
	const pools = Array.from({ length: 4 }, (_, number) => poolOf({ number }));
	const entries = (lender: typeof klend) => new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(lender)]);

	test("keeps whose transaction fits with the table alone, in its place", () => {
		expect(lendersWithRoom([klend, solend], { pools, isTipped: false, tableEntries: entries(klend) })).toEqual([
			klend,
			solend,
		]);
	});

	test("leaves out whom the table does not help", () => {
		const few = new Set(poolAccounts(poolOf({ number: 99 })).slice(0, 1));
		expect(lendersWithRoom([klend, solend], { pools, isTipped: false, tableEntries: few })).toEqual([solend]);
	});
});

describe("chooseLender", () => {
	test("passes over those that have too little, and tells the best's refusal when all have", () => {
		const poor = { ...klend, availableAmount: 10n };
		expect(chooseLender([], 5n)).toBeNull();
		expect(chooseLender([poor, solend], 11n)).toBe(solend);
		expect(chooseLender([poor, solend], 10n)).toBe(poor);
		expect(chooseLender([poor, solend], solend.availableAmount + 1n)).toBe(poor);
	});

	test("of any amount, passes over those that have nothing", () => {
		const empty = { ...klend, availableAmount: 0n };
		expect(chooseLender([empty, solend], null)).toBe(solend);
		expect(chooseLender([empty], null)).toBe(empty);
		expect(chooseLender([klend, solend], null)).toBe(klend);
	});

	test("passes over those whose fee eats the loan", () => {
		expect(chooseLender([klend, solend], 1n)).toBe(solend);
	});
});
