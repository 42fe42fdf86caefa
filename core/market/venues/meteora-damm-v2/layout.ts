import type { Address } from "../../../types/address.ts";
import { readAddress } from "../../../types/base58.ts";
import { readUint64, readUint128 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { ceilDiv, U64_MAX } from "../../constant-product.ts";
import type { TransferFeeSchedule } from "../../transfer-fee.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";
import {
	type CollectFeeMode,
	type FeeParameters,
	keptUnder,
	MAXIMUM_FEE_NUMERATORS,
	NO_FEES,
	readFeeParameters,
} from "./fee-parameters.ts";
import { smaller } from "./integers.ts";
import {
	DAMM_V2_PROGRAM,
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
} from "./pool-account.ts";
import { variableFeeNumerator } from "./volatility.ts";

/** By their numbers in a pool account. */
export const COLLECT_FEE_MODES: readonly CollectFeeMode[] = ["bothTokens", "onlyB", "compounding"];

/** What {@link decodePool} reads: everything in a pool account that neither a swap nor an operator changes. */
export interface DammV2Pool {
	readonly address: Address;
	readonly tokenAMint: Address;
	readonly tokenBMint: Address;
	readonly tokenAVault: Address;
	readonly tokenBVault: Address;
	/** The mint's program is Token-2022, not Token. */
	readonly isTokenA2022: boolean;
	readonly isTokenB2022: boolean;
	readonly transferFeeA: TransferFeeSchedule | null;
	readonly transferFeeB: TransferFeeSchedule | null;
	/** Activation and fee schedules count slots; else Unix seconds. */
	readonly isTimedBySlot: boolean;
	/** Slot or second from which swaps are allowed. The pool's whitelisted vault may swap earlier; nobody trades as it. */
	readonly activationPoint: bigint;
	readonly collectFeeMode: CollectFeeMode;
	/** Bounds of the one price range, Q64.64; without meaning when fees compound. */
	readonly sqrtMinPrice: bigint;
	readonly sqrtMaxPrice: bigint;
	/** No swap pays more, in parts of 10^9 (the pool's `fee_version`). */
	readonly maximumFeeNumerator: bigint;
}

/** What a swap, a deposit or an operator changes. Kept for the pool's life and overwritten by {@link readPoolState}. */
export interface DammV2State {
	swapEnabled: boolean;
	/** Q64.64. */
	liquidity: bigint;
	/** Square root of the price of token A in token B, Q64.64. */
	sqrtPrice: bigint;
	/** What the pool holds for its liquidity providers, without fees, in base units. */
	reserveA: bigint;
	reserveB: bigint;
	/** The reserve is 2^63 or more, so that a swap might pass a u64. */
	isReserveAHigh: boolean;
	isReserveBHigh: boolean;
	/** The most protocol fee that the program's u64 counters of a token can still take; null when there is plenty. */
	protocolFeeRoomA: bigint | null;
	protocolFeeRoomB: bigint | null;
	fees: FeeParameters;
	/** The bytes that {@link fees} was read from, to see an operator's change. */
	readonly feeBytes: Uint8Array;
	/** Volatility (damm-v2, state/fee.rs `DynamicFeeStruct`); without meaning when `fees.dynamic` is null. */
	lastUpdateSeconds: bigint;
	sqrtPriceReference: bigint;
	volatilityAccumulator: bigint;
	volatilityReference: bigint;
	/** What volatility adds to every fee, in parts of 10^9; follows from the accumulator. */
	variableFeeNumerator: bigint;
	/** What a fee that depends on volatility only leaves, in parts of 10^9; null when it depends on more. */
	fixedKeptParts: bigint | null;
	/** The exponential schedule's period that was computed last, and its fee; −1 when none. */
	scheduledPeriod: bigint;
	scheduledFeeNumerator: bigint;
}

/** Fee parameters that only operators change: base fee, shares, and the dynamic fee's settings. */
const FEE_BYTES_START = 8;
const FEE_BYTES = 72;
const U32_MAX = 0xffff_ffffn;

/** A state that {@link readPoolState} has not filled yet: swaps disabled, nothing in it. */
export function emptyState(): DammV2State {
	return {
		swapEnabled: false,
		liquidity: 0n,
		sqrtPrice: 0n,
		reserveA: 0n,
		reserveB: 0n,
		isReserveAHigh: false,
		isReserveBHigh: false,
		protocolFeeRoomA: null,
		protocolFeeRoomB: null,
		fees: NO_FEES,
		feeBytes: new Uint8Array(FEE_BYTES).fill(0xff),
		lastUpdateSeconds: 0n,
		sqrtPriceReference: 0n,
		volatilityAccumulator: 0n,
		volatilityReference: 0n,
		variableFeeNumerator: 0n,
		fixedKeptParts: null,
		scheduledPeriod: -1n,
		scheduledFeeNumerator: 0n,
	};
}

/** The static fields of a pool account; the mints' transfer fees are the caller's knowledge. */
export function decodePool(
	account: AccountBytes,
	transferFees: { readonly a: TransferFeeSchedule | null; readonly b: TransferFeeSchedule | null },
): Result<DammV2Pool, DecodeError> {
	const { address, owner, data } = account;
	if (owner !== DAMM_V2_PROGRAM) {
		return failure(error("wrongOwner", `pool ${address} is owned by ${owner}, not by ${DAMM_V2_PROGRAM}`));
	}
	const frame = refuseFrame(data);
	if (frame !== null) return failure(frame);
	const byte = (offset: number) => data[offset] as number;
	const collectFeeMode = COLLECT_FEE_MODES[byte(POOL_OFFSET.collectFeeMode)];
	if (collectFeeMode === undefined) return impossible("collect_fee_mode", byte(POOL_OFFSET.collectFeeMode), "0 to 2");
	const maximumFeeNumerator = MAXIMUM_FEE_NUMERATORS[byte(POOL_OFFSET.feeVersion)];
	if (maximumFeeNumerator === undefined) return impossible("fee_version", byte(POOL_OFFSET.feeVersion), "0 or 1");
	for (const field of ["activationType", "tokenAFlag", "tokenBFlag"] as const) {
		if (byte(POOL_OFFSET[field]) > 1) return impossible(field, byte(POOL_OFFSET[field]), "0 or 1");
	}
	const sqrtMinPrice = readUint128(data, POOL_OFFSET.sqrtMinPrice);
	const sqrtMaxPrice = readUint128(data, POOL_OFFSET.sqrtMaxPrice);
	if (collectFeeMode !== "compounding") {
		if (sqrtMinPrice < MIN_SQRT_PRICE) return impossible("sqrt_min_price", sqrtMinPrice, `at least ${MIN_SQRT_PRICE}`);
		if (sqrtMaxPrice > MAX_SQRT_PRICE) return impossible("sqrt_max_price", sqrtMaxPrice, `at most ${MAX_SQRT_PRICE}`);
		if (sqrtMinPrice >= sqrtMaxPrice) return impossible("sqrt_min_price", sqrtMinPrice, `less than ${sqrtMaxPrice}`);
	}
	const tokenAMint = readAddress(data, POOL_OFFSET.tokenAMint);
	const tokenBMint = readAddress(data, POOL_OFFSET.tokenBMint);
	if (tokenAMint === tokenBMint) return impossible("token_b_mint", tokenBMint, "another mint than token_a_mint");
	return success({
		address,
		tokenAMint,
		tokenBMint,
		tokenAVault: readAddress(data, POOL_OFFSET.tokenAVault),
		tokenBVault: readAddress(data, POOL_OFFSET.tokenBVault),
		isTokenA2022: byte(POOL_OFFSET.tokenAFlag) === 1,
		isTokenB2022: byte(POOL_OFFSET.tokenBFlag) === 1,
		transferFeeA: transferFees.a,
		transferFeeB: transferFees.b,
		isTimedBySlot: byte(POOL_OFFSET.activationType) === 0,
		activationPoint: readUint64(data, POOL_OFFSET.activationPoint),
		collectFeeMode,
		sqrtMinPrice,
		sqrtMaxPrice,
		maximumFeeNumerator,
	});
}

/**
 * The changing fields of a pool account, into `into`. Hot path: fee parameters are decoded again only when their bytes
 * have changed. After an error `into` must not be quoted: its `swapEnabled` is then false.
 */
export function readPoolState(data: Uint8Array, pool: DammV2Pool, into: DammV2State): DecodeError | null {
	into.swapEnabled = false;
	const refused = refuseFrame(data) ?? readFees(data, pool, into) ?? readAmounts(data, pool, into);
	if (refused !== null) return refused;
	into.swapEnabled = data[POOL_OFFSET.poolStatus] === 0;
	return null;
}

function refuseFrame(data: Uint8Array): DecodeError | null {
	if (data.length !== POOL_SIZE) {
		return error("shortData", `pool account has ${data.length} bytes, expected ${POOL_SIZE}`);
	}
	for (let index = 0; index < POOL_DISCRIMINATOR.length; index++) {
		if (data[index] !== POOL_DISCRIMINATOR[index]) {
			return error("wrongDiscriminator", "pool account does not start with the discriminator of Pool");
		}
	}
	return null;
}

function readFees(data: Uint8Array, pool: DammV2Pool, into: DammV2State): DecodeError | null {
	const known = into.feeBytes;
	let isKnown = true;
	for (let index = 0; index < FEE_BYTES && isKnown; index++) isKnown = known[index] === data[FEE_BYTES_START + index];
	if (!isKnown) {
		const fees = readFeeParameters(data, pool.collectFeeMode);
		if (!fees.ok) {
			known.fill(0xff);
			return fees.error;
		}
		into.fees = fees.value;
		into.scheduledPeriod = -1n;
		into.volatilityAccumulator = 0n;
		into.variableFeeNumerator = 0n;
		keepFixed(pool, into);
		known.set(data.subarray(FEE_BYTES_START, FEE_BYTES_START + FEE_BYTES));
	}
	const { dynamic } = into.fees;
	if (dynamic === null) return null;
	const accumulator = readUint128(data, POOL_OFFSET.volatilityAccumulator);
	if (accumulator > U32_MAX) return value("volatility_accumulator", accumulator, "a u32");
	const volatilityReference = readUint128(data, POOL_OFFSET.volatilityReference);
	if (volatilityReference > U32_MAX) return value("volatility_reference", volatilityReference, "a u32");
	const reference = readUint128(data, POOL_OFFSET.sqrtPriceReference);
	if (reference !== 0n && (reference < 1n << 32n || reference > MAX_SQRT_PRICE)) {
		return value("sqrt_price_reference", reference, "0 or a price of the program");
	}
	if (accumulator !== into.volatilityAccumulator) {
		into.volatilityAccumulator = accumulator;
		into.variableFeeNumerator = variableFeeNumerator(dynamic, accumulator);
		keepFixed(pool, into);
	}
	into.volatilityReference = volatilityReference;
	into.sqrtPriceReference = reference;
	into.lastUpdateSeconds = readUint64(data, POOL_OFFSET.lastUpdateTimestamp);
	return null;
}

function keepFixed(pool: DammV2Pool, into: DammV2State): void {
	const { base } = into.fees;
	into.fixedKeptParts =
		base.kind === "fixed" ? keptUnder(base.cliff, into.variableFeeNumerator, pool.maximumFeeNumerator) : null;
}

function readAmounts(data: Uint8Array, pool: DammV2Pool, into: DammV2State): DecodeError | null {
	const liquidity = readUint128(data, POOL_OFFSET.liquidity);
	const sqrtPrice = readUint128(data, POOL_OFFSET.sqrtPrice);
	const isRanged = pool.collectFeeMode !== "compounding";
	if (isRanged && (sqrtPrice < pool.sqrtMinPrice || sqrtPrice > pool.sqrtMaxPrice)) {
		return value("sqrt_price", sqrtPrice, `between ${pool.sqrtMinPrice} and ${pool.sqrtMaxPrice}`);
	}
	const layoutVersion = data[POOL_OFFSET.layoutVersion] as number;
	if (layoutVersion > 1) return value("layout_version", layoutVersion, "0 or 1");
	into.liquidity = liquidity;
	into.sqrtPrice = sqrtPrice;
	if (layoutVersion === 0 && isRanged) {
		// The first swap books these amounts (damm-v2, state/pool.rs `update_layout_version_if_needed`).
		into.reserveA = ceilDiv(liquidity * (pool.sqrtMaxPrice - sqrtPrice), sqrtPrice * pool.sqrtMaxPrice);
		into.reserveB = ceilDiv(liquidity * (sqrtPrice - pool.sqrtMinPrice), 1n << 128n);
		if (into.reserveA > U64_MAX) return value("liquidity", liquidity, "less: its token A is more than a u64");
		if (into.reserveB > U64_MAX) return value("liquidity", liquidity, "less: its token B is more than a u64");
	} else {
		into.reserveA = readUint64(data, POOL_OFFSET.tokenAAmount);
		into.reserveB = readUint64(data, POOL_OFFSET.tokenBAmount);
		if (!isRanged && (into.reserveA === 0n || into.reserveB === 0n)) {
			return value("token_a_amount, token_b_amount", `${into.reserveA}, ${into.reserveB}`, "above 0 (dead liquidity)");
		}
	}
	into.isReserveAHigh = into.reserveA >> 63n !== 0n;
	into.isReserveBHigh = into.reserveB >> 63n !== 0n;
	into.protocolFeeRoomA = roomFor(data, POOL_OFFSET.protocolAFee, POOL_OFFSET.totalProtocolAFee);
	into.protocolFeeRoomB = roomFor(data, POOL_OFFSET.protocolBFee, POOL_OFFSET.totalProtocolBFee);
	for (const end of COUNTER_ENDS) {
		if (data[end] === 0xff) return value("a counter of fees that ends at", end, "far from its overflow");
	}
	return null;
}

/** Last bytes of the wide counters that every swap adds to: the program fails when one overflows. */
const COUNTER_ENDS = [
	POOL_OFFSET.feeAPerLiquidity + 31,
	POOL_OFFSET.feeBPerLiquidity + 31,
	POOL_OFFSET.totalLpAFee + 15,
	POOL_OFFSET.totalLpBFee + 15,
] as const;

/** A counter whose highest bit is clear has room for half of a u64: no protocol fee is more (its share is at most 50 %). */
function roomFor(data: Uint8Array, owed: number, total: number): bigint | null {
	if ((((data[owed + 7] as number) | (data[total + 7] as number)) & 0x80) === 0) return null;
	return smaller(U64_MAX - readUint64(data, owed), U64_MAX - readUint64(data, total));
}

function error(code: DecodeError["code"], detail: string): DecodeError {
	return { code, detail };
}

function value(field: string, found: bigint | number | string, expected: string): DecodeError {
	return { code: "impossibleValue", detail: `${field} is ${found}, expected ${expected}` };
}

function impossible(field: string, found: bigint | number | string, expected: string): Result<never, DecodeError> {
	return failure(value(field, found, expected));
}
