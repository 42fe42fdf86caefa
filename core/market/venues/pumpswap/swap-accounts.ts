import type { Address } from "../../../types/address.ts";
import { decodeBase58 } from "../../../types/base58.ts";
import type { PoolDescriptor } from "../../pool.ts";
import type { DeriveAddress, WalletAccount } from "../venue.ts";
import { PUMPSWAP_PROGRAM } from "./layout.ts";

/** Derives the address of an owner's token account for a mint, and is named by every swap (spl-associated-token-account). */
export const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL" as Address;
/** The event authority: program address of "__event_authority". */
export const PUMPSWAP_EVENT_AUTHORITY = "GS4CU59F31iL7aR2Q8zVS8DRrcRnXX1yjQ66TqNVQnaR" as Address;
/** Program address of "global_volume_accumulator". */
export const PUMPSWAP_GLOBAL_VOLUME = "C2aFPdENg4A2HQsmrd5rTw5TaYBX5Ku887cWjbFKtZpw" as Address;

/** What a descriptor holds under these names once it is whole. */
export interface PumpSwapDerived {
	/** The quote accounts of the two fee recipients. */
	readonly protocolFeeAccount: Address;
	readonly buybackFeeAccount: Address;
	readonly creatorVaultAuthority: Address;
	/** The quote account of {@link creatorVaultAuthority}, where the creator's fee waits. */
	readonly creatorVault: Address;
	/** Named where there is a creator (pump-public-docs, docs/BREAKING_FEE_RECIPIENT.md). */
	readonly poolV2: Address;
}

/** Seeds: idl/pump_amm.json of pump-public-docs, and pump-swap-sdk 1.20, pda.ts. */
export function deriveSwapAccounts(
	pool: PoolDescriptor,
	derive: DeriveAddress,
): PumpSwapDerived & Record<string, Address> {
	const creatorVaultAuthority = derive(PUMPSWAP_PROGRAM, [
		text("creator_vault"),
		bytes(swapAccount(pool, "coinCreator")),
	]);
	return {
		protocolFeeAccount: quoteAccount(pool, swapAccount(pool, "protocolFeeRecipient"), derive),
		buybackFeeAccount: quoteAccount(pool, swapAccount(pool, "buybackFeeRecipient"), derive),
		creatorVaultAuthority,
		creatorVault: quoteAccount(pool, creatorVaultAuthority, derive),
		poolV2: derive(PUMPSWAP_PROGRAM, [text("pool-v2"), bytes(pool.mintA)]),
	};
}

/** What the program keeps for a wallet: its traded volume, and what cashback coins pay back, in the quote token. */
export interface PumpSwapWalletAccounts {
	readonly userVolume: Address;
	readonly userVolumeAccount: Address;
}

export function deriveWalletAccounts(
	pool: PoolDescriptor,
	wallet: Address,
	derive: DeriveAddress,
): PumpSwapWalletAccounts {
	const userVolume = derive(PUMPSWAP_PROGRAM, [text("user_volume_accumulator"), bytes(wallet)]);
	return { userVolume, userVolumeAccount: quoteAccount(pool, userVolume, derive) };
}

/** Those of them that swaps through the pool write to: the second only of a coin that pays cashback. */
export function walletAccounts(pool: PoolDescriptor, wallet: Address, derive: DeriveAddress): readonly WalletAccount[] {
	const { userVolume, userVolumeAccount } = deriveWalletAccounts(pool, wallet, derive);
	const accounts: WalletAccount[] = [{ venue: "pumpswap", address: userVolume, token: null }];
	if (isCashbackCoin(pool)) {
		const tokenProgram = swapAccount(pool, "quoteTokenProgram");
		const token = { mint: pool.mintB, tokenProgram, owner: userVolume };
		accounts.push({ venue: "pumpswap", address: userVolumeAccount, token });
	}
	return accounts;
}

/**
 * Accounts that take fees. A swap makes those that do not exist, and has the trader pay for it (idl/pump_amm.json,
 * `buy_exact_quote_in`); of the buyback's nothing is said.
 */
export function neededAccounts({ swapAccounts }: PoolDescriptor): readonly Address[] {
	return [swapAccounts.protocolFeeAccount, swapAccounts.buybackFeeAccount, swapAccounts.creatorVault].filter(
		(account) => account !== undefined,
	);
}

export function isCashbackCoin({ parameters }: PoolDescriptor): boolean {
	return parameters.isCashbackCoin === 1n;
}

/** @throws Error when the descriptor is not whole */
export function swapAccount({ address, swapAccounts }: PoolDescriptor, name: string): Address {
	const account = swapAccounts[name];
	if (account === undefined) throw new Error(`pool ${address} of pumpswap was described without its ${name}`);
	return account;
}

function quoteAccount(pool: PoolDescriptor, owner: Address, derive: DeriveAddress): Address {
	const program = bytes(swapAccount(pool, "quoteTokenProgram"));
	return derive(ASSOCIATED_TOKEN_PROGRAM, [bytes(owner), program, bytes(pool.mintB)]);
}

function bytes(address: Address): Uint8Array {
	return decodeBase58(address) as Uint8Array;
}

function text(seed: string): Uint8Array {
	return Uint8Array.from(seed, (character) => character.charCodeAt(0));
}
