import type { Address } from "../types/address.ts";
import { type Failure, failure, type Result, success } from "../types/result.ts";

const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;

/** The lending programs that give flash loans here. */
export type LenderKind = "klend" | "solend";

/** Everything that an instruction and a size need to know about a lender. */
export interface FlashLender {
	/** Whose instructions borrow and repay. */
	readonly kind: LenderKind;
	readonly program: Address;
	readonly reserve: Address;
	readonly lendingMarket: Address;
	/** The program address that owns the supply vault; a reserve does not name it. */
	readonly lendingMarketAuthority: Address;
	readonly mint: Address;
	/** The token account that loans come from and go back to. */
	readonly supplyVault: Address;
	/** The token account that the whole fee goes to. */
	readonly feeVault: Address;
	readonly tokenProgram: Address;
	/** The fee is `feeNumerator / feeDenominator` of the loan; the denominator is even (klend 2^60, Solend 1e18). */
	readonly feeNumerator: bigint;
	readonly feeDenominator: bigint;
	/** The least fee of a loan that costs anything, base units of {@link mint}. */
	readonly minimumFee: bigint;
	/** What the reserve can lend now, in base units of {@link mint}. */
	readonly availableAmount: bigint;
}

/** What a lender asks for. */
export type LoanFeeTerms = Pick<FlashLender, "feeNumerator" | "feeDenominator" | "minimumFee">;

/** What a lender asks for, and has. */
export type LoanTerms = LoanFeeTerms & Pick<FlashLender, "availableAmount">;

/** Why account bytes are not a reserve that lends. */
export type ReserveErrorCode =
	| "wrongOwner"
	| "wrongSize"
	| "wrongDiscriminator"
	| "wrongVersion"
	| "impossibleValue"
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
	/** Derived by the caller from the market's address: the core derives no addresses. */
	readonly lendingMarketAuthority: Address;
}

export function refuseReserve(code: ReserveErrorCode, detail: string): Failure<ReserveError> {
	return failure({ code, detail });
}

/**
 * The fee that repaying a flash loan costs on top of the loan, in base units: the exact product, no less than the
 * minimum, rounded to the nearest unit with halves up. Both programs reckon so (Kamino klend, state/reserve.rs
 * `ReserveFees::calculate_fees`, exclusive, no referrer; solendprotocol/solana-program-library,
 * token-lending/sdk/src/state/reserve.rs `ReserveFees::calculate_fees`, exclusive, owner's and host's part together).
 * Where {@link isLoanTooSmall} holds the program takes no fee but refuses.
 *
 * @param amount loan in base units, 0 ≤ amount < 2^64
 */
export function flashLoanFee(amount: bigint, terms: LoanFeeTerms): bigint {
	if (amount === 0n || terms.feeNumerator === 0n) return 0n;
	return (exactFee(amount, terms) + terms.feeDenominator / 2n) / terms.feeDenominator;
}

/** Whether the lender refuses because the fee would reach the loan (klend 6012, Solend 25: BorrowTooSmall). */
export function isLoanTooSmall(amount: bigint, terms: LoanFeeTerms): boolean {
	if (amount === 0n || terms.feeNumerator === 0n) return false;
	return exactFee(amount, terms) >= amount * terms.feeDenominator;
}

/** Why a lender gives no loan of a size. */
export type NoLoanCode = "zeroAmount" | "amountOverflow" | "insufficientLiquidity" | "loanTooSmall";

/** What a loan of `amount` costs, or why the lender would refuse it. */
export function quoteFlashLoan(
	terms: LoanTerms,
	amount: bigint,
): Result<{ readonly amount: bigint; readonly fee: bigint }, NoLoanCode> {
	if (amount <= 0n) return failure("zeroAmount");
	if (amount > LARGEST_U64) return failure("amountOverflow");
	if (amount > terms.availableAmount) return failure("insufficientLiquidity");
	if (isLoanTooSmall(amount, terms)) return failure("loanTooSmall");
	return success({ amount, fee: flashLoanFee(amount, terms) });
}

/** In parts of the denominator. */
function exactFee(amount: bigint, { feeNumerator, feeDenominator, minimumFee }: LoanFeeTerms): bigint {
	const product = amount * feeNumerator;
	const least = minimumFee * feeDenominator;
	if (product < least) return least;
	return product;
}
