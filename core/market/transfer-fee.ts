import { ceilDiv, U64_MAX } from "./constant-product.ts";

/** What Token-2022 withholds from a transfer of a mint (token-2022, extension/transfer_fee/mod.rs `TransferFee`). */
export interface TransferFee {
	/** The first epoch in which it counts. */
	readonly epoch: bigint;
	/** Base units; no transfer pays more. */
	readonly maximumFee: bigint;
	readonly basisPoints: bigint;
}

/** A mint's fee before and from {@link TransferFeeSchedule.newer}'s epoch on (`TransferFeeConfig`). */
export interface TransferFeeSchedule {
	readonly older: TransferFee;
	readonly newer: TransferFee;
}

const ONE_IN_BASIS_POINTS = 10_000n;

/** The fee that counts in an epoch; null when the mint has none (`TransferFeeConfig::get_epoch_fee`). */
export function transferFeeAt(schedule: TransferFeeSchedule | null, epoch: bigint): TransferFee | null {
	if (schedule === null) return null;
	return epoch >= schedule.newer.epoch ? schedule.newer : schedule.older;
}

/** What is withheld when `amount` base units are sent (`TransferFee::calculate_fee`). */
export function withheld(amount: bigint, fee: TransferFee | null): bigint {
	if (fee === null || fee.basisPoints === 0n || amount === 0n) return 0n;
	const raw = ceilDiv(amount * fee.basisPoints, ONE_IN_BASIS_POINTS);
	if (raw > fee.maximumFee) return fee.maximumFee;
	return raw;
}

/**
 * What must be sent so that `received` base units arrive; null when that is more than a token account holds
 * (`TransferFee::calculate_pre_fee_amount`).
 */
export function sentFor(received: bigint, fee: TransferFee | null): bigint | null {
	if (fee === null || fee.basisPoints === 0n || received === 0n) return received;
	const atMost = received + fee.maximumFee;
	let sent = atMost;
	if (fee.basisPoints < ONE_IN_BASIS_POINTS) {
		const raw = ceilDiv(received * ONE_IN_BASIS_POINTS, ONE_IN_BASIS_POINTS - fee.basisPoints);
		if (raw < atMost) sent = raw;
	}
	return sent > U64_MAX ? null : sent;
}
