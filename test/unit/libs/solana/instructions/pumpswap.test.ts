import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { AccountRole } from "@solana/web3.js";
import type { Direction } from "../../../../../core/market/venues/venue.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import {
	initUserVolume,
	PUMPSWAP_BUY_DATA_SIZE,
	PUMPSWAP_BUY_EXACT_QUOTE_IN_DISCRIMINATOR,
	PUMPSWAP_SELL_DATA_SIZE,
	PUMPSWAP_SWAP_OFFSET,
	pumpSwapSwap,
} from "../../../../../libs/solana/instructions/pumpswap.ts";
import { ProgramAddresses } from "../../../../../libs/solana/program-address.ts";
import { key, type PoolFields, wholePool } from "../../../core/market/venues/pumpswap/accounts.ts";

interface AccountList {
	readonly direction: Direction;
	readonly hasCreator: boolean;
	readonly isCashbackCoin: boolean;
	readonly isMayhemMode: boolean;
	readonly data: string;
	readonly accounts: readonly string[];
}

const fixture = join(__dirname, "../../../../fixtures/vectors/pumpswap.json.gz");
const { lists } = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as {
	readonly lists: readonly AccountList[];
};
const MARKS: Readonly<Record<number, string>> = {
	[AccountRole.READONLY]: "R",
	[AccountRole.WRITABLE]: "W",
	[AccountRole.READONLY_SIGNER]: "SR",
	[AccountRole.WRITABLE_SIGNER]: "SW",
};

function swap(fields: PoolFields, direction: Direction, addresses = new ProgramAddresses()) {
	const [base, quote] = [key(26), key(27)];
	const sides =
		direction === "aToB"
			? { inputTokenAccount: base, outputTokenAccount: quote }
			: { inputTokenAccount: quote, outputTokenAccount: base };
	const amounts = { amountIn: 5n, minimumAmountOut: 6n };
	return pumpSwapSwap({ pool: wholePool(fields), direction, user: key(25), ...sides, ...amounts }, addresses);
}

describe("a PumpSwap swap instruction", () => {
	test("refuses a descriptor of another venue", () => {
		const pool = { ...wholePool(), swapAccounts: {} };
		const accounts = { user: key(25), inputTokenAccount: key(26), outputTokenAccount: key(27) };
		const request = { pool, direction: "aToB" as const, ...accounts, amountIn: 1n, minimumAmountOut: 1n };
		expect(() => pumpSwapSwap(request, new ProgramAddresses())).toThrow("was described without its");
	});

	test("has lists to compare with: each way, with and without creator, cashback and mayhem mode", () => {
		expect(lists.length).toBe(16);
		expect(new Set(lists.map(({ accounts }) => accounts.length))).toEqual(new Set([23, 24, 25, 26, 27]));
	});

	test.each(lists.map((list) => [list.direction, list.accounts.length, list] as const))(
		"%s names the %d accounts of the official client, in its order",
		(direction, _count, { accounts, data, hasCreator, isCashbackCoin, isMayhemMode }) => {
			const built = swap({ hasCreator, isCashbackCoin, isMayhemMode }, direction);
			expect(built.accounts.map(({ role, address }) => `${MARKS[role]}${address}`)).toEqual(accounts);
			expect(built.programAddress).toBe("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
			if (direction === "aToB") expect(Buffer.from(built.data).toString("hex")).toBe(data);
		},
	);

	test("buys by the exact input, tracks no volume, and has its amounts where the offsets say", () => {
		const { data } = swap({}, "bToA");
		expect(data.length).toBe(PUMPSWAP_BUY_DATA_SIZE);
		expect(data.subarray(0, 8)).toEqual(PUMPSWAP_BUY_EXACT_QUOTE_IN_DISCRIMINATOR);
		expect(readUint64(data, PUMPSWAP_SWAP_OFFSET.amountIn)).toBe(5n);
		expect(readUint64(data, PUMPSWAP_SWAP_OFFSET.minimumAmountOut)).toBe(6n);
		expect(data[24]).toBe(0);
		const sell = swap({}, "aToB").data;
		expect(sell.length).toBe(PUMPSWAP_SELL_DATA_SIZE);
		expect(readUint64(sell, PUMPSWAP_SWAP_OFFSET.amountIn)).toBe(5n);
		expect(readUint64(sell, PUMPSWAP_SWAP_OFFSET.minimumAmountOut)).toBe(6n);
	});
});

/** pump-public-docs, idl/pump_amm.json: payer (signs), user, the account, system program, event authority, the program. */
test("the wallet's volume account is opened by the instruction of the IDL, for the wallet that pays", () => {
	const { accounts, data, programAddress } = initUserVolume(key(25), key(30));
	expect(accounts.map(({ role, address }) => `${MARKS[role]}${address}`)).toEqual([
		`SW${key(25)}`,
		`R${key(25)}`,
		`W${key(30)}`,
		"R11111111111111111111111111111111",
		"RGS4CU59F31iL7aR2Q8zVS8DRrcRnXX1yjQ66TqNVQnaR",
		"RpAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA",
	]);
	const sighash = createHash("sha256").update("global:init_user_volume_accumulator").digest().subarray(0, 8);
	expect(Buffer.from(data)).toEqual(sighash);
	expect(programAddress).toBe("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA");
});
