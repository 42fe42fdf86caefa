import type { Address } from "../../../types/address.ts";
import { decodeBase58, readAddress } from "../../../types/base58.ts";
import { readInt128, readUint16, readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { sha256 } from "../../../types/sha256.ts";
import type { AccountBytes, DecodeError, PoolAccountState } from "../venue.ts";

/** PumpSwap, also "Pump AMM" (pump-fun/pump-public-docs, idl/pump_amm.json). */
export const PUMPSWAP_PROGRAM = "pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA" as Address;
/** Pump's bonding curves, whose migrations create the canonical pools (pump-public-docs, idl/pump.json). */
export const PUMP_PROGRAM = "6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P" as Address;

/**
 * Bytes of a pool whose account has been extended, which is how the official client leaves every pool that it trades
 * (pump-swap-sdk 1.20, `POOL_ACCOUNT_NEW_SIZE`). Pools that nobody extended are shorter, down to {@link POOL_MIN_SIZE}.
 */
export const POOL_SIZE = 300;
/** The first layout: it ends with `lp_supply`. What an account is too short for reads as 0. */
export const POOL_MIN_SIZE = 211;
/** Longer than any layout that the program has written so far; anything above is no pool. */
export const POOL_MAX_SIZE = 1_024;

/** Anchor's discriminator: the first 8 bytes of sha256("account:Pool"). */
export const POOL_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(241, 154, 109, 4, 17, 177, 109, 188);

/** Byte offsets in a pool account, discriminator included (idl/pump_amm.json `Pool`, packed; pump-swap-sdk 1.20). */
export const POOL_OFFSET = {
	poolBump: 8,
	index: 9,
	creator: 11,
	baseMint: 43,
	quoteMint: 75,
	lpMint: 107,
	poolBaseTokenAccount: 139,
	poolQuoteTokenAccount: 171,
	lpSupply: 203,
	coinCreator: 211,
	isMayhemMode: 243,
	isCashbackCoin: 244,
	virtualQuoteReserves: 245,
	creatorFeeBps: 261,
} as const;

/** The key of 32 zero bytes: no coin creator, so no creator fee. */
export const NO_ADDRESS = "11111111111111111111111111111111" as Address;

/** The static fields of a pool account. */
export interface PumpSwapPool {
	readonly index: number;
	/** Of a canonical pool: Pump's authority over it, see {@link isCanonical}. */
	readonly creator: Address;
	readonly baseMint: Address;
	readonly quoteMint: Address;
	readonly poolBaseTokenAccount: Address;
	readonly poolQuoteTokenAccount: Address;
	/** {@link NO_ADDRESS} when the pool pays no creator. The program or its admin may still set it later. */
	readonly coinCreator: Address;
	readonly isMayhemMode: boolean;
	readonly isCashbackCoin: boolean;
	/** What the curve sees on the quote side beyond the vault's balance; negative while fees wait there. */
	readonly virtualQuoteReserves: bigint;
	/** The pool's own creator rate; 0 when the schedule's counts. */
	readonly creatorFeeBps: bigint;
	/** The pool was made by a bonding curve's migration, so that the schedule by market cap counts. */
	readonly isCanonical: boolean;
}

/** Reads what a swap does not change. */
export function decodePool({ address, owner, data }: AccountBytes): Result<PumpSwapPool, DecodeError> {
	if (owner !== PUMPSWAP_PROGRAM) {
		return refuse("wrongOwner", `pool ${address} is owned by ${owner}, not by ${PUMPSWAP_PROGRAM}`);
	}
	const state = readPoolState(data);
	if (!state.ok) return state;
	const baseMint = readAddress(data, POOL_OFFSET.baseMint);
	const quoteMint = readAddress(data, POOL_OFFSET.quoteMint);
	if (baseMint === quoteMint)
		return refuse("impossibleValue", `base_mint and quote_mint are the same mint ${baseMint}`);
	const changeable = changeableOf(data);
	const creatorBytes = data.subarray(POOL_OFFSET.creator, POOL_OFFSET.creator + 32);
	return success({
		index: readUint16(data, POOL_OFFSET.index),
		creator: readAddress(data, POOL_OFFSET.creator),
		baseMint,
		quoteMint,
		poolBaseTokenAccount: readAddress(data, POOL_OFFSET.poolBaseTokenAccount),
		poolQuoteTokenAccount: readAddress(data, POOL_OFFSET.poolQuoteTokenAccount),
		...changeable,
		coinCreator: readAddress(changeable.coinCreator, 0),
		virtualQuoteReserves: -state.value.owedB,
		isCanonical: isPumpAuthority(creatorBytes, data.subarray(POOL_OFFSET.baseMint, POOL_OFFSET.baseMint + 32)),
	});
}

/** What the program's admin, the coin's creator or its own instructions may set while the pool lives. */
export interface ChangeablePart {
	readonly coinCreator: Uint8Array;
	readonly isMayhemMode: boolean;
	readonly isCashbackCoin: boolean;
	readonly creatorFeeBps: bigint;
}

const NO_KEY = new Uint8Array(32);

/** Builds no text: it is looked at with every update. */
export function changeableOf(data: Uint8Array): ChangeablePart {
	const { coinCreator, creatorFeeBps } = POOL_OFFSET;
	return {
		coinCreator: has(data, coinCreator, 32) ? data.subarray(coinCreator, coinCreator + 32) : NO_KEY,
		isMayhemMode: (data[POOL_OFFSET.isMayhemMode] ?? 0) !== 0,
		isCashbackCoin: (data[POOL_OFFSET.isCashbackCoin] ?? 0) !== 0,
		creatorFeeBps: has(data, creatorFeeBps, 8) ? readUint64(data, creatorFeeBps) : 0n,
	};
}

/**
 * The changing part: the curve's quote reserve is the vault's balance plus the signed `virtual_quote_reserves`
 * (pump-public-docs, docs/NEGATIVE_VIRTUAL_QUOTE_RESERVES.md), so that the pool "owes" its negative. A pool has no status
 * and no opening time of its own; the program's switches are in its GlobalConfig.
 */
export function readPoolState(data: Uint8Array): Result<PoolAccountState, DecodeError> {
	if (data.length < POOL_MIN_SIZE || data.length > POOL_MAX_SIZE) {
		const range = `${POOL_MIN_SIZE} to ${POOL_MAX_SIZE}`;
		return refuse("shortData", `pool account has ${data.length} bytes, expected ${range}`);
	}
	if (!startsWith(data, POOL_DISCRIMINATOR)) {
		return refuse("wrongDiscriminator", "pool account does not start with the discriminator of Pool");
	}
	const hasVirtual = has(data, POOL_OFFSET.virtualQuoteReserves, 16);
	const owedB = hasVirtual ? -readInt128(data, POOL_OFFSET.virtualQuoteReserves) : 0n;
	if (BigInt.asIntN(64, owedB) !== owedB) {
		return refuse("impossibleValue", `virtual_quote_reserves is ${-owedB}, expected an amount of tokens`);
	}
	return success({ owedA: 0n, owedB, swapEnabled: true, openTimeSeconds: 0n });
}

/** Seeds of Pump's authority over the canonical pool of a mint (pump-swap-sdk 1.20, pda.ts `pumpPoolAuthorityPda`). */
export const PUMP_AUTHORITY_SEED = "pool-authority";
const MARKER = "ProgramDerivedAddress";
const BUMPS = 256;

/**
 * Whether a pool's creator is Pump's authority for its base mint: then the pool is canonical. An address that hashes to
 * this for any bump signs for the Pump program alone, so there is no need to know which bump is the first off the curve.
 */
function isPumpAuthority(creator: Uint8Array, baseMint: Uint8Array): boolean {
	const seed = ascii(PUMP_AUTHORITY_SEED);
	const bumpAt = seed.length + 32;
	const message = new Uint8Array(bumpAt + 1 + 32 + MARKER.length);
	message.set(seed);
	message.set(baseMint, seed.length);
	message.set(decodeBase58(PUMP_PROGRAM) as Uint8Array, bumpAt + 1);
	message.set(ascii(MARKER), bumpAt + 33);
	for (let bump = BUMPS - 1; bump >= 0; bump--) {
		message[bumpAt] = bump;
		if (startsWith(sha256(message), creator)) return true;
	}
	return false;
}

function ascii(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function has(data: Uint8Array, offset: number, bytes: number): boolean {
	return data.length >= offset + bytes;
}

/** Whether `data` begins with all of `head`. */
export function startsWith(data: Uint8Array, head: Readonly<Uint8Array>): boolean {
	for (let index = 0; index < head.length; index++) {
		if (data[index] !== head[index]) return false;
	}
	return true;
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
