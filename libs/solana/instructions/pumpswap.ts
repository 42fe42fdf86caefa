import { AccountRole, type Address } from "@solana/web3.js";
import { SYSTEM_PROGRAM } from "../../../core/execution/signable-instructions.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import {
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../../../core/market/venues/pumpswap/fee-schedule.ts";
import { NO_ADDRESS, PUMPSWAP_PROGRAM } from "../../../core/market/venues/pumpswap/layout.ts";
import {
	ASSOCIATED_TOKEN_PROGRAM,
	deriveWalletAccounts,
	isCashbackCoin,
	PUMPSWAP_EVENT_AUTHORITY,
	PUMPSWAP_GLOBAL_VOLUME,
	swapAccount,
} from "../../../core/market/venues/pumpswap/swap-accounts.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { ProgramAddresses } from "../program-address.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Anchor's discriminators: the first 8 bytes of sha256("global:<name>") (pump-public-docs, idl/pump_amm.json). */
export const PUMPSWAP_SELL_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(51, 230, 133, 164, 1, 127, 131, 173);
export const PUMPSWAP_BUY_EXACT_QUOTE_IN_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(
	198,
	46,
	21,
	82,
	180,
	217,
	232,
	112,
);

/** Where the amounts stand in the data of `sell` and of `buy_exact_quote_in`, as little-endian u64. */
export const PUMPSWAP_SWAP_OFFSET = { amountIn: 8, minimumAmountOut: 16 } as const;
/** Bytes of `sell` data: discriminator, u64, u64. */
export const PUMPSWAP_SELL_DATA_SIZE = 24;
/** Bytes of `buy_exact_quote_in` data: the same and `track_volume`, one byte. */
export const PUMPSWAP_BUY_DATA_SIZE = 25;

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface PumpSwapSwap {
	/** Described by the venue itself, with its derived accounts. */
	readonly pool: PoolDescriptor;
	/** A is the base: `aToB` is `sell`, `bToA` is `buy_exact_quote_in`. */
	readonly direction: Direction;
	/** Signs, owns both token accounts, and pays for accounts that do not exist yet. */
	readonly user: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/**
 * PumpSwap `sell` or `buy_exact_quote_in` (pump-public-docs, idl/pump_amm.json; the accounts after those of the IDL by
 * docs/BREAKING_FEE_RECIPIENT.md and docs/PUMP_CASHBACK_README.md, in the order of pump-swap-sdk 1.20). `buy` would name
 * an exact output. The trader's volume is not tracked: that only counts for Pump's token incentives.
 */
export function pumpSwapSwap(swap: PumpSwapSwap, addresses: ProgramAddresses): WholeInstruction {
	const isSell = swap.direction === "aToB";
	const data = new Uint8Array(isSell ? PUMPSWAP_SELL_DATA_SIZE : PUMPSWAP_BUY_DATA_SIZE);
	data.set(isSell ? PUMPSWAP_SELL_DISCRIMINATOR : PUMPSWAP_BUY_EXACT_QUOTE_IN_DISCRIMINATOR);
	writeUint64(data, PUMPSWAP_SWAP_OFFSET.amountIn, swap.amountIn);
	writeUint64(data, PUMPSWAP_SWAP_OFFSET.minimumAmountOut, swap.minimumAmountOut);
	return {
		programAddress: PUMPSWAP_PROGRAM,
		accounts: [...commonAccounts(swap), ...sideAccounts(swap, addresses)],
		data,
	};
}

/** First 8 bytes of sha256("global:init_user_volume_accumulator"). */
const INIT_USER_VOLUME_DISCRIMINATOR = Uint8Array.of(94, 6, 202, 115, 255, 96, 232, 183);

/** PumpSwap `init_user_volume_accumulator`: the account that every buy names, at the wallet's cost (idl/pump_amm.json). */
export function initUserVolume(wallet: Address, userVolume: Address): WholeInstruction {
	return {
		programAddress: PUMPSWAP_PROGRAM,
		accounts: [
			{ address: wallet, role: AccountRole.WRITABLE_SIGNER },
			readonly(wallet),
			writable(userVolume),
			readonly(SYSTEM_PROGRAM),
			readonly(PUMPSWAP_EVENT_AUTHORITY),
			readonly(PUMPSWAP_PROGRAM),
		],
		data: INIT_USER_VOLUME_DISCRIMINATOR.slice(),
	};
}

/** The first 19, which both instructions share. */
function commonAccounts({ pool, user, direction, ...swap }: PumpSwapSwap) {
	const [base, quote] =
		direction === "aToB"
			? [swap.inputTokenAccount, swap.outputTokenAccount]
			: [swap.outputTokenAccount, swap.inputTokenAccount];
	return [
		writable(pool.address),
		{ address: user, role: AccountRole.WRITABLE_SIGNER },
		readonly(PUMPSWAP_GLOBAL_CONFIG),
		readonly(pool.mintA),
		readonly(pool.mintB),
		writable(base),
		writable(quote),
		writable(pool.vaultA),
		writable(pool.vaultB),
		readonly(swapAccount(pool, "protocolFeeRecipient")),
		writable(swapAccount(pool, "protocolFeeAccount")),
		readonly(swapAccount(pool, "baseTokenProgram")),
		readonly(swapAccount(pool, "quoteTokenProgram")),
		readonly(SYSTEM_PROGRAM),
		readonly(ASSOCIATED_TOKEN_PROGRAM),
		readonly(PUMPSWAP_EVENT_AUTHORITY),
		readonly(PUMPSWAP_PROGRAM),
		writable(swapAccount(pool, "creatorVault")),
		readonly(swapAccount(pool, "creatorVaultAuthority")),
	];
}

function sideAccounts({ pool, user, direction }: PumpSwapSwap, addresses: ProgramAddresses) {
	const isSell = direction === "aToB";
	const { userVolume, userVolumeAccount } = deriveWalletAccounts(pool, user, (...of) => addresses.derive(...of));
	const volume = isSell ? [] : [readonly(PUMPSWAP_GLOBAL_VOLUME), writable(userVolume)];
	const cashback = isSell ? [writable(userVolumeAccount), writable(userVolume)] : [writable(userVolumeAccount)];
	const hasCreator = swapAccount(pool, "coinCreator") !== NO_ADDRESS;
	return [
		...volume,
		readonly(PUMPSWAP_FEE_CONFIG),
		readonly(PUMP_FEE_PROGRAM),
		...(isCashbackCoin(pool) ? cashback : []),
		...(hasCreator ? [readonly(swapAccount(pool, "poolV2"))] : []),
		readonly(swapAccount(pool, "buybackFeeRecipient")),
		writable(swapAccount(pool, "buybackFeeAccount")),
	];
}

function writable(address: Address) {
	return { address, role: AccountRole.WRITABLE };
}

function readonly(address: Address) {
	return { address, role: AccountRole.READONLY };
}
