import { readAddress } from "../../../types/base58.ts";
import { readUint64 } from "../../../types/bytes.ts";
import { type Result, success } from "../../../types/result.ts";
import { type FlashLender, type ReserveAccount, type ReserveError, refuseReserve } from "../../flash-loan.ts";
import { FLASH_LOANS_DISABLED, FRACTION_BITS, RESERVE_DISCRIMINATOR, RESERVE_OFFSET } from "./layout.ts";

const RESERVE_VERSION = 1n;
const STATUS_ACTIVE = 0;
const STATUS_OBSOLETE = 1;
const STATUS_HIDDEN = 2;
const FEE_DENOMINATOR = 1n << FRACTION_BITS;
/** Kamino klend, state/reserve.rs `ReserveFees::calculate_fees`, no referrer. */
const MINIMUM_FEE = 1n;

/**
 * Reads a lender from an account that is klend's and of a reserve's size. The refusals are those of klend's own checks
 * before a flash borrow.
 */
export function decodeKlendReserve(account: ReserveAccount): Result<FlashLender, ReserveError> {
	const { address, owner, data } = account;
	if (!RESERVE_DISCRIMINATOR.every((byte, index) => data[index] === byte)) {
		return refuseReserve("wrongDiscriminator", `account ${address} is not a klend Reserve`);
	}
	const version = readUint64(data, RESERVE_OFFSET.version);
	if (version !== RESERVE_VERSION) {
		return refuseReserve("wrongVersion", `reserve ${address} has version ${version}, expected ${RESERVE_VERSION}`);
	}
	const status = data[RESERVE_OFFSET.configStatus];
	if (status === STATUS_OBSOLETE) return refuseReserve("obsolete", `reserve ${address} is obsolete`);
	if (status !== STATUS_ACTIVE && status !== STATUS_HIDDEN) {
		return refuseReserve("impossibleValue", `reserve ${address} has status ${status}, expected 0 to 2`);
	}
	const feeNumerator = readUint64(data, RESERVE_OFFSET.flashLoanFeeScaled);
	if (feeNumerator === FLASH_LOANS_DISABLED) {
		return refuseReserve("flashLoansDisabled", `reserve ${address} has flash loans switched off`);
	}
	return success({
		kind: "klend",
		program: owner,
		reserve: address,
		lendingMarket: readAddress(data, RESERVE_OFFSET.lendingMarket),
		lendingMarketAuthority: account.lendingMarketAuthority,
		mint: readAddress(data, RESERVE_OFFSET.liquidityMint),
		supplyVault: readAddress(data, RESERVE_OFFSET.supplyVault),
		feeVault: readAddress(data, RESERVE_OFFSET.feeVault),
		tokenProgram: readAddress(data, RESERVE_OFFSET.tokenProgram),
		feeNumerator,
		feeDenominator: FEE_DENOMINATOR,
		minimumFee: MINIMUM_FEE,
		availableAmount: readUint64(data, RESERVE_OFFSET.totalAvailableAmount),
	});
}
