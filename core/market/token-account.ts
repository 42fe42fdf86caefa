import type { Address } from "../types/address.ts";
import { readAddress } from "../types/base58.ts";
import { copyUint64, readUint64 } from "../types/bytes.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { AccountBytes } from "./venues/venue.ts";

/** SPL Token on every cluster. */
export const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
/** Token-2022 on every cluster. */
export const TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;

/** Without extensions (spl-token, state.rs `Account`). */
const TOKEN_ACCOUNT_SIZE = 165;
const ACCOUNT_OFFSET = { mint: 0, amount: 64, state: 108 } as const;
const STATE_INITIALIZED = 1;

/** Why bytes are no token account that a trade could use. */
export type TokenErrorCode = "wrongOwner" | "shortData" | "uninitialized";

/** The mint that a token account holds. A frozen account is refused with an uninitialized one: nothing leaves it. */
export function readTokenAccountMint(account: AccountBytes): Result<Address, TokenErrorCode> {
	const { owner, data } = account;
	if (owner !== TOKEN_PROGRAM && owner !== TOKEN_2022_PROGRAM) return failure("wrongOwner");
	if (data.length < TOKEN_ACCOUNT_SIZE) return failure("shortData");
	if (data[ACCOUNT_OFFSET.state] !== STATE_INITIALIZED) return failure("uninitialized");
	return success(readAddress(data, ACCOUNT_OFFSET.mint));
}

/** {@link readTokenAmount} by {@link copyUint64}. False: the bytes are no usable token account. */
export function copyTokenAmount(data: Uint8Array, halves: Uint32Array, at: number): boolean {
	if (data.length < TOKEN_ACCOUNT_SIZE || data[ACCOUNT_OFFSET.state] !== STATE_INITIALIZED) return false;
	copyUint64(data, ACCOUNT_OFFSET.amount, halves, at);
	return true;
}

/** What a token account holds, in base units; null when the bytes are no usable token account. Hot path. */
export function readTokenAmount(data: Uint8Array): bigint | null {
	if (data.length < TOKEN_ACCOUNT_SIZE || data[ACCOUNT_OFFSET.state] !== STATE_INITIALIZED) return null;
	return readUint64(data, ACCOUNT_OFFSET.amount);
}
