import { decodeBase58 } from "../../../types/base58.ts";
import { readUint16 } from "../../../types/bytes.ts";
import { type Result, success } from "../../../types/result.ts";
import { readTwoMints } from "../../mint-account.ts";
import type { PoolDescriptor } from "../../pool.ts";
import { transferFeeOf, transferFeeParameters } from "../../transfer-fee.ts";
import type { AccountBytes, AccountVenue, DecodeError } from "../venue.ts";
import { FEE_RATE_DENOMINATOR, POOL_OFFSET, POOL_SIZE, WHIRLPOOL_PROGRAM } from "./accounts.ts";
import { decodePool } from "./layout.ts";
import { WhirlpoolMarket } from "./market.ts";
import type { WhirlpoolPool } from "./state.ts";
import { oracleSeeds, tickArraySeeds } from "./tick-array.ts";

const NO_TRANSFER_FEES = { a: null, b: null };

/**
 * Orca Whirlpool (program whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc): concentrated liquidity in ticks, at a fixed or an
 * adaptive fee. `configurations` are the two mints.
 */
export const orcaWhirlpool: AccountVenue = {
	id: "orca-whirlpool",
	pricedBy: "accounts",
	programId: WHIRLPOOL_PROGRAM,
	poolAccountSize: POOL_SIZE,

	references(account) {
		const decoded = decodePool(account, NO_TRANSFER_FEES);
		if (!decoded.ok) return decoded;
		const { mintA, mintB, vaultA, vaultB } = decoded.value;
		return success({ mintA, mintB, vaultA, vaultB, configurations: [mintA, mintB] });
	},

	describe,
	open: (pool) => new WhirlpoolMarket(poolOf(pool)),
	arraySeeds: ({ address }, startIndex) => tickArraySeeds(decodeBase58(address) as Uint8Array, startIndex),
	derivedAccounts: ({ address }, derive) => ({
		oracle: derive(WHIRLPOOL_PROGRAM, oracleSeeds(decodeBase58(address) as Uint8Array)),
	}),
};

function describe(account: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError> {
	const decoded = decodePool(account, NO_TRANSFER_FEES);
	if (!decoded.ok) return decoded;
	const { address, mintA, mintB, vaultA, vaultB, tickSpacing, hasAdaptiveFee } = decoded.value;
	const mints = readTwoMints(configurations, mintA, mintB);
	if (!mints.ok) return mints;
	const { a, b } = mints.value;
	return success({
		address,
		venue: "orca-whirlpool",
		mintA,
		mintB,
		decimalsA: a.decimals,
		decimalsB: b.decimals,
		vaultA,
		vaultB,
		feeNumerator: BigInt(readUint16(account.data, POOL_OFFSET.feeRate)),
		feeDenominator: FEE_RATE_DENOMINATOR,
		parameters: {
			tickSpacing: BigInt(tickSpacing),
			hasAdaptiveFee: hasAdaptiveFee ? 1n : 0n,
			...transferFeeParameters("A", a.transferFee),
			...transferFeeParameters("B", b.transferFee),
		},
		swapAccounts: { tokenProgramA: a.tokenProgram, tokenProgramB: b.tokenProgram },
	});
}

function poolOf({ address, mintA, mintB, vaultA, vaultB, parameters }: PoolDescriptor): WhirlpoolPool {
	return {
		address,
		addressBytes: decodeBase58(address) as Uint8Array,
		mintA,
		mintB,
		vaultA,
		vaultB,
		transferFeeA: transferFeeOf("A", parameters),
		transferFeeB: transferFeeOf("B", parameters),
		tickSpacing: Number(parameters.tickSpacing),
		hasAdaptiveFee: parameters.hasAdaptiveFee === 1n,
	};
}
