import type { Address } from "../../../types/address.ts";
import { readAddress } from "../../../types/base58.ts";
import { readUint64 } from "../../../types/bytes.ts";
import { type Result, success } from "../../../types/result.ts";
import { type FlashLender, type ReserveAccount, type ReserveError, refuseReserve } from "../../flash-loan.ts";
import { SOLEND_FEE_DENOMINATOR, solendMinimumFee } from "./fee.ts";
import { SOLEND_FLASH_LOANS_DISABLED, SOLEND_RESERVE_OFFSET, SOLEND_VERSION } from "./layout.ts";

/** A reserve does not name its token program; the lending markets on mainnet know only this one. */
const SPL_TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const LARGEST_RESERVE_TYPE = 1;
const WHOLE_PERCENT = 100;

/**
 * Reads a lender from an account that is the program's and of a reserve's size. The refusals are those of the program's own checks before a flash borrow
 * (solendprotocol/solana-program-library, token-lending/sdk/src/state/reserve.rs `unpack_from_slice`,
 * token-lending/program/src/processor.rs `_flash_borrow_reserve_liquidity`).
 */
export function decodeSolendReserve(account: ReserveAccount): Result<FlashLender, ReserveError> {
	const { address, owner, data } = account;
	const version = data[SOLEND_RESERVE_OFFSET.version];
	if (version !== SOLEND_VERSION) {
		return refuseReserve("wrongVersion", `reserve ${address} has version ${version}, expected ${SOLEND_VERSION}`);
	}
	const impossible = impossibleField(data);
	if (impossible !== null) return refuseReserve("impossibleValue", `reserve ${address} has ${impossible}`);
	const feeNumerator = readUint64(data, SOLEND_RESERVE_OFFSET.flashLoanFeeWad);
	if (feeNumerator === SOLEND_FLASH_LOANS_DISABLED) {
		return refuseReserve("flashLoansDisabled", `reserve ${address} has flash loans switched off`);
	}
	return success({
		kind: "solend",
		program: owner,
		reserve: address,
		lendingMarket: readAddress(data, SOLEND_RESERVE_OFFSET.lendingMarket),
		lendingMarketAuthority: account.lendingMarketAuthority,
		mint: readAddress(data, SOLEND_RESERVE_OFFSET.liquidityMint),
		supplyVault: readAddress(data, SOLEND_RESERVE_OFFSET.liquiditySupply),
		feeVault: readAddress(data, SOLEND_RESERVE_OFFSET.feeReceiver),
		tokenProgram: SPL_TOKEN_PROGRAM,
		feeNumerator,
		feeDenominator: SOLEND_FEE_DENOMINATOR,
		minimumFee: solendMinimumFee(data[SOLEND_RESERVE_OFFSET.hostFeePercentage] as number),
		availableAmount: readUint64(data, SOLEND_RESERVE_OFFSET.availableAmount),
	});
}

/** A value with which the program refuses to read the reserve, or cannot split its fee. */
function impossibleField(data: Uint8Array): string | null {
	const at = (offset: number) => data[offset] as number;
	const stale = at(SOLEND_RESERVE_OFFSET.lastUpdateStale);
	if (stale > 1) return `staleness ${stale}, expected 0 or 1`;
	const type = at(SOLEND_RESERVE_OFFSET.reserveType);
	if (type > LARGEST_RESERVE_TYPE) return `type ${type}, expected 0 or 1`;
	const flag = at(SOLEND_RESERVE_OFFSET.extraMarketPriceFlag);
	if (flag > 1) return `extra market price flag ${flag}, expected 0 or 1`;
	const percentage = at(SOLEND_RESERVE_OFFSET.hostFeePercentage);
	return percentage > WHOLE_PERCENT ? `host fee percentage ${percentage}, expected 0 to 100` : null;
}
