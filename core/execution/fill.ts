import type { PoolDescriptor } from "../market/pool.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import type { ChainTransaction, TokenBalance } from "./chain-transaction.ts";
import type { FlashLender } from "./flash-loan.ts";
import type { BalanceChange, Fill, FillLeg } from "./submission.ts";

/** The mint of wrapped SOL. The books' SOL line counts lamports and wrapped SOL together. */
export const SOL_MINT = "So11111111111111111111111111111111111111112" as Address;

/** Whose transaction it was, and which accounts to read. */
export interface FillContext {
	readonly wallet: Address;
	readonly intentId: IntentId;
	/** Legs come out in this order. Pools that the transaction does not touch are passed over. */
	readonly pools: readonly Pick<PoolDescriptor, "address" | "mintA" | "mintB" | "vaultA" | "vaultB">[];
	readonly lenders: readonly Pick<FlashLender, "mint" | "feeVault">[];
	/**
	 * The wallet's token accounts that the books count; absent: every token account of which it is the owner.
	 */
	readonly tokenAccounts?: readonly Address[];
	/** Accounts whose gain is a tip; absent: the transaction paid none. */
	readonly tipAccounts?: readonly Address[];
}

/**
 * What a transaction did to a wallet, read from the chain's balances alone. Per mint
 * `fill − loanFee − networkFee − tip` is exactly the wallet's change; mints that did not change are left out.
 */
export function fillFromTransaction(transaction: ChainTransaction, context: FillContext): Fill {
	const accounts = tokenAccountChanges(transaction);
	const reverted = transaction.error !== null;
	return {
		intentId: context.intentId,
		signature: transaction.signature,
		slot: transaction.slot,
		reverted,
		error: transaction.error,
		legs: reverted ? [] : legsOf(accounts, context),
		changes: changesOf(transaction, accounts, context),
		computeUnits: transaction.computeUnits,
	};
}

/** A token account's amounts around a transaction. */
interface TokenAccountChange {
	readonly mint: Address;
	readonly owner: Address | null;
	before: bigint;
	after: bigint;
}

type TokenAccountChanges = ReadonlyMap<Address, TokenAccountChange>;

function tokenAccountChanges(transaction: ChainTransaction): TokenAccountChanges {
	const changes = new Map<Address, TokenAccountChange>();
	const visit = (balance: TokenBalance, side: "before" | "after") => {
		const account = transaction.accountKeys[balance.accountIndex];
		if (account === undefined) {
			throw new RangeError(
				`transaction ${transaction.signature} lists a token balance of account ${balance.accountIndex}, ` +
					`but names ${transaction.accountKeys.length} accounts: the node's answer is damaged`,
			);
		}
		let change = changes.get(account);
		if (!change) {
			change = { mint: balance.mint, owner: balance.owner, before: 0n, after: 0n };
			changes.set(account, change);
		}
		change[side] = balance.amount;
	};
	for (const balance of transaction.preTokenBalances) visit(balance, "before");
	for (const balance of transaction.postTokenBalances) visit(balance, "after");
	return changes;
}

function legsOf(accounts: TokenAccountChanges, context: FillContext): FillLeg[] {
	const legs: FillLeg[] = [];
	for (const pool of context.pools) {
		const changeA = changeOf(accounts, pool.vaultA);
		const changeB = changeOf(accounts, pool.vaultB);
		if (changeA > 0n && changeB < 0n) {
			legs.push({
				pool: pool.address,
				mintIn: pool.mintA,
				mintOut: pool.mintB,
				amountIn: changeA,
				amountOut: -changeB,
			});
		} else if (changeB > 0n && changeA < 0n) {
			legs.push({
				pool: pool.address,
				mintIn: pool.mintB,
				mintOut: pool.mintA,
				amountIn: changeB,
				amountOut: -changeA,
			});
		}
	}
	return legs;
}

function changeOf(accounts: TokenAccountChanges, account: Address): bigint {
	const change = accounts.get(account);
	return change ? change.after - change.before : 0n;
}

interface RunningChange {
	change: bigint;
	after: bigint;
	loanFee: bigint;
	networkFee: bigint;
	tip: bigint;
}

function changesOf(
	transaction: ChainTransaction,
	accounts: TokenAccountChanges,
	context: FillContext,
): readonly BalanceChange[] {
	const byMint = new Map<Address, RunningChange>();
	const running = (mint: Address): RunningChange => {
		const existing = byMint.get(mint);
		if (existing) return existing;
		const fresh = { change: 0n, after: 0n, loanFee: 0n, networkFee: 0n, tip: 0n };
		byMint.set(mint, fresh);
		return fresh;
	};
	const place = transaction.accountKeys.indexOf(context.wallet);
	if (place >= 0) {
		const sol = running(SOL_MINT);
		const after = lamports(transaction, "postLamports", place);
		sol.change += after - lamports(transaction, "preLamports", place);
		sol.after += after;
		if (place === 0) {
			sol.networkFee = transaction.feeLamports;
			sol.tip = tipsOf(transaction, context.tipAccounts ?? []);
		}
	}
	for (const [account, { mint, owner, before, after }] of accounts) {
		if (!countsAsWallet(account, owner, context)) continue;
		const line = running(mint);
		line.change += after - before;
		line.after += after;
	}
	const feeVaults = new Map(context.lenders.map((lender) => [lender.feeVault, lender.mint]));
	for (const [feeVault, mint] of feeVaults) {
		const fee = changeOf(accounts, feeVault);
		if (fee > 0n) running(mint).loanFee += fee;
	}
	const changes: BalanceChange[] = [];
	for (const [mint, { change, after, loanFee, networkFee, tip }] of byMint) {
		if (change === 0n && loanFee === 0n && networkFee === 0n && tip === 0n) continue;
		const fill = change + loanFee + networkFee + tip;
		changes.push({ mint, fill, loanFee, networkFee, tip, balanceAfter: after });
	}
	return changes;
}

/** What the transaction brought to tip accounts. Only asked of transactions that the wallet pays for. */
function tipsOf(transaction: ChainTransaction, tipAccounts: readonly Address[]): bigint {
	let tips = 0n;
	for (const account of tipAccounts) {
		const place = transaction.accountKeys.indexOf(account);
		if (place < 0) continue;
		const gain = lamports(transaction, "postLamports", place) - lamports(transaction, "preLamports", place);
		if (gain > 0n) tips += gain;
	}
	return tips;
}

function countsAsWallet(account: Address, owner: Address | null, context: FillContext): boolean {
	return context.tokenAccounts ? context.tokenAccounts.includes(account) : owner === context.wallet;
}

function lamports(transaction: ChainTransaction, side: "preLamports" | "postLamports", place: number): bigint {
	const amount = transaction[side][place];
	if (amount === undefined) {
		throw new RangeError(
			`transaction ${transaction.signature} has no ${side} for account ${place}: the node's answer is damaged`,
		);
	}
	return amount;
}
