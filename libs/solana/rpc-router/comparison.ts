/** What two answers to one question are to each other. */
export type Comparison =
	/** Both tell the same; `better` is the one to go by. */
	| { readonly kind: "same"; readonly better: 0 | 1 }
	/** They speak of different moments, so that nothing can be said; `newer` tells of the later one. */
	| { readonly kind: "incomparable"; readonly newer: 0 | 1 }
	/** One knows a transaction of that slot and the other does not: it may not have come so far yet. */
	| { readonly kind: "unseenBy"; readonly who: 0 | 1; readonly slot: number; readonly what: string }
	| { readonly kind: "contradiction"; readonly what: string };

type Comparer = (left: unknown, right: unknown, params: readonly unknown[]) => Comparison;

interface WithContext {
	readonly context: { readonly slot: bigint };
	readonly value: readonly unknown[];
}

interface Status {
	readonly slot: bigint;
	readonly err: unknown;
	readonly confirmationStatus: string | null;
}

interface Account {
	readonly lamports: bigint;
	readonly owner: string;
	readonly data: unknown;
}

interface TransactionAnswer {
	readonly slot: bigint;
	readonly meta: {
		readonly err: unknown;
		readonly fee: bigint;
		readonly preBalances: readonly bigint[];
		readonly postBalances: readonly bigint[];
		readonly preTokenBalances?: readonly TokenBalanceAnswer[] | null;
		readonly postTokenBalances?: readonly TokenBalanceAnswer[] | null;
	} | null;
}

interface TokenBalanceAnswer {
	readonly accountIndex: bigint;
	readonly mint: string;
	readonly uiTokenAmount: { readonly amount: string };
}

const SAME: Comparison = { kind: "same", better: 0 };

/** The comparer of a question that money hangs on; null for all others. */
export function comparerOf(method: string, params: readonly unknown[]): Comparer | null {
	switch (method) {
		case "getMultipleAccounts":
			return compareAccounts;
		case "getTransaction":
			return compareTransactions;
		case "getSignatureStatuses": {
			const options = (params[1] ?? {}) as { readonly searchTransactionHistory?: unknown };
			return options.searchTransactionHistory === true ? compareStatuses : null;
		}
		default:
			return null;
	}
}

/** Accounts of one slot must be the same to the byte; of different slots they may differ. */
function compareAccounts(left: unknown, right: unknown, [addresses]: readonly unknown[]): Comparison {
	const [a, b] = [left as WithContext, right as WithContext];
	const at = a.value.findIndex((account, index) => textOfAccount(account) !== textOfAccount(b.value[index]));
	const newer = b.context.slot > a.context.slot ? 1 : 0;
	if (at < 0) return { kind: "same", better: newer };
	if (a.context.slot !== b.context.slot) return { kind: "incomparable", newer };
	const name = (addresses as readonly string[])[at];
	return { kind: "contradiction", what: `the account ${name} at slot ${a.context.slot} is not the same` };
}

function compareTransactions(left: unknown, right: unknown, [signature]: readonly unknown[]): Comparison {
	const [a, b] = [left as TransactionAnswer | null, right as TransactionAnswer | null];
	const what = `the transaction ${signature}`;
	if (a === null && b === null) return SAME;
	if (a === null || b === null) {
		const known = (a ?? b) as TransactionAnswer;
		return { kind: "unseenBy", who: a === null ? 0 : 1, slot: Number(known.slot), what };
	}
	if (effectsOf(a) === effectsOf(b)) return SAME;
	return { kind: "contradiction", what: `${what} is said to have had other effects, or to be in another slot` };
}

function compareStatuses(left: unknown, right: unknown, [signatures]: readonly unknown[]): Comparison {
	const [a, b] = [left as WithContext, right as WithContext];
	let unseen: Comparison | null = null;
	let better: 0 | 1 = 0;
	for (const [index, signature] of (signatures as readonly string[]).entries()) {
		const what = `the transaction ${signature}`;
		const one = (a.value[index] ?? null) as Status | null;
		const other = (b.value[index] ?? null) as Status | null;
		if (one && other) {
			// In a block that is not confirmed it may be elsewhere, or nowhere, a moment later.
			if (!isSettled(one) || !isSettled(other)) continue;
			if (text(one.err) !== text(other.err)) {
				return { kind: "contradiction", what: `${what} ended ${endOf(one)} here and ${endOf(other)} there` };
			}
			if (one.slot !== other.slot) return { kind: "contradiction", what: `${what} is said to be in two slots` };
		} else if (one || other) {
			const known = (one ?? other) as Status;
			if (other) better = 1;
			if (isSettled(known)) unseen ??= { kind: "unseenBy", who: one ? 1 : 0, slot: Number(known.slot), what };
		}
	}
	return unseen ?? { kind: "same", better };
}

function isSettled({ confirmationStatus }: Status): boolean {
	return confirmationStatus === "confirmed" || confirmationStatus === "finalized";
}

function endOf({ err }: Status): string {
	return err === null ? "without an error" : `with ${text(err)}`;
}

function textOfAccount(account: unknown): string {
	if (account === null || account === undefined) return "none";
	const { lamports, owner, data } = account as Account;
	return text([lamports, owner, data]);
}

/** What a transaction did to money, by its answer. */
function effectsOf({ slot, meta }: TransactionAnswer): string {
	if (!meta) return text([slot, null]);
	const { err, fee, preBalances, postBalances, preTokenBalances, postTokenBalances } = meta;
	return text([slot, err, fee, preBalances, postBalances, amounts(preTokenBalances), amounts(postTokenBalances)]);
}

function amounts(balances: readonly TokenBalanceAnswer[] | null | undefined): unknown {
	return (balances ?? [])
		.map(({ accountIndex, mint, uiTokenAmount }) => [Number(accountIndex), mint, uiTokenAmount.amount] as const)
		.sort(([a], [b]) => a - b);
}

function text(value: unknown): string {
	return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item));
}
