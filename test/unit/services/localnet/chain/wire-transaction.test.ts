import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	isWritable,
	parseWireMessage,
	parseWireTransaction,
} from "../../../../../services/localnet/chain/wire-transaction.ts";
import { fundedWallet, newWallet, openChain, signedTransaction, signedTransfer, transfer } from "./wallet.ts";

const chain = openChain();
const payer = fundedWallet(chain);
const wire = signedTransfer(chain, payer, newWallet().key, 5n);
const MESSAGE = 65;

function edited(edit: (bytes: Buffer) => void): Buffer {
	const bytes = Buffer.from(wire);
	edit(bytes);
	return bytes;
}

function reason(bytes: Uint8Array): string {
	const parsed = parseWireTransaction(bytes);
	return parsed.ok ? "accepted" : parsed.error;
}

test("bytes that are no transaction are refused with the reason", () => {
	expect(reason(Buffer.alloc(0))).toContain("end inside a signature count");
	expect(reason(Buffer.alloc(1_233))).toContain("larger than 1232");
	expect(reason(wire.subarray(0, wire.length - 1))).toContain("end inside a instruction data");
	expect(reason(Buffer.concat([wire, Buffer.of(0)]))).toContain("1 bytes follow the message");
	expect(reason(Buffer.concat([Buffer.of(0x81, 0x00), wire.subarray(1)]))).toContain("not a canonical");
	expect(reason(Buffer.concat([Buffer.of(0xff, 0xff, 0x04), wire.subarray(1)]))).toContain("not a canonical");
	expect(reason(Buffer.concat([Buffer.of(0), wire.subarray(MESSAGE)]))).toContain("does not fit the 1 signers");
});

test("messages that contradict themselves are refused", () => {
	expect(reason(edited((bytes) => bytes.writeUInt8(0, MESSAGE)))).toContain("no fee payer");
	expect(reason(edited((bytes) => bytes.writeUInt8(1, MESSAGE + 1)))).toContain("fee payer is read-only");
	expect(reason(edited((bytes) => bytes.writeUInt8(9, MESSAGE + 2)))).toContain("counts more accounts");
	expect(reason(edited((bytes) => bytes.writeUInt8(0x81, MESSAGE)))).toContain("version 1 is not supported");
	const instruction = wire.length - 12 - 1 - 2 - 1 - 1;
	expect(reason(edited((bytes) => bytes.writeUInt8(0, instruction)))).toContain("cannot be a program");
	expect(reason(edited((bytes) => bytes.writeUInt8(3, instruction)))).toContain("program index is out of range");
	expect(reason(edited((bytes) => bytes.writeUInt8(3, instruction + 2)))).toContain("account index is out of range");
});

test("lookups must load something, and no more than indexes can name", () => {
	const table = newWallet().key;
	const lookup = (writable: number[]) =>
		signedTransaction({
			chain,
			signers: [payer],
			instructions: [transfer(payer, payer.key, 1n)],
			lookup: { table, writable, readonly: [], keys: [] },
		});
	expect(reason(lookup([]))).toContain("loads no account");
	const many = lookup(Array.from({ length: 120 }, () => 0));
	expect(reason(many)).toBe("accepted");
	expect(parseWireMessage(many.subarray(MESSAGE)).ok).toBe(true);
});

test("a message alone is read too", () => {
	const parsed = parseWireMessage(wire.subarray(MESSAGE));
	if (!parsed.ok) throw new Error(parsed.error);
	expect(parsed.value.version).toBe("legacy");
	expect([0, 1, 2].map((index) => isWritable(parsed.value, index))).toEqual([true, true, false]);
	expect(parseWireMessage(wire.subarray(MESSAGE, -1)).ok).toBe(false);
	expect(parseWireMessage(Buffer.alloc(1_233)).ok).toBe(false);
});

test("whatever the parser lets through, the machine can decode: it would end this process otherwise", () => {
	const versioned = signedTransaction({
		chain,
		signers: [payer],
		instructions: [transfer(payer, payer.key, 1n)],
		lookup: { table: newWallet().key, writable: [1, 2], readonly: [3], keys: [] },
	});
	let accepted = 0;
	fc.assert(
		fc.property(
			fc.constantFrom(wire, versioned),
			fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
			fc.integer({ min: -3, max: 3 }),
			(base, edits, tail) => {
				const bytes = Buffer.concat([base, Buffer.alloc(Math.max(0, tail))]).subarray(0, base.length + tail);
				// Most edits go to the structure, not to keys and signatures.
				for (const [position, value] of edits) {
					bytes[position % 3 === 0 ? position % bytes.length : MESSAGE + (position % (bytes.length - MESSAGE))] = value;
				}
				const outcome = chain.simulateTransaction(bytes, { verifySignatures: false, checkBlockhash: false });
				if (!("landed" in outcome)) accepted++;
			},
		),
		{ numRuns: 3_000 },
	);
	expect(accepted).toBeGreaterThan(100);
});
