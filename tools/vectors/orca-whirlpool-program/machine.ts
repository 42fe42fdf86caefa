import { createHash } from "node:crypto";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import { encodeBase58, readAddress } from "../../../core/types/base58.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { Address } from "../../../core/types/address.ts";
import { Base58 } from "../../../libs/solana/base58.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import { type Scenario, type ScenarioArray } from "./scenario.ts";

/**
 * The program was deployed twice on mainnet, and the second deployment, which cannot be changed, is the one whose
 * executable is published. It insists on its own id; ours takes the one that it is run at.
 */
const IMMUTABLE_WHIRLPOOL_PROGRAM = "iwhrLHdsgrvmnwU8GF2FSmyabSMjfHwFGJAX2ufJ3ZN" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;
const SYSTEM = "11111111111111111111111111111111" as Address;
const LAMPORTS = 1_000_000_000_000n;
const FEE_TIER_INDEX = 64;
const USER_AMOUNT = 1n << 62n;
const POOL_SIZE = 653;
const TICK_ARRAY_SIZE = 9_988;
const TICK_SIZE = 113;
const TICKS_OFFSET = 12;

/** What a program did: everything it left in the accounts, or its error. */
export type Ran =
	| {
			readonly ok: true;
			readonly computeUnits: number;
			/** The pool, then the arrays that exist, in the order of the scenario. */
			readonly accounts: readonly Uint8Array[];
			/** The trader's A and B, the vaults' A and B. */
			readonly amounts: readonly bigint[];
	  }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

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

/** A Whirlpool program in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();
	readonly #zeroed = new Set<string>();

	constructor(program: Uint8Array) {
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(PROGRAM, program);
		for (const mint of MINTS) this.#set(mint, TOKEN_KEY, mintBytes());
	}

	run(scenario: Scenario): Ran {
		const keys = this.#load(scenario);
		const places = scenario.places.map((place) => keys[place] as Uint8Array);
		const result = this.#svm.sendVersionedTransaction(wire(scenario, places));
		if ("err" in result) return { ok: false, error: errorOf(result.err()), logs: result.meta().logs() };
		const existing = keys.filter((_, index) => scenario.arrays[index]?.ticks !== null);
		return {
			ok: true,
			computeUnits: Number(result.computeUnitsConsumed()),
			accounts: [POOL, ...existing].map((key) => this.#data(key)),
			amounts: [...HOLDINGS, ...VAULTS].map((key) =>
				new DataView(this.#data(key).buffer).getBigUint64(64, true),
			),
		};
	}

	/** Writes the scenario's accounts; the keys of its arrays. */
	#load(scenario: Scenario): Uint8Array[] {
		this.#svm.setClock(new Clock(1_000n, 0n, 7n, 8n, BigInt(scenario.nowSeconds)));
		this.#set(PAYER, keyOf(SYSTEM), new Uint8Array(0));
		this.#set(POOL, PROGRAM, poolBytes(scenario));
		for (const side of [0, 1] as const) {
			this.#set(HOLDINGS[side], TOKEN_KEY, tokenBytes(MINTS[side], PAYER, USER_AMOUNT));
			this.#set(VAULTS[side], TOKEN_KEY, tokenBytes(MINTS[side], POOL, BigInt(scenario.vaults[side])));
		}
		return scenario.arrays.map((array) => {
			const key = derive(text("tick_array"), POOL, text(String(array.start)));
			if (array.ticks !== null) this.#set(key, PROGRAM, arrayBytes(array));
			else this.#svm.setAccount(key, new Account(0n, new Uint8Array(0), keyOf(SYSTEM), false, 0n));
			return key;
		});
	}

	#set(key: Uint8Array, owner: Uint8Array, data: Uint8Array): void {
		this.#svm.setAccount(key, new Account(LAMPORTS, data, owner, false, 0n));
	}

	#data(key: Uint8Array): Uint8Array {
		const account = this.#svm.getAccount(key);
		if (account === null) throw new Error(`account ${encodeBase58(key)} is gone`);
		return account.data().slice();
	}
}

/** One short text for all that a run left behind. */
export function digestOf(ran: Ran): string {
	if (!ran.ok) return ran.error;
	const hash = createHash("sha256");
	for (const data of ran.accounts) hash.update(data);
	return `${ran.amounts.join(" ")} ${hash.digest("base64").slice(0, 22)}`;
}

function errorOf(error: unknown): string {
	if (typeof error === "number") return `transaction ${error}`;
	const inner = (error as { err?: () => unknown }).err?.();
	if (typeof inner === "number") return `runtime ${inner}`;
	return String((inner as { code?: number } | undefined)?.code ?? error);
}

function wire(scenario: Scenario, places: readonly Uint8Array[]): Uint8Array {
	const unique = new Map([PAYER, POOL, ...HOLDINGS, ...VAULTS, ...places, ORACLE].map((key) => [String(key), key]));
	const readonly = [TOKEN_KEY, keyOf(MEMO), MINTS[0], MINTS[1], PROGRAM];
	const keys = [...unique.values(), ...readonly];
	const indexes = new Map(keys.map((key, index) => [String(key), index]));
	const common = [HOLDINGS[0], VAULTS[0], HOLDINGS[1], VAULTS[1], ...places.slice(0, 3), ORACLE];
	const isV2 = scenario.instruction === "swap_v2";
	const further = isV2 ? places.slice(3) : [];
	const accounts = isV2
		? [TOKEN_KEY, TOKEN_KEY, keyOf(MEMO), PAYER, POOL, MINTS[0], MINTS[1], ...common, ...further]
		: [TOKEN_KEY, PAYER, POOL, ...common];
	const data = instructionData(scenario, further.length);
	return Uint8Array.from([
		...[1, ...new Array<number>(64).fill(0)],
		...[1, 0, readonly.length, keys.length, ...keys.flatMap((key) => [...key])],
		...new Array<number>(32).fill(1),
		...[1, indexes.get(String(PROGRAM)) as number, accounts.length],
		...accounts.map((key) => indexes.get(String(key)) as number),
		...[data.length, ...data],
	]);
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

function arrayBytes(array: ScenarioArray): Uint8Array {
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
