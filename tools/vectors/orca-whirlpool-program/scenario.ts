import { MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, sqrtPriceAtTick } from "../../../core/market/tick-math.ts";
import type { Random } from "../../../core/types/clock.ts";

/** Whole numbers of more than 53 bits, in decimal digits: a scenario is plain JSON. */
export type Digits = string;

/** A tick that positions end at. */
export interface ScenarioTick {
	/** 0 to 87, within its array. */
	readonly offset: number;
	readonly net: Digits;
	readonly gross: Digits;
	readonly feeGrowthA: Digits;
	readonly feeGrowthB: Digits;
	readonly rewardGrowths: readonly Digits[];
}

/** A tick array as the swap's accounts name it; without ticks its address is right and the account does not exist. */
export interface ScenarioArray {
	readonly start: number;
	readonly ticks: readonly ScenarioTick[] | null;
}

/** A pool's accounts at one moment and one swap. */
export interface Scenario {
	readonly instruction: "swap" | "swap_v2";
	readonly tickSpacing: number;
	readonly feeRate: number;
	readonly protocolFeeRate: number;
	readonly liquidity: Digits;
	readonly sqrtPrice: Digits;
	readonly tick: number;
	readonly feesOwed: readonly [Digits, Digits];
	readonly feeGrowths: readonly [Digits, Digits];
	readonly rewards: readonly { readonly emissions: Digits; readonly growth: Digits }[];
	readonly rewardsUpdatedSeconds: number;
	readonly nowSeconds: number;
	readonly vaults: readonly [Digits, Digits];
	readonly arrays: readonly ScenarioArray[];
	/** Which of `arrays` the three accounts of the instruction are, then the supplemental ones. */
	readonly places: readonly number[];
	readonly amount: Digits;
	readonly threshold: Digits;
	readonly sqrtPriceLimit: Digits;
	readonly isExactIn: boolean;
	readonly isAToB: boolean;
	/** What is then made wrong: a name in `TAMPERINGS`. */
	readonly tampering?: string;
}

export const TICKS_IN_ARRAY = 88;
const SPACINGS = [1, 1, 2, 4, 8, 8, 16, 64, 64, 96, 128, 256, 32_896];
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U128_MAX = (1n << 128n) - 1n;
const NOW = 1_700_000_000;

/** Draws scenarios: usual states mostly, and every odd one that an account can hold. */
export class Scenarios {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	next(): Scenario {
		const tickSpacing = this.#pick(SPACINGS);
		const width = TICKS_IN_ARRAY * tickSpacing;
		const isAToB = this.#oneIn(2);
		const { tick, sqrtPrice } = this.#price();
		const starts = startsOf(tick, tickSpacing, isAToB, this.#oneIn(8) ? 4 : 3);
		const rewards = Array.from({ length: this.#oneIn(2) ? 0 : this.#below(4) }, () => ({
			emissions: String(this.#bits(this.#oneIn(20) ? 128 : 70)),
			growth: String(this.#bits(128)),
		}));
		const { liquidity, nets } = this.#liquidity(tick, starts, width, tickSpacing);
		const arrays = starts.map((start): ScenarioArray => {
			const inside = [...nets].filter(([at]) => at >= start && at < start + width);
			if (inside.length === 0 && this.#oneIn(3)) return { start, ticks: null };
			const ticks = inside.map(([at, net]) => this.#tick((at - start) / tickSpacing, net, rewards.length));
			return { start, ticks };
		});
		const isExactIn = this.#oneIn(2);
		const isNow = this.#oneIn(6);
		return {
			instruction: this.#oneIn(5) ? "swap" : "swap_v2",
			tickSpacing,
			feeRate: this.#oneIn(8) ? this.#below(60_001) : this.#pick([0, 100, 400, 2_500, 3_000, 10_000]),
			protocolFeeRate: this.#oneIn(4) ? this.#below(2_501) : this.#pick([0, 300, 1_300, 2_500]),
			liquidity: String(liquidity),
			sqrtPrice: String(sqrtPrice),
			tick,
			feesOwed: [String(this.#bits(40)), String(this.#bits(40))],
			feeGrowths: [String(this.#bits(128)), String(this.#bits(128))],
			rewards,
			rewardsUpdatedSeconds: this.#oneIn(60) ? NOW + 1 : isNow ? NOW : NOW - this.#below(1_000_000),
			nowSeconds: NOW,
			vaults: this.#oneIn(30)
				? [String(this.#bits(40)), String(this.#bits(40))]
				: [String(1n << 62n), String(1n << 62n)],
			arrays,
			places: this.#places(arrays.length),
			...this.#swap({ isExactIn, isAToB, sqrtPrice, liquidity, tick }),
		};
	}

	#swap(of: { isExactIn: boolean; isAToB: boolean; sqrtPrice: bigint; liquidity: bigint; tick: number }) {
		const { isExactIn, isAToB, sqrtPrice, liquidity, tick } = of;
		let amount = this.#oneIn(120) ? 0n : this.#bits(1 + this.#below(63));
		// Near the amount that moves the price by some thousandths: within the ticks that the arrays have.
		if (this.#oneIn(2)) {
			const isA = isExactIn === isAToB;
			const side = isA ? (liquidity << 64n) / sqrtPrice : (liquidity * sqrtPrice) >> 64n;
			amount = (side * BigInt(1 + this.#below(this.#pick([4_000, 40_000])))) / 100_000n + 1n;
			if (amount >= 1n << 62n) amount = 1n << 61n;
		}
		const threshold = this.#oneIn(10) ? this.#bits(1 + this.#below(50)) : isExactIn ? 0n : U64_MAX;
		return {
			amount: String(amount),
			threshold: String(threshold),
			sqrtPriceLimit: String(this.#limit(isAToB, sqrtPrice, tick)),
			isExactIn,
			isAToB,
		};
	}

	#limit(isAToB: boolean, sqrtPrice: bigint, tick: number): bigint {
		if (!this.#oneIn(4)) return 0n;
		// The price of a tick exactly.
		const near = tick + (isAToB ? -1 : 1) * (1 + this.#below(300));
		if (this.#oneIn(4) && Math.abs(near) <= MAX_TICK) return sqrtPriceAtTick(near);
		if (this.#oneIn(12)) return this.#bits(1 + this.#below(128));
		if (this.#oneIn(8)) return isAToB ? MIN_SQRT_PRICE : MAX_SQRT_PRICE;
		const distance = (sqrtPrice * BigInt(1 + this.#below(20_000))) / 1_000_000n + 1n;
		return isAToB ? sqrtPrice - distance : sqrtPrice + distance;
	}

	/** A tick, and a price in it; at times the price of the tick above, as a crossing downwards leaves it. */
	#price(): { tick: number; sqrtPrice: bigint } {
		const reach = this.#pick([300, 30_000, 440_000, MAX_TICK]);
		let tick = this.#below(2 * reach) - reach;
		if (this.#oneIn(15)) tick = this.#oneIn(2) ? MAX_TICK - 1 - this.#below(200) : MIN_TICK + this.#below(200);
		const low = sqrtPriceAtTick(tick);
		const high = sqrtPriceAtTick(tick + 1);
		if (this.#oneIn(8)) return { tick, sqrtPrice: low };
		if (this.#oneIn(10)) return { tick, sqrtPrice: high };
		return { tick, sqrtPrice: low + (this.#bits(64) * (high - low)) / (1n << 64n) };
	}

	/** Positions within reach of the arrays, so that liquidity and ticks agree; at times they do not. */
	#liquidity(tick: number, starts: readonly number[], width: number, spacing: number) {
		const nets = new Map<number, bigint>();
		const low = Math.min(...starts) - width;
		const steps = Math.ceil((Math.max(...starts) + 2 * width - low) / spacing);
		let liquidity = this.#oneIn(4) ? 0n : this.#bits(this.#pick([24, 34, 44, 54, 64, 76]));
		if (this.#oneIn(60)) liquidity = this.#bits(this.#pick([96, 110, 127, 128]));
		const count = this.#below(8);
		for (let index = 0; index < count; index++) {
			const size = this.#bits(this.#pick([20, 30, 40, 50, 60, 70])) + 1n;
			const first = low + spacing * this.#below(steps);
			const second = this.#oneIn(3) ? first + spacing * (1 + this.#below(6)) : low + spacing * this.#below(steps);
			if (first === second) continue;
			const [lower, upper] = first < second ? [first, second] : [second, first];
			nets.set(lower, (nets.get(lower) ?? 0n) + size);
			nets.set(upper, (nets.get(upper) ?? 0n) - size);
			if (lower <= tick && tick < upper) liquidity += size;
		}
		// Over the whole range, whose outermost ticks are multiples of the spacing and so within those that exist.
		if (this.#oneIn(3)) {
			const size = this.#bits(40) + 1n;
			const outermost = Math.floor(MAX_TICK / spacing) * spacing;
			nets.set(-outermost, size);
			nets.set(outermost, -size);
			if (-outermost <= tick && tick < outermost) liquidity += size;
		}
		if (this.#oneIn(40) && nets.size > 0) nets.set([...nets.keys()][0] as number, -(1n << 127n) + this.#bits(1));
		return { liquidity: liquidity > U128_MAX ? U128_MAX : liquidity, nets };
	}

	#tick(offset: number, net: bigint, rewardCount: number): ScenarioTick {
		const growth = () => String(this.#oneIn(2) ? 0n : this.#bits(this.#oneIn(4) ? 128 : 70));
		const size = net < 0n ? -net : net;
		return {
			offset,
			net: String(net),
			gross: String(size === 0n ? 1n : size),
			feeGrowthA: growth(),
			feeGrowthB: growth(),
			rewardGrowths: Array.from({ length: rewardCount }, growth),
		};
	}

	/** Right order mostly, shuffled at times, or with an array left out: its account is then another one again. */
	#places(count: number): number[] {
		const places = Array.from({ length: count }, (_, index) => index);
		while (places.length < 3) places.push(Math.max(0, places.length - 1 - this.#below(places.length + 1)));
		if (count === 0) return [];
		const fixed = places.map((place) => Math.min(place, count - 1));
		if (this.#oneIn(6)) fixed.reverse();
		if (this.#oneIn(6)) fixed[this.#below(fixed.length)] = this.#below(count);
		return fixed;
	}

	#pick<T>(of: readonly T[]): T {
		return of[this.#below(of.length)] as T;
	}

	#below(limit: number): number {
		return this.#random.nextUint32() % limit;
	}

	#oneIn(count: number): boolean {
		return this.#below(count) === 0;
	}

	/** A number of up to that many bits. */
	#bits(count: number): bigint {
		let number = 0n;
		for (let drawn = 0; drawn < count; drawn += 32) number = (number << 32n) | BigInt(this.#random.nextUint32());
		return number & ((1n << BigInt(count)) - 1n);
	}
}

/** A swap of which nothing is wrong, through arrays that all exist. */
export const PLAIN: Scenario = {
	instruction: "swap_v2",
	tickSpacing: 64,
	feeRate: 3_000,
	protocolFeeRate: 1_300,
	liquidity: "1000000000000",
	sqrtPrice: String(sqrtPriceAtTick(100)),
	tick: 100,
	feesOwed: ["5", "7"],
	feeGrowths: ["11", "13"],
	rewards: [{ emissions: "1000000000000000000000", growth: "17" }],
	rewardsUpdatedSeconds: NOW - 100,
	nowSeconds: NOW,
	vaults: [String(1n << 62n), String(1n << 62n)],
	arrays: [0, -5_632, -11_264].map((start) => ({ start, ticks: [] })),
	places: [0, 1, 2],
	amount: "1000000000",
	threshold: "0",
	sqrtPriceLimit: "0",
	isExactIn: true,
	isAToB: true,
};

/** Upwards from above the last tick that a position may end at, whose bytes the outermost tick must not be taken for. */
export const BEYOND_POSITIONS: Scenario = {
	...PLAIN,
	tick: 443_600,
	sqrtPrice: String(sqrtPriceAtTick(443_600)),
	liquidity: "500000",
	arrays: [
		{
			start: 439_296,
			ticks: [{ offset: 67, net: "-400000", gross: "400000", feeGrowthA: "3", feeGrowthB: "5", rewardGrowths: ["7"] }],
		},
	],
	places: [0, 0, 0],
	amount: "1000000000000000",
	isAToB: false,
};

/** Where the arrays start that a swap may walk, in its direction; those outside the ticks that exist left out. */
export function startsOf(tick: number, tickSpacing: number, isAToB: boolean, count = 3): number[] {
	const width = TICKS_IN_ARRAY * tickSpacing;
	const base = Math.floor(tick / width) * width;
	const isShifted = !isAToB && tick + tickSpacing >= base + width;
	return Array.from(
		{ length: count },
		(_, index) => base + width * (isAToB ? -index : index + (isShifted ? 1 : 0)),
	).filter((start) => start <= MAX_TICK && start + width > MIN_TICK);
}
