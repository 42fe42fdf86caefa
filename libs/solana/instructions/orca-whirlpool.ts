import { AccountRole, type Address } from "@solana/web3.js";
import { WHIRLPOOL_PROGRAM } from "../../../core/market/venues/orca-whirlpool/accounts.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminator: the first 8 bytes of sha256("global:swap_v2") (whirlpools, lib.rs). */
export const WHIRLPOOL_SWAP_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(43, 4, 237, 11, 26, 201, 30, 98);

/** Where the amounts stand in the data of an exact input, as little-endian u64. */
export const WHIRLPOOL_SWAP_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;

/** Where the amounts stand in the data for an exact output, as little-endian u64. */
export const WHIRLPOOL_SWAP_EXACT_OUT_OFFSET = { amountOut: 8, maximumAmountIn: 16 } as const;

/** Bytes of `swap_v2` data: discriminator, u64, u64, u128, two flags, and no further accounts. */
export const WHIRLPOOL_SWAP_DATA_SIZE = 43;

/** The memo program that the program's account list demands, whether or not a transfer has a memo. */
export const WHIRLPOOL_MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

/** Arrays in the fixed part of the account list. */
const FIXED_ARRAYS = 3;
/** whirlpools, util/v2/remaining_accounts_utils.rs `MAX_SUPPLEMENTAL_TICK_ARRAYS_LEN`. */
const MAX_SUPPLEMENTAL_ARRAYS = 3;
/** whirlpools, util/v2/remaining_accounts_utils.rs `AccountsType::SupplementalTickArrays`. */
const SUPPLEMENTAL_TICK_ARRAYS = 6;
/** The end of an optional list of one slice: some, length as u32, type, count. */
const SUPPLEMENTAL_BYTES = 6;

const AMOUNT_OFFSET = 8;
const THRESHOLD_OFFSET = 16;
const IS_EXACT_IN_OFFSET = 40;
const IS_A_TO_B_OFFSET = 41;
const REMAINING_OFFSET = 42;

/** Accounts of a swap, from the pool and the trader. */
export interface WhirlpoolSwapAccounts {
	readonly pool: Address;
	/** Signs, and owns both token accounts. */
	readonly payer: Address;
	readonly tokenAccountA: Address;
	readonly tokenAccountB: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	readonly mintA: Address;
	readonly mintB: Address;
	readonly tokenProgramA: Address;
	readonly tokenProgramB: Address;
	/**
	 * Tick arrays in any order, 1 to 6; the program picks those that its price needs, and takes one that does not exist
	 * for empty. More than three go behind the fixed accounts.
	 */
	readonly tickArrays: readonly Address[];
	/** Named also for pools that have none. */
	readonly oracle: Address;
	readonly direction: "aToB" | "bToA";
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface WhirlpoolSwap extends WhirlpoolSwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface WhirlpoolSwapExactOut extends WhirlpoolSwapAccounts {
	readonly amountOut: bigint;
	readonly maximumAmountIn: bigint;
}

/**
 * Orca Whirlpool `swap_v2` of an exact input, without a price limit of its own (whirlpools, instructions/v2/swap.rs).
 *
 * @throws RangeError when there is no tick array or more than six
 */
export function whirlpoolSwap(swap: WhirlpoolSwap): WholeInstruction {
	return instruction(swap, { amount: swap.amountIn, threshold: swap.minimumAmountOut, isExactIn: true });
}

/** Orca Whirlpool `swap_v2` for an exact output; errors as {@link whirlpoolSwap}. */
export function whirlpoolSwapExactOut(swap: WhirlpoolSwapExactOut): WholeInstruction {
	return instruction(swap, { amount: swap.amountOut, threshold: swap.maximumAmountIn, isExactIn: false });
}

function instruction(
	swap: WhirlpoolSwapAccounts,
	terms: { readonly amount: bigint; readonly threshold: bigint; readonly isExactIn: boolean },
): WholeInstruction {
	const { tickArrays } = swap;
	const last = tickArrays[tickArrays.length - 1];
	if (last === undefined || tickArrays.length > FIXED_ARRAYS + MAX_SUPPLEMENTAL_ARRAYS) {
		throw new RangeError(`a swap names 1 to 6 tick arrays, not ${tickArrays.length}: name those near the price`);
	}
	const supplemental = tickArrays.slice(FIXED_ARRAYS);
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	return {
		programAddress: WHIRLPOOL_PROGRAM,
		accounts: [
			readonly(swap.tokenProgramA),
			readonly(swap.tokenProgramB),
			readonly(WHIRLPOOL_MEMO_PROGRAM),
			{ address: swap.payer, role: AccountRole.READONLY_SIGNER },
			writable(swap.pool),
			readonly(swap.mintA),
			readonly(swap.mintB),
			writable(swap.tokenAccountA),
			writable(swap.vaultA),
			writable(swap.tokenAccountB),
			writable(swap.vaultB),
			// The program drops an array that is named twice.
			...Array.from({ length: FIXED_ARRAYS }, (_, index) => writable(tickArrays[index] ?? last)),
			writable(swap.oracle),
			...supplemental.map(writable),
		],
		data: dataOf(terms, swap.direction === "aToB", supplemental.length),
	};
}

function dataOf(
	terms: { readonly amount: bigint; readonly threshold: bigint; readonly isExactIn: boolean },
	isAToB: boolean,
	supplementalArrays: number,
): Uint8Array {
	const more = supplementalArrays > 0;
	const data = new Uint8Array(WHIRLPOOL_SWAP_DATA_SIZE + (more ? SUPPLEMENTAL_BYTES : 0));
	data.set(WHIRLPOOL_SWAP_DISCRIMINATOR);
	writeUint64(data, AMOUNT_OFFSET, terms.amount);
	writeUint64(data, THRESHOLD_OFFSET, terms.threshold);
	data[IS_EXACT_IN_OFFSET] = terms.isExactIn ? 1 : 0;
	data[IS_A_TO_B_OFFSET] = isAToB ? 1 : 0;
	if (more) data.set([1, 1, 0, 0, 0, SUPPLEMENTAL_TICK_ARRAYS, supplementalArrays], REMAINING_OFFSET);
	return data;
}
