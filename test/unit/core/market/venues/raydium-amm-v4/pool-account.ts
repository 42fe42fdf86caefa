import { AMM_INFO_OFFSET, RAYDIUM_AMM_V4_PROGRAM } from "../../../../../../core/market/venues/raydium-amm-v4/layout.ts";
import type { AccountBytes } from "../../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";

/** A pool account at status `SwapOnly` whose addresses are runs of one byte each. */
export function poolAccount(): AccountBytes {
	const data = new Uint8Array(752);
	const numbers = { status: 6n, nonce: 254n, coinDecimals: 9n, pcDecimals: 6n, swapFeeNumerator: 25n };
	for (const [field, value] of Object.entries(numbers)) setField(data, field as keyof typeof AMM_INFO_OFFSET, value);
	setField(data, "swapFeeDenominator", 10_000n);
	setField(data, "needTakePnlCoin", 11n);
	setField(data, "needTakePnlPc", 22n);
	setField(data, "poolOpenTime", 1_700_000_000n);
	for (let place = 0; place < 9; place++) data.fill(place + 1, 336 + place * 32, 368 + place * 32);
	return { address: "Pool111111111111111111111111111111111111111" as Address, owner: RAYDIUM_AMM_V4_PROGRAM, data };
}

export function setField(data: Uint8Array, field: keyof typeof AMM_INFO_OFFSET, value: bigint): void {
	writeUint64(data, AMM_INFO_OFFSET[field], value);
}
