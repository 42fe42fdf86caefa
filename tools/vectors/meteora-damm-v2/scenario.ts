import { U64_MAX } from "../../../core/market/constant-product.ts";
import { FEE_OFFSET } from "../../../core/market/venues/meteora-damm-v2/fee-parameters.ts";
import { integerSqrt } from "../../../core/market/venues/meteora-damm-v2/integers.ts";
import {
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
} from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { Random } from "../../../core/types/clock.ts";

/** One swap to be run: whole account bytes, but for the addresses, which the machine writes. */
export interface Scenario {
	/** What it is meant to reach, for the counts. */
	readonly kind: string;
	readonly pool: Uint8Array;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly slot: bigint;
	readonly epoch: bigint;
	readonly unixSeconds: bigint;
	readonly hasReferral: boolean;
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
const SLOT = 400_000_000n;
const EPOCH = 900n;
const BIN_STEP_U128 = 1_844_674_407_370_955n;
const COLLECT = ["bothTokens", "onlyB", "compounding"] as const;
const BASE = ["fixed", "timeLinear", "timeExponential", "rateLimiter", "priceLinear", "priceExponential"] as const;

/** Draws scenarios; the same numbers give the same scenarios. */
export class ScenarioSource {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	next(): Scenario {
		const collect = COLLECT[this.#below(3)] as (typeof COLLECT)[number];
		let base = BASE[this.#below(BASE.length)] as (typeof BASE)[number];
		if (base === "rateLimiter" && collect !== "onlyB") base = "fixed";
		const pool = new Uint8Array(POOL_SIZE);
		pool.set(POOL_DISCRIMINATOR);
		const direction: Direction = this.#chance(base === "rateLimiter" ? 85 : 50) ? "bToA" : "aToB";
		const isV1 = collect === "compounding" || this.#chance(75);
		const reserves = collect === "compounding" ? this.#compounding(pool) : this.#ranged(pool, isV1);
		pool[POOL_OFFSET.layoutVersion] = isV1 ? 1 : 0;
		pool[POOL_OFFSET.collectFeeMode] = COLLECT.indexOf(collect);
		pool[POOL_OFFSET.feeVersion] = this.#below(2);
		pool[POOL_OFFSET.activationType] = this.#below(2);
		pool[POOL_OFFSET.poolStatus] = this.#chance(2) ? 1 : 0;
		const age = this.#timing(pool);
		this.#baseFee(pool, base, age, reserves.b);
		pool[FEE_OFFSET.protocolFeePercent] = this.#chance(80) ? 20 : this.#below(51);
		pool[FEE_OFFSET.referralFeePercent] = this.#chance(80) ? 20 : this.#below(51);
		if (collect === "compounding") this.#u16(pool, FEE_OFFSET.compoundingFeeBps, this.#below(10_001));
		const isDynamic = this.#chance(50);
		if (isDynamic) this.#dynamicFee(pool);
		this.#counters(pool);
		const exact = this.#chance(60) ? "in" : "out";
		const basis = (direction === "aToB") === (exact === "in") ? reserves.a : reserves.b;
		const transferFeeA = this.#chance(20) ? this.#transferFee() : null;
		const transferFeeB = this.#chance(20) ? this.#transferFee() : null;
		return {
			kind: `${collect}/${base}${isDynamic ? "+dynamic" : ""}`,
			pool,
			direction,
			exact,
			amount: this.#amount(basis),
			slot: SLOT,
			epoch: EPOCH,
			unixSeconds: NOW,
			hasReferral: this.#chance(20),
			transferFeeA,
			transferFeeB,
		};
	}

	#ranged(pool: Uint8Array, isV1: boolean): { a: bigint; b: bigint } {
		for (;;) {
			let sqrtPrice = this.#price();
			let [low, high] = [MIN_SQRT_PRICE, MAX_SQRT_PRICE];
			if (this.#chance(50)) {
				low = this.#clamp((sqrtPrice * BigInt(5_000 + this.#below(5_001))) / 10_000n);
				high = this.#clamp((sqrtPrice * BigInt(10_001 + this.#below(10_000))) / 10_000n);
			}
			if (low >= high) continue;
			if (this.#chance(3)) sqrtPrice = low;
			if (this.#chance(3)) sqrtPrice = high;
			const liquidity = this.#chance(1) ? 0n : this.#bits(this.#chance(50) ? 110 : 127);
			const a = (liquidity * (high - sqrtPrice) + sqrtPrice * high - 1n) / (sqrtPrice * high);
			const b = (liquidity * (sqrtPrice - low) + (1n << 128n) - 1n) >> 128n;
			if (a > U64_MAX || b > U64_MAX) continue;
			this.#u128(pool, POOL_OFFSET.liquidity, liquidity);
			this.#u128(pool, POOL_OFFSET.sqrtMinPrice, low);
			this.#u128(pool, POOL_OFFSET.sqrtMaxPrice, high);
			this.#u128(pool, POOL_OFFSET.sqrtPrice, sqrtPrice);
			if (isV1) {
				// Once in a while less than the range holds: the program must refuse to go below.
				writeUint64(pool, POOL_OFFSET.tokenAAmount, this.#chance(5) ? a / 2n : a);
				writeUint64(pool, POOL_OFFSET.tokenBAmount, this.#chance(5) ? b / 2n : b);
			}
			return { a, b };
		}
	}

	#compounding(pool: Uint8Array): { a: bigint; b: bigint } {
		const a = 100n + this.#bits(63);
		const b = 100n + this.#bits(63);
		this.#u128(pool, POOL_OFFSET.liquidity, this.#chance(1) ? 0n : integerSqrt(a * b) << 64n);
		this.#u128(pool, POOL_OFFSET.sqrtMaxPrice, (1n << 128n) - 1n);
		this.#u128(pool, POOL_OFFSET.sqrtPrice, integerSqrt((b << 128n) / a));
		writeUint64(pool, POOL_OFFSET.tokenAAmount, a);
		writeUint64(pool, POOL_OFFSET.tokenBAmount, b);
		return { a, b };
	}

	/** How long the pool is open, in its own measure. */
	#timing(pool: Uint8Array): bigint {
		const now = pool[POOL_OFFSET.activationType] === 0 ? SLOT : NOW;
		const draw = this.#below(100);
		const age = draw < 2 ? -BigInt(1 + this.#below(5)) : draw < 6 ? 0n : this.#bits(28);
		writeUint64(pool, POOL_OFFSET.activationPoint, now - age);
		return age;
	}

	#baseFee(pool: Uint8Array, base: (typeof BASE)[number], age: bigint, reserveB: bigint): void {
		const highest = pool[POOL_OFFSET.feeVersion] === 0 ? 500_000_000n : 990_000_000n;
		const cliff = this.#chance(3) ? 0n : 100_000n + (this.#bits(30) % (highest - 100_000n));
		writeUint64(pool, FEE_OFFSET.cliffFeeNumerator, cliff);
		const periods = 1 + this.#below(this.#chance(50) ? 200 : 65_535);
		if (base === "fixed") return;
		if (base === "rateLimiter") {
			pool[FEE_OFFSET.baseFeeMode] = 2;
			if (this.#chance(5)) return;
			this.#u16(pool, FEE_OFFSET.baseFeeFirst, 1 + this.#below(this.#chance(50) ? 50 : 9_000));
			const duration = this.#chance(85) ? 0xffff_ffffn : 1n + this.#bits(16);
			const maximumBps = cliff / 100_000n + 1n + BigInt(this.#below(Number(9_900n - cliff / 100_000n)));
			writeUint64(pool, FEE_OFFSET.baseFeeSecond, duration | (maximumBps << 32n));
			const reference = this.#chance(80) ? reserveB / (2n + this.#bits(10)) : this.#bits(63);
			writeUint64(pool, FEE_OFFSET.baseFeeThird, reference + 1n);
			return;
		}
		const isExponential = base.endsWith("Exponential");
		const isByTime = base.startsWith("time");
		pool[FEE_OFFSET.baseFeeMode] = (isByTime ? 0 : 3) + (isExponential ? 1 : 0);
		this.#u16(pool, FEE_OFFSET.baseFeeFirst, periods);
		const linear = (cliff - (cliff > 100_000n ? 100_000n : 0n)) / BigInt(periods);
		let reduction = isExponential ? BigInt(1 + this.#below(this.#chance(70) ? 200 : 10_100)) : linear;
		if (this.#chance(3)) reduction += 1n + this.#bits(20);
		writeUint64(pool, FEE_OFFSET.baseFeeThird, reduction);
		if (isByTime) {
			const passed = BigInt(1 + this.#below(Math.ceil(periods * 1.2)));
			writeUint64(pool, FEE_OFFSET.baseFeeSecond, age > 0n ? age / passed + 1n : 1n);
			return;
		}
		const step = BigInt(this.#chance(2) ? 0 : 1 + this.#below(500));
		const expiration = this.#chance(80) ? 0xffff_ffffn : this.#bits(20);
		writeUint64(pool, FEE_OFFSET.baseFeeSecond, step | (expiration << 32n));
		const price = this.#readU128(pool, POOL_OFFSET.sqrtPrice);
		this.#u128(pool, FEE_OFFSET.initSqrtPrice, (price * BigInt(500 + this.#below(10_000))) / 10_000n + 1n);
	}

	#dynamicFee(pool: Uint8Array): void {
		const price = this.#readU128(pool, POOL_OFFSET.sqrtPrice);
		const ceiling = this.#bits(24) + 1n;
		pool[FEE_OFFSET.dynamicInitialized] = 1;
		writeUint64(pool, FEE_OFFSET.maxVolatilityAccumulator, ceiling | (this.#bits(24) << 32n));
		this.#u16(pool, FEE_OFFSET.binStep, 1);
		this.#u16(pool, FEE_OFFSET.filterPeriod, 10 + this.#below(20));
		this.#u16(pool, FEE_OFFSET.decayPeriod, 40 + this.#below(200));
		this.#u16(pool, FEE_OFFSET.reductionFactor, this.#below(10_001));
		this.#u128(pool, FEE_OFFSET.binStepU128, BIN_STEP_U128);
		const isFirst = this.#chance(10);
		const isEarly = this.#chance(3);
		writeUint64(pool, POOL_OFFSET.lastUpdateTimestamp, isFirst && !isEarly ? 0n : NOW - BigInt(this.#below(250) - 5));
		const moved = (price * BigInt(9_000 + this.#below(2_000))) / 10_000n;
		const lowest = pool[POOL_OFFSET.collectFeeMode] === 2 ? 1n << 32n : MIN_SQRT_PRICE;
		const reference = moved < lowest ? lowest : moved > MAX_SQRT_PRICE ? MAX_SQRT_PRICE : moved;
		this.#u128(pool, POOL_OFFSET.sqrtPriceReference, isFirst ? 0n : reference);
		this.#u128(pool, POOL_OFFSET.volatilityAccumulator, isFirst ? 0n : this.#bits(24) % ceiling);
		this.#u128(pool, POOL_OFFSET.volatilityReference, isFirst ? 0n : this.#bits(24) % ceiling);
	}

	/** What the program has counted so far; now and then so much that the next fee overflows. */
	#counters(pool: Uint8Array): void {
		writeUint64(pool, POOL_OFFSET.protocolAFee, this.#bits(40));
		writeUint64(pool, POOL_OFFSET.protocolBFee, this.#bits(40));
		const full = U64_MAX - this.#bits(20);
		writeUint64(pool, POOL_OFFSET.totalProtocolAFee, this.#chance(2) ? full : this.#bits(60));
		writeUint64(pool, POOL_OFFSET.totalProtocolBFee, this.#chance(2) ? full : this.#bits(60));
	}

	#transferFee(): ScenarioFee {
		const fee = (): readonly [bigint, bigint] => [
			this.#chance(5) ? 10_000n : BigInt(this.#below(this.#chance(70) ? 500 : 10_001)),
			this.#chance(50) ? U64_MAX : this.#bits(this.#chance(20) ? 64 : 40),
		];
		return { from: EPOCH + BigInt(this.#below(3) - 1), older: fee(), newer: fee() };
	}

	#amount(basis: bigint): bigint {
		const draw = this.#below(100);
		if (draw < 2) return 0n;
		if (draw < 8) return 1n + BigInt(this.#below(20));
		if (draw < 12) return this.#bits(64);
		if (draw < 14) return U64_MAX;
		if (draw < 20) return this.#least(basis + BigInt(this.#below(5)));
		const part = (basis * (1n + this.#bits(32))) >> BigInt(this.#below(40));
		return this.#least(part > basis * 2n ? basis / (1n + this.#bits(24)) + 1n : part + 1n);
	}

	#least(amount: bigint): bigint {
		return amount > U64_MAX ? U64_MAX : amount;
	}

	#price(): bigint {
		return this.#clamp(this.#bits(this.#chance(60) ? 70 : 96));
	}

	#clamp(price: bigint): bigint {
		if (price < MIN_SQRT_PRICE) return MIN_SQRT_PRICE;
		return price > MAX_SQRT_PRICE ? MAX_SQRT_PRICE : price;
	}

	#below(bound: number): number {
		return this.#random.nextUint32() % bound;
	}

	#chance(percent: number): boolean {
		return this.#below(100) < percent;
	}

	/** A number of up to `most` bits; every length is as likely as another. */
	#bits(most: number): bigint {
		const length = 1 + this.#below(most);
		let value = 0n;
		for (let bits = 0; bits < length; bits += 32) value = (value << 32n) | BigInt(this.#random.nextUint32());
		return BigInt.asUintN(length, value) | (1n << BigInt(length - 1));
	}

	#u16(data: Uint8Array, offset: number, value: number): void {
		data[offset] = value & 0xff;
		data[offset + 1] = value >> 8;
	}

	#u128(data: Uint8Array, offset: number, value: bigint): void {
		writeUint64(data, offset, BigInt.asUintN(64, value));
		writeUint64(data, offset + 8, value >> 64n);
	}

	#readU128(data: Uint8Array, offset: number): bigint {
		const view = new DataView(data.buffer);
		return view.getBigUint64(offset, true) | (view.getBigUint64(offset + 8, true) << 64n);
	}
}
