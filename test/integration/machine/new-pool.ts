import { AMM_INFO_OFFSET } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import type { Address } from "../../../core/types/address.ts";
import { encodeBase58, readAddress } from "../../../core/types/base58.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { Chain } from "../../../services/localnet/chain/chain.ts";
import { type AmmPoolAccounts, ammPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import { mintAccount } from "../../../services/localnet/genesis/token.ts";

const DECIMALS = 6;
const HANDED_OUT = 1_000_000_000n;

export interface NewPool {
	/** Tells this pool and its token from others. */
	readonly number: number;
	readonly usdc: Address;
	/** Base units of the token, and of USDC. */
	readonly depth: bigint;
	/** What is left of the liquidity's tokens; the rest of 10^9 was burned. */
	readonly liquidityLeft: bigint;
	/** Who can make more of the token. */
	readonly mintAuthority?: Address;
}

/** The mint of a new pool's token. */
export function newToken(number: number): Address {
	return encodeBase58(Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? number : 11))) as Address;
}

/** Makes a token, and a pool of it against USDC with burned liquidity, on a running chain. */
export async function openPool(chain: Chain, options: NewPool): Promise<AmmPoolAccounts> {
	const { number, usdc, depth, liquidityLeft, mintAuthority } = options;
	const token = newToken(number);
	const pool = await ammPoolAccounts({
		market: encodeBase58(Uint8Array.from({ length: 32 }, (_, at) => (at === 31 ? number : 12))) as Address,
		coin: { mint: token, decimals: DECIMALS, vaultAmount: depth },
		pc: { mint: usdc, decimals: DECIMALS, vaultAmount: depth },
		openTimeSeconds: BigInt(chain.unixTimestamp),
	});
	const [state, ...vaults] = pool.accounts;
	const data = new Uint8Array(state!.data);
	writeUint64(data, AMM_INFO_OFFSET.lpAmount, HANDED_OUT);
	const liquidity = readAddress(data, AMM_INFO_OFFSET.lpMint);
	const accounts = [
		mintAccount({ address: token, decimals: DECIMALS, supply: depth, ...(mintAuthority && { mintAuthority }) }),
		mintAccount({ address: liquidity, decimals: DECIMALS, supply: liquidityLeft }),
		...vaults,
		// Found by its own account: everything else is there by then.
		{ ...state!, data },
	];
	for (const { address, ...account } of accounts) chain.setAccount(address, account);
	return pool;
}
