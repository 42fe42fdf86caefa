import { describe, expect, test } from "@jest/globals";
import {
	AccountRole,
	appendTransactionMessageInstructions,
	compileTransactionMessage,
	compressTransactionMessageUsingAddressLookupTables,
	createTransactionMessage,
	getCompiledTransactionMessageEncoder,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { readMessage } from "../../../../core/execution/message-reader.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { anyAddress } from "../../libs/solana/example-route.ts";

const [payer, program, table, writable, readable] = Array.from({ length: 5 }, anyAddress) as [
	Address,
	Address,
	Address,
	Address,
	Address,
];
const others = [anyAddress(), writable, readable];

const message = Uint8Array.from(
	pipe(
		createTransactionMessage({ version: 0 }),
		(draft) => setTransactionMessageFeePayer(payer, draft),
		(draft) =>
			setTransactionMessageLifetimeUsingBlockhash(
				{ blockhash: anyAddress() as string as Blockhash, lastValidBlockHeight: 1n },
				draft,
			),
		(draft) =>
			appendTransactionMessageInstructions(
				[
					{
						programAddress: program,
						accounts: [
							{ address: readable, role: AccountRole.READONLY },
							{ address: writable, role: AccountRole.WRITABLE },
						],
						data: Uint8Array.of(1, 2, 3),
					},
				],
				draft,
			),
		(draft) => compressTransactionMessageUsingAddressLookupTables(draft, { [table]: others }),
		(draft) => getCompiledTransactionMessageEncoder().encode(compileTransactionMessage(draft)),
	),
);

describe("a message with a lookup table", () => {
	test("cannot be read without the table, or with a shorter one", () => {
		expect(readMessage(message, new Map())).toMatchObject({ ok: false, error: expect.stringContaining(table) });
		expect(readMessage(message, new Map([[table, others.slice(0, 2)]]))).toMatchObject({
			ok: false,
			error: expect.stringContaining("shorter"),
		});
	});

	test("says which of the table's accounts are written to", () => {
		const read = readMessage(message, new Map([[table, others]]));
		expect(read).toMatchObject({ ok: true, value: { feePayer: payer, signers: 1 } });
		expect(read.ok && read.value.instructions[0]).toMatchObject({
			program,
			accounts: [
				{ address: readable, isWritable: false, isSigner: false },
				{ address: writable, isWritable: true, isSigner: false },
			],
			data: Uint8Array.of(1, 2, 3),
		});
	});
});

test("a program that only a lookup table names is refused: the chain calls none of those", () => {
	const broken = message.slice();
	// Behind version, header, the two keys, blockhash and the count of instructions.
	const at = 1 + 3 + 1 + 2 * 32 + 32 + 1;
	expect(broken[at]).toBe(1);
	broken[at] = 2;
	expect(readMessage(broken, new Map([[table, others]]))).toEqual({
		ok: false,
		error: "it calls a program that is none of its own 2 keys",
	});
});

test("every message that is cut short is refused", () => {
	for (let length = 0; length < message.length; length++) {
		expect(readMessage(message.subarray(0, length), new Map([[table, others]])).ok).toBe(false);
	}
});

test("an index beyond the accounts, and an endless length, are refused", () => {
	const broken = message.slice();
	const at = broken.lastIndexOf(3, broken.length - 37);
	const indices = broken.indexOf(2, 1 + 3 + 1 + 2 * 32 + 32 + 2);
	broken[indices + 1] = 0xfe;
	expect(at).toBeGreaterThan(0);
	expect(readMessage(broken, new Map([[table, others]]))).toMatchObject({
		ok: false,
		error: expect.stringContaining("names account 254"),
	});
	const endless = Uint8Array.of(0x80, 1, 0, 0, 0xff, 0xff, 0xff, 0xff);
	expect(readMessage(endless, new Map())).toMatchObject({ ok: false, error: expect.stringContaining("three bytes") });
});
