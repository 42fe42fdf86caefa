import { decodeBase58 } from "../../../types/base58.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { readTwoMints } from "../../mint-account.ts";
import type { PoolDescriptor } from "../../pool.ts";
import { transferFeeOf, transferFeeParameters } from "../../transfer-fee.ts";
import type { AccountBytes, AccountVenue, DecodeError } from "../venue.ts";
import { bitmapExtensionSeeds, tickArraySeeds } from "./addresses.ts";
import { type ClmmPool, decodePool, readReferences } from "./layout.ts";
import { BITMAP_EXTENSION_INDEX, ClmmMarket } from "./market.ts";
import { FEE_RATE_DENOMINATOR, POOL_STATE_SIZE, RAYDIUM_CLMM_PROGRAM } from "./pool-account.ts";

/**
 * Raydium CLMM (program CAMMCzo5YL8w4VFF8KVHrK22GGUsp5VTaW7grrKgrWqK): concentrated liquidity in ticks, at the rate of a
 * configuration that many pools share. A is the pool's token 0. `configurations` are that account and the two mints.
 */
export const raydiumClmm: AccountVenue = {
	id: "raydium-clmm",
	pricedBy: "accounts",
	programId: RAYDIUM_CLMM_PROGRAM,
	poolAccountSize: POOL_STATE_SIZE,

	references(account) {
		const named = readReferences(account);
		if (!named.ok) return named;
		const { ammConfig, mint0, mint1, vault0, vault1 } = named.value;
		return success({
			mintA: mint0,
			mintB: mint1,
			vaultA: vault0,
			vaultB: vault1,
			configurations: [ammConfig, mint0, mint1],
		});
	},

	describe,
	open: (pool) => new ClmmMarket(poolOf(pool)),

	arraySeeds(pool, startIndex) {
		const named = { poolBytes: decodeBase58(pool.address) as Uint8Array };
		return startIndex === BITMAP_EXTENSION_INDEX ? bitmapExtensionSeeds(named) : tickArraySeeds(named, startIndex);
	},
};

function describe(account: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError> {
	const named = readReferences(account);
	if (!named.ok) return named;
	const { ammConfig, mint0, mint1 } = named.value;
	const config = configurations.find(({ address }) => address === ammConfig);
	if (config === undefined) return failure({ code: "shortData", detail: `configuration ${ammConfig} was not given` });
	const mints = readTwoMints(configurations, mint0, mint1);
	if (!mints.ok) return mints;
	const { a, b } = mints.value;
	const decoded = decodePool(account, { config, transferFeeA: a.transferFee, transferFeeB: b.transferFee });
	if (!decoded.ok) return decoded;
	const pool = decoded.value;
	return success({
		address: pool.address,
		venue: "raydium-clmm",
		mintA: mint0,
		mintB: mint1,
		decimalsA: pool.mintDecimals0,
		decimalsB: pool.mintDecimals1,
		vaultA: pool.vault0,
		vaultB: pool.vault1,
		feeNumerator: pool.rates.trade,
		feeDenominator: FEE_RATE_DENOMINATOR,
		parameters: {
			tickSpacing: BigInt(pool.tickSpacing),
			tradeFeeRate: pool.rates.trade,
			protocolFeeRate: pool.rates.protocol,
			fundFeeRate: pool.rates.fund,
			...transferFeeParameters("A", a.transferFee),
			...transferFeeParameters("B", b.transferFee),
		},
		swapAccounts: { ammConfig, observationState: pool.observationKey },
	});
}

function poolOf({ address, parameters, swapAccounts, ...pool }: PoolDescriptor): ClmmPool {
	const rate = (name: string): bigint => parameters[name] ?? 0n;
	return {
		address,
		poolBytes: decodeBase58(address) as Uint8Array,
		ammConfig: swapAccounts.ammConfig ?? address,
		mint0: pool.mintA,
		mint1: pool.mintB,
		vault0: pool.vaultA,
		vault1: pool.vaultB,
		observationKey: swapAccounts.observationState ?? address,
		mintDecimals0: pool.decimalsA,
		mintDecimals1: pool.decimalsB,
		tickSpacing: Number(rate("tickSpacing")),
		rates: { trade: rate("tradeFeeRate"), protocol: rate("protocolFeeRate"), fund: rate("fundFeeRate") },
		transferFeeA: transferFeeOf("A", parameters),
		transferFeeB: transferFeeOf("B", parameters),
	};
}
