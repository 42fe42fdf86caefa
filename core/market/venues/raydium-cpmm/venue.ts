import type { Address } from "../../../types/address.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { AccountBytes, DecodeError, ReserveVenue } from "../venue.ts";
import {
	CPMM_AUTHORITY,
	type CpmmPool,
	decodeConfig,
	decodePool,
	FEE_RATE_DENOMINATOR,
	POOL_STATE_SIZE,
	RAYDIUM_CPMM_PROGRAM,
	readPoolState,
} from "./layout.ts";
import { afterSwap, quoteExactIn, quoteExactOut } from "./quote.ts";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
/** A mint of this size has no extensions, so that a transfer takes no fee (Token-2022, `state::Mint`). */
const PLAIN_MINT_SIZE = 82;

/**
 * Raydium CPMM (program CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C): constant product, rates in a configuration account
 * that many pools share. A is the pool's token 0, B its token 1. Mints with Token-2022 extensions are not supported:
 * their transfers may take a fee that the quote does not know.
 *
 * `configurations` are the pool's AmmConfig and then the mints that Token-2022 owns, token 0 first.
 */
export const raydiumCpmm: ReserveVenue = {
	id: "raydium-cpmm",
	pricedBy: "reserves",
	programId: RAYDIUM_CPMM_PROGRAM,
	poolAccountSize: POOL_STATE_SIZE,

	references(account) {
		const decoded = decodePool(account);
		if (!decoded.ok) return decoded;
		const pool = decoded.value;
		return success({
			mintA: pool.token0Mint,
			mintB: pool.token1Mint,
			vaultA: pool.token0Vault,
			vaultB: pool.token1Vault,
			configurations: [pool.ammConfig, ...token2022Mints(pool)],
		});
	},

	describe(account, configurations) {
		const decoded = decodePool(account);
		if (!decoded.ok) return decoded;
		const pool = decoded.value;
		const config = findAccount(configurations, pool.ammConfig);
		if (!config.ok) return config;
		const rates = decodeConfig(config.value);
		if (!rates.ok) return rates;
		const unsupported = refuseMints(pool, configurations);
		if (unsupported !== undefined) return failure(unsupported);
		const creatorFeeRate = pool.enableCreatorFee ? rates.value.creatorFeeRate : 0n;
		return success({
			address: account.address,
			venue: "raydium-cpmm",
			mintA: pool.token0Mint,
			mintB: pool.token1Mint,
			decimalsA: pool.mint0Decimals,
			decimalsB: pool.mint1Decimals,
			vaultA: pool.token0Vault,
			vaultB: pool.token1Vault,
			// Where the creator takes from the output the two rates multiply; their sum is the safe side of that.
			feeNumerator: rates.value.tradeFeeRate + creatorFeeRate,
			feeDenominator: FEE_RATE_DENOMINATOR,
			parameters: {
				...rates.value,
				creatorFeeOn: BigInt(pool.creatorFeeOn),
				enableCreatorFee: pool.enableCreatorFee ? 1n : 0n,
			},
			swapAccounts: {
				ammConfig: pool.ammConfig,
				authority: CPMM_AUTHORITY,
				token0Program: pool.token0Program,
				token1Program: pool.token1Program,
				observationState: pool.observationKey,
			},
		});
	},

	readState: readPoolState,
	quoteExactIn,
	quoteExactOut,
	afterSwap,
};

function token2022Mints(pool: CpmmPool): Address[] {
	const mints: Address[] = [];
	if (pool.token0Program === TOKEN_2022_PROGRAM) mints.push(pool.token0Mint);
	if (pool.token1Program === TOKEN_2022_PROGRAM) mints.push(pool.token1Mint);
	return mints;
}

function refuseMints(pool: CpmmPool, configurations: readonly AccountBytes[]): DecodeError | undefined {
	for (const program of [pool.token0Program, pool.token1Program]) {
		if (program !== TOKEN_PROGRAM && program !== TOKEN_2022_PROGRAM) {
			return { code: "impossibleValue", detail: `token program is ${program}, expected Token or Token-2022` };
		}
	}
	for (const address of token2022Mints(pool)) {
		const mint = findAccount(configurations, address);
		if (!mint.ok) return mint.error;
		if (mint.value.data.length !== PLAIN_MINT_SIZE) {
			return { code: "unsupported", detail: `mint ${address} has Token-2022 extensions: transfers may take a fee` };
		}
	}
	return undefined;
}

function findAccount(accounts: readonly AccountBytes[], address: Address): Result<AccountBytes, DecodeError> {
	const found = accounts.find((account) => account.address === address);
	if (found === undefined) return failure({ code: "shortData", detail: `account ${address} was not given` });
	return success(found);
}
