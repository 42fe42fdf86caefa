import { sqrtPriceAtTick } from "../../../core/market/venues/raydium-clmm/tick-price.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { Random } from "../../../core/types/clock.ts";

/** One swap to be run, in fields; `accounts.ts` makes the accounts' bytes of it. */
export interface Scenario {
	/** What it is meant to reach, for the counts. */
	readonly kind: string;
	readonly tickSpacing: number;
	readonly tradeRate: number;
	readonly protocolRate: number;
	readonly fundRate: number;
	readonly status: number;
	readonly openTimeSeconds: bigint;
	readonly tick: number;
	readonly sqrtPrice: bigint;
	readonly liquidity: bigint;
	/** What the pool's counter of protocol fees holds, in token 0 and 1. */
	readonly protocolFees: readonly [bigint, bigint];
	/** Initialized ticks, ascending: tick, liquidity net, liquidity gross. */
	readonly ticks: readonly (readonly [number, bigint, bigint])[];
	/** Starts of the arrays that are given to the swap, in its order. */
	readonly arrays: readonly number[];
	readonly hasExtension: boolean;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly epoch: bigint;
	readonly unixSeconds: bigint;
	readonly transferFeeA: ScenarioFee | null;
	readonly transferFeeB: ScenarioFee | null;
}

/** A mint's fee before and from epoch `from` on: [basis points, maximum]. */
export interface ScenarioFee {
	readonly from: bigint;
	readonly older: readonly [bigint, bigint];
	readonly newer: readonly [bigint, bigint];
}

const NOW = 1_790_000_000n;
const EPOCH = 900n;
const U64_MAX = (1n << 64n) - 1n;
const MAX_TICK = 443_636;
const TICKS_AN_ARRAY = 60;
const MOST_ARRAYS = 9;
const SPACINGS = [1, 1, 2, 4, 8, 10, 15, 20, 60, 100, 120] as const;
const TRADE_RATES = [100, 400, 500, 2_500, 10_000, 30_000] as const;
const SWAP_DISABLED = 0b1_0000;

interface Ranges {
	readonly ticks: readonly (readonly [number, bigint, bigint])[];
	readonly liquidity: bigint;
}

/** Draws scenarios; the same numbers give the same scenarios. */
export class ScenarioSource {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	next(): Scenario {
		const tickSpacing = this.#of(SPACINGS);
		const [place, middle] = this.#place();
		const isAtTick = this.#chance(15);
		const tick = isAtTick ? Math.trunc(middle / tickSpacing) * tickSpacing : middle;
		const isBelow = isAtTick && tick > -MAX_TICK && this.#chance(50);
		const [low, high] = [sqrtPriceAtTick(tick), sqrtPriceAtTick(tick + 1)];
		const sqrtPrice = isAtTick ? low : low + ((high - low) * BigInt(this.#below(1_000))) / 1_000n;
		const current = isBelow ? tick - 1 : tick;
		const ranges = this.#ranges(current, tickSpacing);
		const direction: Direction = this.#chance(50) ? "aToB" : "bToA";
		const exact = this.#chance(60) ? "in" : "out";
		const given = this.#arrays(ranges, { tick: current, tickSpacing, direction });
		const status = this.#chance(1) ? SWAP_DISABLED : this.#chance(5) ? 0b1111 : 0;
		const feeKind = this.#chance(25) ? "fee" : "plain";
		return {
			kind: `${place} ${isAtTick ? "atTick" : "between"} ${feeKind}`,
			tickSpacing,
			tradeRate: this.#chance(90) ? this.#of(TRADE_RATES) : this.#below(1_000_000),
			protocolRate: this.#chance(80) ? 120_000 : this.#below(500_001),
			fundRate: this.#chance(80) ? 40_000 : this.#below(500_001),
			status,
			openTimeSeconds: this.#chance(2) ? NOW + BigInt(this.#below(2)) : 0n,
			tick: current,
			sqrtPrice,
			liquidity: ranges.liquidity,
			protocolFees: this.#chance(2) ? [U64_MAX - 10n, U64_MAX - 10n] : [7n, 9n],
			ticks: ranges.ticks,
			arrays: given,
			hasExtension: this.#chance(90),
			direction,
			exact,
			amount: this.#amount({
				sqrtPrice,
				tick: current,
				tickSpacing,
				ranges,
				isToken0: (direction === "aToB") === (exact === "in"),
			}),
			epoch: EPOCH,
			unixSeconds: NOW,
			transferFeeA: feeKind === "fee" && this.#chance(60) ? this.#fee() : null,
			transferFeeB: feeKind === "fee" && this.#chance(60) ? this.#fee() : null,
		};
	}

	#place(): readonly [string, number] {
		if (this.#chance(50)) return ["middle", this.#below(40_001) - 20_000];
		if (this.#chance(60)) return ["wide", this.#below(400_001) - 200_000];
		const far = MAX_TICK - 1 - this.#below(this.#chance(30) ? 200 : 60_000);
		return ["extreme", this.#chance(50) ? far : -far];
	}

	/** Positions round the price, some apart from it so that ranges are empty. */
	#ranges(tick: number, tickSpacing: number): Ranges {
		const net = new Map<number, [bigint, bigint]>();
		const base = 1n << BigInt(8 + this.#below(this.#chance(10) ? 92 : 50));
		const reach = this.#of([3, 20, 80, 400]);
		const middle = Math.floor(tick / tickSpacing);
		const bound = Math.floor(MAX_TICK / tickSpacing);
		const clamp = (index: number) => Math.max(-bound, Math.min(bound, index)) * tickSpacing;
		let liquidity = 0n;
		const count = 1 + this.#below(8);
		for (let position = 0; position < count; position++) {
			const from = middle + this.#below(2 * reach) - reach - (this.#chance(30) ? reach : 0);
			const lower = clamp(from);
			const upper = clamp(from + 1 + this.#below(2 * reach));
			if (lower >= upper) continue;
			const own = 1n + (base * BigInt(this.#below(1_000))) / 1_000n;
			this.#add(net, lower, own, own);
			this.#add(net, upper, -own, own);
			if (lower <= tick && tick < upper) liquidity += own;
		}
		const sorted = [...net].sort(([a], [b]) => a - b);
		return { ticks: sorted.map(([at, [amount, gross]]) => [at, amount, gross] as const), liquidity };
	}

	#add(net: Map<number, [bigint, bigint]>, tick: number, amount: bigint, gross: bigint): void {
		const before = net.get(tick) ?? [0n, 0n];
		net.set(tick, [before[0] + amount, before[1] + gross]);
	}

	/** Arrays in the swap's order from the price on, now and then with one left out or one too many. */
	#arrays(
		ranges: Ranges,
		{ tick, tickSpacing, direction }: { tick: number; tickSpacing: number; direction: Direction },
	): number[] {
		const span = TICKS_AN_ARRAY * tickSpacing;
		const startOf = (of: number) => Math.floor(of / span) * span;
		const isDown = direction === "aToB";
		const all = [...new Set(ranges.ticks.map(([at]) => startOf(at)))];
		const ahead = all.filter((start) => (isDown ? start <= startOf(tick) : start >= startOf(tick)));
		const given = (isDown ? ahead.reverse() : ahead).slice(0, MOST_ARRAYS);
		if (given.length > 0 && this.#chance(5)) given.splice(this.#below(given.length), 1);
		return given;
	}

	#amount(of: { sqrtPrice: bigint; tick: number; tickSpacing: number; ranges: Ranges; isToken0: boolean }): bigint {
		if (this.#chance(8)) return BigInt(1 + this.#below(20));
		if (this.#chance(3)) return U64_MAX - BigInt(this.#below(3));
		const { sqrtPrice, tick, tickSpacing, ranges, isToken0 } = of;
		if (this.#chance(10)) return 1n << BigInt(this.#below(64));
		const moved = 1 + this.#below(tickSpacing * this.#of([1, 10, 100, 400]));
		const [near, far] = [sqrtPrice, sqrtPriceAtTick(Math.min(MAX_TICK, tick + moved))];
		const distance = far > near ? far - near : 1n;
		let steepest = ranges.liquidity;
		for (const [, , gross] of ranges.ticks) if (gross > steepest) steepest = gross;
		const amount = isToken0 ? ((steepest * distance) << 64n) / (near * far) : (steepest * distance) >> 64n;
		const drawn = (amount * BigInt(1 + this.#below(1_000))) / 1_000n;
		return drawn < 1n ? 1n : drawn > U64_MAX ? U64_MAX : drawn;
	}

	#fee(): ScenarioFee {
		const part = () =>
			[BigInt(this.#below(this.#chance(90) ? 1_000 : 10_001)), this.#chance(30) ? 5_000n : U64_MAX] as const;
		return { from: this.#chance(50) ? EPOCH : EPOCH + 1n, older: part(), newer: part() };
	}

	#of<T>(values: readonly T[]): T {
		return values[this.#below(values.length)] as T;
	}

	#chance(percent: number): boolean {
		return this.#below(100) < percent;
	}

	#below(end: number): number {
		return this.#random.nextUint32() % end;
	}
}
