import type { Address } from "../../../types/address.ts";
import { readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import { readMint } from "../../mint-account.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";

/** Byte offset of a mint's supply (spl-token, state.rs `Mint`). */
export const SUPPLY_OFFSET = 36;

/** What a pool needs to know of a mint. */
export interface PumpSwapMint {
	readonly tokenProgram: Address;
	readonly supply: bigint;
	readonly decimals: number;
}

/** Refuses, besides mints that nobody here trades, those whose transfers take a fee: the quote does not know of it. */
export function decodeMint(account: AccountBytes): Result<PumpSwapMint, DecodeError> {
	const mint = readMint(account);
	if (!mint.ok) return mint;
	const { tokenProgram, decimals, transferFee } = mint.value;
	if (transferFee !== null) {
		const detail = `mint ${account.address}: transfers take a fee (TransferFeeConfig), which a PumpSwap quote does not know`;
		return failure({ code: "unsupported", detail });
	}
	return success({ tokenProgram, supply: readUint64(account.data, SUPPLY_OFFSET), decimals });
}
