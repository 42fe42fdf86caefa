import { decodeBase58, readAddress } from "../../../types/base58.ts";
import { readInt32, readUint16, readUint64, readUint128 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, sqrtPriceAtTick } from "../../tick-math.ts";
import type { TransferFeeSchedule } from "../../transfer-fee.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";
import { POOL_DISCRIMINATOR, POOL_OFFSET, POOL_SIZE, WHIRLPOOL_PROGRAM } from "./accounts.ts";
import { holds, impossible } from "./decoding.ts";
import type { WhirlpoolPool, WhirlpoolState } from "./state.ts";

/** The static fields of a pool account; the mints' transfer fees are the caller's knowledge. */
export function decodePool(
	account: AccountBytes,
	transferFees: { readonly a: TransferFeeSchedule | null; readonly b: TransferFeeSchedule | null },
): Result<WhirlpoolPool, DecodeError> {
	const { address, owner, data } = account;
	if (owner !== WHIRLPOOL_PROGRAM) {
		const detail = `pool ${address} is owned by ${owner}, not by ${WHIRLPOOL_PROGRAM}`;
		return failure({ code: "wrongOwner", detail });
	}
	const frame = refuseFrame(data);
	if (frame !== null) return failure(frame);
	const tickSpacing = readUint16(data, POOL_OFFSET.tickSpacing);
	if (tickSpacing === 0) return failure(impossible("tick_spacing", tickSpacing, "at least 1"));
	const mintA = readAddress(data, POOL_OFFSET.tokenMintA);
	const mintB = readAddress(data, POOL_OFFSET.tokenMintB);
	if (mintA === mintB) return failure(impossible("token_mint_b", mintB, "another mint than token_mint_a"));
	return success({
		address,
		addressBytes: decodeBase58(address) as Uint8Array,
		mintA,
		mintB,
		vaultA: readAddress(data, POOL_OFFSET.tokenVaultA),
		vaultB: readAddress(data, POOL_OFFSET.tokenVaultB),
		transferFeeA: transferFees.a,
		transferFeeB: transferFees.b,
		tickSpacing,
		hasAdaptiveFee: readUint16(data, POOL_OFFSET.feeTierIndex) !== tickSpacing,
	});
}

/** The changing fields of a pool account, into `into`. After an error `into` gives no quote until it is read again. */
export function readPoolState(data: Uint8Array, into: WhirlpoolState): DecodeError | null {
	into.sqrtPrice = 0n;
	const frame = refuseFrame(data);
	if (frame !== null) return frame;
	const sqrtPrice = readUint128(data, POOL_OFFSET.sqrtPrice);
	if (sqrtPrice < MIN_SQRT_PRICE || sqrtPrice > MAX_SQRT_PRICE) {
		return impossible("sqrt_price", sqrtPrice, `between ${MIN_SQRT_PRICE} and ${MAX_SQRT_PRICE}`);
	}
	const tick = readInt32(data, POOL_OFFSET.tickCurrentIndex);
	if (tick !== into.tickCurrentIndex) {
		// A swap down to a tick leaves the index below it: one below the lowest is possible.
		if (tick < MIN_TICK - 1 || tick > MAX_TICK) return impossible("tick_current_index", tick, "a tick");
		into.tickCurrentIndex = tick;
		into.tickFloor = sqrtPriceAtTick(tick);
		into.tickCeiling = sqrtPriceAtTick(tick + 1);
	}
	if (sqrtPrice < into.tickFloor || sqrtPrice > into.tickCeiling) {
		return impossible("tick_current_index", tick, `the tick of sqrt_price ${sqrtPrice}`);
	}
	const feeRate = readUint16(data, POOL_OFFSET.feeRate);
	const protocolFeeRate = readUint16(data, POOL_OFFSET.protocolFeeRate);
	if (protocolFeeRate > 10_000) return impossible("protocol_fee_rate", protocolFeeRate, "at most 10000");
	into.feeRate = BigInt(feeRate);
	into.protocolFeeRate = BigInt(protocolFeeRate);
	into.liquidity = readUint128(data, POOL_OFFSET.liquidity);
	into.protocolFeeOwedA = readUint64(data, POOL_OFFSET.protocolFeeOwedA);
	into.protocolFeeOwedB = readUint64(data, POOL_OFFSET.protocolFeeOwedB);
	into.rewardLastUpdatedSeconds = readUint64(data, POOL_OFFSET.rewardLastUpdatedTimestamp);
	into.sqrtPrice = sqrtPrice;
	return null;
}

function refuseFrame(data: Uint8Array): DecodeError | null {
	if (data.length !== POOL_SIZE) {
		return { code: "shortData", detail: `pool account has ${data.length} bytes, expected ${POOL_SIZE}` };
	}
	if (!holds(data, 0, POOL_DISCRIMINATOR)) {
		return { code: "wrongDiscriminator", detail: "pool account does not start with the discriminator of Whirlpool" };
	}
	return null;
}
