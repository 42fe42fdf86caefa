import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type MintAccount, readMint, readTwoMints } from "../../../../core/market/mint-account.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../core/market/token-account.ts";
import type { AccountBytes, DecodeErrorCode } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { addressOf } from "./market-fixture.ts";
import { type Extension, extendedMint, plainMint, TRANSFER_FEE_CONFIG, transferFeeConfig } from "./mint-bytes.ts";

const MINT = addressOf(1);
const SYSTEM = "11111111111111111111111111111111" as Address;

const account = (data: Uint8Array, owner = TOKEN_2022_PROGRAM): AccountBytes => ({ address: MINT, owner, data });

function refusal(data: Uint8Array, owner = TOKEN_2022_PROGRAM): DecodeErrorCode {
	const read = readMint(account(data, owner));
	if (read.ok) throw new Error("the mint was read");
	expect(read.error.detail).toContain(MINT);
	return read.error.code;
}

function extended(...extensions: readonly Extension[]): MintAccount {
	const read = readMint(account(extendedMint(extensions)));
	if (!read.ok) throw new Error(read.error.detail);
	return read.value;
}

const filled = (length: number, byte = 7): Uint8Array => new Uint8Array(length).fill(byte);

/** A hook, a pause and the like: 32 bytes of an authority, and what they say behind it. */
const behindAuthority = (...rest: readonly number[]): Uint8Array => Uint8Array.from([...filled(32), ...rest]);

describe("accounts that are no mint", () => {
	test("of another program", () => expect(refusal(plainMint(6), SYSTEM)).toBe("wrongOwner"));

	test.each([0, 44, 81])("of %i bytes", (length) => {
		for (const owner of [TOKEN_PROGRAM, TOKEN_2022_PROGRAM]) {
			expect(refusal(plainMint(6).subarray(0, length), owner)).toBe("shortData");
		}
	});

	test("that nobody initialized", () => {
		const data = plainMint(6);
		data[45] = 0;
		expect(refusal(data, TOKEN_PROGRAM)).toBe("impossibleValue");
	});

	test("longer than a mint of SPL Token is", () => {
		expect(refusal(extendedMint([]), TOKEN_PROGRAM)).toBe("impossibleValue");
		expect(refusal(new Uint8Array([...plainMint(6), 0]), TOKEN_PROGRAM)).toBe("impossibleValue");
	});

	test("but a token account, or cut before they say what they are", () => {
		const data = extendedMint([]);
		data[165] = 2;
		expect(refusal(data)).toBe("wrongDiscriminator");
		expect(refusal(extendedMint([]).subarray(0, 165))).toBe("wrongDiscriminator");
	});
});

describe("extensions that keep a mint from being traded", () => {
	test.each<[string, Extension, string]>([
		["DefaultAccountState, frozen", [6, Uint8Array.of(2)], "frozen"],
		["DefaultAccountState, uninitialized", [6, Uint8Array.of(0)], "frozen"],
		["DefaultAccountState, empty", [6, new Uint8Array(0)], "frozen"],
		["NonTransferable", [9, new Uint8Array(0)], "cannot be transferred"],
		["PermanentDelegate", [12, filled(32)], "a delegate may take it"],
		["PermanentDelegate, of one byte only", [12, new Uint8Array(32).fill(1, 31)], "a delegate may take it"],
		["TransferHook", [14, behindAuthority(...filled(32))], "call a hook"],
		["TransferHook, of one byte only", [14, behindAuthority(...new Uint8Array(31), 1)], "call a hook"],
		["TransferHook, cut", [14, behindAuthority()], "call a hook"],
		["Pausable, paused", [26, behindAuthority(1)], "paused"],
		["Pausable, cut", [26, behindAuthority()], "paused"],
		["TransferFeeConfig, cut", [1, new Uint8Array(107)], "TransferFeeConfig has 107 bytes"],
		["TransferFeeConfig, longer", [1, new Uint8Array(109)], "TransferFeeConfig has 109 bytes"],
		["an account's extension", [2, new Uint8Array(8)], "extension 2 is not known"],
		["ConfidentialTransferAccount", [5, new Uint8Array(8)], "extension 5 is not known"],
		["what nobody here knows", [27, new Uint8Array(8)], "extension 27 is not known"],
		["the last number", [65_535, new Uint8Array(0)], "extension 65535 is not known"],
	])("%s, first and behind others", (_name, extension, sentence) => {
		for (const before of [[], [[3, filled(32)]], [TRANSFER_FEE_CONFIG, [18, filled(64)]]] as Extension[][]) {
			const read = readMint(account(extendedMint([...before, extension, [19, filled(80)]])));
			expect(read).toMatchObject({ ok: false, error: { code: "unsupported" } });
			expect(!read.ok && read.error.detail).toContain(sentence);
		}
	});

	test("an extension that ends behind the account", () => {
		const whole = extendedMint([[3, filled(32)], TRANSFER_FEE_CONFIG]);
		// Cut inside a header it cannot be told from zeros behind the last one; cut inside a value it can.
		for (let length = whole.length - 1; length >= whole.length - 108; length--) {
			expect(refusal(whole.subarray(0, length))).toBe("shortData");
		}
	});
});

describe("mints that are traded", () => {
	test("those of both programs, without extensions", () => {
		for (const [owner, decimals] of [
			[TOKEN_PROGRAM, 0],
			[TOKEN_2022_PROGRAM, 255],
		] as const) {
			const value = { decimals, tokenProgram: owner, transferFee: null };
			expect(readMint(account(plainMint(decimals), owner))).toEqual({ ok: true, value });
		}
	});

	test.each([3, 4, 10, 16, 18, 19, 20, 21, 22, 23, 24, 25])("extension %i changes nothing", (type) => {
		expect(extended([type, filled(40)])).toEqual({
			decimals: 6,
			tokenProgram: TOKEN_2022_PROGRAM,
			transferFee: null,
		});
	});

	test("an authority that could pause or set a hook has not done so yet, a delegate is nobody", () => {
		const fine: Extension[] = [
			[6, Uint8Array.of(1)],
			[12, new Uint8Array(32)],
			[14, behindAuthority(...new Uint8Array(32))],
			[26, behindAuthority(0)],
		];
		expect(extended(...fine).transferFee).toBeNull();
	});

	test("zeros behind the last extension are none, and so is what is too short for one", () => {
		for (const spare of [0, 1, 3, 4, 200]) {
			const data = new Uint8Array([...extendedMint([TRANSFER_FEE_CONFIG]), ...new Uint8Array(spare)]);
			expect(readMint(account(data)).ok).toBe(true);
		}
	});

	test("the transfer fee is read wherever its extension stands", () => {
		const fee = {
			older: { epoch: 3n, maximumFee: 2n ** 64n - 1n, basisPoints: 10_000n },
			newer: { epoch: 700n, maximumFee: 5_000n, basisPoints: 257n },
		};
		const config: Extension = [1, transferFeeConfig(fee)];
		for (const extensions of [[config], [[18, filled(64)], config], [config, [19, filled(333)]]] as Extension[][]) {
			expect(extended(...extensions).transferFee).toEqual(fee);
		}
	});
});

describe("any bytes", () => {
	const CODES = ["wrongOwner", "shortData", "wrongDiscriminator", "impossibleValue", "unsupported"];
	const extension = fc.tuple(fc.nat(30), fc.uint8Array({ maxLength: 120 }));
	const anyMint = fc.array(extension, { maxLength: 6 }).map((extensions) => extendedMint(extensions));
	const edit = fc.tuple(fc.nat(600), fc.nat(255));

	test("are a mint or a closed error, and never a throw", () => {
		let readable = 0;
		const property = fc.property(anyMint, fc.array(edit, { maxLength: 4 }), fc.nat(600), (mint, edits, length) => {
			const data = mint.slice(0, mint.length - (length % 7 === 0 ? length : 0));
			for (const [at, byte] of edits) if (at < data.length) data[at] = byte;
			const read = readMint(account(data));
			if (read.ok) readable++;
			expect(read.ok || CODES.includes(read.error.code)).toBe(true);
		});
		fc.assert(property, { seed: 5, numRuns: 2_000 });
		expect(readable).toBeGreaterThan(20);
	});

	test("a known untradable extension is found among any harmless ones", () => {
		const harmless = fc.tuple(fc.constantFrom(3, 4, 10, 16, 18, 19, 20), fc.uint8Array({ maxLength: 90 }));
		const bad = fc.constantFrom<Extension>(
			[9, new Uint8Array(0)],
			[12, filled(32)],
			[14, filled(64)],
			[26, filled(33)],
		);
		const property = fc.property(fc.array(harmless, { maxLength: 8 }), fc.nat(8), bad, (others, place, one) => {
			const extensions: Extension[] = [...others];
			extensions.splice(place, 0, one);
			expect(refusal(extendedMint(extensions))).toBe("unsupported");
			expect(readMint(account(extendedMint(others))).ok).toBe(true);
		});
		fc.assert(property, { seed: 6, numRuns: 500 });
	});
});

describe("both mints of a pool", () => {
	const other = addressOf(2);
	const accounts = [account(plainMint(6)), { ...account(plainMint(9), TOKEN_PROGRAM), address: other }];

	test("are refused when one was not given, or is none", () => {
		for (const [given, code] of [
			[accounts.slice(0, 1), "shortData"],
			[accounts.slice(1), "shortData"],
			[[], "shortData"],
			[[accounts[0], { ...accounts[1], owner: SYSTEM }], "wrongOwner"],
			[[{ ...accounts[0], owner: SYSTEM }, accounts[1]], "wrongOwner"],
		] as [AccountBytes[], string][]) {
			expect(readTwoMints(given, MINT, other)).toMatchObject({ ok: false, error: { code } });
		}
	});

	test("are found by their addresses, in any order", () => {
		for (const given of [accounts, accounts.toReversed()]) {
			expect(readTwoMints(given, MINT, other)).toMatchObject({
				ok: true,
				value: { a: { decimals: 6 }, b: { decimals: 9 } },
			});
		}
	});
});
