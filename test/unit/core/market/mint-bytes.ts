import type { TransferFee, TransferFeeSchedule } from "../../../../core/market/transfer-fee.ts";
import { writeUint64 } from "../../../../core/types/bytes.ts";

/** [number, value] of an extension of Token-2022. */
export type Extension = readonly [type: number, value: Uint8Array];

/** A mint without extensions: 82 bytes. */
export function plainMint(decimals: number): Uint8Array {
	const data = new Uint8Array(82);
	data[44] = decimals;
	data[45] = 1;
	return data;
}

/** A Token-2022 mint of six decimals: padding, the account's type, and each extension with its type and length. */
export function extendedMint(extensions: readonly Extension[], decimals = 6): Uint8Array {
	const parts = extensions.flatMap(([type, value]) => {
		return [type & 255, type >> 8, value.length & 255, value.length >> 8, ...value];
	});
	const data = new Uint8Array(166 + parts.length);
	data.set(plainMint(decimals));
	data[165] = 1;
	data.set(parts, 166);
	return data;
}

/** The value of `TransferFeeConfig`: two authorities, what is withheld, the older fee and the newer one. */
export function transferFeeConfig({ older, newer }: TransferFeeSchedule): Uint8Array {
	const value = new Uint8Array(108);
	writeFee(value, 72, older);
	writeFee(value, 90, newer);
	return value;
}

/** One percent from the first epoch on, at most 10^9 base units. */
export const ONE_PERCENT: TransferFee = { epoch: 0n, maximumFee: 1_000_000_000n, basisPoints: 100n };

export const TRANSFER_FEE_CONFIG: Extension = [1, transferFeeConfig({ older: ONE_PERCENT, newer: ONE_PERCENT })];

function writeFee(value: Uint8Array, at: number, { epoch, maximumFee, basisPoints }: TransferFee): void {
	writeUint64(value, at, epoch);
	writeUint64(value, at + 8, maximumFee);
	value[at + 16] = Number(basisPoints & 255n);
	value[at + 17] = Number(basisPoints >> 8n);
}
