import type { Chain } from "../../chain/chain.ts";
import { type AccountKey, addressOf as base58Of } from "../../chain/keys.ts";
import { isTokenProgram, mintIn, tokenAccountIn } from "../../chain/token-balances.ts";
import type { AccountRow, Commitment } from "../../chain/types.ts";
import { TOKEN_2022_PROGRAM_KEY, TOKEN_PROGRAM_KEY } from "../../chain/well-known.ts";
import { accountFilterOf } from "../account-filters.ts";
import { type AccountFormat, accountFormatOf, encodeAccount } from "../encode-account.ts";
import { addressOf, type Config, type Params } from "../params.ts";
import { tokenAmountOf } from "../parsed-account.ts";
import { invalidParams } from "../rpc-error.ts";
import { type Methods, withContext } from "./method.ts";

/** As on mainnet (Agave, `MAX_MULTIPLE_ACCOUNTS`). */
const MAX_MULTIPLE_ACCOUNTS = 100;

/** As on mainnet (Agave, `NUM_LARGEST_ACCOUNTS`). */
const LARGEST_ACCOUNTS = 20;

/** Largest account, in bytes, whose rent can be asked for (`MAX_PERMITTED_DATA_LENGTH`). */
const MAX_ACCOUNT_BYTES = 10 * 1_024 * 1_024;

export const accountMethods: Methods = {
	getAccountInfo: (chain, params) => {
		const key = params.address(0, "the account address");
		const config = params.config(1);
		const commitment = config.commitment(chain);
		const format = accountFormatOf(config);
		return withContext(chain.slot(commitment), encoded(chain, chain.account(key, commitment), format, commitment));
	},

	getMultipleAccounts: (chain, params) => {
		const names = params.list(0, "the account addresses", MAX_MULTIPLE_ACCOUNTS);
		const keys = names.map((name, index) => addressOf(name, `account address ${index}`));
		const config = params.config(1);
		const commitment = config.commitment(chain);
		const format = accountFormatOf(config, "base64");
		const accounts = keys.map((key) => encoded(chain, chain.account(key, commitment), format, commitment));
		return withContext(chain.slot(commitment), accounts);
	},

	getProgramAccounts: (chain, params) => {
		const program = params.address(0, "the program address");
		const config = params.config(1);
		const commitment = config.commitment(chain);
		const format = accountFormatOf(config);
		const passes = accountFilterOf(config);
		const accounts = [...chain.accountsOwnedBy(program, commitment)]
			.filter(([, row]) => passes(row))
			.map(([key, row]) => keyed(chain, key, row, format, commitment));
		return config.flag("withContext") ? withContext(chain.slot(commitment), accounts) : accounts;
	},

	getBalance: (chain, params) => {
		const key = params.address(0, "the account address");
		const commitment = params.config(1).commitment(chain);
		return withContext(chain.slot(commitment), chain.account(key, commitment)?.lamports ?? 0n);
	},

	getTokenAccountBalance: (chain, params) => {
		const key = params.address(0, "the token account address");
		const commitment = params.config(1).commitment(chain);
		const row = chain.account(key, commitment);
		if (row === null) throw invalidParams("could not find account");
		const token = tokenAccountIn(row);
		const mint = token === null ? null : mintIn(chain.account(token.mint, commitment));
		if (token === null || mint === null) throw invalidParams("not a Token account");
		return withContext(chain.slot(commitment), tokenAmountOf(token.amount, mint.decimals));
	},

	getTokenSupply: (chain, params) => {
		const key = params.address(0, "the mint address");
		const commitment = params.config(1).commitment(chain);
		const row = chain.account(key, commitment);
		if (row === null) throw invalidParams("could not find account");
		const mint = mintIn(row);
		if (mint === null) throw invalidParams("not a Token mint");
		return withContext(chain.slot(commitment), tokenAmountOf(mint.supply, mint.decimals));
	},

	getTokenLargestAccounts: (chain, params) => {
		const key = params.address(0, "the mint address");
		const commitment = params.config(1).commitment(chain);
		const row = chain.account(key, commitment);
		if (row === null) throw invalidParams("could not find mint");
		const mint = mintIn(row);
		if (mint === null) throw invalidParams("not a Token mint");
		const largest = [...chain.accountsOwnedBy(row.owner, commitment)]
			.flatMap(([address, account]) => {
				const token = tokenAccountIn(account);
				return token?.mint === key ? [{ address: base58Of(address), amount: token.amount }] : [];
			})
			.sort((one, other) => (one.amount === other.amount ? 0 : one.amount > other.amount ? -1 : 1))
			.slice(0, LARGEST_ACCOUNTS)
			.map(({ address, amount }) => ({ address, ...tokenAmountOf(amount, mint.decimals) }));
		return withContext(chain.slot(commitment), largest);
	},

	getTokenAccountsByOwner: (chain, params) => {
		const owner = params.address(0, "the owner address");
		const selection = tokenSelectionOf(params);
		const config = params.config(2);
		const commitment = config.commitment(chain);
		const format = accountFormatOf(config);
		const accounts = selection.programs
			.flatMap((program) => [...chain.accountsOwnedBy(program, commitment)])
			.filter(([, row]) => {
				const token = tokenAccountIn(row);
				return token?.owner === owner && (selection.mint === null || token.mint === selection.mint);
			})
			.map(([key, row]) => keyed(chain, key, row, format, commitment));
		return withContext(chain.slot(commitment), accounts);
	},

	getMinimumBalanceForRentExemption: (chain, params) => {
		const bytes = params.count(0, "the data length");
		if (bytes > MAX_ACCOUNT_BYTES) throw invalidParams(`the data length must be at most ${MAX_ACCOUNT_BYTES}`);
		return chain.minimumBalanceForRentExemption(bytes);
	},
};

function tokenSelectionOf(params: Params): { programs: AccountKey[]; mint: AccountKey | null } {
	const selection: Config = params.config(1);
	const mint = selection.raw("mint");
	if (mint !== undefined) {
		return { programs: [TOKEN_PROGRAM_KEY, TOKEN_2022_PROGRAM_KEY], mint: addressOf(mint, "mint") };
	}
	const programId = selection.raw("programId");
	if (programId === undefined) throw invalidParams("the second parameter must hold mint or programId");
	const program = addressOf(programId, "programId");
	if (!isTokenProgram(program)) throw invalidParams("programId must be a token program");
	return { programs: [program], mint: null };
}

function keyed(
	chain: Chain,
	key: AccountKey,
	row: AccountRow,
	format: AccountFormat,
	commitment: Commitment,
): { pubkey: string; account: object | null } {
	return { pubkey: base58Of(key), account: encoded(chain, row, format, commitment) };
}

function encoded(chain: Chain, row: AccountRow | null, format: AccountFormat, commitment: Commitment): object | null {
	return row === null ? null : encodeAccount(row, format, (mint) => chain.account(mint, commitment));
}
