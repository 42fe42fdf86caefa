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
import { DLMM_PROGRAM, ORACLE_DISCRIMINATOR, PAIR_OFFSET } from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { binPrice } from "../../../core/market/venues/meteora-dlmm/bin-price.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { dlmmSwap, dlmmSwapExactOut } from "../../../libs/solana/instructions/meteora-dlmm.ts";
import { binArrayBytes, markArrays } from "./bytes.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const COMPUTE_BUDGET = "ComputeBudget111111111111111111111111111111" as Address;
const SYSTEM = "11111111111111111111111111111111" as Address;
/** Part of the address of customizable pairs (dlmm-sdk, commons/src/seeds.rs `ILM_BASE_KEY`). */
const ILM_BASE_KEY = "MFGQxwAmB91SwuYX36okv2Qmdc9aMuHTwWGUrp4AtB1" as Address;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const LAMPORTS = 1_000_000_000_000n;
/** dlmm-sdk, idls/dlmm.json `LbPair`: what the machine writes besides {@link PAIR_OFFSET}. */
const BUMP_OFFSET = 72;
const BIN_STEP_SEED_OFFSET = 73;
const BASE_KEY_OFFSET = 784;
const ORACLE_SIZE = 3_232;
const ORACLE_LENGTH = 100n;

/** What the program did: amounts and the accounts' bytes afterwards, or its error. */
export type Ran =
	| {
			readonly ok: true;
			readonly amountIn: bigint;
			readonly amountOut: bigint;
			readonly pair: Uint8Array;
			readonly arrays: ReadonlyMap<number, Uint8Array>;
	  }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

/** The accounts as the program sees them. */
export interface Accounts {
	readonly address: Address;
	readonly pair: Uint8Array;
	readonly extension: Uint8Array | null;
	readonly arrays: ReadonlyMap<number, Uint8Array>;
}

/** A fixed address for each use. */
function named(index: number, second = index): Address {
	const bytes = new Uint8Array(32).fill(index);
	bytes[31] = second & 0xff;
	bytes[30] = second >> 8;
	return encodeBase58(bytes) as Address;
}

const PAYER = named(1);
const MINTS = [named(3), named(4)] as const;
const RESERVES = [named(5), named(6)] as const;
const HOLDINGS = [named(7), named(8)] as const;
const ORACLE = named(12);
const EXTENSION = named(13);

const arrayAddress = (index: number): Address => named(14, index + 7_000);

/** The program's dump in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();
	readonly #encoder = getAddressEncoder();
	/** By pair type: the pair signs for its reserves, so its address must be the one its seeds give. */
	readonly #pairs: readonly (readonly [Address, number])[];

	static async start(elf: Uint8Array): Promise<Machine> {
		const encoder = getAddressEncoder();
		const mints = MINTS.map((mint) => encoder.encode(mint));
		const base = encoder.encode(ILM_BASE_KEY);
		const binStepSeed = Uint8Array.of(1, 0);
		const seedsByType = [
			[...mints, binStepSeed],
			[base, ...mints, binStepSeed],
			[base, ...mints],
			[base, ...mints],
		];
		const pairs = await Promise.all(
			seedsByType.map((seeds) => getProgramDerivedAddress({ programAddress: DLMM_PROGRAM, seeds })),
		);
		return new Machine(elf, pairs);
	}

	constructor(elf: Uint8Array, pairs: readonly (readonly [Address, number])[]) {
		this.#pairs = pairs;
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(this.#bytes(DLMM_PROGRAM), elf);
		this.#set(PAYER, SYSTEM, new Uint8Array());
	}

	/** The scenario's accounts, with the addresses that this machine serves. */
	accounts(scenario: Scenario): Accounts {
		const pair = scenario.pair.slice();
		const [address, bump] = this.#pairs[pair[PAIR_OFFSET.pairType] as number] as readonly [Address, number];
		const addressBytes = this.#bytes(address);
		pair[BUMP_OFFSET] = bump;
		pair[BIN_STEP_SEED_OFFSET] = 1;
		pair.set(this.#bytes(ILM_BASE_KEY), BASE_KEY_OFFSET);
		pair.set(this.#bytes(MINTS[0]), PAIR_OFFSET.tokenXMint);
		pair.set(this.#bytes(MINTS[1]), PAIR_OFFSET.tokenYMint);
		pair.set(this.#bytes(RESERVES[0]), PAIR_OFFSET.reserveX);
		pair.set(this.#bytes(RESERVES[1]), PAIR_OFFSET.reserveY);
		pair.set(this.#bytes(ORACLE), PAIR_OFFSET.oracle);
		pair[PAIR_OFFSET.tokenMintXProgramFlag] = scenario.transferFeeX === null ? 0 : 1;
		pair[PAIR_OFFSET.tokenMintYProgramFlag] = scenario.transferFeeY === null ? 0 : 1;
		const marked = scenario.arrays.filter(({ isMarked }) => isMarked).map(({ index }) => index);
		const extension = markArrays(pair, addressBytes, marked, scenario.hasExtension);
		const binStep = new DataView(pair.buffer).getUint16(PAIR_OFFSET.binStep, true);
		const arrays = new Map<number, Uint8Array>();
		for (const content of scenario.arrays) {
			const price = (slot: number) => binPrice(content.index * 70 + slot, binStep) ?? 0n;
			arrays.set(content.index, binArrayBytes(content, addressBytes, price));
		}
		return { address, pair, extension, arrays };
	}

	run(scenario: Scenario, accounts: Accounts): Ran {
		const { direction, transferFeeX, transferFeeY } = scenario;
		const fees = [transferFeeX, transferFeeY] as const;
		this.#set(accounts.address, DLMM_PROGRAM, accounts.pair);
		if (accounts.extension !== null) this.#set(EXTENSION, DLMM_PROGRAM, accounts.extension);
		for (const [index, data] of accounts.arrays) this.#set(arrayAddress(index), DLMM_PROGRAM, data);
		this.#set(ORACLE, DLMM_PROGRAM, oracleData());
		const input = direction === "aToB" ? 0 : 1;
		for (const side of [0, 1] as const) {
			const program = fees[side] === null ? TOKEN : TOKEN_2022;
			this.#set(MINTS[side], program, mintData(fees[side]));
			// Whatever the bins let out is there, and what comes in fits: both are the quote's matter, not the reserve's.
			const reserve = side === input ? 0n : U64_MAX;
			this.#set(RESERVES[side], program, this.#tokenData(side, accounts.address, reserve, fees[side]));
			const holding = side === input ? U64_MAX : 0n;
			this.#set(HOLDINGS[side], program, this.#tokenData(side, PAYER, holding, fees[side]));
		}
		this.#svm.setClock(new Clock(scenario.slot, 0n, scenario.epoch, scenario.epoch + 1n, scenario.unixSeconds));
		const result = this.#svm.sendVersionedTransaction(this.#transaction(scenario, accounts));
		if ("err" in result) {
			const error = result.err();
			const inner = typeof error === "number" ? error : (error as { err?: () => unknown }).err?.();
			const code = typeof inner === "number" ? `runtime ${inner}` : String((inner as { code?: number })?.code);
			return { ok: false, error: code, logs: result.meta().logs() };
		}
		const left = readUint64(this.#data(HOLDINGS[input]), 64);
		return {
			ok: true,
			amountIn: U64_MAX - left,
			amountOut: readUint64(this.#data(HOLDINGS[(1 - input) as 0 | 1]), 64),
			pair: this.#data(accounts.address),
			arrays: new Map([...accounts.arrays.keys()].map((index) => [index, this.#data(arrayAddress(index))])),
		};
	}

	#transaction(scenario: Scenario, accounts: Accounts): Uint8Array {
		const { direction, exact, amount, transferFeeX, transferFeeY } = scenario;
		const isDown = direction === "aToB";
		const [source, target] = isDown ? HOLDINGS : ([HOLDINGS[1], HOLDINGS[0]] as const);
		const given = scenario.arrays.filter(({ isGiven }) => isGiven).map(({ index }) => arrayAddress(index));
		const common = {
			pair: accounts.address,
			bitmapExtension: accounts.extension === null ? null : EXTENSION,
			reserveX: RESERVES[0],
			reserveY: RESERVES[1],
			inputTokenAccount: source,
			outputTokenAccount: target,
			tokenXMint: MINTS[0],
			tokenYMint: MINTS[1],
			oracle: ORACLE,
			hostFeeAccount: null,
			payer: PAYER,
			tokenXProgram: transferFeeX === null ? TOKEN : TOKEN_2022,
			tokenYProgram: transferFeeY === null ? TOKEN : TOKEN_2022,
			binArrays: given,
		};
		const swap =
			exact === "in"
				? dlmmSwap({ ...common, amountIn: amount, minimumAmountOut: 0n })
				: dlmmSwapExactOut({ ...common, amountOut: amount, maximumAmountIn: U64_MAX });
		const limit = { programAddress: COMPUTE_BUDGET, data: Uint8Array.of(2, 0xc0, 0x5c, 0x15, 0) };
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(empty) => setTransactionMessageFeePayer(PAYER, empty),
			(paid) =>
				setTransactionMessageLifetimeUsingBlockhash(
					{ blockhash: blockhash(named(11)), lastValidBlockHeight: U64_MAX },
					paid,
				),
			(dated) => appendTransactionMessageInstructions([limit, swap], dated),
		);
		return new Uint8Array(getTransactionEncoder().encode(compileTransaction(message)));
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

/** An oracle of the usual length, without samples yet (idls/dlmm.json 0.12.0 `Oracle`). */
function oracleData(): Uint8Array {
	const data = new Uint8Array(ORACLE_SIZE);
	data.set(ORACLE_DISCRIMINATOR);
	writeUint64(data, 24, ORACLE_LENGTH);
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
