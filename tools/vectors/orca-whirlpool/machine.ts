import {
	type Address,
	appendTransactionMessageInstructions,
	blockhash,
	compileTransaction,
	createTransactionMessage,
	getAddressEncoder,
	getProgramDerivedAddress,
	getTransactionEncoder,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import { oracleSeeds, tickArraySeeds } from "../../../core/market/venues/orca-whirlpool/tick-array.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { whirlpoolSwap, whirlpoolSwapExactOut } from "../../../libs/solana/instructions/orca-whirlpool.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import { arrayBytes, oracleBytes, type PoolNames, poolBytes } from "./account-bytes.ts";
import { COMPUTE_EXHAUSTED, type Ran } from "./compare.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

/**
 * The dump is of Orca's second deployment, which nobody can change: the same source, but it runs under this address only
 * (whirlpools, legacy-sdk/whirlpool/src/types/public/constants.ts `ORCA_WHIRLPOOL_PROGRAM_ID_IMMUTABLE`).
 */
const PROGRAM = "iwhrLHdsgrvmnwU8GF2FSmyabSMjfHwFGJAX2ufJ3ZN" as Address;
const SYSTEM = "11111111111111111111111111111111" as Address;
const COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const LAMPORTS = 1_000_000_000_000n;
/** SetComputeUnitLimit of 1,400,000. */
const COMPUTE_LIMIT = Uint8Array.of(2, 0xc0, 0x5c, 0x15, 0);

/** A fixed address for each use. */
function named(index: number): Address {
	return encodeBase58(new Uint8Array(32).fill(index)) as Address;
}

const PAYER = named(1);
const MINTS = [named(3), named(4)] as const;
const VAULTS = [named(5), named(6)] as const;
const HOLDINGS = [named(7), named(8)] as const;
const CONFIG = new Uint8Array(32).fill(9);

/** A pool's address and what its account names: the pool signs with its own seeds. */
export interface MachinePool {
	readonly address: Address;
	readonly bytes: Uint8Array;
	readonly names: PoolNames;
}

/** The program's dump in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();
	readonly #encoder = getAddressEncoder();
	readonly #addresses = new ProgramAddresses();
	readonly #pools = new Map<number, MachinePool>();

	constructor(elf: Uint8Array) {
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(this.#bytes(PROGRAM), elf);
		this.#set(PAYER, SYSTEM, new Uint8Array());
	}

	/** The pool of a fee tier. */
	async pool(feeTierIndex: number): Promise<MachinePool> {
		const known = this.#pools.get(feeTierIndex);
		if (known !== undefined) return known;
		const mints = MINTS.map((mint) => this.#bytes(mint)) as [Uint8Array, Uint8Array];
		const vaults = VAULTS.map((vault) => this.#bytes(vault)) as [Uint8Array, Uint8Array];
		const tier = Uint8Array.of(feeTierIndex & 0xff, feeTierIndex >> 8);
		const seeds = ["whirlpool", CONFIG, ...mints, tier];
		const [address, bump] = await getProgramDerivedAddress({ programAddress: PROGRAM, seeds });
		const pool = { address, bytes: this.#bytes(address), names: { config: CONFIG, bump, mints, vaults } };
		this.#pools.set(feeTierIndex, pool);
		return pool;
	}

	/** Runs the swap, naming the arrays that begin at `starts`. */
	run(scenario: Scenario, pool: MachinePool, starts: readonly number[]): Ran {
		const { direction, transferFeeA, transferFeeB } = scenario;
		const fees = [transferFeeA, transferFeeB] as const;
		this.#set(pool.address, PROGRAM, poolBytes(scenario, pool.names));
		const oracle = this.#addresses.derive(PROGRAM, oracleSeeds(pool.bytes));
		this.#setOrClear(oracle, oracleBytes(scenario.oracle, pool.bytes));
		for (const array of scenario.arrays) {
			this.#setOrClear(this.#array(pool, array.start), arrayBytes(array, pool.bytes));
		}
		const input = direction === "aToB" ? 0 : 1;
		for (const side of [0, 1] as const) {
			const program = fees[side] === null ? TOKEN : TOKEN_2022;
			this.#set(MINTS[side], program, mintData(fees[side]));
			// Whatever the curve lets out is there, and what comes in fits: both are the quote's matter, not the vault's.
			const vault = side === input ? 0n : U64_MAX;
			this.#set(VAULTS[side], program, this.#tokenData(side, pool.address, vault, fees[side]));
			this.#set(HOLDINGS[side], program, this.#tokenData(side, PAYER, side === input ? U64_MAX : 0n, fees[side]));
		}
		this.#svm.setClock(new Clock(1n, 0n, scenario.epoch, scenario.epoch + 1n, scenario.unixSeconds));
		const tickArrays = starts.map((start) => this.#array(pool, start));
		const result = this.#svm.sendVersionedTransaction(this.#transaction(scenario, { pool, oracle, tickArrays }));
		if ("err" in result) {
			const logs = result.meta().logs();
			const isExhausted = logs.some((line) => line.includes("exceeded CUs meter"));
			const error = result.err();
			const inner = typeof error === "number" ? error : (error as { err?: () => unknown }).err?.();
			const code = typeof inner === "number" ? `runtime ${inner}` : String((inner as { code?: number })?.code);
			return { ok: false, error: isExhausted ? COMPUTE_EXHAUSTED : code, logs };
		}
		return {
			ok: true,
			amountIn: U64_MAX - readUint64(this.#data(HOLDINGS[input]), 64),
			amountOut: readUint64(this.#data(HOLDINGS[(1 - input) as 0 | 1]), 64),
			pool: this.#data(pool.address),
			oracle: scenario.oracle === null ? null : this.#data(oracle),
		};
	}

	#transaction(
		{ direction, exact, amount, transferFeeA, transferFeeB }: Scenario,
		swapped: { readonly pool: MachinePool; readonly oracle: Address; readonly tickArrays: readonly Address[] },
	): Uint8Array {
		const accounts = {
			pool: swapped.pool.address,
			payer: PAYER,
			tokenAccountA: HOLDINGS[0],
			tokenAccountB: HOLDINGS[1],
			vaultA: VAULTS[0],
			vaultB: VAULTS[1],
			mintA: MINTS[0],
			mintB: MINTS[1],
			tokenProgramA: transferFeeA === null ? TOKEN : TOKEN_2022,
			tokenProgramB: transferFeeB === null ? TOKEN : TOKEN_2022,
			tickArrays: swapped.tickArrays,
			oracle: swapped.oracle,
			direction,
		};
		const swap =
			exact === "in"
				? whirlpoolSwap({ ...accounts, amountIn: amount, minimumAmountOut: 0n })
				: whirlpoolSwapExactOut({ ...accounts, amountOut: amount, maximumAmountIn: U64_MAX });
		const limit = { programAddress: COMPUTE_BUDGET, accounts: [], data: COMPUTE_LIMIT };
		const lifetime = { blockhash: blockhash(named(11)), lastValidBlockHeight: U64_MAX };
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(empty) => setTransactionMessageFeePayer(PAYER, empty),
			(paid) => setTransactionMessageLifetimeUsingBlockhash(lifetime, paid),
			(dated) => appendTransactionMessageInstructions([limit, { ...swap, programAddress: PROGRAM }], dated),
		);
		return new Uint8Array(getTransactionEncoder().encode(compileTransaction(message)));
	}

	#array(pool: MachinePool, start: number): Address {
		return this.#addresses.derive(PROGRAM, tickArraySeeds(pool.bytes, start));
	}

	#tokenData(side: 0 | 1, owner: Address, amount: bigint, fee: ScenarioFee | null): Uint8Array {
		const data = new Uint8Array(fee === null ? 165 : 178);
		data.set(this.#bytes(MINTS[side]), 0);
		data.set(this.#bytes(owner), 32);
		writeUint64(data, 64, amount);
		data[108] = 1;
		// Token-2022: account type, then `TransferFeeAmount` (type 2, 8 bytes).
		if (fee !== null) data.set([2, 2, 0, 8, 0], 165);
		return data;
	}

	#setOrClear(of: Address, data: Uint8Array | null): void {
		this.#set(of, data === null ? SYSTEM : PROGRAM, data ?? new Uint8Array());
	}

	#set(of: Address, owner: Address, data: Uint8Array): void {
		this.#svm.setAccount(this.#bytes(of), new Account(LAMPORTS, data, this.#bytes(owner), false, 0n));
	}

	#data(of: Address): Uint8Array {
		const account = this.#svm.getAccount(this.#bytes(of));
		if (account === null) throw new Error(`account ${of} does not exist: it was written before the swap`);
		return account.data();
	}

	#bytes(of: Address): Uint8Array {
		return new Uint8Array(this.#encoder.encode(of));
	}
}

/** A mint's 82 bytes, or with the extension `TransferFeeConfig` (type 1, 108 bytes). */
function mintData(fee: ScenarioFee | null): Uint8Array {
	const data = new Uint8Array(fee === null ? 82 : 278);
	writeUint64(data, 36, U64_MAX);
	data[44] = 6;
	data[45] = 1;
	if (fee === null) return data;
	data.set([1, 1, 0, 108, 0], 165);
	let offset = 170 + 72;
	for (const [epoch, [basisPoints, maximum]] of [[0n, fee.older] as const, [fee.from, fee.newer] as const]) {
		writeUint64(data, offset, epoch);
		writeUint64(data, offset + 8, maximum);
		data[offset + 16] = Number(basisPoints & 0xffn);
		data[offset + 17] = Number(basisPoints >> 8n);
		offset += 18;
	}
	return data;
}
