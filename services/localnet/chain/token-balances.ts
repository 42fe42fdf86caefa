import { type AccountKey, accountKeyAt } from "./keys.ts";
import type { AccountRow, TokenBalance } from "./types.ts";
import { TOKEN_2022_PROGRAM_KEY, TOKEN_PROGRAM_KEY } from "./well-known.ts";

/** SPL Token `Account`: mint 0, owner 32, amount 64, delegate 72, state 108, … (`spl-token-interface`, `state::Account`). */
const ACCOUNT_BYTES = 165;
const OWNER_OFFSET = 32;
const AMOUNT_OFFSET = 64;
const STATE_OFFSET = 108;
/** SPL Token `Mint`: authority 0, supply 36, decimals 44, initialized 45, freeze authority 46 (`state::Mint`). */
const MINT_BYTES = 82;
const SUPPLY_OFFSET = 36;
const DECIMALS_OFFSET = 44;
const INITIALIZED_OFFSET = 45;
/** Token-2022 puts the kind of a longer account behind the first 165 bytes (`extension::AccountType`). */
const KIND_OFFSET = 165;
const KIND_MINT = 1;
const KIND_ACCOUNT = 2;

export interface TokenAccountView {
	readonly mint: AccountKey;
	readonly owner: AccountKey;
	/** Base units. */
	readonly amount: bigint;
}

export interface MintView {
	/** Base units. */
	readonly supply: bigint;
	readonly decimals: number;
}

export function isTokenProgram(program: AccountKey): boolean {
	return program === TOKEN_PROGRAM_KEY || program === TOKEN_2022_PROGRAM_KEY;
}

/** The token account in the row; `null` when it holds none or an uninitialized one. */
export function tokenAccountIn(row: AccountRow | null): TokenAccountView | null {
	if (row === null || !isTokenProgram(row.owner) || !hasKind(row, ACCOUNT_BYTES, KIND_ACCOUNT)) return null;
	if (row.data[STATE_OFFSET] === 0) return null;
	return {
		mint: accountKeyAt(row.data, 0),
		owner: accountKeyAt(row.data, OWNER_OFFSET),
		amount: row.data.readBigUInt64LE(AMOUNT_OFFSET),
	};
}

/** The mint in the row; `null` when it holds none or an uninitialized one. */
export function mintIn(row: AccountRow | null): MintView | null {
	if (row === null || !isTokenProgram(row.owner) || !hasKind(row, MINT_BYTES, KIND_MINT)) return null;
	if (row.data[INITIALIZED_OFFSET] !== 1) return null;
	return { supply: row.data.readBigUInt64LE(SUPPLY_OFFSET), decimals: row.data[DECIMALS_OFFSET]! };
}

function hasKind(row: AccountRow, bytes: number, kind: number): boolean {
	if (row.data.length === bytes) return true;
	return row.owner === TOKEN_2022_PROGRAM_KEY && row.data.length > KIND_OFFSET && row.data[KIND_OFFSET] === kind;
}

/** The token balances among a transaction's accounts; those whose mint cannot be read are left out. */
export function tokenBalancesOf(
	rows: readonly (AccountRow | null)[],
	readMint: (mint: AccountKey) => AccountRow | null,
): TokenBalance[] {
	const balances: TokenBalance[] = [];
	for (const [accountIndex, row] of rows.entries()) {
		const token = tokenAccountIn(row);
		if (row === null || token === null) continue;
		const mint = mintIn(readMint(token.mint));
		if (mint === null) continue;
		balances.push({ accountIndex, ...token, programId: row.owner, decimals: mint.decimals });
	}
	return balances;
}
