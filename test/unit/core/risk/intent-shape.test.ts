import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { findMalformation, isAddress } from "../../../../core/risk/intent-shape.ts";
import type { FlashLoan, OrderIntent, SwapLeg } from "../../../../core/strategy/order-intent.ts";
import { BONK, orderIntent, USDC } from "./risk-world.ts";

const U64 = 2n ** 64n - 1n;
const whole = orderIntent();
const LOAN = whole.loan as FlashLoan;
const [first, second] = whole.legs as [SwapLeg, SwapLeg];

function withLegs(...legs: readonly unknown[]): unknown {
	return { ...whole, legs };
}

describe("malformed intents", () => {
	const cases: readonly (readonly [string, unknown, RegExp])[] = [
		["nothing", undefined, /no object/],
		["a text", "intent", /no object/],
		["a short id", { ...whole, intentId: "abc" }, /intentId/],
		["an id in capitals", { ...whole, intentId: "ABCDEFGHIJKLMNOP" }, /intentId/],
		["a number as id", { ...whole, intentId: 5 }, /intentId/],
		["no strategy", { ...whole, strategy: "" }, /strategy/],
		["a huge cycle name", { ...whole, cycle: "x".repeat(129) }, /cycle/],
		["no funding mint", { ...whole, fundingMint: "0OIl" }, /fundingMint/],
		["no legs", { ...whole, legs: undefined }, /legs are not 2 to 6/],
		["one leg", withLegs(first), /legs are not 2 to 6/],
		["seven legs", withLegs(...Array.from({ length: 7 }, () => first)), /legs are not 2 to 6/],
		["no loan field", { ...whole, loan: undefined }, /loan is neither null nor a loan/],
		["a cycle without a loan", { ...whole, loan: null, networkCost: 0n, minimumProfit: 0n }, /lead back/],
		["no tip field", { ...whole, tip: undefined }, /tip is neither null nor a tip/],
		["a tip to nobody", { ...whole, tip: { account: 1, lamports: 1n } }, /tip\.account/],
		["a tip of nothing", { ...whole, tip: { account: USDC, lamports: 0n } }, /tip\.lamports/],
		["no reserve", { ...whole, loan: { ...whole.loan, reserve: 1 } }, /loan\.reserve/],
		["a loan of nothing", { ...whole, loan: { ...whole.loan, amount: 0n } }, /loan\.amount/],
		["a loan beyond u64", { ...whole, loan: { ...whole.loan, amount: U64 + 1n } }, /loan\.amount/],
		["a loan as number", { ...whole, loan: { ...whole.loan, amount: 1_000_000 } }, /loan\.amount/],
		["a negative loan fee", { ...whole, loan: { ...whole.loan, fee: -1n } }, /loan\.fee/],
		["a negative minimum profit", { ...whole, minimumProfit: -1n }, /minimumProfit/],
		["a negative network cost", { ...whole, networkCost: -1n }, /networkCost/],
		["an expected profit as number", { ...whole, expectedNetProfit: 1 }, /expectedNetProfit/],
		["a broken trigger slot", { ...whole, triggerSlot: 1.5 }, /triggerSlot/],
		["a deadline that is no number", { ...whole, deadlineMicros: Number.NaN }, /deadlineMicros/],
		["a deadline in fractions", { ...whole, deadlineMicros: 1.5 }, /deadlineMicros/],
		["no timings", { ...whole, timings: undefined }, /timings/],
		["null timings", { ...whole, timings: null }, /timings/],
		["a field that nobody knows", { ...whole, urgent: true }, /^urgent is no field that is known$/],
		["a loan with more to it", { ...whole, loan: { ...LOAN, rate: 1n } }, /^loan\.rate is no field/],
		[
			"a tip with more to it",
			{ ...whole, tip: { account: USDC, lamports: 1n, note: "" } },
			/^tip\.note is no field that is known$/,
		],
		["a leg with more to it", withLegs(first, { ...second, slippage: 5 }), /^legs\[1\]\.slippage is no field/],
		["a stage that nobody knows", { ...whole, timings: { guessed: 1 } }, /^timings\.guessed is no field/],
		["a stage at no time", { ...whole, timings: { found: Number.NaN } }, /^timings\.found is no time/],
		["a stage before all time", { ...whole, timings: { found: -1 } }, /^timings\.found is no time/],
		["a stage that is text", { ...whole, timings: { found: "now" } }, /^timings\.found is no time/],
		["an expected profit beyond i64", { ...whole, expectedNetProfit: 1n << 63n }, /expectedNetProfit/],
		["an expected loss beyond i64", { ...whole, expectedNetProfit: -1n << 63n }, /expectedNetProfit/],
		["a leg that is null", withLegs(first, null), /legs\[1\]\.is no object/],
		["a leg without pool", withLegs({ ...first, pool: "" }, second), /legs\[0\]\.pool/],
		["a leg without venue", withLegs({ ...first, venue: 4 }, second), /venue/],
		["a leg without direction", withLegs({ ...first, direction: "up" }, second), /direction/],
		["a leg without mintIn", withLegs({ ...first, mintIn: null }, second), /mintIn/],
		["a leg without mintOut", withLegs({ ...first, mintOut: null }, second), /mintOut/],
		["a leg into its own mint", withLegs({ ...first, mintOut: USDC }, second), /mint that goes in/],
		["a leg of nothing", withLegs({ ...first, amountIn: 0n }, second), /amountIn/],
		["a leg that may give nothing", withLegs({ ...first, minimumAmountOut: 0n }, second), /minimumAmountOut/],
		[
			"an expectation below the minimum",
			withLegs({ ...first, expectedAmountOut: 4_999n }, second),
			/expectedAmountOut/,
		],
		["arrays that are none", withLegs({ ...first, arrays: null }, second), /arrays are not up to 6/],
		["more arrays than a swap names", withLegs({ ...first, arrays: [1, 2, 3, 4, 5, 6, 7] }, second), /arrays/],
		["an array that is no whole number", withLegs({ ...first, arrays: [0.5] }, second), /arrays/],
		["an array beyond 32 bits", withLegs({ ...first, arrays: [2 ** 31] }, second), /arrays/],
		["a negative observed slot", withLegs({ ...first, observedSlot: -1 }, second), /observedSlot/],
		["no compute units", { ...whole, computeUnitLimit: 0 }, /computeUnitLimit/],
		["too many compute units", { ...whole, computeUnitLimit: 1_400_001 }, /computeUnitLimit/],
		["a negative compute unit price", { ...whole, computeUnitPriceMicroLamports: -1n }, /computeUnitPrice/],
		["a fee as number", { ...whole, maximumFeeLamports: 5_250 }, /maximumFeeLamports/],
		["a fee stated one lamport too low", { ...whole, maximumFeeLamports: 5_249n }, /can cost 5250/],
		[
			"a first leg that spends more than the loan",
			withLegs({ ...first, amountIn: first.amountIn + 1n }, second),
			/legs\[0\]\.amountIn/,
		],
		[
			"a second leg that spends more than the first gives",
			withLegs(first, { ...second, amountIn: 5_001n }),
			/legs\[1\]\.amountIn/,
		],
		["legs that do not connect", withLegs({ ...first, mintOut: BONK }, second), /legs\[1\]\.mintIn/],
		["a first leg from another mint", withLegs({ ...first, mintIn: BONK }, second), /legs\[0\]\.mintIn/],
		["a route that ends elsewhere", withLegs(first, { ...second, mintOut: BONK }), /does not end in the funding mint/],
		["a pool twice", withLegs(first, { ...second, pool: first.pool }), /a pool occurs twice/],
		[
			"a guard one unit too low",
			withLegs(first, { ...second, minimumAmountOut: second.minimumAmountOut - 1n }),
			/below loan, fee, networkCost and minimumProfit/,
		],
	];

	test.each(cases)("%s", (_, intent, expected) => {
		expect(findMalformation(intent)).toMatch(expected);
	});

	test("a loan in SOL must guard its own network fee", () => {
		const inSol = (networkCost: bigint): OrderIntent => ({
			...whole,
			fundingMint: SOL_MINT,
			networkCost,
			legs: [
				{ ...first, mintIn: SOL_MINT, mintOut: USDC },
				{
					...second,
					mintIn: USDC,
					mintOut: SOL_MINT,
					minimumAmountOut: 1_000_110n + networkCost,
					expectedAmountOut: 1_000_110n + networkCost,
				},
			],
		});
		expect(findMalformation(inSol(5_250n))).toBeNull();
		expect(findMalformation(inSol(5_249n))).toMatch(/networkCost is 5249 lamports, the transaction can cost 5250/);
	});

	test("whole intents pass, also at the edges of their ranges", () => {
		expect(findMalformation(whole)).toBeNull();
		expect(findMalformation({ ...whole, minimumProfit: 0n, expectedNetProfit: -5n })).toBeNull();
		expect(findMalformation(withLegs(first, { ...second, minimumAmountOut: U64, expectedAmountOut: U64 }))).toBeNull();
		expect(findMalformation({ ...whole, computeUnitLimit: 1_400_000, maximumFeeLamports: U64 })).toBeNull();
	});
});

describe("addresses", () => {
	const digit = fc.constantFrom(..."123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz");
	const other = fc.oneof(
		fc.constantFrom("0", "O", "I", "l", "\n", " ", "\u0131", "\u8131"),
		fc.string({ maxLength: 2 }),
	);
	const text = fc
		.tuple(fc.array(digit, { minLength: 30, maxLength: 46 }), fc.array(other, { maxLength: 1 }), fc.nat({ max: 46 }))
		.map(([digits, others, place]) => digits.toSpliced(place, 0, ...others).join(""));

	test("are exactly the texts of 32 to 44 base58 digits", () => {
		fc.assert(
			fc.property(text, (candidate) => {
				expect(isAddress(candidate)).toBe(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(candidate));
			}),
		);
	});

	test.each([[undefined], [null], [7n], [["1".repeat(32)]], [{}]])("%p is none", (value) => {
		expect(isAddress(value)).toBe(false);
	});
});

describe("routes", () => {
	test("a pool may occur once, wherever it stands in up to six legs", () => {
		const pools = fc.array(fc.constantFrom(..."abcdefgh"), { minLength: 2, maxLength: 6 });
		fc.assert(
			fc.property(pools, (names) => {
				// There and back between two mints, so that any even number of legs is a closed route.
				const closed = names.length % 2 === 0 ? names : names.slice(1);
				if (closed.length < 2) return;
				const legs = closed.map((name, at): SwapLeg => {
					const isLast = at === closed.length - 1;
					return {
						...first,
						pool: name.repeat(32) as SwapLeg["pool"],
						mintIn: at % 2 === 0 ? USDC : SOL_MINT,
						mintOut: at % 2 === 0 ? SOL_MINT : USDC,
						amountIn: LOAN.amount,
						minimumAmountOut: isLast ? second.minimumAmountOut : LOAN.amount,
						expectedAmountOut: second.minimumAmountOut,
					};
				});
				const isRepeated = new Set(closed).size !== closed.length;
				expect(findMalformation(withLegs(...legs))).toBe(isRepeated ? "a pool occurs twice in legs" : null);
			}),
		);
	});
});

test("fields that are inherited are not the sender's, and stages may be there without a time", () => {
	const inherited = Object.assign(Object.create({ urgent: true }), whole, { timings: { found: undefined } });
	expect(findMalformation(inherited)).toBeNull();
});

test("more addresses than are remembered are still told from what is none", () => {
	const digits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
	for (let number = 0; number < 5_000; number++) {
		const tail = digits[number % 58]! + digits[Math.floor(number / 58) % 58]! + digits[Math.floor(number / 3_364)]!;
		expect(isAddress(USDC.slice(0, -3) + tail)).toBe(true);
	}
	expect([isAddress(USDC), isAddress(`${USDC.slice(0, -1)}0`), isAddress(BONK)]).toEqual([true, false, true]);
});
