import type { PoolDescriptor } from "../market/pool.ts";
import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import { INTENT_ID_LENGTH } from "../types/identifiers.ts";
import type { FlashLender, LenderKind } from "./flash-loan.ts";
import { SYSTEM_PROGRAM } from "./signable-instructions.ts";
import { SWAP_FOOTPRINTS } from "./swap-footprint.ts";
import { INSTRUCTIONS_SYSVAR } from "./well-known.ts";

/** Solana's limit: what fits an IPv6 packet (`PACKET_DATA_SIZE`). */
export const LARGEST_TRANSACTION_BYTES = 1_232;

/** Accounts that one transaction may name or look up (Solana, `MAX_TX_ACCOUNT_LOCKS`). */
export const MOST_TRANSACTION_ACCOUNTS = 64;

/** What a trade's transaction consists of. */
export interface SizedRoute {
	readonly lender: FlashLender | null;
	/** One for every leg. */
	readonly pools: readonly PoolDescriptor[];
	/** By leg, which way its swap goes; absent: of each the way that takes more. */
	readonly directions?: readonly Direction[];
	/** By leg, the arrays that its swap names; absent: as few as such a swap may name. */
	readonly arrays?: readonly (readonly number[])[];
	readonly isTipped: boolean;
}

/** Count of signatures, one signature, version, header, count of keys, blockhash, counts of instructions and tables. */
const FRAME_BYTES = 1 + 64 + 1 + 3 + 1 + 32 + 1 + 1;
const KEY_BYTES = 32;
/** A table that is used: its address, and how many entries of it are written to and read. */
const TABLE_BYTES = KEY_BYTES + 1 + 1;
/** An instruction's program and its two counts. */
const INSTRUCTION_BYTES = 3;
const COMPUTE_BUDGET_BYTES = INSTRUCTION_BYTES + 5 + INSTRUCTION_BYTES + 9;
/** Wallet, compute budget, memo. */
const COMMON_KEYS = 3;
const TIP_KEYS = 1;
const TIP_ACCOUNTS = 2;
const TIP_DATA = 12;
const BOTH_WAYS: readonly Direction[] = ["aToB", "bToA"];
/** The entries of no table. */
const NO_ENTRIES: ReadonlySet<Address> = new Set();

interface InstructionSize {
	readonly accounts: number;
	readonly data: number;
}

const LOANS: Readonly<Record<LenderKind, { readonly borrow: InstructionSize; readonly repay: InstructionSize }>> = {
	klend: { borrow: { accounts: 12, data: 16 }, repay: { accounts: 12, data: 17 } },
	solend: { borrow: { accounts: 7, data: 9 }, repay: { accounts: 9, data: 10 } },
};

/** What a transaction consists of, as far as its size depends on it. */
interface Parts {
	/** But for keys and tables. */
	readonly bytes: number;
	/** How many are never looked up: the wallet, its token accounts and what programs keep for it, tip account, programs. */
	readonly named: number;
	readonly others: ReadonlySet<Address>;
	/** Arrays, which no table holds: they change with the price. */
	readonly arrays: number;
}

/**
 * Bytes of a trade's transaction, exactly; at most so many where the directions are not told.
 *
 * @param entries of the lookup table that it may use; none: it names every account itself. The wallet, its token
 * accounts and what programs keep for it, the tip account and programs that are called are never looked up
 */
export function transactionBytes(route: SizedRoute, entries: ReadonlySet<Address> = NO_ENTRIES): number {
	return bytesOf(partsOf(route), entries);
}

/** Whether a trade's transaction fits, with a lookup table of these entries or without any. */
export function fitsPacket(route: SizedRoute, entries: ReadonlySet<Address> = NO_ENTRIES): boolean {
	const parts = partsOf(route);
	if (parts.named + parts.others.size + parts.arrays > MOST_TRANSACTION_ACCOUNTS) return false;
	return bytesOf(parts, entries) <= LARGEST_TRANSACTION_BYTES;
}

function partsOf({ lender, pools, directions, arrays, isTipped }: SizedRoute): Parts {
	const programs = new Set<Address>(isTipped ? [SYSTEM_PROGRAM] : []);
	const mints = new Set<Address>();
	const kept = new Set<string>();
	const others = new Set<Address>();
	const arrayKeys = new Set<string>();
	let bytes = FRAME_BYTES + COMPUTE_BUDGET_BYTES + INSTRUCTION_BYTES + INTENT_ID_LENGTH;
	for (const [leg, pool] of pools.entries()) {
		const footprint = SWAP_FOOTPRINTS[pool.venue];
		const starts = arrays?.[leg] ?? Array.from({ length: footprint.leastArrays }, (_, at) => at);
		const told = directions?.[leg];
		let most = 0;
		for (const way of told === undefined ? BOTH_WAYS : [told]) {
			const instruction = { accounts: footprint.accounts(pool, starts, way), data: footprint.data(way) };
			most = Math.max(most, instructionBytes(instruction));
			for (const key of footprint.named(pool, way)) others.add(key);
			for (const name of footprint.kept?.(pool, way) ?? []) kept.add(name);
		}
		bytes += most;
		programs.add(footprint.program);
		for (const start of starts) arrayKeys.add(`${pool.address} ${start}`);
		mints.add(pool.mintA).add(pool.mintB);
	}
	if (lender) {
		bytes += instructionBytes(LOANS[lender.kind].borrow) + instructionBytes(LOANS[lender.kind].repay);
		programs.add(lender.program);
		for (const key of lenderAccounts(lender)) others.add(key);
	}
	if (isTipped) bytes += instructionBytes({ accounts: TIP_ACCOUNTS, data: TIP_DATA });
	// Who calls a program names it itself, also where a swap names it among its accounts.
	for (const program of programs) others.delete(program);
	return {
		bytes,
		named: COMMON_KEYS + (isTipped ? TIP_KEYS : 0) + programs.size + mints.size + kept.size,
		others,
		arrays: arrayKeys.size,
	};
}

function bytesOf({ bytes, named, others, arrays }: Parts, entries: ReadonlySet<Address>): number {
	let lookedUp = 0;
	for (const key of others) if (entries.has(key)) lookedUp++;
	// An entry takes one byte.
	const table = lookedUp > 0 ? TABLE_BYTES + lookedUp : 0;
	return bytes + (named + arrays + others.size - lookedUp) * KEY_BYTES + table;
}

/** What swaps through a pool name beside their program, their arrays and the wallet's accounts: what a table can hold. */
export function poolAccounts(pool: PoolDescriptor): readonly Address[] {
	return [...new Set(BOTH_WAYS.flatMap((way) => SWAP_FOOTPRINTS[pool.venue].named(pool, way)))];
}

/** The same of a loan and its repayment. */
export function lenderAccounts(lender: FlashLender): readonly Address[] {
	const { reserve, lendingMarket, lendingMarketAuthority, supplyVault, feeVault, tokenProgram } = lender;
	const keys = [
		INSTRUCTIONS_SYSVAR,
		tokenProgram,
		reserve,
		lendingMarket,
		lendingMarketAuthority,
		supplyVault,
		feeVault,
	];
	return lender.kind === "klend" ? [...keys, lender.mint] : keys;
}

function instructionBytes({ accounts, data }: InstructionSize): number {
	return INSTRUCTION_BYTES + accounts + data;
}
