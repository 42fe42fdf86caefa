import { describe, expect, test } from "@jest/globals";
import type { ChainTransaction } from "../../../../core/execution/chain-transaction.ts";
import { type FillContext, fillFromTransaction, SOL_MINT } from "../../../../core/execution/fill.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";

const address = (name: string) => name as Address;
const WALLET = address("wallet");

const CONTEXT: FillContext = {
	wallet: WALLET,
	intentId: "0123456789abcdef" as IntentId,
	pools: [],
	lenders: [],
	tipAccounts: [address("absent"), address("tip a"), address("tip b")],
};

/** Lamports before and after, of each account. The first pays. */
function transaction(accounts: readonly (readonly [string, bigint, bigint])[], fee = 5_000n): ChainTransaction {
	return {
		signature: "signature" as Signature,
		slot: 77,
		error: null,
		feeLamports: fee,
		accountKeys: accounts.map(([name]) => address(name)),
		preLamports: accounts.map(([, before]) => before),
		postLamports: accounts.map(([, , after]) => after),
		preTokenBalances: [],
		postTokenBalances: [],
		computeUnits: 1,
		memo: null,
		blockTimeSeconds: null,
	};
}

const changesOf = (told: ChainTransaction, context = CONTEXT) => fillFromTransaction(told, context).changes;

describe("tips in a transaction that the wallet pays for", () => {
	test("are what tip accounts gained, told from the fee and from the fill", () => {
		const told = transaction([
			["wallet", 100_000n, 94_370n],
			["tip a", 1_000n, 1_600n],
			["stranger", 7n, 37n],
			["tip b", 0n, 40n],
		]);
		expect(changesOf(told)).toEqual([
			{ mint: SOL_MINT, fill: 10n, loanFee: 0n, networkFee: 5_000n, tip: 640n, balanceAfter: 94_370n },
		]);
		const { tipAccounts: _, ...without } = CONTEXT;
		expect(changesOf(told, without)).toMatchObject([{ fill: -630n, networkFee: 5_000n, tip: 0n }]);
	});

	test("what a tip account pays out is no tip", () => {
		const told = transaction([
			["wallet", 100_000n, 95_500n],
			["tip a", 1_000n, 500n],
			["tip b", 5n, 5n],
		]);
		expect(changesOf(told)).toMatchObject([{ fill: 500n, networkFee: 5_000n, tip: 0n }]);
	});

	test("somebody else's tip and fee are none of the wallet's", () => {
		const told = transaction([
			["stranger", 100_000n, 94_400n],
			["wallet", 50n, 60n],
			["tip a", 1_000n, 1_600n],
		]);
		expect(changesOf(told)).toMatchObject([{ fill: 10n, networkFee: 0n, tip: 0n, balanceAfter: 60n }]);
	});

	test("a tip that came back is told all the same, and lamports that are not told are refused", () => {
		const told = transaction(
			[
				["wallet", 100n, 100n],
				["tip a", 0n, 9n],
			],
			0n,
		);
		expect(changesOf(told)).toMatchObject([{ fill: 9n, networkFee: 0n, tip: 9n }]);
		expect(() => changesOf({ ...told, postLamports: [100n] })).toThrow(
			"transaction signature has no postLamports for account 1: the node's answer is damaged",
		);
		expect(() => changesOf({ ...told, preLamports: [100n] })).toThrow("has no preLamports for account 1");
	});
});

describe("a pool's vaults", () => {
	const pool = { address: address("pool"), mintA: address("a"), mintB: address("b") };
	const context = { ...CONTEXT, pools: [{ ...pool, vaultA: address("vault a"), vaultB: address("vault b") }] };
	const legsOf = (changeA: bigint, changeB: bigint) => {
		const whole = transaction([
			["wallet", 9n, 9n],
			["vault a", 1n, 1n],
			["vault b", 1n, 1n],
		]);
		const balances = (a: bigint, b: bigint) => [
			{ accountIndex: 1, mint: pool.mintA, owner: null, amount: a },
			{ accountIndex: 2, mint: pool.mintB, owner: null, amount: b },
		];
		const told = {
			...whole,
			preTokenBalances: balances(100n, 100n),
			postTokenBalances: balances(100n + changeA, 100n + changeB),
		};
		return fillFromTransaction(told, context).legs.map(({ mintIn, amountIn, amountOut }) => [
			mintIn,
			amountIn,
			amountOut,
		]);
	};

	test.each([
		[3n, -2n, [["a", 3n, 2n]]],
		[-2n, 3n, [["b", 3n, 2n]]],
		[3n, 0n, []],
		[0n, 3n, []],
		[0n, -3n, []],
		[-3n, 0n, []],
		[3n, 2n, []],
		[-3n, -2n, []],
	])("that change by %p and %p", (changeA, changeB, legs) => {
		expect(legsOf(changeA, changeB)).toEqual(legs);
	});
});
