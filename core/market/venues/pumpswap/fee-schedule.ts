import type { Address } from "../../../types/address.ts";
import { readAddress } from "../../../types/base58.ts";
import { readUint64, readUint128 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";
import { PUMPSWAP_PROGRAM, type PumpSwapPool, startsWith } from "./layout.ts";

/** The fee program, which owns the schedules (pump-public-docs, idl/pump_fees.json). */
export const PUMP_FEE_PROGRAM = "pfeeUxB6jkeY1Hxd7CsFCAjcbHA9rWtchMGdZ6VojVZ" as Address;
/** The only FeeConfig of PumpSwap: seeds "fee_config" and the program's key, under {@link PUMP_FEE_PROGRAM}. */
export const PUMPSWAP_FEE_CONFIG = "5PHirr8joyTMp9JMm6nW7hNDVyEYdkzDqazxPD7RaTjx" as Address;
/** The only GlobalConfig: seed "global_config". */
export const PUMPSWAP_GLOBAL_CONFIG = "ADyA8hdefvWN2dbGGWFotbzWxrAvLW83WG6QCVXvJKqw" as Address;

/** Fees are parts of this. */
export const BASIS_POINTS = 10_000n;
/** More tiers than the program has ever had (25); a longer schedule is refused. */
export const MOST_TIERS = 64;

/** Anchor's discriminators: the first 8 bytes of sha256("account:FeeConfig") and of sha256("account:GlobalConfig"). */
export const FEE_CONFIG_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(143, 52, 146, 187, 219, 123, 76, 155);
export const GLOBAL_CONFIG_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(149, 8, 156, 202, 160, 252, 176, 217);

/** Byte offsets in a FeeConfig (idl/pump_amm.json); after `feeTiers` everything moves with the number of tiers. */
export const FEE_CONFIG_OFFSET = { flatFees: 41, feeTiers: 65 } as const;
/** From this length on the account has `stable_fee_tiers`, from the second on `exotic_flat_fees` (pump-swap-sdk 1.20). */
export const FEE_CONFIG_SIZE = { stable: 4_073, exotic: 4_097 } as const;
const FEES_SIZE = 24;
const TIER_SIZE = 16 + FEES_SIZE;

/** Byte offsets in the GlobalConfig, discriminator included (idl/pump_amm.json `GlobalConfig`, packed). */
export const GLOBAL_CONFIG_OFFSET = {
	disableFlags: 56,
	protocolFeeRecipients: 57,
	reservedFeeRecipient: 385,
	reservedFeeRecipients: 418,
	buybackFeeRecipients: 643,
	creatorFeeConfigurable: 940,
} as const;
/** The GlobalConfig up to the buyback recipients, which every swap has to name. */
export const GLOBAL_CONFIG_MIN_SIZE = 907;

/** Bits of `disable_flags` (idl/pump_amm.json). */
export const DISABLE_BUY = 0b0_1000n;
export const DISABLE_SELL = 0b1_0000n;

const RECIPIENTS = 8;

/** Parts of the quote amount, in basis points, by receiver. */
export interface PumpSwapFees {
	/** Stays in the pool. */
	readonly lpFeeBps: bigint;
	/** To a protocol recipient, and a part of it to a buyback recipient. */
	readonly protocolFeeBps: bigint;
	/** To the coin's creator; of a cashback coin to the trader's own cashback account, where the swap names it. */
	readonly creatorFeeBps: bigint;
}

export interface FeeTier {
	/** The pool's market cap, in base units of the quote mint, from which this tier counts. */
	readonly threshold: bigint;
	readonly fees: PumpSwapFees;
}

export interface FeeConfig {
	readonly flatFees: PumpSwapFees;
	readonly feeTiers: readonly FeeTier[];
	readonly stableFeeTiers: readonly FeeTier[];
	readonly exoticFlatFees: PumpSwapFees;
}

export interface GlobalConfig {
	readonly disableFlags: bigint;
	readonly protocolFeeRecipients: readonly Address[];
	/** Of mayhem pools. */
	readonly reservedFeeRecipients: readonly Address[];
	readonly buybackFeeRecipients: readonly Address[];
	/** A pool's own creator rate counts. */
	readonly creatorFeeConfigurable: boolean;
}

/** Wrapped SOL, and the native mint of Token-2022 (pump-swap-sdk 1.20, fees.ts `SOL_LIKE_QUOTE_MINTS`). */
const SOL_MINTS: readonly string[] = [
	"So11111111111111111111111111111111111111112",
	"9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXejP",
];
/** The one stable mint that the program knows (fees.ts `STABLE_QUOTE_MINTS`). */
const USDC_MINT = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";

/** Reads the fee program's schedules; each version of the account is a prefix of the next. */
export function decodeFeeConfig({ address, owner, data }: AccountBytes): Result<FeeConfig, DecodeError> {
	if (owner !== PUMP_FEE_PROGRAM) {
		return refuse("wrongOwner", `fee configuration ${address} is owned by ${owner}, not by ${PUMP_FEE_PROGRAM}`);
	}
	if (data.length < FEE_CONFIG_OFFSET.feeTiers + 4) {
		return refuse("shortData", `fee configuration ${address} has ${data.length} bytes, expected at least 69`);
	}
	if (!startsWith(data, FEE_CONFIG_DISCRIMINATOR)) {
		return refuse("wrongDiscriminator", `fee configuration ${address} does not start with that of FeeConfig`);
	}
	const feeTiers = readTiers(data, FEE_CONFIG_OFFSET.feeTiers);
	if (!feeTiers.ok) return feeTiers;
	let stableFeeTiers: readonly FeeTier[] = [];
	let exoticFlatFees = NO_FEES;
	if (data.length >= FEE_CONFIG_SIZE.stable) {
		const stable = readTiers(data, feeTiers.value.end);
		if (!stable.ok) return stable;
		stableFeeTiers = stable.value.tiers;
		const { end } = stable.value;
		if (data.length >= FEE_CONFIG_SIZE.exotic && data.length >= end + FEES_SIZE) exoticFlatFees = readFees(data, end);
	}
	const flatFees = readFees(data, FEE_CONFIG_OFFSET.flatFees);
	const config = { flatFees, feeTiers: feeTiers.value.tiers, stableFeeTiers, exoticFlatFees };
	if (config.feeTiers.length === 0) return refuse("impossibleValue", "fee_tiers is empty, expected at least one tier");
	const all = [flatFees, exoticFlatFees, ...[...config.feeTiers, ...stableFeeTiers].map(({ fees }) => fees)];
	const wrong = all.find((fees) => totalBps(fees) >= BASIS_POINTS);
	if (wrong !== undefined) {
		return refuse("impossibleValue", `fees of ${totalBps(wrong)} basis points, expected fewer than ${BASIS_POINTS}`);
	}
	return success(config);
}

/** Reads the program's switches and fee recipients. */
export function decodeGlobalConfig({ address, owner, data }: AccountBytes): Result<GlobalConfig, DecodeError> {
	if (owner !== PUMPSWAP_PROGRAM) {
		return refuse("wrongOwner", `global configuration ${address} is owned by ${owner}, not by ${PUMPSWAP_PROGRAM}`);
	}
	if (data.length < GLOBAL_CONFIG_MIN_SIZE) {
		const least = GLOBAL_CONFIG_MIN_SIZE;
		return refuse("shortData", `global configuration ${address} has ${data.length} bytes, expected at least ${least}`);
	}
	if (!startsWith(data, GLOBAL_CONFIG_DISCRIMINATOR)) {
		return refuse("wrongDiscriminator", `global configuration ${address} does not start with that of GlobalConfig`);
	}
	const addresses = (offset: number, count: number) =>
		Array.from({ length: count }, (_, index) => readAddress(data, offset + 32 * index));
	return success({
		disableFlags: BigInt(data[GLOBAL_CONFIG_OFFSET.disableFlags] as number),
		protocolFeeRecipients: addresses(GLOBAL_CONFIG_OFFSET.protocolFeeRecipients, RECIPIENTS),
		reservedFeeRecipients: [
			readAddress(data, GLOBAL_CONFIG_OFFSET.reservedFeeRecipient),
			...addresses(GLOBAL_CONFIG_OFFSET.reservedFeeRecipients, RECIPIENTS - 1),
		],
		buybackFeeRecipients: addresses(GLOBAL_CONFIG_OFFSET.buybackFeeRecipients, RECIPIENTS),
		creatorFeeConfigurable: (data[GLOBAL_CONFIG_OFFSET.creatorFeeConfigurable] ?? 0) !== 0,
	});
}

/**
 * The tiers that a pool's swaps pay by, one where the fee does not move with the market cap: flat for pools that did not
 * come from a bonding curve, else by what the pool is quoted in (pump-swap-sdk 1.20, fees.ts `feesForQuoteMint`).
 */
export function tiersOf(pool: PumpSwapPool, config: FeeConfig, global: GlobalConfig): readonly FeeTier[] {
	const ownRate = global.creatorFeeConfigurable && pool.creatorFeeBps > 0n ? pool.creatorFeeBps : null;
	return schedule(pool, config).map(({ threshold, fees }) => ({
		threshold,
		fees: ownRate === null ? fees : { ...fees, creatorFeeBps: ownRate },
	}));
}

/** All parts together, in basis points. */
export function totalBps({ lpFeeBps, protocolFeeBps, creatorFeeBps }: PumpSwapFees): bigint {
	return lpFeeBps + protocolFeeBps + creatorFeeBps;
}

const NO_FEES: PumpSwapFees = { lpFeeBps: 0n, protocolFeeBps: 0n, creatorFeeBps: 0n };

function schedule({ isCanonical, quoteMint }: PumpSwapPool, config: FeeConfig): readonly FeeTier[] {
	const flat = (fees: PumpSwapFees) => [{ threshold: 0n, fees }];
	if (!isCanonical) return flat(config.flatFees);
	if (SOL_MINTS.includes(quoteMint)) return config.feeTiers;
	if (quoteMint === USDC_MINT) return config.stableFeeTiers.length > 0 ? config.stableFeeTiers : config.feeTiers;
	return flat(totalBps(config.exoticFlatFees) === 0n ? config.flatFees : config.exoticFlatFees);
}

function readTiers(data: Uint8Array, offset: number): Result<{ tiers: FeeTier[]; end: number }, DecodeError> {
	if (offset + 4 > data.length) return refuse("shortData", `fee tiers at ${offset} are outside ${data.length} bytes`);
	let count = 0;
	for (let index = 3; index >= 0; index--) count = count * 256 + (data[offset + index] as number);
	if (count > MOST_TIERS) return refuse("unsupported", `${count} fee tiers, expected at most ${MOST_TIERS}`);
	const first = offset + 4;
	const end = first + count * TIER_SIZE;
	if (end > data.length) return refuse("shortData", `${count} fee tiers at ${offset} are outside ${data.length} bytes`);
	const tiers: FeeTier[] = [];
	for (let at = first; at < end; at += TIER_SIZE) {
		const threshold = readUint128(data, at);
		const before = tiers.at(-1)?.threshold ?? 0n;
		if (threshold < before) return refuse("impossibleValue", `a fee tier's threshold ${threshold} is below ${before}`);
		tiers.push({ threshold, fees: readFees(data, at + 16) });
	}
	return success({ tiers, end });
}

function readFees(data: Uint8Array, offset: number): PumpSwapFees {
	return {
		lpFeeBps: readUint64(data, offset),
		protocolFeeBps: readUint64(data, offset + 8),
		creatorFeeBps: readUint64(data, offset + 16),
	};
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
