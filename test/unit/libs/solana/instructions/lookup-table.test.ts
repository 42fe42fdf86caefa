import { describe, expect, test } from "@jest/globals";
import { AccountRole, getAddressEncoder } from "@solana/web3.js";
import { MOST_TABLE_ENTRIES } from "../../../../../core/execution/lookup-table.ts";
import { LOOKUP_TABLE_PROGRAM, SYSTEM_PROGRAM } from "../../../../../core/execution/signable-instructions.ts";
import { LARGEST_TRANSACTION_BYTES } from "../../../../../core/execution/transaction-size.ts";
import type { Address } from "../../../../../core/types/address.ts";
import {
	createTable,
	extendTable,
	LOOKUP_TABLE_META_BYTES,
	MOST_ENTRIES_PER_EXTENSION,
	readLookupTable,
	TABLE_AUTHORITY_OFFSET,
} from "../../../../../libs/solana/instructions/lookup-table.ts";
import { memo, SETUP_MEMO } from "../../../../../libs/solana/memo.ts";
import { compileMessage, MESSAGE_OFFSET } from "../../../../../libs/solana/message-template.ts";
import { anyAddress } from "../example-route.ts";

const wallet = anyAddress();
const bytesOf = (address: Address) => [...getAddressEncoder().encode(address)];
const accountsOf = (table: Address) => [
	{ address: table, role: AccountRole.WRITABLE },
	{ address: wallet, role: AccountRole.READONLY_SIGNER },
	{ address: wallet, role: AccountRole.WRITABLE_SIGNER },
	{ address: SYSTEM_PROGRAM, role: AccountRole.READONLY },
];

/** A table's account, made by hand after `LookupTableMeta`. */
function accountOf(parts: { deactivationSlot?: bigint; authority?: Address | null; entries?: readonly Address[] }) {
	const { deactivationSlot = 2n ** 64n - 1n, authority = wallet, entries = [] } = parts;
	const meta = Buffer.alloc(LOOKUP_TABLE_META_BYTES);
	meta.writeUInt32LE(1, 0);
	meta.writeBigUInt64LE(deactivationSlot, 4);
	meta.writeBigUInt64LE(77n, 12);
	meta.writeUInt8(3, 20);
	if (authority) {
		meta.writeUInt8(1, 21);
		meta.set(bytesOf(authority), TABLE_AUTHORITY_OFFSET);
	}
	return Buffer.concat([meta, ...entries.map((entry) => Buffer.from(bytesOf(entry)))]);
}

describe("a lookup table's instructions", () => {
	test("more than fits, or nothing, is not added", () => {
		const table = anyAddress();
		const many = Array.from({ length: MOST_ENTRIES_PER_EXTENSION + 1 }, anyAddress);
		expect(() => extendTable({ wallet, table, entries: [] })).toThrow(RangeError);
		expect(() => extendTable({ wallet, table, entries: many })).toThrow(RangeError);
	});

	test("makes the table of a wallet and a slot", async () => {
		const { table, instruction } = await createTable({ wallet, recentSlot: 0x0102_0304_0506n });
		expect(instruction.programAddress).toBe(LOOKUP_TABLE_PROGRAM);
		expect(instruction.accounts).toEqual(accountsOf(table));
		expect([...instruction.data.slice(0, 12)]).toEqual([0, 0, 0, 0, 6, 5, 4, 3, 2, 1, 0, 0]);
		expect(instruction.data).toHaveLength(13);
		expect((await createTable({ wallet, recentSlot: 0x0102_0304_0506n })).table).toBe(table);
		expect((await createTable({ wallet, recentSlot: 0x0102_0304_0507n })).table).not.toBe(table);
		expect((await createTable({ wallet: anyAddress(), recentSlot: 0x0102_0304_0506n })).table).not.toBe(table);
	});

	test("adds entries in their order", () => {
		const [table, one, two] = [anyAddress(), anyAddress(), anyAddress()];
		const instruction = extendTable({ wallet, table, entries: [one, two] });
		expect(instruction.accounts).toEqual(accountsOf(table));
		expect([...instruction.data]).toEqual([2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, ...bytesOf(one), ...bytesOf(two)]);
	});

	test("the longest extension fits a transaction, beside its memo", () => {
		const entries = Array.from({ length: MOST_ENTRIES_PER_EXTENSION }, anyAddress);
		const message = compileMessage({
			instructions: [memo(SETUP_MEMO), extendTable({ wallet, table: anyAddress(), entries })],
			feePayer: wallet,
			blockhash: anyAddress() as never,
			lastValidBlockHeight: 0,
		});
		expect(MESSAGE_OFFSET + message.length).toBeLessThanOrEqual(LARGEST_TRANSACTION_BYTES);
	});
});

describe("a lookup table's account", () => {
	const reason = (data: Uint8Array) => {
		const read = readLookupTable(data);
		return read.ok ? null : read.error;
	};

	test("is refused when it is no table", () => {
		expect(reason(new Uint8Array(0))).toContain("too few");
		expect(reason(accountOf({}).subarray(0, 55))).toContain("too few");
		expect(reason(Buffer.concat([accountOf({}), Buffer.alloc(31)]))).toContain("no list");
		expect(reason(Buffer.concat([accountOf({}), Buffer.alloc(32 * (MOST_TABLE_ENTRIES + 1))]))).toContain("no list");
		for (const at of [0, 1, 2, 3]) {
			const other = accountOf({});
			other[at] = (other[at] as number) ^ 2;
			expect(reason(other)).toBe("the account is no lookup table");
		}
		const odd = accountOf({});
		odd[21] = 2;
		expect(reason(odd)).toContain("authority cannot be read");
	});

	test("tells its authority and its entries", () => {
		const entries = Array.from({ length: MOST_TABLE_ENTRIES }, anyAddress);
		expect(readLookupTable(accountOf({ entries }))).toEqual({
			ok: true,
			value: { authority: wallet, isDeactivated: false, entries },
		});
	});

	test("tells that nobody may change it, and that it was deactivated", () => {
		expect(readLookupTable(accountOf({ authority: null }))).toMatchObject({ value: { authority: null, entries: [] } });
		for (const deactivationSlot of [0n, 5n, 2n ** 64n - 2n]) {
			expect(readLookupTable(accountOf({ deactivationSlot }))).toMatchObject({ value: { isDeactivated: true } });
		}
	});
});
