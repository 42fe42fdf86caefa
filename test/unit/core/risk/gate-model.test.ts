import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { BookedChange } from "../../../../core/risk/booking.ts";
import { checkIntent } from "../../../../core/risk/gate.ts";
import type { OrderIntent } from "../../../../core/strategy/order-intent.ts";
import {
	booking,
	budget,
	FEE_LAMPORTS,
	inventorySwap,
	limits,
	mintLimits,
	NEW_YEAR,
	openedLedger,
	orderIntent,
	TIP_ACCOUNT,
	USDC,
	view,
} from "./risk-world.ts";

const HUGE = 10n ** 18n;
const SOL_HELD = 10_000_000_000n;
const USDC_HELD = 4_000n;
const MOST = {
	inFlight: 6,
	notional: 5_000n,
	ofStrategy: 3_000n,
	position: SOL_HELD + 3_000n,
	exposure: SOL_HELD + 4_500n,
	fees: 12n * FEE_LAMPORTS,
	tips: 700n,
};
const LIMITS = limits({
	maxInFlight: MOST.inFlight,
	maxGrossExposure: MOST.exposure,
	byMint: new Map([
		[
			USDC,
			mintLimits({ maxPosition: null, maxInFlightNotional: MOST.notional, maxDailyLoss: HUGE, maxDrawdown: HUGE }),
		],
		[SOL_MINT, mintLimits({ maxPosition: MOST.position, maxDailyLoss: HUGE, maxDrawdown: HUGE })],
	]),
	costs: { ...limits().costs, maxFeesPerHour: MOST.fees, maxTipsPerHour: MOST.tips },
	budgets: new Map(
		["cross-venue", "order"].map((name) => {
			const byMint = new Map([
				[USDC, { maxInFlightNotional: MOST.ofStrategy, maxDailyLoss: HUGE }],
				[SOL_MINT, { maxInFlightNotional: MOST.ofStrategy, maxDailyLoss: HUGE }],
			]);
			return [name, budget({ byMint })];
		}),
	),
});

type End = "landed" | "reverted" | "expired" | "released";

interface Step {
	readonly strategy: "cross-venue" | "order";
	readonly isSwap: boolean;
	readonly amount: bigint;
	readonly tip: bigint;
	/** How many of the open intents end before it comes, and how. */
	readonly ends: readonly { readonly pick: number; readonly end: End; readonly gain: bigint }[];
}

const step: fc.Arbitrary<Step> = fc.record({
	strategy: fc.constantFrom("cross-venue", "order"),
	isSwap: fc.boolean(),
	amount: fc.bigInt(1n, 2_000n),
	tip: fc.bigInt(0n, 150n),
	ends: fc.array(
		fc.record({
			pick: fc.nat(),
			end: fc.constantFrom<End>("landed", "reverted", "expired", "released"),
			gain: fc.bigInt(0n, 50n),
		}),
		{ maxLength: 2 },
	),
});

/** What the gate should know, worked out anew from the list of what is open. */
class Model {
	readonly open: OrderIntent[] = [];
	usdc = USDC_HELD;
	sol = SOL_HELD;
	feesPaid = 0n;
	tipsPaid = 0n;

	/** Whether all limits hold with one more. */
	fits(next: OrderIntent): boolean {
		const all = [...this.open, next];
		const sum = (of: (intent: OrderIntent) => bigint) => all.reduce((total, one) => total + of(one), 0n);
		const notional = (one: OrderIntent) => one.legs[0]?.amountIn ?? 0n;
		const tip = (one: OrderIntent) => one.tip?.lamports ?? 0n;
		const isSwap = (one: OrderIntent) => one.loan === null;
		const fees = sum((one) => one.maximumFeeLamports);
		const tips = sum(tip);
		const incoming = sum((one) => (isSwap(one) ? (one.legs[0]?.expectedAmountOut ?? 0n) : 0n));
		return (
			all.length <= MOST.inFlight &&
			sum(notional) <= MOST.notional &&
			sum((one) => (one.strategy === next.strategy ? notional(one) : 0n)) <= MOST.ofStrategy &&
			sum((one) => (isSwap(one) ? notional(one) : 0n)) <= (isSwap(next) ? this.usdc : HUGE) &&
			fees + tips <= this.sol &&
			(!isSwap(next) || this.sol + incoming <= MOST.position) &&
			this.sol + sum(notional) <= MOST.exposure &&
			this.feesPaid + fees <= MOST.fees &&
			this.tipsPaid + tips <= MOST.tips
		);
	}

	/** Ends an open intent; what its transaction changed, or null when there was none. */
	end(intent: OrderIntent, end: End, gain: bigint): readonly BookedChange[] | null {
		this.open.splice(this.open.indexOf(intent), 1);
		if (end === "expired" || end === "released") return null;
		const networkFee = intent.maximumFeeLamports;
		const isLanded = end === "landed";
		const tip = isLanded ? (intent.tip?.lamports ?? 0n) : 0n;
		const isSwap = intent.loan === null;
		const bought = isLanded && isSwap ? (intent.legs[0]?.expectedAmountOut ?? 0n) : 0n;
		const usdc = !isLanded ? 0n : isSwap ? -(intent.legs[0]?.amountIn ?? 0n) : gain;
		this.usdc += usdc;
		this.sol += bought - networkFee - tip;
		this.feesPaid += networkFee;
		this.tipsPaid += tip;
		return [
			{ mint: USDC, fill: usdc, loanFee: 0n, networkFee: 0n },
			{ mint: SOL_MINT, fill: bought, loanFee: 0n, networkFee, tip },
		];
	}
}

function intentOf({ amount, isSwap, strategy, tip }: Step): OrderIntent {
	const paid = tip === 0n ? null : { account: TIP_ACCOUNT, lamports: tip };
	if (isSwap) return inventorySwap({ amount, minimum: amount, expected: amount + 1n, strategy, tip: paid });
	return orderIntent({ amount, strategy, tip: paid });
}

test("whatever is approved, lands, reverts, expires or is released in whatever order: no limit is passed by one unit, and none is enforced too soon", () => {
	const codes = new Set<string>();
	fc.assert(
		fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
			const ledger = openedLedger({ [USDC]: USDC_HELD });
			const gate = view({ ledger, limits: LIMITS });
			const model = new Model();
			let bookings = 0;
			for (const next of steps) {
				for (const { end, gain, pick } of next.ends) {
					const ended = model.open[pick % Math.max(1, model.open.length)];
					if (!ended) continue;
					const { intentId } = ended;
					const changes = model.end(ended, end, gain);
					if (end === "released") {
						ledger.apply({ type: "released", intentId, reason: "", atMicros: NEW_YEAR });
						continue;
					}
					const booked = changes && booking(`b${bookings++}`, 20, changes);
					ledger.apply({
						type: "settled",
						intentId,
						outcome: end,
						signature: booked?.signature ?? null,
						booking: booked,
						atMicros: NEW_YEAR,
					});
				}
				const intent = intentOf(next);
				const verdict = checkIntent(intent, gate);
				codes.add(verdict.ok ? "approved" : verdict.code);
				expect([verdict.ok, verdict.ok ? "" : verdict.detail]).toEqual([model.fits(intent), expect.any(String)]);
				if (!verdict.ok) continue;
				ledger.apply({ type: "approved", reservation: verdict.reservation });
				model.open.push(intent);
				expect([ledger.position(USDC), ledger.position(SOL_MINT)]).toEqual([model.usdc, model.sol]);
			}
		}),
		{ seed: 11, numRuns: 400 },
	);
	// Every limit of the model was reached.
	expect([...codes].sort()).toEqual([
		"approved",
		"insufficientBalance",
		"maxFeesPerHour",
		"maxGrossExposure",
		"maxInFlight",
		"maxInFlightNotional",
		"maxPosition",
		"maxTipsPerHour",
		"strategyNotional",
	]);
});
