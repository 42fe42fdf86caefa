import { randomBytes } from "node:crypto";
import { getAddressDecoder } from "@solana/web3.js";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import type { AccountBytes } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { ammPoolAccounts } from "../../../../services/localnet/genesis/raydium-amm-v4.ts";
import {
	cpmmConfigAccount,
	cpmmPoolAccounts,
	orderedSides,
} from "../../../../services/localnet/genesis/raydium-cpmm.ts";
import { mintAccount, tokenAccount } from "../../../../services/localnet/genesis/token.ts";
import { derive, feeConfigAccount, globalAccount, type PoolFields, poolAccount } from "./venues/pumpswap/accounts.ts";

/** A new address that nobody else has. */
export function anyAddress(): Address {
	return getAddressDecoder().decode(randomBytes(32));
}

export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
export const BONK = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263" as Address;

export const ASSETS = [
	{ symbol: "USDC", mint: USDC, decimals: 6 },
	{ symbol: "BONK", mint: BONK, decimals: 5 },
];

const base = { mint: BONK, decimals: 5, vaultAmount: 5_000_000_000n };
const quote = { mint: USDC, decimals: 6, vaultAmount: 100_000_000n };

export interface PoolFixture {
	readonly address: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	/** Pool, vaults, mints and configuration, by address. */
	readonly accounts: Map<Address, AccountBytes>;
}

/** An AMM v4 pool of BONK (A) in USDC (B), with everything it refers to. */
export async function ammFixture(owed: { coin?: bigint; pc?: bigint } = {}): Promise<PoolFixture> {
	const { pool, coinVault, pcVault, accounts } = await ammPoolAccounts({
		market: anyAddress(),
		coin: { ...base, owed: owed.coin ?? 0n },
		pc: { ...quote, owed: owed.pc ?? 0n },
	});
	return { address: pool, vaultA: coinVault, vaultB: pcVault, accounts: byAddress([...accounts, ...mints()]) };
}

/** A CPMM pool of the same two mints, with everything it refers to. */
export async function cpmmFixture(index = 1): Promise<PoolFixture> {
	const config = await cpmmConfigAccount({ index, tradeFeeRate: 2_500n });
	const { pool, token0Vault, token1Vault, accounts } = await cpmmPoolAccounts({
		config: config.address,
		...orderedSides(base, quote),
	});
	return {
		address: pool,
		vaultA: token0Vault,
		vaultB: token1Vault,
		accounts: byAddress([config, ...accounts, ...mints()]),
	};
}

/** A PumpSwap pool of BONK (A) in USDC (B), with everything it refers to, and the accounts that take its fees. */
export function pumpSwapFixture(fields: PoolFields = {}): PoolFixture {
	const account = poolAccount({ baseMint: BONK, quoteMint: USDC, address: anyAddress(), ...fields });
	const [baseMint, quoteMint] = mints();
	const configurations = [globalAccount(), feeConfigAccount(), baseMint, quoteMint] as readonly AccountBytes[];
	const described = pumpSwap.describe(account, configurations);
	if (!described.ok) throw new Error(described.error.detail);
	const { vaultA, vaultB } = described.value;
	const derived = pumpSwap.derivedAccounts?.(described.value, derive) ?? {};
	const whole = { ...described.value, swapAccounts: { ...described.value.swapAccounts, ...derived } };
	const takers = pumpSwap.neededAccounts?.(whole) ?? [];
	const accounts: AccountBytes[] = [
		account,
		...configurations,
		tokenAccount({ address: vaultA, mint: BONK, owner: account.address, amount: base.vaultAmount }),
		tokenAccount({ address: vaultB, mint: USDC, owner: account.address, amount: quote.vaultAmount }),
		...takers.map((address) => tokenAccount({ address, mint: USDC, owner: account.address, amount: 0n })),
	];
	return { address: account.address, vaultA, vaultB, accounts: byAddress(accounts) };
}

function mints() {
	return [
		mintAccount({ address: BONK, decimals: 5, supply: 10n ** 15n }),
		mintAccount({ address: USDC, decimals: 6, supply: 10n ** 15n }),
	];
}

function byAddress<A extends AccountBytes>(accounts: readonly A[]): Map<Address, A> {
	return new Map(accounts.map((account) => [account.address, account]));
}
