import {
	type Address,
	appendTransactionMessageInstruction,
	blockhash,
	compileTransaction,
	createTransactionMessage,
	getProgramDerivedAddress,
	getTransactionEncoder,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import { RAYDIUM_CLMM_PROGRAM } from "../../../core/market/venues/raydium-clmm/pool-account.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { clmmSwap, clmmSwapExactOut } from "../../../libs/solana/instructions/raydium-clmm.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import {
	arrayData,
	bytesOf,
	CONFIG,
	configData,
	extensionData,
	MINTS,
	named,
	OBSERVATION,
	POOL,
	poolData,
	poolSeeds,
	VAULTS,
} from "./accounts.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const LAMPORTS = 1_000_000_000_000n;
const COMPUTE_UNITS = 1_400_000;
/** `ObservationState` with its discriminator (states/oracle.rs): flag, epoch, index, pool, 100 observations, padding. */
const OBSERVATION_SIZE = 4_483;
const OBSERVATION_DISCRIMINATOR = Uint8Array.of(122, 174, 197, 53, 129, 9, 165, 132);
const OBSERVATION_POOL = 19;

/** What the program did: amounts and the pool's bytes afterwards, or its error. */
export type Ran =
	| { readonly ok: true; readonly amountIn: bigint; readonly amountOut: bigint; readonly pool: Uint8Array }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

const PAYER = named(1);
const HOLDINGS = [named(8), named(9)] as const;
const BUDGET = "ComputeBudget111111111111111111111111111111" as Address;

/** The program's dump in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();
	readonly #addresses = new ProgramAddresses();
	readonly #bump: number;

	static async open(elf: Uint8Array): Promise<Machine> {
		const [, bump] = await getProgramDerivedAddress({ programAddress: RAYDIUM_CLMM_PROGRAM, seeds: poolSeeds() });
		return new Machine(elf, bump);
	}

	constructor(elf: Uint8Array, bump: number) {
		this.#bump = bump;
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(bytesOf(RAYDIUM_CLMM_PROGRAM), elf);
		this.#set(PAYER, "11111111111111111111111111111111" as Address, new Uint8Array());
	}

	run(scenario: Scenario): Ran {
		const { direction, transferFeeA, transferFeeB } = scenario;
		const fees = [transferFeeA, transferFeeB] as const;
		this.#set(POOL, RAYDIUM_CLMM_PROGRAM, poolData(scenario, this.#bump));
		this.#set(CONFIG, RAYDIUM_CLMM_PROGRAM, configData(scenario));
		const observation = new Uint8Array(OBSERVATION_SIZE);
		observation.set(OBSERVATION_DISCRIMINATOR);
		observation[OBSERVATION_DISCRIMINATOR.length] = 1;
		observation.set(bytesOf(POOL), OBSERVATION_POOL);
		this.#set(OBSERVATION, RAYDIUM_CLMM_PROGRAM, observation);
		const input = direction === "aToB" ? 0 : 1;
		for (const side of [0, 1] as const) {
			const program = fees[side] === null ? TOKEN : TOKEN_2022;
			this.#set(MINTS[side], program, mintData(fees[side]));
			// Whatever the ranges let out is there, and what comes in fits: both are the quote's matter, not the vault's.
			const vault = side === input ? 0n : U64_MAX;
			this.#set(VAULTS[side], program, tokenData({ side, owner: POOL, amount: vault, fee: fees[side] }));
			const holding = side === input ? U64_MAX : 0n;
			this.#set(HOLDINGS[side], program, tokenData({ side, owner: PAYER, amount: holding, fee: fees[side] }));
		}
		this.#svm.setClock(new Clock(400_000_000n, 0n, scenario.epoch, scenario.epoch + 1n, scenario.unixSeconds));
		const result = this.#svm.sendVersionedTransaction(this.#transaction(scenario));
		if ("err" in result) {
			const error = result.err();
			const inner = typeof error === "number" ? error : (error as { err?: () => unknown }).err?.();
			const code = typeof inner === "number" ? `runtime ${inner}` : String((inner as { code?: number })?.code);
			return { ok: false, error: code, logs: result.meta().logs() };
		}
		const left = readUint64(this.#data(HOLDINGS[input]), 64);
		const got = readUint64(this.#data(HOLDINGS[(1 - input) as 0 | 1]), 64);
		return { ok: true, amountIn: U64_MAX - left, amountOut: got, pool: this.#data(POOL) };
	}

	#transaction(scenario: Scenario): Uint8Array {
		const { direction, exact, amount, hasExtension } = scenario;
		const input = direction === "aToB" ? 0 : 1;
		const output = direction === "aToB" ? 1 : 0;
		const accounts = {
			pool: POOL,
			ammConfig: CONFIG,
			observation: OBSERVATION,
			payer: PAYER,
			inputTokenAccount: HOLDINGS[input],
			outputTokenAccount: HOLDINGS[output],
			inputVault: VAULTS[input],
			outputVault: VAULTS[output],
			inputTokenMint: MINTS[input],
			outputTokenMint: MINTS[output],
			bitmapExtension: hasExtension ? this.#extension(scenario) : null,
			tickArrays: scenario.arrays.map((start) => this.#array(scenario, start)),
		};
		const swap =
			exact === "in"
				? clmmSwap({ ...accounts, amountIn: amount, minimumAmountOut: 0n })
				: clmmSwapExactOut({ ...accounts, amountOut: amount, maximumAmountIn: U64_MAX });
		const limit = new Uint8Array(5);
		limit[0] = 2;
		new DataView(limit.buffer).setUint32(1, COMPUTE_UNITS, true);
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(empty) => setTransactionMessageFeePayer(PAYER, empty),
			(paid) =>
				setTransactionMessageLifetimeUsingBlockhash(
					{ blockhash: blockhash(named(11)), lastValidBlockHeight: U64_MAX },
					paid,
				),
			(dated) => appendTransactionMessageInstruction({ programAddress: BUDGET, data: limit }, dated),
			(limited) => appendTransactionMessageInstruction(swap, limited),
		);
		return new Uint8Array(getTransactionEncoder().encode(compileTransaction(message)));
	}

	#extension(scenario: Scenario): Address {
		const seeds = [Buffer.from("pool_tick_array_bitmap_extension"), bytesOf(POOL)];
		const address = this.#addresses.derive(RAYDIUM_CLMM_PROGRAM, seeds);
		this.#set(address, RAYDIUM_CLMM_PROGRAM, extensionData(scenario));
		return address;
	}

	#array(scenario: Scenario, start: number): Address {
		const startBytes = Buffer.alloc(4);
		startBytes.writeInt32BE(start);
		const seeds = [Buffer.from("tick_array"), bytesOf(POOL), startBytes];
		const address = this.#addresses.derive(RAYDIUM_CLMM_PROGRAM, seeds);
		this.#set(address, RAYDIUM_CLMM_PROGRAM, arrayData(scenario, start));
		return address;
	}

	#set(of: Address, owner: Address, data: Uint8Array): void {
		this.#svm.setAccount(bytesOf(of), new Account(LAMPORTS, data, bytesOf(owner), false, 0n));
	}

	#data(of: Address): Uint8Array {
		const account = this.#svm.getAccount(bytesOf(of));
		if (account === null) throw new Error(`account ${of} does not exist: it was written before the swap`);
		return account.data();
	}
}

interface Holding {
	readonly side: 0 | 1;
	readonly owner: Address;
	readonly amount: bigint;
	readonly fee: ScenarioFee | null;
}

function tokenData({ side, owner, amount, fee }: Holding): Uint8Array {
	const data = new Uint8Array(fee === null ? 165 : 178);
	data.set(bytesOf(MINTS[side]), 0);
	data.set(bytesOf(owner), 32);
	writeUint64(data, 64, amount);
	data[108] = 1;
	// Token-2022: account type, then `TransferFeeAmount` (type 2, 8 bytes).
	if (fee !== null) data.set([2, 2, 0, 8, 0], 165);
	return data;
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
