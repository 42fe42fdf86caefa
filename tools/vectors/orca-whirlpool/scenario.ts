import { MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, sqrtPriceAtTick } from "../../../core/market/tick-math.ts";
import { TICKS_IN_ARRAY } from "../../../core/market/venues/orca-whirlpool/accounts.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { Random } from "../../../core/types/clock.ts";

export interface ScenarioFee {
	readonly older: readonly [basisPoints: bigint, maximum: bigint];
	readonly newer: readonly [basisPoints: bigint, maximum: bigint];
	readonly from: bigint;
}

/** A tick array: `absent` has no account. */
export interface ScenarioArray {
	readonly start: number;
	readonly kind: "fixed" | "dynamic" | "absent";
	readonly ticks: readonly (readonly [slot: number, net: bigint])[];
}

/** An oracle account's numbers, in the order of its fields after the pool's address. */
export interface ScenarioOracle {
	readonly tradeEnable: number;
	readonly filterPeriod: number;
	readonly decayPeriod: number;
	readonly reductionFactor: number;
	readonly controlFactor: number;
	readonly maxAccumulator: number;
	readonly groupSize: number;
	readonly majorThreshold: number;
	readonly lastReference: number;
	readonly lastMajor: number;
	readonly reference: number;
	readonly groupReference: number;
	readonly accumulator: number;
}

/** A pool, and a swap through it. */
export interface Scenario {
	readonly kind: string;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly epoch: bigint;
	readonly unixSeconds: bigint;
	readonly transferFeeA: ScenarioFee | null;
	readonly transferFeeB: ScenarioFee | null;
	readonly tickSpacing: number;
	readonly feeTierIndex: number;
	readonly feeRate: number;
	readonly protocolFeeRate: number;
	readonly liquidity: bigint;
	readonly sqrtPrice: bigint;
	readonly tick: number;
	readonly arrays: readonly ScenarioArray[];
	readonly oracle: ScenarioOracle | null;
}

const SPACINGS = [1, 2, 4, 8, 16, 64, 96, 128, 256, 32_896] as const;
const FEE_RATES = [0, 1, 100, 400, 3_000, 10_000, 60_000] as const;
const PROTOCOL_RATES = [0, 1, 300, 1_300, 2_500] as const;
const PLACES = ["middle", "anywhere", "low", "high", "start", "end"] as const;
const NOW = 1_750_000_000;
const EPOCH = 800n;

/** Draws pools and swaps: prices, liquidity and amounts over many orders of magnitude, arrays full, empty and absent. */
export class ScenarioSource {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	next(): Scenario {
		const tickSpacing = this.#one(SPACINGS);
		const place = this.#one(PLACES);
		const tick = this.#tick(place, tickSpacing);
		const { arrays, liquidity } = this.#arrays(tick, tickSpacing);
		const isAdaptive = this.#chance(40);
		const oracle = isAdaptive && this.#chance(93) ? this.#oracle(tick, tickSpacing) : null;
		const hasFeeA = this.#chance(12);
		const hasFeeB = this.#chance(12);
		const traits = [oracle === null ? "static" : "adaptive"];
		if (hasFeeA || hasFeeB) traits.push("transferFee");
		return {
			kind: `${place}/${traits.join("+")}`,
			direction: this.#chance(50) ? "aToB" : "bToA",
			exact: this.#chance(50) ? "in" : "out",
			amount: this.#amount(liquidity),
			epoch: EPOCH,
			unixSeconds: BigInt(NOW),
			transferFeeA: hasFeeA ? this.#transferFee() : null,
			transferFeeB: hasFeeB ? this.#transferFee() : null,
			tickSpacing,
			feeTierIndex: isAdaptive ? 1_024 + tickSpacing : tickSpacing,
			feeRate: this.#one(FEE_RATES),
			protocolFeeRate: this.#one(PROTOCOL_RATES),
			liquidity,
			sqrtPrice: this.#sqrtPrice(tick),
			tick,
			arrays,
			oracle,
		};
	}

	#tick(place: (typeof PLACES)[number], tickSpacing: number): number {
		const span = TICKS_IN_ARRAY * tickSpacing;
		const anywhere = this.#between(MIN_TICK, MAX_TICK);
		const start = Math.floor(anywhere / span) * span;
		const drawn = {
			middle: this.#between(-2_000, 2_000),
			anywhere,
			low: MIN_TICK - 1 + this.#between(0, Math.min(span, 3_000)),
			high: MAX_TICK - this.#between(0, Math.min(span, 3_000)),
			start: start + this.#between(-2, 2),
			end: start + span - this.#between(0, 2 * tickSpacing),
		}[place];
		return Math.min(Math.max(drawn, MIN_TICK - 1), MAX_TICK);
	}

	#sqrtPrice(tick: number): bigint {
		const floor = sqrtPriceAtTick(tick);
		const ceiling = sqrtPriceAtTick(tick + 1);
		const inside = floor + ((ceiling - floor) * BigInt(this.#between(0, 1_000))) / 1_000n;
		const drawn = this.#one([floor, inside, inside, inside, floor + 1n, ceiling]);
		if (drawn < MIN_SQRT_PRICE) return MIN_SQRT_PRICE;
		if (drawn > MAX_SQRT_PRICE) return MAX_SQRT_PRICE;
		return drawn;
	}

	/** Positions between ticks of the arrays; the liquidity at the price follows from them, but for a few. */
	#arrays(tick: number, tickSpacing: number): { readonly arrays: ScenarioArray[]; readonly liquidity: bigint } {
		const span = TICKS_IN_ARRAY * tickSpacing;
		const base = Math.floor(tick / span) * span;
		const nets = new Map<number, Map<number, bigint>>();
		const usable: number[] = [];
		for (let start = base - 3 * span; start <= base + 4 * span; start += span) {
			if (start <= MIN_TICK - span || start > MAX_TICK) continue;
			nets.set(start, new Map());
			if (this.#chance(20)) continue;
			const count = this.#one([0, 1, 3, 3, 12]);
			for (let drawn = 0; drawn < count; drawn++) {
				const near = this.#chance(30) ? Math.floor((tick - start) / tickSpacing) + this.#between(-1, 2) : -1;
				const slot = near >= 0 && near < TICKS_IN_ARRAY ? near : this.#one([0, 87, this.#between(0, 87)]);
				const index = start + slot * tickSpacing;
				if (index >= MIN_TICK && index <= MAX_TICK) usable.push(index);
			}
		}
		let liquidity = 0n;
		const size = this.#between(1, this.#one([30, 60, 90, 110]));
		const add = (index: number, net: bigint) => {
			const start = Math.floor(index / span) * span;
			const slots = nets.get(start) as Map<number, bigint>;
			const slot = (index - start) / tickSpacing;
			slots.set(slot, (slots.get(slot) ?? 0n) + net);
		};
		for (const one of usable) {
			const other = this.#one(usable);
			if (one === other) continue;
			const amount = this.#bits(this.#between(Math.max(1, size - 12), size));
			add(Math.min(one, other), amount);
			add(Math.max(one, other), -amount);
			if (Math.min(one, other) <= tick && tick < Math.max(one, other)) liquidity += amount;
		}
		if (this.#chance(35)) liquidity += this.#bits(size);
		if (this.#chance(2)) liquidity = this.#bits(this.#between(100, 127));
		const arrays = [...nets].map(([start, slots]): ScenarioArray => {
			const ticks = [...slots].sort(([one], [other]) => one - other);
			const kind = ticks.length === 0 && this.#chance(60) ? "absent" : this.#chance(50) ? "fixed" : "dynamic";
			return { start, kind, ticks };
		});
		return { arrays, liquidity };
	}

	#oracle(tick: number, tickSpacing: number): ScenarioOracle {
		const groups = [1, 2, 4, 8, 16, 64].filter((size) => size <= tickSpacing && tickSpacing % size === 0);
		const groupSize = this.#one([...groups, groups[groups.length - 1] as number]);
		const filterPeriod = this.#one([1, 30, 60]);
		const decayPeriod = filterPeriod + this.#one([1, 100, 600]);
		const maxAccumulator = this.#one([10_000, 88_000, 350_000, 900_001]);
		const ago = () => NOW - this.#one([0, 5, filterPeriod, decayPeriod - 1, decayPeriod, 3_600, 3_601, 90_000]);
		const moved = this.#one([0, -1, 1, -40, 40, this.#between(-200, 200)]);
		const groupReference = Math.floor(tick / groupSize) + moved;
		const lowest = Math.floor((MIN_TICK - 1) / groupSize);
		return {
			tradeEnable: this.#chance(5) ? NOW + 1 : this.#one([0, NOW]),
			filterPeriod,
			decayPeriod,
			reductionFactor: this.#one([0, 500, 5_000, 9_999]),
			controlFactor: this.#one([0, 50, 4_000, 99_999]),
			maxAccumulator,
			groupSize,
			majorThreshold: this.#one([1, 16, 64]),
			lastReference: ago(),
			lastMajor: ago(),
			reference: this.#between(0, maxAccumulator),
			groupReference: Math.min(Math.max(groupReference, lowest), Math.floor(MAX_TICK / groupSize)),
			accumulator: this.#between(0, maxAccumulator),
		};
	}

	#transferFee(): ScenarioFee {
		const part = () =>
			[BigInt(this.#one([0, 1, 100, 3_000, 10_000])), this.#one([0n, 5n, 10n ** 6n, 2n ** 60n])] as const;
		return { older: part(), newer: part(), from: EPOCH + BigInt(this.#between(-1, 1)) };
	}

	#amount(liquidity: bigint): bigint {
		if (this.#chance(2)) return this.#one([0n, 1n, 2n ** 64n - 1n]);
		const bits = this.#chance(75) ? liquidity.toString(2).length : 64;
		return this.#bits(this.#between(1, Math.max(1, Math.min(bits, 64))));
	}

	/** A number of so many bits. */
	#bits(bits: number): bigint {
		let value = 1n;
		for (let bit = 1; bit < bits; bit++) value = (value << 1n) | BigInt(this.#random.nextUint32() & 1);
		return value;
	}

	#between(low: number, high: number): number {
		return low + (this.#random.nextUint32() % (high - low + 1));
	}

	#chance(percent: number): boolean {
		return this.#random.nextUint32() % 100 < percent;
	}

	#one<T>(list: readonly T[]): T {
		return list[this.#random.nextUint32() % list.length] as T;
	}
}
