import {
	type Address,
	appendTransactionMessageInstruction,
	blockhash,
	compileTransaction,
	createTransactionMessage,
	getAddressEncoder,
	getTransactionEncoder,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import {
	DAMM_V2_AUTHORITY,
	DAMM_V2_PROGRAM,
	POOL_OFFSET,
} from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { dammV2Swap, dammV2SwapExactOut } from "../../../libs/solana/instructions/meteora-damm-v2.ts";
import type { Scenario, ScenarioFee } from "./scenario.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const LAMPORTS = 1_000_000_000_000n;
const RATE_LIMITER = 2;

/** What the program did: amounts and the pool's bytes afterwards, or its error. */
export type Ran =
	| { readonly ok: true; readonly amountIn: bigint; readonly amountOut: bigint; readonly pool: Uint8Array }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

/** A fixed address for each use. */
function named(index: number): Address {
	return encodeBase58(new Uint8Array(32).fill(index)) as Address;
}

const PAYER = named(1);
export const POOL = named(2);
const MINTS = [named(3), named(4)] as const;
const VAULTS = [named(5), named(6)] as const;
const HOLDINGS = [named(7), named(8)] as const;
const REFERRALS = [named(9), named(10)] as const;

/** The pool's bytes with the addresses that {@link Machine} serves. */
export function addressed(pool: Uint8Array): Uint8Array {
	const data = pool.slice();
	const encoder = getAddressEncoder();
	data.set(encoder.encode(MINTS[0]), POOL_OFFSET.tokenAMint);
	data.set(encoder.encode(MINTS[1]), POOL_OFFSET.tokenBMint);
	data.set(encoder.encode(VAULTS[0]), POOL_OFFSET.tokenAVault);
	data.set(encoder.encode(VAULTS[1]), POOL_OFFSET.tokenBVault);
	return data;
}

/** The program's dump in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();
	readonly #encoder = getAddressEncoder();

	constructor(elf: Uint8Array) {
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(this.#bytes(DAMM_V2_PROGRAM), elf);
		this.#set(PAYER, "11111111111111111111111111111111" as Address, new Uint8Array());
	}

	run(scenario: Scenario): Ran {
		const { pool, direction, transferFeeA, transferFeeB } = scenario;
		const fees = [transferFeeA, transferFeeB] as const;
		this.#set(POOL, DAMM_V2_PROGRAM, pool);
		const input = direction === "aToB" ? 0 : 1;
		for (const side of [0, 1] as const) {
			const program = fees[side] === null ? TOKEN : TOKEN_2022;
			this.#set(MINTS[side], program, mintData(fees[side]));
			// Whatever the curve lets out is there, and what comes in fits: both are the quote's matter, not the vault's.
			const vault = side === input ? 0n : U64_MAX;
			this.#set(VAULTS[side], program, this.#tokenData(side, DAMM_V2_AUTHORITY, vault, fees[side]));
			const holding = side === input ? U64_MAX : 0n;
			this.#set(HOLDINGS[side], program, this.#tokenData(side, PAYER, holding, fees[side]));
			this.#set(REFERRALS[side], program, this.#tokenData(side, PAYER, 0n, fees[side]));
		}
		this.#svm.setClock(new Clock(scenario.slot, 0n, scenario.epoch, scenario.epoch + 1n, scenario.unixSeconds));
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
		const { direction, exact, amount, hasReferral, transferFeeA, transferFeeB, pool } = scenario;
		const [source, target] = direction === "aToB" ? HOLDINGS : ([HOLDINGS[1], HOLDINGS[0]] as const);
		const isFeeInTokenA = direction === "bToA" && pool[POOL_OFFSET.collectFeeMode] === 0;
		const accounts = {
			pool: POOL,
			payer: PAYER,
			inputTokenAccount: source,
			outputTokenAccount: target,
			tokenAVault: VAULTS[0],
			tokenBVault: VAULTS[1],
			tokenAMint: MINTS[0],
			tokenBMint: MINTS[1],
			tokenAProgram: transferFeeA === null ? TOKEN : TOKEN_2022,
			tokenBProgram: transferFeeB === null ? TOKEN : TOKEN_2022,
			referralTokenAccount: hasReferral ? REFERRALS[isFeeInTokenA ? 0 : 1] : null,
			isRateLimited: pool[16] === RATE_LIMITER,
		};
		const instruction =
			exact === "in"
				? dammV2Swap({ ...accounts, amountIn: amount, minimumAmountOut: 0n })
				: dammV2SwapExactOut({ ...accounts, amountOut: amount, maximumAmountIn: U64_MAX });
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(empty) => setTransactionMessageFeePayer(PAYER, empty),
			(paid) =>
				setTransactionMessageLifetimeUsingBlockhash(
					{ blockhash: blockhash(named(11)), lastValidBlockHeight: U64_MAX },
					paid,
				),
			(dated) => appendTransactionMessageInstruction(instruction, dated),
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
