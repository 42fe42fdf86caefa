import { U64_MAX } from "../../../core/market/constant-product.ts";
import { PAIR_DISCRIMINATOR, PAIR_OFFSET, PAIR_SIZE } from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { arrayIndexOf } from "../../../core/market/venues/meteora-dlmm/bin-array.ts";
import { binPrice } from "../../../core/market/venues/meteora-dlmm/bin-price.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { Random } from "../../../core/types/clock.ts";
import type { ArrayContent, BinContent } from "./bytes.ts";

/** One swap to be run. The pair's bytes lack the addresses and the bitmap, which the machine writes. */
export interface Scenario {
	/** What it is meant to reach, for the counts. */
	readonly kind: string;
	readonly pair: Uint8Array;
	readonly arrays: readonly ArrayContent[];
	readonly hasExtension: boolean;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
	readonly slot: bigint;
	readonly epoch: bigint;
	readonly unixSeconds: bigint;
	readonly transferFeeX: ScenarioFee | null;
	readonly transferFeeY: ScenarioFee | null;
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
const STEPS = [1, 2, 4, 5, 8, 10, 15, 20, 25, 50, 80, 100, 125, 160, 200, 250, 400] as const;
const FUNCTIONS = ["undetermined", "mining", "orders"] as const;
/** The price leaves Q64.64 beyond: ln(2^63) over ln(1 + step). */
const HIGHEST_LOG_PRICE = 43.6;

/** Draws scenarios; the same numbers give the same scenarios. */
export class ScenarioSource {
	readonly #random: Random;

	constructor(random: Random) {
		this.#random = random;
	}

	next(): Scenario {
		const pair = new Uint8Array(PAIR_SIZE);
		const view = new DataView(pair.buffer);
		pair.set(PAIR_DISCRIMINATOR);
		const binStep = STEPS[this.#below(STEPS.length)] as number;
		view.setUint16(PAIR_OFFSET.binStep, binStep, true);
		const widest = Math.min(443_636, Math.floor(HIGHEST_LOG_PRICE / Math.log1p(binStep / 10_000)));
		const activeId = this.#activeId(widest);
		view.setInt32(PAIR_OFFSET.activeId, activeId, true);
		view.setInt32(PAIR_OFFSET.minBinId, -widest, true);
		view.setInt32(PAIR_OFFSET.maxBinId, widest, true);
		const functionIndex = this.#below(3);
		pair[PAIR_OFFSET.functionType] = functionIndex;
		const isRewarded = functionIndex === 0 && this.#chance(30);
		if (isRewarded) pair[(this.#chance(50) ? PAIR_OFFSET.rewardMint0 : PAIR_OFFSET.rewardMint1) + this.#below(32)] = 7;
		const isFeeOnlyInY = this.#chance(40);
		pair[PAIR_OFFSET.collectFeeMode] = isFeeOnlyInY ? 1 : 0;
		pair[PAIR_OFFSET.pairType] = this.#below(4);
		pair[PAIR_OFFSET.status] = this.#chance(2) ? 1 : 0;
		const timing = this.#timing(pair, view);
		const volatility = this.#fees(view, activeId, binStep);
		const direction: Direction = this.#chance(50) ? "aToB" : "bToA";
		const { arrays, total } = this.#arrays(activeId, binStep, widest, direction);
		const exact = this.#chance(60) ? "in" : "out";
		const hasExtension = arrays.some(({ index }) => index < -512 || index > 511) ? this.#chance(90) : this.#chance(30);
		const basis = exact === "out" ? total : this.#worth(total, activeId, binStep, direction);
		const functionName = `${FUNCTIONS[functionIndex]}${isRewarded ? "Rewarded" : ""}`;
		return {
			kind: `${functionName}/${isFeeOnlyInY ? "feeInY" : "feeOnInput"}/${volatility}${timing}`,
			pair,
			arrays,
			hasExtension,
			direction,
			exact,
			amount: this.#amount(basis),
			slot: SLOT,
			epoch: EPOCH,
			unixSeconds: NOW,
			transferFeeX: this.#chance(15) ? this.#transferFee() : null,
			transferFeeY: this.#chance(15) ? this.#transferFee() : null,
		};
	}

	#activeId(widest: number): number {
		const draw = this.#below(100);
		const sign = this.#chance(50) ? 1 : -1;
		if (draw < 3) return sign * (widest - this.#below(40));
		if (draw < 10) return Math.max(-widest, Math.min(widest, sign * (512 * 70 + this.#below(400) - 200)));
		if (draw < 60) return sign * this.#below(Math.min(widest, 3_000));
		return sign * this.#below(widest);
	}

	#timing(pair: Uint8Array, view: DataView): string {
		const isBySlot = this.#chance(50);
		pair[PAIR_OFFSET.activationType] = isBySlot ? 0 : 1;
		const now = isBySlot ? SLOT : NOW;
		const isClosed = this.#chance(4);
		view.setBigUint64(
			PAIR_OFFSET.activationPoint,
			isClosed ? now + BigInt(this.#below(3)) : now - this.#bits(20),
			true,
		);
		return isClosed ? "+opening" : "";
	}

	#fees(view: DataView, activeId: number, binStep: number): string {
		const power = this.#chance(70) ? 0 : this.#below(3);
		const most = Math.floor(100_000_000 / (binStep * 10 * 10 ** power));
		view.setUint8(PAIR_OFFSET.baseFeePowerFactor, power);
		view.setUint16(PAIR_OFFSET.baseFactor, this.#chance(3) ? 0 : 1 + this.#below(Math.min(65_535, most)), true);
		view.setUint16(PAIR_OFFSET.protocolShare, this.#chance(70) ? 1_000 : this.#below(2_501), true);
		const filter = this.#chance(50) ? 10 : 30;
		const decay = filter + this.#below(600);
		view.setUint16(PAIR_OFFSET.filterPeriod, filter, true);
		view.setUint16(PAIR_OFFSET.decayPeriod, decay, true);
		view.setUint16(PAIR_OFFSET.reductionFactor, this.#chance(80) ? 5_000 : this.#below(10_001), true);
		const isDynamic = this.#chance(75);
		const control = isDynamic ? 1 + this.#below(this.#chance(70) ? 60_000 : 5_000_000) : 0;
		view.setUint32(PAIR_OFFSET.variableFeeControl, control, true);
		const ceiling = this.#chance(90) ? 100_000 + this.#below(300_000) : this.#below(4_000_000);
		view.setUint32(PAIR_OFFSET.maxVolatilityAccumulator, ceiling, true);
		view.setUint32(PAIR_OFFSET.volatilityAccumulator, this.#below(ceiling + 1), true);
		view.setUint32(PAIR_OFFSET.volatilityReference, this.#below(ceiling + 1), true);
		view.setInt32(PAIR_OFFSET.indexReference, activeId + this.#below(41) - 20, true);
		const draw = this.#below(10);
		const elapsed = draw < 4 ? this.#below(filter) : draw < 8 ? filter + this.#below(decay - filter + 2) : decay * 3;
		const isAhead = this.#chance(2);
		view.setBigInt64(PAIR_OFFSET.lastUpdateTimestamp, NOW - BigInt(isAhead ? -3 : elapsed), true);
		return isDynamic ? (draw < 4 ? "quick" : draw < 8 ? "decaying" : "calm") : "static";
	}

	/** The array under the price, further ones in the direction of the swap with gaps between, now and then one missing. */
	#arrays(activeId: number, binStep: number, widest: number, direction: Direction) {
		const isDown = direction === "aToB";
		const step = isDown ? -1 : 1;
		const arrays: ArrayContent[] = [];
		const size = 8 + this.#below(this.#chance(90) ? 34 : 56);
		let index = arrayIndexOf(activeId);
		let total = 0n;
		if (this.#chance(10)) index += step * (1 + this.#below(this.#chance(50) ? 3 : 40));
		for (let count = 1 + this.#below(this.#chance(60) ? 2 : 4); count > 0; count--) {
			const bins: BinContent[] = [];
			const density = this.#chance(50) ? 10 : this.#chance(50) ? 3 : 40;
			for (let slot = 0; slot < 70; slot++) {
				const id = index * 70 + slot;
				const isNear = Math.abs(id - activeId) < 3;
				if (!this.#chance(isNear ? 60 : density) || Math.abs(id) > widest || binPrice(id, binStep) === null) continue;
				const bin = this.#bin(slot, id, activeId, size);
				bins.push(bin);
				const isAhead = isDown ? id <= activeId : id >= activeId;
				if (isAhead) total += isDown ? bin[2] : bin[1];
			}
			const isMarked = bins.length > 0 && !this.#chance(1);
			const version = this.#chance(70) ? 2 : this.#below(3);
			arrays.push({ index, version, bins, isMarked, isGiven: !this.#chance(2) });
			index += step * (this.#chance(80) ? 1 : 1 + this.#below(20));
			if (Math.abs(index) > 6_300) break;
		}
		return { arrays, total: this.#least(total) };
	}

	#bin(slot: number, id: number, activeId: number, size: number): BinContent {
		const amount = () => (this.#chance(4) ? 1n + BigInt(this.#below(3)) : this.#bits(size));
		const isX = id > activeId || (id === activeId && this.#chance(70));
		const isY = id < activeId || (id === activeId && this.#chance(70));
		const x = isX && !this.#chance(15) ? amount() : 0n;
		const y = isY && !this.#chance(15) ? amount() : 0n;
		if (!this.#chance(40)) return [slot, x, y, 0n, 0n, 0n, this.#chance(50) ? 1 : 0];
		const processing = this.#chance(50) ? amount() : 0n;
		const remaining = processing === 0n ? 0n : this.#chance(20) ? processing : processing / 2n + 1n;
		return [slot, x, y, this.#chance(70) ? amount() : 0n, processing, remaining, id > activeId ? 1 : 0];
	}

	/** Roughly the input that takes `total` out. */
	#worth(total: bigint, activeId: number, binStep: number, direction: Direction): bigint {
		const price = binPrice(activeId, binStep) ?? 1n;
		return this.#least(direction === "aToB" ? (total << 64n) / (price + 1n) : (total * price) >> 64n);
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
		if (draw < 10) return this.#bits(64);
		if (draw < 11) return U64_MAX;
		if (draw < 16) return this.#least(basis + BigInt(this.#below(5)));
		const part = (basis * BigInt(1 + this.#below(10_000))) / (this.#chance(60) ? 10_000n : 1_000_000n);
		return this.#least(part + 1n);
	}

	#least(amount: bigint): bigint {
		return amount > U64_MAX ? U64_MAX : amount;
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
}
