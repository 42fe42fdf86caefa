import type { Address } from "../../../types/address.ts";

/** Kamino Lend on mainnet. */
export const KLEND_PROGRAM = "KLend2g3cP87fffoy8q1mQqGKjrxjC8boSyAYavgmjD" as Address;

/** Size of a `Reserve` account with its discriminator (Kamino klend, utils/consts.rs `RESERVE_SIZE` + 8). */
export const RESERVE_SIZE = 8_624;

/** Anchor's discriminator of `Reserve`: the first 8 bytes of sha256("account:Reserve"). */
export const RESERVE_DISCRIMINATOR: Readonly<Uint8Array> = Uint8Array.of(43, 242, 204, 202, 26, 247, 59, 127);

/** Byte offsets in a `Reserve` account, discriminator included (Kamino klend, state/reserve.rs; u128 aligned to 8). */
export const RESERVE_OFFSET = {
	version: 8,
	lastUpdateSlot: 16,
	lastUpdateStale: 24,
	lastUpdatePriceStatus: 25,
	lendingMarket: 32,
	liquidityMint: 128,
	supplyVault: 160,
	feeVault: 192,
	totalAvailableAmount: 224,
	borrowedAmountScaled: 232,
	mintDecimals: 272,
	cumulativeBorrowRate: 296,
	tokenProgram: 408,
	configStatus: 4_856,
	flashLoanFeeScaled: 4_904,
	depositLimit: 5_016,
	borrowLimit: 5_024,
	tokenName: 5_032,
} as const;

/** Fractional bits of klend's `Fraction` (Kamino klend, utils/fraction.rs: `U68F60`). */
export const FRACTION_BITS = 60n;

/** The value of `flash_loan_fee_sf` that switches flash loans off (Kamino klend, lending_operations.rs). */
export const FLASH_LOANS_DISABLED = 0xffff_ffff_ffff_ffffn;
