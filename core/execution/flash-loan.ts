import type { Address } from "../types/address.ts";
import { readAddress } from "../types/base58.ts";
import { readUint64 } from "../types/bytes.ts";
import { failure, type Result, success } from "../types/result.ts";

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

const RESERVE_VERSION = 1n;
const STATUS_ACTIVE = 0;
const STATUS_OBSOLETE = 1;
const STATUS_HIDDEN = 2;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

/** Everything that an instruction and a size need to know about a lender. */
export interface FlashLender {
	readonly program: Address;
	readonly reserve: Address;
	readonly lendingMarket: Address;
	/** The program address that owns the supply vault; a reserve does not name it. */
	readonly lendingMarketAuthority: Address;
	readonly mint: Address;
	readonly supplyVault: Address;
	readonly feeVault: Address;
	readonly tokenProgram: Address;
	/** Fee as a fraction of the loan, scaled by 2^{@link FRACTION_BITS}. */
	readonly flashFeeScaled: bigint;
	/** What the reserve can lend now, in base units of {@link mint}. */
	readonly availableAmount: bigint;
}

/** Why account bytes are not a reserve that lends. */
export type ReserveErrorCode =
	| "wrongOwner"
	| "wrongDiscriminator"
	| "shortData"
	| "impossibleValue"
	| "deprecated"
	| "obsolete"
	| "flashLoansDisabled";

export interface ReserveError {
	readonly code: ReserveErrorCode;
	/** One sentence that names the field and the value. */
	readonly detail: string;
}

/** A reserve account as the chain holds it, with the program address that its market signs with. */
export interface ReserveAccount {
	readonly address: Address;
	readonly owner: Address;
	readonly data: Uint8Array;
	/** Derived by the caller from seeds "lma" and the market: the core derives no addresses. */
	readonly lendingMarketAuthority: Address;
}

/** Reads a lender from a reserve account. The refusals are those of klend's own checks before a flash borrow. */
export function decodeReserve(account: ReserveAccount): Result<FlashLender, ReserveError> {
	const { address, owner, data } = account;
	if (owner !== KLEND_PROGRAM) {
		return refuse("wrongOwner", `reserve ${address} is owned by ${owner}, not by ${KLEND_PROGRAM}`);
	}
	if (data.length !== RESERVE_SIZE) {
		return refuse("shortData", `reserve ${address} has ${data.length} bytes, expected ${RESERVE_SIZE}`);
	}
	if (!RESERVE_DISCRIMINATOR.every((byte, index) => data[index] === byte)) {
		return refuse("wrongDiscriminator", `account ${address} is not a klend Reserve`);
	}
	const version = readUint64(data, RESERVE_OFFSET.version);
	if (version !== RESERVE_VERSION) {
		return refuse("deprecated", `reserve ${address} has version ${version}, expected ${RESERVE_VERSION}`);
	}
	const status = data[RESERVE_OFFSET.configStatus];
	if (status === STATUS_OBSOLETE) return refuse("obsolete", `reserve ${address} is obsolete`);
	if (status !== STATUS_ACTIVE && status !== STATUS_HIDDEN) {
		return refuse("impossibleValue", `reserve ${address} has status ${status}, expected 0 to 2`);
	}
	const flashFeeScaled = readUint64(data, RESERVE_OFFSET.flashLoanFeeScaled);
	if (flashFeeScaled === FLASH_LOANS_DISABLED) {
		return refuse("flashLoansDisabled", `reserve ${address} has flash loans switched off`);
	}
	return success({
		program: owner,
		reserve: address,
		lendingMarket: readAddress(data, RESERVE_OFFSET.lendingMarket),
		lendingMarketAuthority: account.lendingMarketAuthority,
		mint: readAddress(data, RESERVE_OFFSET.liquidityMint),
		supplyVault: readAddress(data, RESERVE_OFFSET.supplyVault),
		feeVault: readAddress(data, RESERVE_OFFSET.feeVault),
		tokenProgram: readAddress(data, RESERVE_OFFSET.tokenProgram),
		flashFeeScaled,
		availableAmount: readUint64(data, RESERVE_OFFSET.totalAvailableAmount),
	});
}

/** What a reserve can lend now, in base units: the one field of {@link FlashLender} that changes with every update. */
export function readAvailableAmount(data: Uint8Array): Result<bigint, ReserveError> {
	if (data.length !== RESERVE_SIZE) {
		return refuse("shortData", `reserve has ${data.length} bytes, expected ${RESERVE_SIZE}`);
	}
	return success(readUint64(data, RESERVE_OFFSET.totalAvailableAmount));
}

/**
 * The fee that repaying a flash loan costs on top of the loan, in base units: the exact product, at least one unit,
 * rounded to the nearest unit with halves up (Kamino klend, state/reserve.rs `ReserveFees::calculate_fees`, exclusive,
 * no referrer). Where {@link isLoanTooSmall} holds the program takes no fee but refuses.
 *
 * @param amount loan in base units, 0 ≤ amount < 2^64
 * @param feeScaled fraction scaled by 2^60
 */
export function flashLoanFee(amount: bigint, feeScaled: bigint): bigint {
	if (amount === 0n || feeScaled === 0n) return 0n;
	const exact = exactFeeScaled(amount, feeScaled);
	return (exact + (1n << (FRACTION_BITS - 1n))) >> FRACTION_BITS;
}

/** Whether klend refuses the repayment because the fee would reach the loan (error 6012, BorrowTooSmall). */
export function isLoanTooSmall(amount: bigint, feeScaled: bigint): boolean {
	if (amount === 0n || feeScaled === 0n) return false;
	return exactFeeScaled(amount, feeScaled) >= amount << FRACTION_BITS;
}

/** Why a lender gives no loan of a size. */
export type NoLoanCode = "zeroAmount" | "amountOverflow" | "insufficientLiquidity" | "loanTooSmall";

/** What a loan of `amount` costs, or why the lender would refuse it. */
export function quoteFlashLoan(
	lender: Pick<FlashLender, "flashFeeScaled" | "availableAmount">,
	amount: bigint,
): Result<{ readonly amount: bigint; readonly fee: bigint }, NoLoanCode> {
	if (amount <= 0n) return failure("zeroAmount");
	if (amount > LARGEST_U64) return failure("amountOverflow");
	if (amount > lender.availableAmount) return failure("insufficientLiquidity");
	if (isLoanTooSmall(amount, lender.flashFeeScaled)) return failure("loanTooSmall");
	return success({ amount, fee: flashLoanFee(amount, lender.flashFeeScaled) });
}

function exactFeeScaled(amount: bigint, feeScaled: bigint): bigint {
	const product = amount * feeScaled;
	const smallest = 1n << FRACTION_BITS;
	return product > smallest ? product : smallest;
}

function refuse(code: ReserveErrorCode, detail: string): Result<never, ReserveError> {
	return failure({ code, detail });
}
