import type { Address } from "../../../types/address.ts";

/** Save, formerly Solend, on mainnet (solendprotocol/solana-program-library, token-lending/sdk/src/lib.rs `solend_mainnet`). */
export const SOLEND_PROGRAM = "So1endDq2YkqhipRh3WViPa8hdiSpxWy6z3Z6tMCpAo" as Address;

/** Size of a `Reserve` account (solendprotocol/solana-program-library, token-lending/sdk/src/state/reserve.rs `RESERVE_LEN`). */
export const SOLEND_RESERVE_SIZE = 619;

/** Size of a `LendingMarket` account (same repository, token-lending/sdk/src/state/lending_market.rs). */
export const SOLEND_LENDING_MARKET_SIZE = 290;

/** Byte offsets in a `Reserve` (token-lending/sdk/src/state/reserve.rs, `Pack for Reserve`): packed, no discriminator. */
export const SOLEND_RESERVE_OFFSET = {
	version: 0,
	lastUpdateSlot: 1,
	lastUpdateStale: 9,
	lendingMarket: 10,
	liquidityMint: 42,
	mintDecimals: 74,
	liquiditySupply: 75,
	pythOracle: 107,
	switchboardOracle: 139,
	availableAmount: 171,
	/** u128, as the rates and prices: scaled by 1e18. */
	borrowedAmountWads: 179,
	cumulativeBorrowRateWads: 195,
	marketPrice: 211,
	collateralMint: 227,
	collateralMintTotalSupply: 259,
	collateralSupply: 267,
	optimalUtilizationRate: 299,
	loanToValueRatio: 300,
	liquidationBonus: 301,
	liquidationThreshold: 302,
	minimumBorrowRate: 303,
	optimalBorrowRate: 304,
	maximumBorrowRate: 305,
	borrowFeeWad: 306,
	flashLoanFeeWad: 314,
	hostFeePercentage: 322,
	depositLimit: 323,
	borrowLimit: 331,
	feeReceiver: 339,
	protocolLiquidationFee: 371,
	protocolTakeRate: 372,
	accumulatedProtocolFeesWads: 373,
	rateLimiter: 389,
	addedBorrowWeightBps: 445,
	smoothedMarketPrice: 453,
	reserveType: 469,
	maximumUtilizationRate: 470,
	superMaximumBorrowRate: 471,
	maximumLiquidationBonus: 479,
	maximumLiquidationThreshold: 480,
	scaledPriceOffsetBps: 481,
	extraOracle: 489,
	extraMarketPriceFlag: 521,
	extraMarketPrice: 522,
	attributedBorrowValue: 538,
	attributedBorrowLimitOpen: 554,
	attributedBorrowLimitClose: 562,
	padding: 570,
} as const;

/** Byte offsets in a `LendingMarket` (token-lending/sdk/src/state/lending_market.rs, `Pack for LendingMarket`). */
export const SOLEND_LENDING_MARKET_OFFSET = {
	version: 0,
	/** Completes the seeds of the address that the market signs with: [market, bump]. */
	bumpSeed: 1,
	owner: 2,
	quoteCurrency: 34,
	tokenProgram: 66,
	oracleProgram: 98,
	switchboardOracleProgram: 130,
	rateLimiter: 162,
	whitelistedLiquidator: 218,
	riskAuthority: 250,
	padding: 282,
} as const;

/** The version of every account that the program made (token-lending/sdk/src/state/mod.rs `PROGRAM_VERSION`). */
export const SOLEND_VERSION = 1;

/** The value of `flash_loan_fee_wad` that switches flash loans off (token-lending/program/src/processor.rs). */
export const SOLEND_FLASH_LOANS_DISABLED = 0xffff_ffff_ffff_ffffn;

/**
 * Errors of the program in its flash loans, as custom error codes (token-lending/sdk/src/error.rs `LendingError`).
 */
export const SOLEND_ERROR = {
	instructionUnpackError: 0,
	invalidMarketAuthority: 3,
	invalidAccountOwner: 5,
	invalidTokenProgram: 9,
	invalidAccountInput: 13,
	mathOverflow: 14,
	tokenTransferFailed: 17,
	insufficientLiquidity: 20,
	borrowTooSmall: 25,
	flashBorrowCpi: 47,
	noFlashRepayFound: 48,
	invalidFlashRepay: 49,
	flashRepayCpi: 50,
	multipleFlashBorrows: 51,
	flashLoansDisabled: 52,
} as const;
