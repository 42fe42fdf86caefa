import { describe, expect, test } from "@jest/globals";
import { AccountRole, createNoopSigner, type Instruction } from "@solana/web3.js";
import { getTransferSolInstruction } from "@solana-program/system";
import {
	getCreateAssociatedTokenIdempotentInstruction,
	getCreateAssociatedTokenInstruction,
} from "@solana-program/token";
import { checkMessage, type SigningContext } from "../../../../core/execution/message-check.ts";
import { MEMO_PROGRAM } from "../../../../core/execution/well-known.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../core/market/token-account.ts";
import { PUMPSWAP_PROGRAM } from "../../../../core/market/venues/pumpswap/layout.ts";
import type { WalletAccount } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { createTable, extendTable } from "../../../../libs/solana/instructions/lookup-table.ts";
import { initUserVolume } from "../../../../libs/solana/instructions/pumpswap.ts";
import { compileMessage } from "../../../../libs/solana/message-template.ts";
import { anyAddress, exampleWallet, USDC } from "../../libs/solana/example-route.ts";

const wallet = exampleWallet();
const payer = createNoopSigner(wallet.address);
const account = wallet.tokenAccounts.get(USDC) as Address;
const TIP_ACCOUNT = anyAddress();
const STRANGER = anyAddress();

const context: SigningContext = {
	wallet: wallet.address,
	ownAccounts: new Map([...wallet.tokenAccounts].map(([mint, own]) => [own, mint])),
	counterparties: new Set(),
	lookupTables: new Map(),
};

function messageOf(instructions: readonly Instruction[]): Uint8Array {
	return compileMessage({
		instructions,
		feePayer: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
}

function objection(...instructions: readonly Instruction[]): string | null {
	const checked = checkMessage(messageOf(instructions), context, new Set([TIP_ACCOUNT]));
	return checked.ok ? null : checked.error;
}

/** An instruction with another account at a place; null takes it and everything behind it away. */
function withAccount(instruction: Instruction, place: number, address: Address | null): Instruction {
	const accounts = [...(instruction.accounts ?? [])];
	if (address === null) return { ...instruction, accounts: accounts.slice(0, place) };
	accounts[place] = { address, role: AccountRole.WRITABLE };
	return { ...instruction, accounts };
}

const withData = (instruction: Instruction, ...data: number[]): Instruction => ({
	...instruction,
	data: Uint8Array.from(data),
});

describe("token accounts that are made", () => {
	const making = getCreateAssociatedTokenInstruction({ payer, ata: account, owner: wallet.address, mint: USDC });
	const refusal = "an instruction of the associated token program makes no token account of the wallet's own";

	test.each([[[]], [[0]], [[1]]])("are the wallet's own, by either instruction: %j", (data) => {
		expect(objection(withData(making, ...data))).toBeNull();
	});

	test.each<[string, Instruction]>([
		["another instruction", withData(making, 2)],
		["more bytes than the instruction has", withData(making, 1, 0)],
		["another account", withAccount(making, 1, STRANGER)],
		["another owner", withAccount(making, 2, STRANGER)],
		["another mint", withAccount(making, 3, STRANGER)],
		["another system program", withAccount(making, 4, STRANGER)],
		["another token program", withAccount(making, 5, STRANGER)],
		["no token program", withAccount(making, 5, null)],
		["one account more", withAccount(making, 6, STRANGER)],
		["no accounts", withAccount(making, 0, null)],
	])("are refused with %s", (_name, instruction) => {
		expect(objection(instruction)).toBe(refusal);
	});
});

describe("accounts that a venue's program keeps for the wallet", () => {
	const [volume, cashback] = [anyAddress(), anyAddress()];
	const token = { mint: USDC, tokenProgram: TOKEN_PROGRAM, owner: volume };
	const kept: readonly WalletAccount[] = [
		{ venue: "pumpswap", address: volume, token: null },
		{ venue: "pumpswap", address: cashback, token },
	];
	const openable = new Map(kept.map((one) => [one.address, one]));
	const opening = initUserVolume(wallet.address, volume);
	const making = getCreateAssociatedTokenIdempotentInstruction({ payer, ata: cashback, ...token });
	const rent = (...instructions: readonly Instruction[]) => {
		const checked = checkMessage(messageOf(instructions), { ...context, openable }, new Set());
		return checked.ok ? checked.value.rentLamports : checked.error;
	};
	const noOpening = `an instruction of ${PUMPSWAP_PROGRAM} makes no account that it keeps for the wallet`;
	const noAccount = "an instruction of the associated token program makes no token account of the wallet's own";

	test("are opened by no trade: nobody says that they may be", () => {
		expect(objection(opening)).toBe(noOpening);
		expect(objection(making)).toBe(noAccount);
	});

	test("may be opened where somebody says so, and their rent counts", () => {
		// An account of 200 bytes at most, 128 more that every account counts for, 6,960 lamports each.
		expect(rent(opening)).toBe(328n * 6_960n);
		expect(rent(making)).toBe(328n * 6_960n);
		expect(rent(opening, making)).toBe(656n * 6_960n);
	});

	test.each<[string, Instruction]>([
		["another payer", withAccount(opening, 0, STRANGER)],
		["another user", withAccount(opening, 1, STRANGER)],
		["another account", withAccount(opening, 2, STRANGER)],
		["a token account", withAccount(opening, 2, cashback)],
		["no account", withAccount(opening, 2, null)],
	])("are not opened for %s", (_name, instruction) => {
		expect(rent(instruction)).toBe(noOpening);
	});

	test("are not opened by other bytes", () => {
		const refusal = `an instruction of ${PUMPSWAP_PROGRAM} is neither a swap nor a flash loan`;
		expect(rent(withData(opening, ...opening.data, 0))).toBe(refusal);
		expect(rent(withData(opening, ...opening.data.slice(0, -1), 0))).toBe(refusal);
	});

	test.each<[string, Instruction]>([
		["another payer", withAccount(making, 0, STRANGER)],
		["another account", withAccount(making, 1, STRANGER)],
		["another owner", withAccount(making, 2, STRANGER)],
		["the wallet as its owner", withAccount(making, 2, wallet.address)],
		["another mint", withAccount(making, 3, STRANGER)],
		["another token program", withAccount(making, 5, TOKEN_2022_PROGRAM)],
		["an account that is no token account", withAccount(making, 1, volume)],
	])("are no token account with %s", (_name, instruction) => {
		expect(rent(instruction)).toBe(noAccount);
	});
});

describe("lookup tables", () => {
	const table = anyAddress();
	const extending = extendTable({ wallet: wallet.address, table, entries: [anyAddress(), anyAddress()] });
	const refusal = "an instruction of the lookup table program neither makes nor extends a table of the wallet's own";

	test("of the wallet's own may be made and extended", async () => {
		expect(objection(extending)).toBeNull();
		const { instruction } = await createTable({ wallet: wallet.address, recentSlot: 7n });
		expect(objection(instruction)).toBeNull();
		expect(objection(withData(instruction, ...instruction.data, 0))).toBe(refusal);
		expect(objection(withData(instruction, ...instruction.data.slice(0, -1)))).toBe(refusal);
	});

	test.each([1, 3, 4, 5, 256])("are not frozen, deactivated, closed or whatever else instruction %i does", (tag) => {
		const [low, high] = [tag & 0xff, tag >> 8];
		expect(objection(withData(extending, low, high, ...extending.data.slice(2)))).toBe(refusal);
		expect(objection(withData(extending, low, high, 0, 0))).toBe(refusal);
	});

	test.each<[string, Instruction]>([
		["another authority", withAccount(extending, 1, STRANGER)],
		["no authority", withAccount(extending, 1, null)],
		["another payer", withAccount(extending, 2, STRANGER)],
		["no payer", withAccount(extending, 2, null)],
		["another system program", withAccount(extending, 3, STRANGER)],
		["one account more", withAccount(extending, 4, STRANGER)],
		["an instruction that is cut short", withData(extending, 2, 0, 0)],
		["entries that are cut short", withData(extending, ...extending.data.slice(0, -1))],
		["more entries than it counts", withData(extending, ...extending.data, ...new Uint8Array(32))],
		["no entries", withData(extending, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
		["no instruction", withData(extending)],
	])("are refused with %s", (_name, instruction) => {
		expect(objection(instruction)).toBe(refusal);
	});
});

describe("accounts that are looked up in a table", () => {
	const [table, reserve] = [anyAddress(), anyAddress()];
	const entries = [reserve, account, TIP_ACCOUNT, wallet.address];
	/** What is said of a message that looks addresses up in the table, if the table holds what `known` says. */
	const looking = (addresses: readonly Address[], known: readonly Address[] = entries) => {
		const accounts = addresses.map((address) => ({ address, role: AccountRole.READONLY }));
		const message = compileMessage({
			instructions: [{ programAddress: MEMO_PROGRAM, accounts, data: Uint8Array.of(1) }],
			feePayer: wallet.address,
			blockhash: anyAddress() as string as Blockhash,
			lastValidBlockHeight: 1,
			lookupTable: { address: table, entries },
		});
		const within = { ...context, lookupTables: new Map([[table, known]]) };
		const checked = checkMessage(message, within, new Set([TIP_ACCOUNT]));
		return checked.ok ? null : checked.error;
	};

	test("are neither the wallet's own nor tip accounts", () => {
		for (const paid of [account, TIP_ACCOUNT]) {
			expect(looking([reserve, paid])).toBe(
				`${paid} is looked up in a table: the wallet's accounts and tip accounts stand in the message itself`,
			);
		}
	});

	test("are not the wallet's own either where the table is not what the message was made for", () => {
		for (const paid of [wallet.address, account, TIP_ACCOUNT]) {
			expect(looking([reserve], [paid])).toContain(`${paid} is looked up in a table`);
		}
		expect(looking([reserve], [])).toContain("shorter than an index into it");
	});

	test("are looked at as all others are", () => {
		// The memo's own rule: the table is not what is objected to.
		expect(looking([reserve])).toContain("asks for accounts");
	});
});

describe("tips", () => {
	const tip = getTransferSolInstruction({ source: payer, destination: TIP_ACCOUNT, amount: 5n });
	const refusal = "an instruction of the system program is no transfer from the wallet";

	test("go to a tip account, once", () => {
		expect(objection(withAccount(tip, 1, STRANGER))).toBe(
			`lamports would go to ${STRANGER}, which is no tip account (risk.tip_accounts)`,
		);
		expect(objection(tip, tip)).toBe("two tips are paid");
	});

	test.each<[string, Instruction]>([
		["another source", withAccount(tip, 0, STRANGER)],
		["one account more", withAccount(tip, 2, STRANGER)],
		["no receiver", withAccount(tip, 1, null)],
		["no accounts", withAccount(tip, 0, null)],
		["another instruction", withData(tip, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0)],
		["bytes that are cut short", withData(tip, 2, 0, 0, 0, 5)],
	])("are refused with %s", (_name, instruction) => {
		expect(objection(instruction)).toBe(refusal);
	});
});
