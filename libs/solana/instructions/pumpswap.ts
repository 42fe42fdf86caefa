import { AccountRole, type Address } from "@solana/web3.js";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import {
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../../../core/market/venues/pumpswap/fee-schedule.ts";
import { NO_ADDRESS, PUMPSWAP_PROGRAM } from "../../../core/market/venues/pumpswap/layout.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import { decodeBase58 } from "../../../core/types/base58.ts";
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

/** The event authority: program address of "__event_authority". */
export const PUMPSWAP_EVENT_AUTHORITY = "GS4CU59F31iL7aR2Q8zVS8DRrcRnXX1yjQ66TqNVQnaR" as Address;
/** Program address of "global_volume_accumulator". */
export const PUMPSWAP_GLOBAL_VOLUME = "C2aFPdENg4A2HQsmrd5rTw5TaYBX5Ku887cWjbFKtZpw" as Address;

const SYSTEM_PROGRAM = NO_ADDRESS;
const ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL" as Address;

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface PumpSwapSwap {
	/** Described by the venue itself. */
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
	const derived = derive(swap, addresses);
	return {
		programAddress: PUMPSWAP_PROGRAM,
		accounts: [...commonAccounts(swap, derived), ...sideAccounts(swap, derived)],
		data,
	};
}

interface Derived {
	readonly protocolFeeAccount: Address;
	readonly buybackFeeAccount: Address;
	readonly creatorVaultAuthority: Address;
	readonly creatorVault: Address;
	readonly userVolume: Address;
	readonly userVolumeAccount: Address;
	readonly poolV2: Address;
}

function derive({ pool, user }: PumpSwapSwap, addresses: ProgramAddresses): Derived {
	const own = (...seeds: readonly Uint8Array[]) => addresses.derive(PUMPSWAP_PROGRAM, seeds);
	const quoteProgram = bytes(account(pool, "quoteTokenProgram"));
	const quoteAccount = (owner: Address) =>
		addresses.derive(ASSOCIATED_TOKEN_PROGRAM, [bytes(owner), quoteProgram, bytes(pool.mintB)]);
	const creatorVaultAuthority = own(text("creator_vault"), bytes(account(pool, "coinCreator")));
	const userVolume = own(text("user_volume_accumulator"), bytes(user));
	return {
		protocolFeeAccount: quoteAccount(account(pool, "protocolFeeRecipient")),
		buybackFeeAccount: quoteAccount(account(pool, "buybackFeeRecipient")),
		creatorVaultAuthority,
		creatorVault: quoteAccount(creatorVaultAuthority),
		userVolume,
		userVolumeAccount: quoteAccount(userVolume),
		poolV2: own(text("pool-v2"), bytes(pool.mintA)),
	};
}

/** The first 19, which both instructions share. */
function commonAccounts({ pool, user, direction, ...swap }: PumpSwapSwap, derived: Derived) {
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
		readonly(account(pool, "protocolFeeRecipient")),
		writable(derived.protocolFeeAccount),
		readonly(account(pool, "baseTokenProgram")),
		readonly(account(pool, "quoteTokenProgram")),
		readonly(SYSTEM_PROGRAM),
		readonly(ASSOCIATED_TOKEN_PROGRAM),
		readonly(PUMPSWAP_EVENT_AUTHORITY),
		readonly(PUMPSWAP_PROGRAM),
		writable(derived.creatorVault),
		readonly(derived.creatorVaultAuthority),
	];
}

function sideAccounts({ pool, direction }: PumpSwapSwap, derived: Derived) {
	const isSell = direction === "aToB";
	const volume = isSell ? [] : [readonly(PUMPSWAP_GLOBAL_VOLUME), writable(derived.userVolume)];
	const isCashback = pool.parameters["isCashbackCoin"] === 1n;
	const cashback = isSell
		? [writable(derived.userVolumeAccount), writable(derived.userVolume)]
		: [writable(derived.userVolumeAccount)];
	const hasCreator = account(pool, "coinCreator") !== NO_ADDRESS;
	return [
		...volume,
		readonly(PUMPSWAP_FEE_CONFIG),
		readonly(PUMP_FEE_PROGRAM),
		...(isCashback ? cashback : []),
		...(hasCreator ? [readonly(derived.poolV2)] : []),
		readonly(account(pool, "buybackFeeRecipient")),
		writable(derived.buybackFeeAccount),
	];
}

function writable(address: Address) {
	return { address, role: AccountRole.WRITABLE };
}

function readonly(address: Address) {
	return { address, role: AccountRole.READONLY };
}

/** @throws Error when the descriptor was not made by the venue's own `describe` */
function account(pool: PoolDescriptor, name: string): Address {
	const address = pool.swapAccounts[name];
	if (address === undefined) throw new Error(`the descriptor of pool ${pool.address} has no swap account ${name}`);
	return address;
}

function bytes(address: Address): Uint8Array {
	return decodeBase58(address) as Uint8Array;
}

function text(seed: string): Uint8Array {
	return Uint8Array.from(Buffer.from(seed));
}
