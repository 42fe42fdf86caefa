import { createHash } from "node:crypto";
import type { Address } from "../../../core/types/address.ts";
import { encodeBase58, readAddress } from "../../../core/types/base58.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { Base58 } from "../../../libs/solana/base58.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import type { Scenario, ScenarioArray } from "./scenario.ts";

/**
 * The program was deployed twice on mainnet, and the second deployment, which cannot be changed, is the one whose
 * executable is published. It insists on its own id; ours takes the one that it is run at.
 */
const IMMUTABLE_WHIRLPOOL_PROGRAM = "iwhrLHdsgrvmnwU8GF2FSmyabSMjfHwFGJAX2ufJ3ZN" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;
const SYSTEM = "11111111111111111111111111111111" as Address;
const FEE_TIER_INDEX = 64;
const USER_AMOUNT = 1n << 62n;
const POOL_SIZE = 653;
const TICK_ARRAY_SIZE = 9_988;
export const TICK_SIZE = 113;
export const TICKS_OFFSET = 12;

/** An account to write before the swap. */
export interface DraftAccount {
	readonly key: Uint8Array;
	owner: Uint8Array;
	data: Uint8Array;
}

/** Everything that a run is made of, to be tampered with. */
export interface Draft {
	readonly pool: DraftAccount;
	readonly holdings: readonly [DraftAccount, DraftAccount];
	readonly vaults: readonly [DraftAccount, DraftAccount];
	readonly mints: readonly [DraftAccount, DraftAccount];
	readonly oracle: DraftAccount;
	/** In the scenario's order. */
	readonly arrays: readonly DraftAccount[];
	/** The instruction's accounts, in order, and which of them the transaction names read-only. */
	keys: Uint8Array[];
	readonly readonlyKeys: Uint8Array[];
	data: Uint8Array;
}

const base58 = new Base58();

function keyOf(address: Address): Uint8Array {
	const bytes = new Uint8Array(32);
	base58.readHash(address, bytes);
	return bytes;
}

function named(index: number): Uint8Array {
	return new Uint8Array(32).fill(index);
}

const text = (value: string) => new TextEncoder().encode(value);
const addresses = new ProgramAddresses();
const derive = (...seeds: Uint8Array[]) => keyOf(addresses.derive(IMMUTABLE_WHIRLPOOL_PROGRAM, seeds));

const PAYER = named(1);
const CONFIG = named(2);
const MINTS = [named(3), named(4)] as const;
const VAULTS = [named(5), named(6)] as const;
const HOLDINGS = [named(7), named(8)] as const;
const FEE_TIER_SEED = Uint8Array.of(FEE_TIER_INDEX, 0);
const POOL = derive(text("whirlpool"), CONFIG, MINTS[0], MINTS[1], FEE_TIER_SEED);
const ORACLE = derive(text("oracle"), POOL);
const PROGRAM = keyOf(IMMUTABLE_WHIRLPOOL_PROGRAM);
const TOKEN_KEY = keyOf(TOKEN);
const MEMO_KEY = keyOf(MEMO);
const SYSTEM_KEY = keyOf(SYSTEM);

export { named, PAYER, PROGRAM, SYSTEM_KEY, TOKEN_KEY };

/** The accounts and the instruction of a scenario. */
export function draftOf(scenario: Scenario): Draft {
	const token = (key: Uint8Array, mint: Uint8Array, owner: Uint8Array, amount: bigint) => ({
		key,
		owner: TOKEN_KEY,
		data: tokenBytes(mint, owner, amount),
	});
	const arrays = scenario.arrays.map((array) => {
		const key = derive(text("tick_array"), POOL, text(String(array.start)));
		return array.ticks === null
			? { key, owner: SYSTEM_KEY, data: new Uint8Array(0) }
			: { key, owner: PROGRAM, data: arrayBytes(array) };
	});
	const places = scenario.places.map((place) => arrays[place]?.key as Uint8Array);
	const isV2 = scenario.instruction === "swap_v2";
	const further = isV2 ? places.slice(3) : [];
	const common = [HOLDINGS[0], VAULTS[0], HOLDINGS[1], VAULTS[1], ...places.slice(0, 3), ORACLE];
	return {
		pool: { key: POOL, owner: PROGRAM, data: poolBytes(scenario) },
		holdings: [token(HOLDINGS[0], MINTS[0], PAYER, USER_AMOUNT), token(HOLDINGS[1], MINTS[1], PAYER, USER_AMOUNT)],
		vaults: [
			token(VAULTS[0], MINTS[0], POOL, BigInt(scenario.vaults[0])),
			token(VAULTS[1], MINTS[1], POOL, BigInt(scenario.vaults[1])),
		],
		mints: [
			{ key: MINTS[0], owner: TOKEN_KEY, data: mintBytes() },
			{ key: MINTS[1], owner: TOKEN_KEY, data: mintBytes() },
		],
		oracle: { key: ORACLE, owner: SYSTEM_KEY, data: new Uint8Array(0) },
		arrays,
		keys: isV2
			? [TOKEN_KEY, TOKEN_KEY, MEMO_KEY, PAYER, POOL, MINTS[0], MINTS[1], ...common, ...further]
			: [TOKEN_KEY, PAYER, POOL, ...common],
		readonlyKeys: [TOKEN_KEY, MEMO_KEY, MINTS[0], MINTS[1], PROGRAM],
		data: instructionData(scenario, further.length),
	};
}

function instructionData(scenario: Scenario, supplemental: number): Uint8Array {
	const isV2 = scenario.instruction === "swap_v2";
	const remaining = !isV2 ? [] : supplemental === 0 ? [0] : [1, 1, 0, 0, 0, 6, supplemental];
	const data = new Uint8Array(42 + remaining.length);
	data.set(createHash("sha256").update(`global:${scenario.instruction}`).digest().subarray(0, 8));
	writeUint64(data, 8, BigInt(scenario.amount));
	writeUint64(data, 16, BigInt(scenario.threshold));
	writeUint128(data, 24, BigInt(scenario.sqrtPriceLimit));
	data[40] = scenario.isExactIn ? 1 : 0;
	data[41] = scenario.isAToB ? 1 : 0;
	data.set(remaining, 42);
	return data;
}

function poolBytes(scenario: Scenario): Uint8Array {
	const data = new Uint8Array(POOL_SIZE);
	const view = new DataView(data.buffer);
	data.set(createHash("sha256").update("account:Whirlpool").digest().subarray(0, 8));
	data.set(CONFIG, 8);
	data[40] = bumpOf(POOL);
	view.setUint16(41, scenario.tickSpacing, true);
	data.set(FEE_TIER_SEED, 43);
	view.setUint16(45, scenario.feeRate, true);
	view.setUint16(47, scenario.protocolFeeRate, true);
	writeUint128(data, 49, BigInt(scenario.liquidity));
	writeUint128(data, 65, BigInt(scenario.sqrtPrice));
	view.setInt32(81, scenario.tick, true);
	for (const side of [0, 1] as const) {
		writeUint64(data, 85 + 8 * side, BigInt(scenario.feesOwed[side]));
		data.set(MINTS[side], 101 + 80 * side);
		data.set(VAULTS[side], 133 + 80 * side);
		writeUint128(data, 165 + 80 * side, BigInt(scenario.feeGrowths[side]));
	}
	writeUint64(data, 261, BigInt(scenario.rewardsUpdatedSeconds));
	scenario.rewards.forEach(({ emissions, growth }, index) => {
		const at = 269 + 128 * index;
		data.set(named(20 + index), at);
		data.set(named(30 + index), at + 32);
		writeUint128(data, at + 96, BigInt(emissions));
		writeUint128(data, at + 112, BigInt(growth));
	});
	return data;
}

/** A fixed tick array's account. */
export function arrayBytes(array: ScenarioArray): Uint8Array {
	const data = new Uint8Array(TICK_ARRAY_SIZE);
	data.set(createHash("sha256").update("account:TickArray").digest().subarray(0, 8));
	new DataView(data.buffer).setInt32(8, array.start, true);
	for (const tick of array.ticks ?? []) {
		const at = TICKS_OFFSET + TICK_SIZE * tick.offset;
		data[at] = 1;
		const numbers = [tick.net, tick.gross, tick.feeGrowthA, tick.feeGrowthB, ...tick.rewardGrowths];
		numbers.forEach((number, index) => {
			writeUint128(data, at + 1 + 16 * index, BigInt.asUintN(128, BigInt(number)));
		});
	}
	data.set(POOL, TICK_ARRAY_SIZE - 32);
	return data;
}

function writeUint128(data: Uint8Array, at: number, value: bigint): void {
	writeUint64(data, at, BigInt.asUintN(64, value));
	writeUint64(data, at + 8, value >> 64n);
}

/** The bump with which the pool's address derives: the first that leads to it. */
function bumpOf(pool: Uint8Array): number {
	for (let bump = 255; bump >= 0; bump--) {
		const hash = createHash("sha256");
		for (const seed of [text("whirlpool"), CONFIG, ...MINTS, FEE_TIER_SEED]) hash.update(seed);
		hash.update(Uint8Array.of(bump)).update(PROGRAM).update("ProgramDerivedAddress");
		if (readAddress(hash.digest(), 0) === encodeBase58(pool)) return bump;
	}
	throw new Error("the pool's address is not derived");
}

function tokenBytes(mint: Uint8Array, owner: Uint8Array, amount: bigint): Uint8Array {
	const data = new Uint8Array(165);
	data.set(mint, 0);
	data.set(owner, 32);
	writeUint64(data, 64, amount);
	data[108] = 1;
	return data;
}

function mintBytes(): Uint8Array {
	const data = new Uint8Array(82);
	writeUint64(data, 36, 0xffff_ffff_ffff_ffffn);
	data[44] = 9;
	data[45] = 1;
	return data;
}
