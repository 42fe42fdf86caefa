import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ChainTransaction, TokenBalance } from "../../../../core/execution/chain-transaction.ts";
import { type FillContext, fillFromTransaction, SOL_MINT } from "../../../../core/execution/fill.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../core/types/identifiers.ts";

const address = (name: string) => name as Address;
const WALLET = address("wallet");
const USDC = address("usdc");
const BONK = address("bonk");
const SIGNATURE = "signature" as Signature;

const POOL_1 = { address: address("pool1"), mintA: BONK, mintB: USDC, vaultA: address("1a"), vaultB: address("1b") };
const POOL_2 = { address: address("pool2"), mintA: BONK, mintB: USDC, vaultA: address("2a"), vaultB: address("2b") };
const UNTOUCHED = { ...POOL_1, address: address("pool3"), vaultA: address("3a"), vaultB: address("3b") };
const LENDER = { mint: USDC, feeVault: address("fees") };

const CONTEXT: FillContext = {
	wallet: WALLET,
	intentId: "0123456789abcdef" as IntentId,
	pools: [UNTOUCHED, POOL_1, POOL_2],
	lenders: [LENDER],
};

interface TokenRow {
	readonly account: string;
	readonly mint: Address;
	readonly owner: string | null;
	/** Null: the account is not there on this side. */
	readonly before: bigint | null;
	readonly after: bigint | null;
}

function transaction(parts: {
	readonly fee: bigint;
	readonly wallet: readonly [bigint, bigint];
	readonly tokens: readonly TokenRow[];
	readonly error?: string;
	readonly payer?: Address;
}): ChainTransaction {
	const keys = [...(parts.payer ? [parts.payer] : []), WALLET, ...parts.tokens.map((row) => address(row.account))];
	const first = parts.payer ? 2 : 1;
	const balances = (side: "before" | "after"): TokenBalance[] =>
		parts.tokens.flatMap((row, index) => {
			const amount = row[side];
			if (amount === null) return [];
			return [{ accountIndex: first + index, mint: row.mint, owner: row.owner as Address | null, amount }];
		});
	const lamports = (own: bigint) => keys.map((key) => (key === WALLET ? own : 2_039_280n));
	return {
		signature: SIGNATURE,
		slot: 77,
		error: parts.error ?? null,
		feeLamports: parts.fee,
		accountKeys: keys,
		preLamports: lamports(parts.wallet[0]),
		postLamports: lamports(parts.wallet[1]),
		preTokenBalances: balances("before"),
		postTokenBalances: balances("after"),
		computeUnits: 123_456,
		memo: "0123456789abcdef",
		blockTimeSeconds: null,
	};
}

const row = (account: string, mint: Address, owner: string | null, before: bigint | null, after: bigint | null) => ({
	account,
	mint,
	owner,
	before,
	after,
});

describe("fill of a transaction", () => {
	test("a reverted transaction costs its fee and has no legs", () => {
		const fill = fillFromTransaction(
			transaction({
				fee: 5_250n,
				wallet: [1_000_000n, 994_750n],
				error: '{"InstructionError":[5,{"Custom":6005}]}',
				tokens: [row("mine", USDC, "wallet", 5n, 5n), row("1a", BONK, "amm", 10n, 10n)],
			}),
			CONTEXT,
		);
		expect(fill.reverted).toBe(true);
		expect(fill.error).toBe('{"InstructionError":[5,{"Custom":6005}]}');
		expect(fill.legs).toEqual([]);
		expect(fill.changes).toEqual([
			{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_250n, tip: 0n, balanceAfter: 994_750n },
		]);
	});

	test("refuses metadata that names an account beyond the keys", () => {
		const whole = transaction({ fee: 1n, wallet: [2n, 1n], tokens: [] });
		const damaged = { ...whole, postTokenBalances: [{ accountIndex: 9, mint: USDC, owner: null, amount: 1n }] };
		expect(() => fillFromTransaction(damaged, CONTEXT)).toThrow("the node's answer is damaged");
	});

	test("refuses metadata without the wallet's lamports", () => {
		const whole = transaction({ fee: 1n, wallet: [2n, 1n], tokens: [] });
		expect(() => fillFromTransaction({ ...whole, postLamports: [] }, CONTEXT)).toThrow("has no postLamports");
	});

	test("an arbitrage: legs from the vaults in route order, the lender's fee, the surplus of the middle mint", () => {
		const fill = fillFromTransaction(
			transaction({
				fee: 5_000n,
				wallet: [1_000_000n, 995_000n],
				tokens: [
					row("my-usdc", USDC, "wallet", 100n, 170n),
					row("my-bonk", BONK, "wallet", 0n, 3n),
					row("2a", BONK, "amm", 5_000n, 5_900n),
					row("2b", USDC, "amm", 9_000n, 7_920n),
					row("1a", BONK, "amm", 5_000n, 4_097n),
					row("1b", USDC, "amm", 9_000n, 10_000n),
					row("fees", USDC, "lender", 0n, 10n),
				],
			}),
			CONTEXT,
		);
		expect(fill).toEqual({
			intentId: CONTEXT.intentId,
			signature: SIGNATURE,
			slot: 77,
			reverted: false,
			error: null,
			computeUnits: 123_456,
			legs: [
				{ pool: "pool1", mintIn: USDC, mintOut: BONK, amountIn: 1_000n, amountOut: 903n },
				{ pool: "pool2", mintIn: BONK, mintOut: USDC, amountIn: 900n, amountOut: 1_080n },
			],
			changes: [
				{ mint: SOL_MINT, fill: 0n, loanFee: 0n, networkFee: 5_000n, tip: 0n, balanceAfter: 995_000n },
				{ mint: USDC, fill: 80n, loanFee: 10n, networkFee: 0n, tip: 0n, balanceAfter: 170n },
				{ mint: BONK, fill: 3n, loanFee: 0n, networkFee: 0n, tip: 0n, balanceAfter: 3n },
			],
		});
	});

	test("lamports and wrapped SOL are one line; rent paid for a new account is part of its fill", () => {
		const fill = fillFromTransaction(
			transaction({
				fee: 5_000n,
				wallet: [10_000_000n, 7_955_720n],
				tokens: [row("wsol", SOL_MINT, "wallet", null, 70n)],
			}),
			CONTEXT,
		);
		expect(fill.changes).toEqual([
			{ mint: SOL_MINT, fill: 70n - 2_039_280n, loanFee: 0n, networkFee: 5_000n, tip: 0n, balanceAfter: 7_955_790n },
		]);
	});

	test("somebody else's fee is not ours, and a transaction without the wallet changes nothing of it", () => {
		const paidByOther = transaction({ fee: 5_000n, wallet: [7n, 9n], tokens: [], payer: address("other") });
		expect(fillFromTransaction(paidByOther, CONTEXT).changes).toEqual([
			{ mint: SOL_MINT, fill: 2n, loanFee: 0n, networkFee: 0n, tip: 0n, balanceAfter: 9n },
		]);
		expect(fillFromTransaction(paidByOther, { ...CONTEXT, wallet: address("stranger") }).changes).toEqual([]);
	});

	test("with named token accounts only these count, whoever is told as owner", () => {
		const fill = fillFromTransaction(
			transaction({
				fee: 0n,
				wallet: [1n, 1n],
				tokens: [row("ata", USDC, null, 5n, 8n), row("second", USDC, "wallet", 0n, 50n)],
			}),
			{ ...CONTEXT, tokenAccounts: [address("ata")] },
		);
		expect(fill.changes).toEqual([{ mint: USDC, fill: 3n, loanFee: 0n, networkFee: 0n, tip: 0n, balanceAfter: 8n }]);
	});

	test("for any balances, fill − loan fee − network fee is the wallet's change, mint by mint", () => {
		const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
		const maybe = fc.option(amount, { nil: null });
		const owner = fc.constantFrom("wallet", "amm", null);
		const mint = fc.constantFrom(SOL_MINT, USDC, BONK);
		const accounts = ["t0", "t1", "t2", "t3", "1a", "1b", "2a", "2b", "fees"];
		const tokens = fc.tuple(
			...accounts.map((account) =>
				fc
					.record({ mint, owner, before: maybe, after: maybe })
					.map((values) =>
						account === "fees" ? { ...values, mint: USDC, owner: "lender", account } : { ...values, account },
					),
			),
		);
		fc.assert(
			fc.property(amount, amount, amount, tokens, fc.boolean(), (before, after, fee, rows, failed) => {
				const chain = transaction({ fee, wallet: [before, after], tokens: rows, ...(failed ? { error: '"x"' } : {}) });
				const fill = fillFromTransaction(chain, CONTEXT);
				for (const counted of [SOL_MINT, USDC, BONK]) {
					const own = rows.filter((held) => held.owner === "wallet" && held.mint === counted);
					const sum = (side: "before" | "after") => own.reduce((total, held) => total + (held[side] ?? 0n), 0n);
					const isSol = counted === SOL_MINT;
					const actual = sum("after") - sum("before") + (isSol ? after - before : 0n);
					const line = fill.changes.find((change) => change.mint === counted);
					expect(line ? line.fill - line.loanFee - line.networkFee : 0n).toBe(actual);
					if (line) {
						expect(line.balanceAfter).toBe(sum("after") + (isSol ? after : 0n));
						expect(line.networkFee).toBe(isSol ? fee : 0n);
						expect(line.loanFee >= 0n).toBe(true);
					}
				}
				if (failed) expect(fill.legs).toEqual([]);
				for (const leg of fill.legs) expect(leg.amountIn > 0n && leg.amountOut > 0n).toBe(true);
			}),
			{ numRuns: 500 },
		);
	});
});
