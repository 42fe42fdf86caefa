import type { PoolDescriptor } from "../../../../../../core/market/pool.ts";
import {
	FEE_CONFIG_DISCRIMINATOR,
	FEE_CONFIG_OFFSET,
	FEE_CONFIG_SIZE,
	GLOBAL_CONFIG_DISCRIMINATOR,
	GLOBAL_CONFIG_OFFSET,
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../../../../../../core/market/venues/pumpswap/fee-schedule.ts";
import {
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
	PUMP_AUTHORITY_SEED,
	PUMP_PROGRAM,
	PUMPSWAP_PROGRAM,
} from "../../../../../../core/market/venues/pumpswap/layout.ts";
import { SUPPLY_OFFSET } from "../../../../../../core/market/venues/pumpswap/mint.ts";
import { pumpSwap } from "../../../../../../core/market/venues/pumpswap/venue.ts";
import type { AccountBytes, DeriveAddress } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { decodeBase58, encodeBase58 } from "../../../../../../core/types/base58.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";
import { ProgramAddresses } from "../../../../../../libs/solana/program-address.ts";

export const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
export const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
export const WRAPPED_SOL = "So11111111111111111111111111111111111111112" as Address;
export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;

/** 32 times one byte. */
export function key(byte: number): Address {
	return encodeBase58(new Uint8Array(32).fill(byte)) as Address;
}

export type Fees = readonly [lp: bigint, protocol: bigint, creator: bigint];

export interface PoolFields {
	readonly address?: Address;
	readonly baseMint?: Address;
	readonly isCanonical?: boolean;
	readonly quoteMint?: Address;
	readonly hasCreator?: boolean;
	readonly isMayhemMode?: boolean;
	readonly isCashbackCoin?: boolean;
	readonly virtualQuoteReserves?: bigint;
	readonly creatorFeeBps?: bigint;
	readonly size?: number;
}

/** A pool of the mint `key(20)`, when nothing else is said; canonical, quoted in SOL and with a creator. */
export function poolAccount(fields: PoolFields = {}): AccountBytes {
	const data = new Uint8Array(1_100);
	data.set(POOL_DISCRIMINATOR);
	const write = (offset: number, address: Address) => data.set(decodeBase58(address) as Uint8Array, offset);
	const baseMint = fields.baseMint ?? key(20);
	const seeds = [Uint8Array.from(Buffer.from(PUMP_AUTHORITY_SEED)), decodeBase58(baseMint) as Uint8Array];
	const authority = new ProgramAddresses().derive(PUMP_PROGRAM, seeds);
	write(POOL_OFFSET.creator, (fields.isCanonical ?? true) ? authority : key(9));
	write(POOL_OFFSET.baseMint, baseMint);
	write(POOL_OFFSET.quoteMint, fields.quoteMint ?? WRAPPED_SOL);
	write(POOL_OFFSET.lpMint, key(21));
	write(POOL_OFFSET.poolBaseTokenAccount, key(22));
	write(POOL_OFFSET.poolQuoteTokenAccount, key(23));
	data[POOL_OFFSET.index] = 3;
	if (fields.hasCreator ?? true) write(POOL_OFFSET.coinCreator, key(7));
	data[POOL_OFFSET.isMayhemMode] = fields.isMayhemMode ? 1 : 0;
	data[POOL_OFFSET.isCashbackCoin] = fields.isCashbackCoin ? 1 : 0;
	const virtual = BigInt.asUintN(128, fields.virtualQuoteReserves ?? 0n);
	writeUint64(data, POOL_OFFSET.virtualQuoteReserves, BigInt.asUintN(64, virtual));
	writeUint64(data, POOL_OFFSET.virtualQuoteReserves + 8, virtual >> 64n);
	writeUint64(data, POOL_OFFSET.creatorFeeBps, fields.creatorFeeBps ?? 0n);
	return { address: fields.address ?? key(24), owner: PUMPSWAP_PROGRAM, data: data.slice(0, fields.size ?? POOL_SIZE) };
}

export interface ConfigFields {
	readonly size?: number;
	readonly flat?: Fees;
	readonly tiers?: readonly (readonly [threshold: bigint, fees: Fees])[];
	readonly stableTiers?: readonly (readonly [threshold: bigint, fees: Fees])[];
	readonly exotic?: Fees;
}

export function feeConfigAccount(fields: ConfigFields = {}): AccountBytes {
	const data = new Uint8Array(fields.size ?? FEE_CONFIG_SIZE.exotic);
	data.set(FEE_CONFIG_DISCRIMINATOR);
	const fees = (offset: number, parts: Fees) => {
		for (const [index, part] of parts.entries()) writeUint64(data, offset + 8 * index, part);
	};
	fees(FEE_CONFIG_OFFSET.flatFees, fields.flat ?? [25n, 5n, 0n]);
	let offset: number = FEE_CONFIG_OFFSET.feeTiers;
	for (const tiers of [fields.tiers ?? [[0n, [20n, 5n, 95n] as Fees] as const], fields.stableTiers ?? []]) {
		data[offset] = tiers.length;
		offset += 4;
		for (const [threshold, parts] of tiers) {
			writeUint64(data, offset, threshold);
			fees(offset + 16, parts);
			offset += 40;
		}
	}
	fees(offset, fields.exotic ?? [0n, 0n, 0n]);
	return { address: PUMPSWAP_FEE_CONFIG, owner: PUMP_FEE_PROGRAM, data };
}

export interface GlobalFields {
	readonly disableFlags?: number;
	readonly creatorFeeConfigurable?: boolean;
	readonly size?: number;
}

export function globalAccount(fields: GlobalFields = {}): AccountBytes {
	const data = new Uint8Array(949);
	data.set(GLOBAL_CONFIG_DISCRIMINATOR);
	data[GLOBAL_CONFIG_OFFSET.disableFlags] = fields.disableFlags ?? 0;
	const fill = (byte: number, offset: number, count: number) => data.fill(byte, offset, offset + 32 * count);
	fill(40, GLOBAL_CONFIG_OFFSET.protocolFeeRecipients, 8);
	fill(41, GLOBAL_CONFIG_OFFSET.reservedFeeRecipient, 1);
	fill(41, GLOBAL_CONFIG_OFFSET.reservedFeeRecipients, 7);
	fill(42, GLOBAL_CONFIG_OFFSET.buybackFeeRecipients, 8);
	data[GLOBAL_CONFIG_OFFSET.creatorFeeConfigurable] = fields.creatorFeeConfigurable ? 1 : 0;
	return { address: PUMPSWAP_GLOBAL_CONFIG, owner: PUMPSWAP_PROGRAM, data: data.slice(0, fields.size ?? 949) };
}

/** The seeds' address, by a memory of its own. */
export const derive: DeriveAddress = (program, seeds) => new ProgramAddresses().derive(program, seeds);

/** A pool's descriptor as the feed makes it: with its derived accounts. */
export function wholePool(fields: PoolFields = {}): PoolDescriptor {
	const mints = [mintAccount(fields.baseMint ?? key(20)), mintAccount(fields.quoteMint ?? WRAPPED_SOL)];
	const pool = pumpSwap.describe(poolAccount(fields), [globalAccount(), feeConfigAccount(), ...mints]);
	if (!pool.ok) throw new Error(pool.error.detail);
	const derived = pumpSwap.derivedAccounts?.(pool.value, derive);
	return { ...pool.value, swapAccounts: { ...pool.value.swapAccounts, ...derived } };
}

/** Of a mint with extensions (token-2022, extension/mod.rs `AccountType`). */
export const ACCOUNT_TYPE = 165;
const FIRST_EXTENSION = 166;

/** A mint; with extensions, each [type, bytes], it is one of Token-2022. */
export function mintAccount(
	address: Address,
	{ supply = 1_000_000_000_000_000n, decimals = 6, extensions = [] as readonly (readonly [number, number])[] } = {},
): AccountBytes {
	const isPlain = extensions.length === 0;
	const room = extensions.reduce((sum, [, bytes]) => sum + 4 + bytes, 0);
	const data = new Uint8Array(isPlain ? 82 : FIRST_EXTENSION + room);
	writeUint64(data, SUPPLY_OFFSET, supply);
	data[44] = decimals;
	data[45] = 1;
	if (!isPlain) data[ACCOUNT_TYPE] = 1;
	let offset: number = FIRST_EXTENSION;
	for (const [type, bytes] of extensions) {
		data.set([type, 0, bytes & 0xff, bytes >> 8], offset);
		offset += 4 + bytes;
	}
	return { address, owner: isPlain ? TOKEN : TOKEN_2022, data };
}
