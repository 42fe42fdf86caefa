import type { Address } from "../../../types/address.ts";
import { decodeBase58 } from "../../../types/base58.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { PoolDescriptor } from "../../pool.ts";
import type { AccountBytes, DecodeError, ReserveVenue } from "../venue.ts";
import {
	BASIS_POINTS,
	decodeFeeConfig,
	decodeGlobalConfig,
	type FeeTier,
	type GlobalConfig,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
	tiersOf,
	totalBps,
} from "./fee-schedule.ts";
import {
	changeableOf,
	decodePool,
	NO_ADDRESS,
	POOL_SIZE,
	PUMPSWAP_PROGRAM,
	type PumpSwapPool,
	readPoolState,
} from "./layout.ts";
import { decodeMint, type PumpSwapMint } from "./mint.ts";
import { afterSwap, keptShare, quoteExactIn, quoteExactOut, TIER_PARAMETERS } from "./quote.ts";
import { deriveSwapAccounts, neededAccounts, walletAccounts } from "./swap-accounts.ts";

/** What mayhem pools are priced by instead of the mint's supply (pump-swap-sdk 1.20, `PUMP_AMM_TOTAL_TOKEN_SUPPLY`). */
const MAYHEM_SUPPLY = 1_000_000_000_000_000n;

/**
 * PumpSwap (program pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA): constant product, fees always in the quote token and,
 * for coins that come from a bonding curve, by a schedule over the market cap. A is the pool's base, B its quote.
 *
 * `configurations` are the GlobalConfig, the FeeConfig, the base mint (for its supply) and the quote mint. A description
 * is as old as they are: a schedule changed or tokens burnt since count only after the next one. A pool whose own account
 * says something else by now gives no more ticks, see {@link isAsDescribed}.
 */
export const pumpSwap: ReserveVenue = {
	id: "pumpswap",
	pricedBy: "reserves",
	programId: PUMPSWAP_PROGRAM,
	poolAccountSize: POOL_SIZE,

	references(account) {
		const decoded = decodePool(account);
		if (!decoded.ok) return decoded;
		const { baseMint, quoteMint, poolBaseTokenAccount, poolQuoteTokenAccount } = decoded.value;
		return success({
			mintA: baseMint,
			mintB: quoteMint,
			vaultA: poolBaseTokenAccount,
			vaultB: poolQuoteTokenAccount,
			configurations: [PUMPSWAP_GLOBAL_CONFIG, PUMPSWAP_FEE_CONFIG, baseMint, quoteMint],
		});
	},

	describe(account, configurations) {
		const read = readAll(account, configurations);
		if (!read.ok) return read;
		const { pool, global, tiers, baseMint, quoteMint } = read.value;
		let lowest = BASIS_POINTS;
		for (const { fees } of tiers) if (totalBps(fees) < lowest) lowest = totalBps(fees);
		return success({
			address: account.address,
			venue: "pumpswap",
			mintA: pool.baseMint,
			mintB: pool.quoteMint,
			decimalsA: baseMint.decimals,
			decimalsB: quoteMint.decimals,
			vaultA: pool.poolBaseTokenAccount,
			vaultB: pool.poolQuoteTokenAccount,
			// The tier moves with the price, and what screens by this must not miss a pool in a cheap one.
			feeNumerator: lowest,
			feeDenominator: BASIS_POINTS,
			parameters: {
				supply: pool.isMayhemMode ? MAYHEM_SUPPLY : baseMint.supply,
				boost: pool.virtualQuoteReserves > 0n ? pool.virtualQuoteReserves : 0n,
				disableFlags: global.disableFlags,
				isCashbackCoin: pool.isCashbackCoin ? 1n : 0n,
				isMayhemMode: pool.isMayhemMode ? 1n : 0n,
				ownCreatorFeeBps: pool.creatorFeeBps,
				tierCount: BigInt(tiers.length),
				...tierParameters(tiers),
			},
			swapAccounts: {
				globalConfig: PUMPSWAP_GLOBAL_CONFIG,
				feeConfig: PUMPSWAP_FEE_CONFIG,
				baseTokenProgram: baseMint.tokenProgram,
				quoteTokenProgram: quoteMint.tokenProgram,
				coinCreator: pool.coinCreator,
				...recipients(account, pool, global),
			},
		});
	},

	derivedAccounts: deriveSwapAccounts,
	neededAccounts,
	walletAccounts,
	readState: readPoolState,
	isAsDescribed,
	keptShare,
	quoteExactIn,
	quoteExactOut,
	afterSwap,
};

/** Of the pool's account: whom swaps pay, which accounts they name and at what rate. What else it tells is never changed. */
function isAsDescribed({ parameters, swapAccounts }: PoolDescriptor): (poolData: Uint8Array) => boolean {
	const creator = decodeBase58(swapAccounts.coinCreator ?? NO_ADDRESS);
	const { isMayhemMode, isCashbackCoin, ownCreatorFeeBps } = parameters;
	return (data) => {
		const said = changeableOf(data);
		return (
			creator !== null &&
			said.coinCreator.every((byte, index) => byte === creator[index]) &&
			said.isMayhemMode === (isMayhemMode === 1n) &&
			said.isCashbackCoin === (isCashbackCoin === 1n) &&
			said.creatorFeeBps === ownCreatorFeeBps
		);
	};
}

interface Read {
	readonly pool: PumpSwapPool;
	readonly global: GlobalConfig;
	readonly tiers: readonly FeeTier[];
	readonly baseMint: PumpSwapMint;
	readonly quoteMint: PumpSwapMint;
}

function readAll(account: AccountBytes, configurations: readonly AccountBytes[]): Result<Read, DecodeError> {
	const pool = decodePool(account);
	if (!pool.ok) return pool;
	const global = decodeAt(configurations, PUMPSWAP_GLOBAL_CONFIG, decodeGlobalConfig);
	if (!global.ok) return global;
	const config = decodeAt(configurations, PUMPSWAP_FEE_CONFIG, decodeFeeConfig);
	if (!config.ok) return config;
	const baseMint = decodeAt(configurations, pool.value.baseMint, decodeMint);
	if (!baseMint.ok) return baseMint;
	const quoteMint = decodeAt(configurations, pool.value.quoteMint, decodeMint);
	if (!quoteMint.ok) return quoteMint;
	const hasCreator = pool.value.coinCreator !== NO_ADDRESS;
	const tiers = tiersOf(pool.value, config.value, global.value).map((tier) =>
		hasCreator ? tier : { ...tier, fees: { ...tier.fees, creatorFeeBps: 0n } },
	);
	if (tiers.some(({ fees }) => totalBps(fees) >= BASIS_POINTS)) {
		const detail = `creator_fee_bps is ${pool.value.creatorFeeBps}, which with the other fees is all of the amount`;
		return failure({ code: "impossibleValue", detail });
	}
	return success({
		pool: pool.value,
		global: global.value,
		tiers,
		baseMint: baseMint.value,
		quoteMint: quoteMint.value,
	});
}

function tierParameters(tiers: readonly FeeTier[]): Record<string, bigint> {
	const parameters: Record<string, bigint> = {};
	for (const [index, { threshold, fees }] of tiers.entries()) {
		const names = TIER_PARAMETERS[index] as (typeof TIER_PARAMETERS)[number];
		parameters[names.threshold] = threshold;
		parameters[names.lpFeeBps] = fees.lpFeeBps;
		parameters[names.protocolFeeBps] = fees.protocolFeeBps;
		parameters[names.creatorFeeBps] = fees.creatorFeeBps;
	}
	return parameters;
}

/** Any one of the eight will do; pools are spread over them so that swaps of two pools rarely write the same account. */
function recipients({ data }: AccountBytes, pool: PumpSwapPool, global: GlobalConfig): Record<string, Address> {
	const protocol = pool.isMayhemMode ? global.reservedFeeRecipients : global.protocolFeeRecipients;
	const spread = data[SPREAD_AT] as number;
	return {
		protocolFeeRecipient: protocol[spread % protocol.length] as Address,
		buybackFeeRecipient: global.buybackFeeRecipients[spread % global.buybackFeeRecipients.length] as Address,
	};
}

/** A byte of the base mint's key. */
const SPREAD_AT = 43;

function decodeAt<T>(
	accounts: readonly AccountBytes[],
	address: Address,
	decode: (account: AccountBytes) => Result<T, DecodeError>,
): Result<T, DecodeError> {
	const found = accounts.find((account) => account.address === address);
	if (found === undefined) return failure({ code: "shortData", detail: `account ${address} was not given` });
	return decode(found);
}
