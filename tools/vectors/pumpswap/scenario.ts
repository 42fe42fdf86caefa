import { U64_MAX } from "../../../core/market/constant-product.ts";
import {
	FEE_CONFIG_DISCRIMINATOR,
	FEE_CONFIG_OFFSET,
	FEE_CONFIG_SIZE,
	GLOBAL_CONFIG_DISCRIMINATOR,
	GLOBAL_CONFIG_OFFSET,
} from "../../../core/market/venues/pumpswap/fee-schedule.ts";
import {
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	PUMP_AUTHORITY_SEED,
	PUMP_PROGRAM,
} from "../../../core/market/venues/pumpswap/layout.ts";
import { SUPPLY_OFFSET } from "../../../core/market/venues/pumpswap/mint.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import { decodeBase58 } from "../../../core/types/base58.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { Random } from "../../../core/types/clock.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";

/** One swap: whole account bytes and what the vaults hold. */
export interface Scenario {
	/** What it is meant to reach, for the counts. */
	readonly kind: string;
	readonly pool: Uint8Array;
	readonly global: Uint8Array;
	readonly feeConfig: Uint8Array;
	readonly baseMint: Uint8Array;
	readonly vaultA: bigint;
	readonly vaultB: bigint;
	readonly direction: Direction;
	readonly exact: "in" | "out";
	readonly amount: bigint;
}

const QUOTES = {
	sol: "So11111111111111111111111111111111111111112",
	usdc: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
	exotic: "pumpCmXqMfrsAkQ5r49WcJnRayYRqmXz6ae8H7H9Dfn",
} as const;
const QUOTE_NAMES = ["sol", "usdc", "exotic"] as const;
const LENGTHS = [211, 243, 244, 245, 261, 270, 300, 301] as const;
const BASE_MINTS = 8;
const I128_BITS = 128;

/** Draws scenarios; the same numbers give the same scenarios. */
export class ScenarioSource {
	readonly #random: Random;
	readonly #feeConfigs: readonly Uint8Array[];
	readonly #globals: readonly Uint8Array[];
	readonly #mints: readonly { readonly key: Uint8Array; readonly authority: Uint8Array }[];

	constructor(random: Random) {
		this.#random = random;
		const addresses = new ProgramAddresses();
		this.#mints = Array.from({ length: BASE_MINTS }, (_, index) => {
			const key = new Uint8Array(32).fill(index + 20);
			const seed = Uint8Array.from(Buffer.from(PUMP_AUTHORITY_SEED));
			return { key, authority: bytesOf(addresses.derive(PUMP_PROGRAM, [seed, key])) };
		});
		this.#feeConfigs = Array.from({ length: 8 }, (_, index) => this.#feeConfig(index));
		this.#globals = [globalConfig(false), globalConfig(true)];
	}

	next(): Scenario {
		const isCanonical = this.#chance(80);
		const quote = QUOTE_NAMES[this.#chance(60) ? 0 : this.#below(3)] as (typeof QUOTE_NAMES)[number];
		const { key, authority } = this.#one(this.#mints);
		const length = this.#chance(60) ? 300 : this.#one(LENGTHS);
		const pool = new Uint8Array(301);
		pool.set(POOL_DISCRIMINATOR);
		pool.set(isCanonical ? authority : new Uint8Array(32).fill(9), POOL_OFFSET.creator);
		pool.set(key, POOL_OFFSET.baseMint);
		pool.set(bytesOf(QUOTES[quote]), POOL_OFFSET.quoteMint);
		const hasCreator = this.#chance(75);
		if (hasCreator) pool.fill(7, POOL_OFFSET.coinCreator, POOL_OFFSET.coinCreator + 32);
		const isMayhem = isCanonical && this.#chance(15);
		pool[POOL_OFFSET.isMayhemMode] = isMayhem ? 1 : 0;
		pool[POOL_OFFSET.isCashbackCoin] = this.#chance(15) ? 1 : 0;
		if (this.#chance(30)) writeUint64(pool, POOL_OFFSET.creatorFeeBps, BigInt(1 + this.#below(1_000)));
		const isExtreme = this.#chance(25);
		const vaultA = isExtreme ? this.#bits(63) : this.#bits(30) + (1n << 44n);
		const vaultB = isExtreme ? this.#bits(62) : this.#bits(2 + this.#below(46));
		const virtual = this.#virtual(vaultB);
		writeInt128(pool, POOL_OFFSET.virtualQuoteReserves, virtual);
		const isShort = length < POOL_OFFSET.virtualQuoteReserves + 16;
		const reserveB = isShort ? vaultB : vaultB + virtual;
		const direction: Direction = this.#chance(50) ? "aToB" : "bToA";
		const exact = this.#chance(65) ? "in" : "out";
		const sides = [
			isCanonical ? quote : "plain",
			isMayhem ? "mayhem" : hasCreator ? "creator" : "none",
			isShort || virtual === 0n ? "vault" : virtual > 0n ? "boosted" : "owing",
		];
		return {
			kind: sides.join("/"),
			pool: pool.slice(0, length),
			global: this.#one(this.#globals),
			feeConfig: this.#one(this.#feeConfigs),
			baseMint: mint(this.#chance(60) ? 1_000_000_000_000_000n : this.#bits(63)),
			vaultA,
			vaultB,
			direction,
			exact,
			amount: this.#amount((direction === "aToB") === (exact === "in") ? vaultA : reserveB),
		};
	}

	#virtual(vaultB: bigint): bigint {
		const kind = this.#below(10);
		if (kind < 5) return 0n;
		if (kind < 8) return this.#bits(1 + this.#below(40));
		return -((vaultB * BigInt(this.#below(1_000))) / 1_001n);
	}

	/** From a few units over ordinary shares of a reserve to more than all of it. */
	#amount(basis: bigint): bigint {
		const kind = this.#below(20);
		if (kind < 3) return BigInt(this.#below(200));
		if (kind < 14) return (basis * BigInt(1 + this.#below(100_000))) / 1_000_000n;
		if (kind < 18) return (basis * BigInt(this.#below(2_000))) / 1_000n;
		return kind === 18 ? this.#bits(64) : basis;
	}

	/** The schedule of mainnet in shape, of one to 25 tiers, in each version of the account. */
	#feeConfig(index: number): Uint8Array {
		const sizes = [2_512, FEE_CONFIG_SIZE.stable, FEE_CONFIG_SIZE.exotic];
		const data = new Uint8Array(sizes[index % 3] as number);
		data.set(FEE_CONFIG_DISCRIMINATOR);
		this.#fees(data, FEE_CONFIG_OFFSET.flatFees);
		const stable = this.#tiers(data, FEE_CONFIG_OFFSET.feeTiers, index < 3 ? 25 : 1 + this.#below(6));
		if (data.length < FEE_CONFIG_SIZE.stable) return data;
		const exotic = this.#tiers(data, stable, index === 4 ? 0 : 1 + this.#below(25));
		if (data.length >= FEE_CONFIG_SIZE.exotic && index > 3) this.#fees(data, exotic);
		return data;
	}

	#tiers(data: Uint8Array, offset: number, count: number): number {
		data[offset] = count;
		let threshold = this.#chance(70) ? 0n : this.#bits(30);
		let at = offset + 4;
		for (let tier = 0; tier < count; tier++, at += 40) {
			writeUint64(data, at, threshold);
			this.#fees(data, at + 16);
			threshold += this.#bits(35 + this.#below(9));
		}
		return at;
	}

	#fees(data: Uint8Array, offset: number): void {
		writeUint64(data, offset, BigInt(this.#below(3) * 10));
		writeUint64(data, offset + 8, BigInt(this.#below(100)));
		writeUint64(data, offset + 16, BigInt(this.#below(300)));
	}

	#one<T>(of: readonly T[]): T {
		return of[this.#below(of.length)] as T;
	}

	#chance(percent: number): boolean {
		return this.#below(100) < percent;
	}

	#below(bound: number): number {
		return this.#random.nextUint32() % bound;
	}

	/** A number of at most that many bits, and at least 1. */
	#bits(most: number): bigint {
		let value = 0n;
		for (let bits = 0; bits < most; bits += 32) value = (value << 32n) | BigInt(this.#random.nextUint32());
		const drawn = BigInt.asUintN(1 + this.#below(most), value) & U64_MAX;
		return drawn === 0n ? 1n : drawn;
	}
}

function globalConfig(creatorFeeConfigurable: boolean): Uint8Array {
	const data = new Uint8Array(949);
	data.set(GLOBAL_CONFIG_DISCRIMINATOR);
	for (let index = 0; index < 8; index++) {
		data.fill(100 + index, GLOBAL_CONFIG_OFFSET.protocolFeeRecipients + 32 * index).fill(0, 313);
	}
	data[GLOBAL_CONFIG_OFFSET.creatorFeeConfigurable] = creatorFeeConfigurable ? 1 : 0;
	return data;
}

/** spl-token, state.rs `Mint`: its bytes, and offsets in it. */
const MINT = { size: 82, decimals: 44, isInitialized: 45 } as const;

function mint(supply: bigint): Uint8Array {
	const data = new Uint8Array(MINT.size);
	writeUint64(data, SUPPLY_OFFSET, supply);
	data[MINT.decimals] = 6;
	data[MINT.isInitialized] = 1;
	return data;
}

function writeInt128(data: Uint8Array, offset: number, value: bigint): void {
	const unsigned = BigInt.asUintN(I128_BITS, value);
	writeUint64(data, offset, BigInt.asUintN(64, unsigned));
	writeUint64(data, offset + 8, unsigned >> 64n);
}

function bytesOf(address: string | Address): Uint8Array {
	return decodeBase58(address) as Uint8Array;
}
