import { type Result, success } from "../../../types/result.ts";
import { readTwoMints } from "../../mint-account.ts";
import type { PoolDescriptor } from "../../pool.ts";
import { TOKEN_2022_PROGRAM } from "../../token-account.ts";
import { transferFeeOf, transferFeeParameters } from "../../transfer-fee.ts";
import type { AccountBytes, AccountVenue, DecodeError } from "../venue.ts";
import { FEE_DENOMINATOR, readFeeParameters } from "./fee-parameters.ts";
import { COLLECT_FEE_MODES, type DammV2Pool, decodePool } from "./layout.ts";
import { DammV2Market } from "./market.ts";
import { DAMM_V2_AUTHORITY, DAMM_V2_PROGRAM, POOL_SIZE } from "./pool-account.ts";

const NO_TRANSFER_FEES = { a: null, b: null };

/**
 * Meteora DAMM v2 (program cpamdpZCGKUy5JxQXB4dcpGPiikHawvSWAd6mEn1sGG): one price range a pool, or a constant product
 * where fees compound. `configurations` are the two mints.
 */
export const meteoraDammV2: AccountVenue = {
	id: "meteora-damm-v2",
	pricedBy: "accounts",
	programId: DAMM_V2_PROGRAM,
	poolAccountSize: POOL_SIZE,

	references(account) {
		const decoded = decodePool(account, NO_TRANSFER_FEES);
		if (!decoded.ok) return decoded;
		const { tokenAMint, tokenBMint, tokenAVault, tokenBVault } = decoded.value;
		return success({
			mintA: tokenAMint,
			mintB: tokenBMint,
			vaultA: tokenAVault,
			vaultB: tokenBVault,
			configurations: [tokenAMint, tokenBMint],
		});
	},

	describe,
	open: (pool) => new DammV2Market(poolOf(pool)),
	arraySeeds: () => null,
};

function describe(account: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError> {
	const decoded = decodePool(account, NO_TRANSFER_FEES);
	if (!decoded.ok) return decoded;
	const pool = decoded.value;
	const fees = readFeeParameters(account.data, pool.collectFeeMode);
	if (!fees.ok) return fees;
	const mints = readTwoMints(configurations, pool.tokenAMint, pool.tokenBMint);
	if (!mints.ok) return mints;
	const { a, b } = mints.value;
	const { base } = fees.value;
	return success({
		address: account.address,
		venue: "meteora-damm-v2",
		mintA: pool.tokenAMint,
		mintB: pool.tokenBMint,
		decimalsA: a.decimals,
		decimalsB: b.decimals,
		vaultA: pool.tokenAVault,
		vaultB: pool.tokenBVault,
		feeNumerator: base.cliff,
		feeDenominator: FEE_DENOMINATOR,
		parameters: {
			isTimedBySlot: pool.isTimedBySlot ? 1n : 0n,
			activationPoint: pool.activationPoint,
			collectFeeMode: BigInt(COLLECT_FEE_MODES.indexOf(pool.collectFeeMode)),
			sqrtMinPrice: pool.sqrtMinPrice,
			sqrtMaxPrice: pool.sqrtMaxPrice,
			maximumFeeNumerator: pool.maximumFeeNumerator,
			isRateLimited: base.kind === "byAmount" ? 1n : 0n,
			...transferFeeParameters("A", a.transferFee),
			...transferFeeParameters("B", b.transferFee),
		},
		swapAccounts: { authority: DAMM_V2_AUTHORITY, tokenAProgram: a.tokenProgram, tokenBProgram: b.tokenProgram },
	});
}

function poolOf({ address, mintA, mintB, vaultA, vaultB, parameters, swapAccounts }: PoolDescriptor): DammV2Pool {
	const parameter = (name: string): bigint => parameters[name] ?? 0n;
	return {
		address,
		tokenAMint: mintA,
		tokenBMint: mintB,
		tokenAVault: vaultA,
		tokenBVault: vaultB,
		isTokenA2022: swapAccounts.tokenAProgram === TOKEN_2022_PROGRAM,
		isTokenB2022: swapAccounts.tokenBProgram === TOKEN_2022_PROGRAM,
		transferFeeA: transferFeeOf("A", parameters),
		transferFeeB: transferFeeOf("B", parameters),
		isTimedBySlot: parameter("isTimedBySlot") === 1n,
		activationPoint: parameter("activationPoint"),
		collectFeeMode: COLLECT_FEE_MODES[Number(parameter("collectFeeMode"))] ?? "bothTokens",
		sqrtMinPrice: parameter("sqrtMinPrice"),
		sqrtMaxPrice: parameter("sqrtMaxPrice"),
		maximumFeeNumerator: parameter("maximumFeeNumerator"),
	};
}
