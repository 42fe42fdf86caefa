import type { Address } from "../../../types/address.ts";
import { decodeBase58, readAddress } from "../../../types/base58.ts";
import { readInt32, readInt64, readUint16, readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { TransferFeeSchedule } from "../../transfer-fee.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";
import {
	BASIS_POINT_MAX,
	BIN_ARRAY_DISCRIMINATOR,
	BIN_ARRAY_OFFSET,
	BIN_ARRAY_SIZE,
	BITMAP_EXTENSION_DISCRIMINATOR,
	BITMAP_EXTENSION_OFFSET,
	BITMAP_EXTENSION_SIZE,
	DLMM_PROGRAM,
	MAX_BIN_ID,
	MAX_BIN_STEP,
	MAX_FEE_RATE,
	MIN_BIN_ID,
	PAIR_DISCRIMINATOR,
	PAIR_OFFSET,
	PAIR_SIZE,
	startsWith,
} from "./accounts.ts";
import { arrayIndexOf, type BinArray, emptyBinArray } from "./bin-array.ts";
import {
	type ArrayBitmap,
	emptyBitmap,
	HIGHEST_INDEX,
	LOWEST_INDEX,
	nextArrayIndex,
	readExtensionBitmap,
	readOwnBitmap,
} from "./bitmap.ts";
import { emptyRateParameters, type RateParameters, setRateParameters } from "./fee-rate.ts";

/** Arrays that a state keeps; beyond it the one farthest from the price goes. */
export const BIN_ARRAYS_KEPT = 16;

const PAIR_TYPES = 4;
/** dlmm-sdk, commons/src/conversions/pair_type.rs `Permission`, `CustomizablePermissionless`: these have an activation point. */
const TIMED_PAIR_TYPES: readonly number[] = [1, 2];
/** dlmm-sdk, commons/src/conversions/function_type.rs. */
const FUNCTION_UNDETERMINED = 0;
const FUNCTION_LIMIT_ORDER = 2;
/** A higher power exceeds the highest rate with any base factor; the program's own bound is far below. */
const HIGHEST_POWER_FACTOR = 18;

/** What {@link decodePool} reads: everything in a pair's account that neither a swap nor an operator changes. */
export interface DlmmPool {
	readonly address: Address;
	readonly addressBytes: Uint8Array;
	readonly tokenXMint: Address;
	readonly tokenYMint: Address;
	readonly reserveX: Address;
	readonly reserveY: Address;
	readonly oracle: Address;
	/** The mint's program is Token-2022, not Token. */
	readonly isTokenX2022: boolean;
	readonly isTokenY2022: boolean;
	readonly transferFeeX: TransferFeeSchedule | null;
	readonly transferFeeY: TransferFeeSchedule | null;
	/** Width of a bin in basis points. */
	readonly binStep: number;
	/** The fee is always taken in Y; else in whatever comes in. */
	readonly isFeeOnlyInY: boolean;
	readonly hasActivationPoint: boolean;
	/** The activation point counts slots; else Unix seconds. */
	readonly isTimedBySlot: boolean;
}

/** What a swap, a deposit or an operator changes. Kept for the pair's life and overwritten by the readers below. */
export interface DlmmState {
	swapEnabled: boolean;
	/** Slot or second from which anyone may swap. The pair's own early swapper is nobody who trades here. */
	activationPoint: bigint;
	activeId: number;
	filterPeriodSeconds: number;
	decayPeriodSeconds: number;
	/** In basis points. */
	reductionFactor: number;
	maxVolatilityAccumulator: number;
	minBinId: number;
	maxBinId: number;
	/** The protocol's part of a fee, in basis points. */
	protocolShare: bigint;
	volatilityAccumulator: number;
	volatilityReference: number;
	indexReference: number;
	lastUpdateSeconds: bigint;
	/** Orders waiting in the bins are filled after the providers' liquidity. */
	hasLimitOrders: boolean;
	readonly rates: RateParameters;
	readonly bitmap: ArrayBitmap;
	/** By array index, at most {@link BIN_ARRAYS_KEPT}. */
	readonly arrays: Map<number, BinArray>;
}

/** The static fields of a pair's account; the mints' transfer fees are the caller's to read. */
export function decodePool(
	account: AccountBytes,
	transferFees: { readonly x: TransferFeeSchedule | null; readonly y: TransferFeeSchedule | null },
): Result<DlmmPool, DecodeError> {
	const { address, owner, data } = account;
	if (owner !== DLMM_PROGRAM) {
		return failure(refusal("wrongOwner", `pair ${address} is owned by ${owner}, not by ${DLMM_PROGRAM}`));
	}
	const shape = checkPair(data);
	if (shape !== null) return failure(shape);
	const refused = checkFixedFields(data);
	if (refused !== null) return failure(refused);
	const addressBytes = decodeBase58(address);
	if (addressBytes?.length !== 32) return failure(refusal("impossibleValue", `${address} is not an address`));
	const byte = (offset: number) => data[offset] as number;
	return success({
		address,
		addressBytes,
		tokenXMint: readAddress(data, PAIR_OFFSET.tokenXMint),
		tokenYMint: readAddress(data, PAIR_OFFSET.tokenYMint),
		reserveX: readAddress(data, PAIR_OFFSET.reserveX),
		reserveY: readAddress(data, PAIR_OFFSET.reserveY),
		oracle: readAddress(data, PAIR_OFFSET.oracle),
		isTokenX2022: byte(PAIR_OFFSET.tokenMintXProgramFlag) === 1,
		isTokenY2022: byte(PAIR_OFFSET.tokenMintYProgramFlag) === 1,
		transferFeeX: transferFees.x,
		transferFeeY: transferFees.y,
		binStep: readUint16(data, PAIR_OFFSET.binStep),
		isFeeOnlyInY: byte(PAIR_OFFSET.collectFeeMode) === 1,
		hasActivationPoint: TIMED_PAIR_TYPES.includes(byte(PAIR_OFFSET.pairType)),
		isTimedBySlot: byte(PAIR_OFFSET.activationType) === 0,
	});
}

/** A state to read into. */
export function emptyState(): DlmmState {
	return {
		swapEnabled: false,
		activationPoint: 0n,
		activeId: 0,
		filterPeriodSeconds: 0,
		decayPeriodSeconds: 0,
		reductionFactor: 0,
		maxVolatilityAccumulator: 0,
		minBinId: MIN_BIN_ID,
		maxBinId: MAX_BIN_ID,
		protocolShare: 0n,
		volatilityAccumulator: 0,
		volatilityReference: 0,
		indexReference: 0,
		lastUpdateSeconds: 0n,
		hasLimitOrders: false,
		rates: emptyRateParameters(),
		bitmap: emptyBitmap(),
		arrays: new Map(),
	};
}

/** Reads what changes in a pair's account into `into`. Hot path; leaves `into` as it was when it refuses. */
export function readPoolState(data: Uint8Array, pool: DlmmPool, into: DlmmState): DecodeError | null {
	const shape = checkPair(data);
	if (shape !== null) return shape;
	const refused = checkChangingFields(data);
	if (refused !== null) return refused;
	const byte = (offset: number) => data[offset] as number;
	into.swapEnabled = byte(PAIR_OFFSET.status) === 0;
	into.activationPoint = readUint64(data, PAIR_OFFSET.activationPoint);
	into.activeId = readInt32(data, PAIR_OFFSET.activeId);
	into.filterPeriodSeconds = readUint16(data, PAIR_OFFSET.filterPeriod);
	into.decayPeriodSeconds = readUint16(data, PAIR_OFFSET.decayPeriod);
	into.reductionFactor = readUint16(data, PAIR_OFFSET.reductionFactor);
	into.maxVolatilityAccumulator = unsigned32(data, PAIR_OFFSET.maxVolatilityAccumulator);
	into.minBinId = readInt32(data, PAIR_OFFSET.minBinId);
	into.maxBinId = readInt32(data, PAIR_OFFSET.maxBinId);
	into.protocolShare = BigInt(readUint16(data, PAIR_OFFSET.protocolShare));
	into.volatilityAccumulator = unsigned32(data, PAIR_OFFSET.volatilityAccumulator);
	into.volatilityReference = unsigned32(data, PAIR_OFFSET.volatilityReference);
	into.indexReference = readInt32(data, PAIR_OFFSET.indexReference);
	into.lastUpdateSeconds = readInt64(data, PAIR_OFFSET.lastUpdateTimestamp);
	into.hasLimitOrders = hasLimitOrders(data);
	const base = readUint16(data, PAIR_OFFSET.baseFactor) * pool.binStep * 10;
	setRateParameters(into.rates, {
		baseRate: Math.min(base * 10 ** byte(PAIR_OFFSET.baseFeePowerFactor), MAX_FEE_RATE),
		variableFeeControl: unsigned32(data, PAIR_OFFSET.variableFeeControl),
		binStep: pool.binStep,
	});
	readOwnBitmap(data, into.bitmap);
	return null;
}

/** Copies a bin array's account into the state. Hot path; leaves `into` as it was when it refuses. */
export function readBinArray(data: Uint8Array, pool: DlmmPool, into: DlmmState): DecodeError | null {
	const shape = checkMember(data, { size: BIN_ARRAY_SIZE, discriminator: BIN_ARRAY_DISCRIMINATOR, name: "BinArray" });
	if (shape !== null) return shape;
	if (!belongsTo(data, BIN_ARRAY_OFFSET.pair, pool)) {
		return refusal("impossibleValue", `bin array names another pair than ${pool.address}`);
	}
	const index = Number(readInt64(data, BIN_ARRAY_OFFSET.index));
	if (index < LOWEST_INDEX || index > HIGHEST_INDEX) {
		return refusal("impossibleValue", `bin array's index is ${index}, expected ${LOWEST_INDEX} to ${HIGHEST_INDEX}`);
	}
	let array = into.arrays.get(index);
	if (array === undefined) {
		array = emptyBinArray(index);
		into.arrays.set(index, array);
	}
	array.bytes.set(data);
	if (into.arrays.size > BIN_ARRAYS_KEPT) dropFarthest(into);
	return null;
}

/** Reads the bitmap extension's account; a pair whose bins all lie near price 1 has none. */
export function readBitmapExtension(data: Uint8Array, pool: DlmmPool, into: DlmmState): DecodeError | null {
	const shape = checkMember(data, {
		size: BITMAP_EXTENSION_SIZE,
		discriminator: BITMAP_EXTENSION_DISCRIMINATOR,
		name: "BinArrayBitmapExtension",
	});
	if (shape !== null) return shape;
	if (!belongsTo(data, BITMAP_EXTENSION_OFFSET.pair, pool)) {
		return refusal("impossibleValue", `bitmap extension names another pair than ${pool.address}`);
	}
	readExtensionBitmap(data, into.bitmap);
	return null;
}

/**
 * The arrays that swaps near the price may need: up to `perDirection` with liquidity each way, the lowest first. The one
 * under the price counts for both ways.
 */
export function arrayIndexesAround(state: DlmmState, perDirection: number): number[] {
	const found = new Set<number>();
	for (const isDown of [true, false]) {
		let from = arrayIndexOf(state.activeId);
		for (let count = 0; count < perDirection; count++) {
			const next = nextArrayIndex(state.bitmap, from, isDown);
			if (next === null) break;
			found.add(next);
			from = next + (isDown ? -1 : 1);
		}
	}
	return [...found].sort((first, second) => first - second);
}

/** What seeds are made of. */
type Named = Pick<DlmmPool, "addressBytes">;

/** Seeds of a bin array's address under the program (dlmm-sdk, commons/src/pda.rs `derive_bin_array_pda`). */
export function binArraySeeds(pool: Named, index: number): Uint8Array[] {
	const number = new Uint8Array(8);
	new DataView(number.buffer).setBigInt64(0, BigInt(index), true);
	return [ascii("bin_array"), pool.addressBytes, number];
}

/** Seeds of the bitmap extension's address (dlmm-sdk, commons/src/pda.rs `derive_bin_array_bitmap_extension`). */
export function bitmapExtensionSeeds(pool: Named): Uint8Array[] {
	return [ascii("bitmap"), pool.addressBytes];
}

function ascii(text: string): Uint8Array {
	return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function checkPair(data: Uint8Array): DecodeError | null {
	return checkMember(data, { size: PAIR_SIZE, discriminator: PAIR_DISCRIMINATOR, name: "LbPair" });
}

function checkMember(
	data: Uint8Array,
	expected: { readonly size: number; readonly discriminator: Readonly<Uint8Array>; readonly name: string },
): DecodeError | null {
	const { size, discriminator, name } = expected;
	if (data.length !== size) return refusal("shortData", `${name} has ${data.length} bytes, expected ${size}`);
	if (!startsWith(data, discriminator)) {
		return refusal("wrongDiscriminator", `account does not start with the discriminator of ${name}`);
	}
	return null;
}

function checkFixedFields(data: Uint8Array): DecodeError | null {
	const binStep = readUint16(data, PAIR_OFFSET.binStep);
	if (binStep === 0 || binStep > MAX_BIN_STEP) {
		return refusal("impossibleValue", `bin_step is ${binStep}, expected 1 to ${MAX_BIN_STEP}`);
	}
	const limits = [
		["pair_type", PAIR_OFFSET.pairType, PAIR_TYPES],
		["activation_type", PAIR_OFFSET.activationType, 2],
		["collect_fee_mode", PAIR_OFFSET.collectFeeMode, 2],
		["token_mint_x_program_flag", PAIR_OFFSET.tokenMintXProgramFlag, 2],
		["token_mint_y_program_flag", PAIR_OFFSET.tokenMintYProgramFlag, 2],
	] as const;
	for (const [name, offset, bound] of limits) {
		const value = data[offset] as number;
		if (value >= bound) return refusal("impossibleValue", `${name} is ${value}, expected less than ${bound}`);
	}
	return null;
}

function checkChangingFields(data: Uint8Array): DecodeError | null {
	const activeId = readInt32(data, PAIR_OFFSET.activeId);
	if (activeId < MIN_BIN_ID || activeId > MAX_BIN_ID) {
		return refusal("impossibleValue", `active_id is ${activeId}, expected ${MIN_BIN_ID} to ${MAX_BIN_ID}`);
	}
	const share = readUint16(data, PAIR_OFFSET.protocolShare);
	if (share > BASIS_POINT_MAX) return refusal("impossibleValue", `protocol_share is ${share}, expected ≤ 10,000`);
	const power = data[PAIR_OFFSET.baseFeePowerFactor] as number;
	if (power > HIGHEST_POWER_FACTOR) {
		return refusal("impossibleValue", `base_fee_power_factor is ${power}, expected ≤ ${HIGHEST_POWER_FACTOR}`);
	}
	const functionType = data[PAIR_OFFSET.functionType] as number;
	if (functionType > FUNCTION_LIMIT_ORDER) {
		return refusal("impossibleValue", `function_type is ${functionType}, expected 0 to ${FUNCTION_LIMIT_ORDER}`);
	}
	return null;
}

/** dlmm-sdk, commons/src/extensions/lb_pair.rs `is_support_limit_order`: an undetermined pair may until it has rewards. */
function hasLimitOrders(data: Uint8Array): boolean {
	const functionType = data[PAIR_OFFSET.functionType] as number;
	if (functionType !== FUNCTION_UNDETERMINED) return functionType === FUNCTION_LIMIT_ORDER;
	for (let byte = 0; byte < 32; byte++) {
		if (data[PAIR_OFFSET.rewardMint0 + byte] !== 0 || data[PAIR_OFFSET.rewardMint1 + byte] !== 0) return false;
	}
	return true;
}

function belongsTo(data: Uint8Array, offset: number, pool: DlmmPool): boolean {
	for (let byte = 0; byte < 32; byte++) {
		if (data[offset + byte] !== pool.addressBytes[byte]) return false;
	}
	return true;
}

function dropFarthest(state: DlmmState): void {
	const near = arrayIndexOf(state.activeId);
	let farthest = near;
	for (const index of state.arrays.keys()) {
		if (Math.abs(index - near) >= Math.abs(farthest - near)) farthest = index;
	}
	state.arrays.delete(farthest);
}

function unsigned32(data: Uint8Array, offset: number): number {
	return readInt32(data, offset) >>> 0;
}

function refusal(code: DecodeError["code"], detail: string): DecodeError {
	return { code, detail };
}
