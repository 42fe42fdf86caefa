import { AccountRole, type Address, getAddressEncoder, getProgramDerivedAddress } from "@solana/web3.js";
import { MOST_TABLE_ENTRIES } from "../../../core/execution/lookup-table.ts";
import { LOOKUP_TABLE_PROGRAM, SYSTEM_PROGRAM } from "../../../core/execution/signable-instructions.ts";
import { readAddress } from "../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { failure, type Result, success } from "../../../core/types/result.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/**
 * Sources: anza-xyz/solana-sdk, address-lookup-table-interface, src/state.rs (`ProgramState::LookupTable`,
 * `LookupTableMeta`, `LOOKUP_TABLE_META_SIZE`) and src/instruction.rs (`ProgramInstruction`,
 * bincode: u32 tag, fields in order).
 */
export const LOOKUP_TABLE_META_BYTES = 56;

/** Where the authority stands in the account's data when there is one: behind its mark. */
export const TABLE_AUTHORITY_OFFSET = 22;

/** Entries that one instruction adds beside a memo: 1,232 bytes hold them with room to spare. */
export const MOST_ENTRIES_PER_EXTENSION = 25;

const CREATE_TAG = 0;
const EXTEND_TAG = 2;
const CREATE_DATA_SIZE = 13;
const EXTEND_ENTRIES_OFFSET = 12;
const KEY_BYTES = 32;
/** `ProgramState`: 0 is an account that was never a table. */
const TABLE_STATE = 1;
const OFFSETS = { deactivationSlot: 4, authorityMark: 21 };
/** Of a table that nobody deactivated: `Slot::MAX`. */
const NEVER = 0xffff_ffff_ffff_ffffn;

/** A lookup table as its account tells it. */
export interface LookupTableState {
	/** Null: nobody can change it any more. */
	readonly authority: Address | null;
	/** Somebody began to close it: soon it resolves nothing. */
	readonly isDeactivated: boolean;
	/** In their order; an entry never changes its place, and can be looked up from the slot after the one that added it. */
	readonly entries: readonly Address[];
}

export interface NewTable {
	/** Makes the table, pays for it, and is the only one who may extend it. */
	readonly wallet: Address;
	/** A slot of the chain's recent ones (sysvar `SlotHashes`), which goes into the table's address. */
	readonly recentSlot: bigint;
}

export interface TableCreation {
	readonly table: Address;
	readonly instruction: WholeInstruction;
}

/** `CreateLookupTable`, and the address of the table that it makes. The address is the wallet's and the slot's. */
export async function createTable({ wallet, recentSlot }: NewTable): Promise<TableCreation> {
	const slotSeed = new Uint8Array(8);
	writeUint64(slotSeed, 0, recentSlot);
	const [table, bump] = await getProgramDerivedAddress({
		programAddress: LOOKUP_TABLE_PROGRAM,
		seeds: [getAddressEncoder().encode(wallet), slotSeed],
	});
	const data = new Uint8Array(CREATE_DATA_SIZE);
	data[0] = CREATE_TAG;
	data.set(slotSeed, 4);
	data[12] = bump;
	return { table, instruction: { programAddress: LOOKUP_TABLE_PROGRAM, accounts: accountsOf(table, wallet), data } };
}

/** What is added to a table. */
export interface TableExtension {
	readonly wallet: Address;
	readonly table: Address;
	/** 1 to {@link MOST_ENTRIES_PER_EXTENSION}. */
	readonly entries: readonly Address[];
}

/** `ExtendLookupTable`. @throws RangeError when there is nothing to add, or more than fits one transaction */
export function extendTable({ wallet, table, entries }: TableExtension): WholeInstruction {
	if (entries.length === 0 || entries.length > MOST_ENTRIES_PER_EXTENSION) {
		throw new RangeError(`${entries.length} entries: from 1 to ${MOST_ENTRIES_PER_EXTENSION} are added at a time`);
	}
	const data = new Uint8Array(EXTEND_ENTRIES_OFFSET + entries.length * KEY_BYTES);
	data[0] = EXTEND_TAG;
	writeUint64(data, 4, BigInt(entries.length));
	const encoder = getAddressEncoder();
	entries.forEach((entry, index) => {
		data.set(encoder.encode(entry), EXTEND_ENTRIES_OFFSET + index * KEY_BYTES);
	});
	return { programAddress: LOOKUP_TABLE_PROGRAM, accounts: accountsOf(table, wallet), data };
}

/** What a lookup table's account says, or in one phrase why it is none. */
export function readLookupTable(data: Uint8Array): Result<LookupTableState, string> {
	if (data.length < LOOKUP_TABLE_META_BYTES) return failure(`${data.length} bytes are too few for a lookup table`);
	const entriesBytes = data.length - LOOKUP_TABLE_META_BYTES;
	const count = entriesBytes / KEY_BYTES;
	if (!Number.isInteger(count) || count > MOST_TABLE_ENTRIES) {
		return failure(`${entriesBytes} bytes are no list of at most ${MOST_TABLE_ENTRIES} entries`);
	}
	if (data[0] !== TABLE_STATE || data[1] !== 0 || data[2] !== 0 || data[3] !== 0) {
		return failure("the account is no lookup table");
	}
	const mark = data[OFFSETS.authorityMark];
	if (mark !== 0 && mark !== 1) return failure("the lookup table's authority cannot be read");
	return success({
		authority: mark === 1 ? readAddress(data, TABLE_AUTHORITY_OFFSET) : null,
		isDeactivated: readUint64(data, OFFSETS.deactivationSlot) !== NEVER,
		entries: Array.from({ length: count }, (_, index) =>
			readAddress(data, LOOKUP_TABLE_META_BYTES + index * KEY_BYTES),
		),
	});
}

/** Of either instruction: table, authority, payer, system program. */
function accountsOf(table: Address, wallet: Address): WholeInstruction["accounts"] {
	return [
		{ address: table, role: AccountRole.WRITABLE },
		{ address: wallet, role: AccountRole.READONLY_SIGNER },
		{ address: wallet, role: AccountRole.WRITABLE_SIGNER },
		{ address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
	];
}
