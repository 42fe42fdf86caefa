import { failure, type Result, success } from "../../../types/result.ts";

/** What a whole is in a fee (token-lending/sdk/src/math/common.rs `WAD`): 1e18 = 100 %. */
export const SOLEND_FEE_DENOMINATOR = 1_000_000_000_000_000_000n;

/** A reserve's terms of flash loans (token-lending/sdk/src/state/reserve.rs `ReserveFees`). */
export interface SolendFeeTerms {
	/** Of {@link SOLEND_FEE_DENOMINATOR}. */
	readonly flashLoanFeeWad: bigint;
	/** 0 to 100: the share of the fee that goes to the host whom the borrower names. */
	readonly hostFeePercentage: number;
}

/** The parts that a repayment pays on top of the loan, base units; together they are the fee. */
export interface SolendFee {
	readonly originationFee: bigint;
	readonly hostFee: bigint;
}

const PERCENT = SOLEND_FEE_DENOMINATOR / 100n;

/** The least fee of a loan that costs anything, base units: one for the owner, and one for the host if he has a share. */
export function solendMinimumFee(hostFeePercentage: number): bigint {
	return hostFeePercentage > 0 ? 2n : 1n;
}

/**
 * The fee of a flash loan as the program reckons it: the exact product, no less than the minimum, each part rounded to
 * the nearest unit with halves up, and refused where it reaches the loan (solendprotocol/solana-program-library,
 * token-lending/sdk/src/state/reserve.rs `ReserveFees::calculate_fees`, exclusive).
 *
 * @param amount loan in base units, 0 ≤ amount < 2^64
 * @returns `loanTooSmall` where the program fails with BorrowTooSmall
 */
export function solendFlashFee(
	amount: bigint,
	{ flashLoanFeeWad, hostFeePercentage }: SolendFeeTerms,
): Result<SolendFee, "loanTooSmall"> {
	if (amount === 0n || flashLoanFeeWad === 0n) return success({ originationFee: 0n, hostFee: 0n });
	const product = amount * flashLoanFeeWad;
	const least = solendMinimumFee(hostFeePercentage) * SOLEND_FEE_DENOMINATOR;
	const exact = product > least ? product : least;
	if (exact >= amount * SOLEND_FEE_DENOMINATOR) return failure("loanTooSmall");
	const fee = roundWads(exact);
	if (hostFeePercentage === 0) return success({ originationFee: fee, hostFee: 0n });
	const share = roundWads((exact * BigInt(hostFeePercentage) * PERCENT) / SOLEND_FEE_DENOMINATOR);
	const hostFee = share > 1n ? share : 1n;
	return success({ originationFee: fee - hostFee, hostFee });
}

function roundWads(wads: bigint): bigint {
	return (wads + SOLEND_FEE_DENOMINATOR / 2n) / SOLEND_FEE_DENOMINATOR;
}
