import { type AccountKey, accountKeyAt, addressOf } from "../chain/keys.ts";
import { isTokenProgram, mintIn, tokenAccountIn } from "../chain/token-balances.ts";
import type { AccountRow } from "../chain/types.ts";
import { TOKEN_PROGRAM_KEY } from "../chain/well-known.ts";

/** Offsets of SPL Token's `Account` and `Mint`; a `COption` is a u32 tag, then its value (`spl-token-interface`). */
const DELEGATE_OFFSET = 72;
const STATE_OFFSET = 108;
const NATIVE_OFFSET = 109;
const DELEGATED_OFFSET = 121;
const CLOSE_AUTHORITY_OFFSET = 129;
const FREEZE_AUTHORITY_OFFSET = 46;
const TAG_BYTES = 4;

const STATES = ["uninitialized", "initialized", "frozen"];

/** A token amount in all its forms (`UiTokenAmount`). */
export function tokenAmountOf(amount: bigint, decimals: number): object {
	const digits = amount.toString().padStart(decimals + 1, "0");
	const whole = digits.slice(0, digits.length - decimals);
	const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
	const uiAmountString = fraction === "" ? whole : `${whole}.${fraction}`;
	return { amount: amount.toString(), decimals, uiAmount: Number(uiAmountString), uiAmountString };
}

/** Token accounts and mints as objects (`UiAccountData::Json`); `null` for all else, which goes out as bytes. */
export function parsedAccountData(row: AccountRow, readMint: (mint: AccountKey) => AccountRow | null): object | null {
	if (!isTokenProgram(row.owner)) return null;
	const parsed = parsedTokenAccount(row, readMint) ?? parsedMint(row);
	const program = row.owner === TOKEN_PROGRAM_KEY ? "spl-token" : "spl-token-2022";
	return parsed === null ? null : { program, parsed, space: row.data.length };
}

function parsedTokenAccount(row: AccountRow, readMint: (mint: AccountKey) => AccountRow | null): object | null {
	const token = tokenAccountIn(row);
	if (token === null) return null;
	const mint = mintIn(readMint(token.mint));
	if (mint === null) return null;
	const delegate = optionalKey(row.data, DELEGATE_OFFSET);
	const closeAuthority = optionalKey(row.data, CLOSE_AUTHORITY_OFFSET);
	const isNative = row.data.readUInt32LE(NATIVE_OFFSET) === 1;
	const info = {
		isNative,
		mint: addressOf(token.mint),
		owner: addressOf(token.owner),
		state: STATES[row.data[STATE_OFFSET]!] ?? "initialized",
		tokenAmount: tokenAmountOf(token.amount, mint.decimals),
		...(delegate === null
			? {}
			: {
					delegate: addressOf(delegate),
					delegatedAmount: tokenAmountOf(row.data.readBigUInt64LE(DELEGATED_OFFSET), mint.decimals),
				}),
		...(isNative
			? { rentExemptReserve: tokenAmountOf(row.data.readBigUInt64LE(NATIVE_OFFSET + TAG_BYTES), mint.decimals) }
			: {}),
		...(closeAuthority === null ? {} : { closeAuthority: addressOf(closeAuthority) }),
	};
	return { info, type: "account" };
}

function parsedMint(row: AccountRow): object | null {
	const mint = mintIn(row);
	if (mint === null) return null;
	const mintAuthority = optionalKey(row.data, 0);
	const freezeAuthority = optionalKey(row.data, FREEZE_AUTHORITY_OFFSET);
	const info = {
		decimals: mint.decimals,
		freezeAuthority: freezeAuthority === null ? null : addressOf(freezeAuthority),
		isInitialized: true,
		mintAuthority: mintAuthority === null ? null : addressOf(mintAuthority),
		supply: mint.supply.toString(),
	};
	return { info, type: "mint" };
}

function optionalKey(data: Buffer, offset: number): AccountKey | null {
	return data.readUInt32LE(offset) === 0 ? null : accountKeyAt(data, offset + TAG_BYTES);
}
