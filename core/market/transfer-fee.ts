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

/** A pool's side, as the names of its parameters have it. */
type Side = "A" | "B";

const PARTS = ["older", "newer"] as const;

/** A schedule as parameters of a pool; nothing for a mint without one. */
export function transferFeeParameters(side: Side, schedule: TransferFeeSchedule | null): Record<string, bigint> {
	const parameters: Record<string, bigint> = {};
	if (schedule === null) return parameters;
	for (const part of PARTS) {
		const { epoch, maximumFee, basisPoints } = schedule[part];
		parameters[`transferFee${side}.${part}.epoch`] = epoch;
		parameters[`transferFee${side}.${part}.maximumFee`] = maximumFee;
		parameters[`transferFee${side}.${part}.basisPoints`] = basisPoints;
	}
	return parameters;
}

/** The schedule that {@link transferFeeParameters} wrote; null where it wrote none. */
export function transferFeeOf(side: Side, parameters: Readonly<Record<string, bigint>>): TransferFeeSchedule | null {
	const [older, newer] = PARTS.map((part): TransferFee | null => {
		const epoch = parameters[`transferFee${side}.${part}.epoch`];
		const maximumFee = parameters[`transferFee${side}.${part}.maximumFee`];
		const basisPoints = parameters[`transferFee${side}.${part}.basisPoints`];
		if (epoch === undefined || maximumFee === undefined || basisPoints === undefined) return null;
		return { epoch, maximumFee, basisPoints };
	});
	return older && newer ? { older, newer } : null;
}
