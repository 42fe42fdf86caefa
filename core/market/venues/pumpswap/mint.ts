import type { Address } from "../../../types/address.ts";
import { readUint16, readUint64 } from "../../../types/bytes.ts";
import { failure, type Result, success } from "../../../types/result.ts";
import type { AccountBytes, DecodeError } from "../venue.ts";

const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;

/** Bytes of a mint without extensions (spl-token, state.rs `Mint`). */
export const MINT_SIZE = 82;
/** Byte offsets in a mint (spl-token, state.rs `Mint`; token-2022, extension/mod.rs: account type, then extensions). */
export const MINT_OFFSET = { supply: 36, decimals: 44, accountType: 165, extensions: 166 } as const;
const ACCOUNT_TYPE_MINT = 1;

/**
 * Extensions that leave a transfer alone (token-2022, extension/mod.rs `ExtensionType`): close authority, confidential
 * transfers, permanent delegate, interest, metadata pointer, metadata, group pointer, group, member pointer, member,
 * scaled amounts. Coins that Pump mints have the metadata ones.
 */
const HARMLESS_EXTENSIONS: ReadonlySet<number> = new Set([0, 3, 4, 10, 12, 18, 19, 20, 21, 22, 23, 25]);

/** What a pool needs to know of a mint. */
export interface PumpSwapMint {
	readonly tokenProgram: Address;
	readonly supply: bigint;
	readonly decimals: number;
}

/** Refuses mints whose transfers take a fee, run a hook or may be forbidden: the quote does not know of them. */
export function decodeMint({ address, owner, data }: AccountBytes): Result<PumpSwapMint, DecodeError> {
	if (owner !== TOKEN_PROGRAM && owner !== TOKEN_2022_PROGRAM) {
		return refuse("wrongOwner", `mint ${address} is owned by ${owner}, not by Token or Token-2022`);
	}
	if (data.length < MINT_SIZE)
		return refuse("shortData", `mint ${address} has ${data.length} bytes, expected at least 82`);
	if (data.length > MINT_SIZE) {
		if (owner === TOKEN_PROGRAM) return refuse("impossibleValue", `mint ${address} of Token has ${data.length} bytes`);
		const refused = refuseExtensions(address, data);
		if (refused !== null) return failure(refused);
	}
	const supply = readUint64(data, MINT_OFFSET.supply);
	return success({ tokenProgram: owner, supply, decimals: data[MINT_OFFSET.decimals] as number });
}

function refuseExtensions(address: Address, data: Uint8Array): DecodeError | null {
	if (data.length < MINT_OFFSET.extensions || data[MINT_OFFSET.accountType] !== ACCOUNT_TYPE_MINT) {
		return { code: "impossibleValue", detail: `mint ${address} does not say at byte 165 that it is a mint` };
	}
	let offset: number = MINT_OFFSET.extensions;
	while (offset + 4 <= data.length) {
		const type = readUint16(data, offset);
		if (type === 0) return null;
		if (!HARMLESS_EXTENSIONS.has(type)) {
			return {
				code: "unsupported",
				detail: `mint ${address} has Token-2022 extension ${type}, which may move amounts`,
			};
		}
		offset += 4 + readUint16(data, offset + 2);
	}
	return null;
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
