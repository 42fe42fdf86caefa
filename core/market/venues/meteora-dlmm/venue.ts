import { decodeBase58 } from "../../../types/base58.ts";
import { readUint16 } from "../../../types/bytes.ts";
import { type Result, success } from "../../../types/result.ts";
import { readTwoMints } from "../../mint-account.ts";
import type { PoolDescriptor } from "../../pool.ts";
import { TOKEN_2022_PROGRAM } from "../../token-account.ts";
import { transferFeeOf, transferFeeParameters } from "../../transfer-fee.ts";
import type { AccountBytes, AccountVenue, DecodeError } from "../venue.ts";
import { DLMM_PROGRAM, FEE_PRECISION, MAX_FEE_RATE, PAIR_OFFSET, PAIR_SIZE } from "./accounts.ts";
import { binArraySeeds, bitmapExtensionSeeds, type DlmmPool, decodePool } from "./layout.ts";
import { BITMAP_EXTENSION_INDEX, DlmmMarket } from "./market.ts";

const NO_TRANSFER_FEES = { x: null, y: null };

/**
 * Meteora DLMM (program LBUZKhRxPF3XUpBCjp4YzTKgLccjZhTSDM9YuVaPwxo): liquidity in bins of one price each, at a fee that
 * follows volatility. A is the pair's token X. `configurations` are the two mints.
 */
export const meteoraDlmm: AccountVenue = {
	id: "meteora-dlmm",
	pricedBy: "accounts",
	programId: DLMM_PROGRAM,
	poolAccountSize: PAIR_SIZE,

	references(account) {
		const decoded = decodePool(account, NO_TRANSFER_FEES);
		if (!decoded.ok) return decoded;
		const { tokenXMint, tokenYMint, reserveX, reserveY } = decoded.value;
		return success({
			mintA: tokenXMint,
			mintB: tokenYMint,
			vaultA: reserveX,
			vaultB: reserveY,
			configurations: [tokenXMint, tokenYMint],
		});
	},

	describe,
	open: (pool) => new DlmmMarket(poolOf(pool)),

	arraySeeds({ address }, index) {
		const named = { addressBytes: decodeBase58(address) as Uint8Array };
		return index === BITMAP_EXTENSION_INDEX ? bitmapExtensionSeeds(named) : binArraySeeds(named, index);
	},

	derivedAccounts: ({ address }, derive) => ({
		bitmapExtension: derive(DLMM_PROGRAM, bitmapExtensionSeeds({ addressBytes: decodeBase58(address) as Uint8Array })),
	}),
};

function describe(account: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError> {
	const decoded = decodePool(account, NO_TRANSFER_FEES);
	if (!decoded.ok) return decoded;
	const pool = decoded.value;
	const mints = readTwoMints(configurations, pool.tokenXMint, pool.tokenYMint);
	if (!mints.ok) return mints;
	const { a, b } = mints.value;
	const power = account.data[PAIR_OFFSET.baseFeePowerFactor] as number;
	const baseRate = readUint16(account.data, PAIR_OFFSET.baseFactor) * pool.binStep * 10 * 10 ** power;
	return success({
		address: pool.address,
		venue: "meteora-dlmm",
		mintA: pool.tokenXMint,
		mintB: pool.tokenYMint,
		decimalsA: a.decimals,
		decimalsB: b.decimals,
		vaultA: pool.reserveX,
		vaultB: pool.reserveY,
		feeNumerator: BigInt(Math.min(baseRate, MAX_FEE_RATE)),
		feeDenominator: FEE_PRECISION,
		parameters: {
			binStep: BigInt(pool.binStep),
			isFeeOnlyInY: pool.isFeeOnlyInY ? 1n : 0n,
			hasActivationPoint: pool.hasActivationPoint ? 1n : 0n,
			isTimedBySlot: pool.isTimedBySlot ? 1n : 0n,
			...transferFeeParameters("A", a.transferFee),
			...transferFeeParameters("B", b.transferFee),
		},
		swapAccounts: { oracle: pool.oracle, tokenXProgram: a.tokenProgram, tokenYProgram: b.tokenProgram },
	});
}

function poolOf({ address, parameters, swapAccounts, ...pool }: PoolDescriptor): DlmmPool {
	return {
		address,
		addressBytes: decodeBase58(address) as Uint8Array,
		tokenXMint: pool.mintA,
		tokenYMint: pool.mintB,
		reserveX: pool.vaultA,
		reserveY: pool.vaultB,
		oracle: swapAccounts.oracle ?? address,
		isTokenX2022: swapAccounts.tokenXProgram === TOKEN_2022_PROGRAM,
		isTokenY2022: swapAccounts.tokenYProgram === TOKEN_2022_PROGRAM,
		transferFeeX: transferFeeOf("A", parameters),
		transferFeeY: transferFeeOf("B", parameters),
		binStep: Number(parameters.binStep),
		isFeeOnlyInY: parameters.isFeeOnlyInY === 1n,
		hasActivationPoint: parameters.hasActivationPoint === 1n,
		isTimedBySlot: parameters.isTimedBySlot === 1n,
	};
}
