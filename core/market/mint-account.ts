import type { Address } from "../types/address.ts";
import { readUint16, readUint64 } from "../types/bytes.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { TokenProgramId } from "./pool.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "./token-account.ts";
import type { TransferFee, TransferFeeSchedule } from "./transfer-fee.ts";
import type { AccountBytes, DecodeError } from "./venues/venue.ts";

/** What trading needs to know of a mint. */
export interface MintAccount {
	readonly decimals: number;
	readonly tokenProgram: TokenProgramId;
	/** What Token-2022 withholds from each transfer; null: nothing. */
	readonly transferFee: TransferFeeSchedule | null;
}

/** Size without extensions (spl-token, state.rs `Mint`). */
const MINT_SIZE = 82;
const MINT_OFFSET = { decimals: 44, isInitialized: 45 } as const;
/**
 * With extensions a mint is padded to a token account's size, then follow the account's type and its extensions: type and
 * length, u16 each, and so many bytes (token-2022 8.0, extension/mod.rs `AccountType`, `ExtensionType`).
 */
const ACCOUNT_TYPE_OFFSET = 165;
const ACCOUNT_TYPE_MINT = 1;
const FIRST_EXTENSION_OFFSET = ACCOUNT_TYPE_OFFSET + 1;
const EXTENSION_HEADER_SIZE = 4;
/** Behind the last extension there may be zeros (`ExtensionType::Uninitialized`). */
const UNINITIALIZED = 0;

const TRANSFER_FEE_CONFIG = 1;
const DEFAULT_ACCOUNT_STATE = 6;
const NON_TRANSFERABLE = 9;
const PERMANENT_DELEGATE = 12;
const TRANSFER_HOOK = 14;
const PAUSABLE = 26;
/** Extensions that change nothing about what a transfer moves, or whether it may be made. */
const HARMLESS: ReadonlyMap<number, string> = new Map([
	[3, "MintCloseAuthority"],
	[4, "ConfidentialTransferMint"],
	[10, "InterestBearingConfig"],
	[16, "ConfidentialTransferFeeConfig"],
	[18, "MetadataPointer"],
	[19, "TokenMetadata"],
	[20, "GroupPointer"],
	[21, "TokenGroup"],
	[22, "GroupMemberPointer"],
	[23, "TokenGroupMember"],
	[24, "ConfidentialMintBurn"],
	[25, "ScaledUiAmount"],
]);
/** token-2022, extension/transfer_fee/mod.rs `TransferFeeConfig`: two authorities, the withheld amount, two fees. */
const TRANSFER_FEE_CONFIG_SIZE = 108;
const OLDER_FEE_OFFSET = 72;
const NEWER_FEE_OFFSET = 90;
const ACCOUNT_STATE_INITIALIZED = 1;
/** extension/transfer_hook/mod.rs `TransferHook`: authority, program; extension/pausable/mod.rs: authority, flag. */
const TRANSFER_HOOK_SIZE = 64;
const AUTHORITY_SIZE = 32;
const PAUSABLE_SIZE = 33;

/**
 * Decimals, token program and transfer fee of a mint. Refused are mints that cannot be traded: whose transfers call a
 * hook, are paused or never allowed, whose new token accounts are frozen, whose holders somebody may rob; and extensions
 * that nobody here knows.
 */
export function readMint(account: AccountBytes): Result<MintAccount, DecodeError> {
	const { address, owner, data } = account;
	if (owner !== TOKEN_PROGRAM && owner !== TOKEN_2022_PROGRAM) {
		return refuse("wrongOwner", `mint ${address} is owned by ${owner}, by neither token program`);
	}
	if (data.length < MINT_SIZE) return refuse("shortData", `mint ${address} has ${data.length} bytes, expected 82`);
	if (data[MINT_OFFSET.isInitialized] !== 1) return refuse("impossibleValue", `mint ${address} is not initialized`);
	const decimals = data[MINT_OFFSET.decimals] as number;
	if (data.length === MINT_SIZE) return success({ decimals, tokenProgram: owner, transferFee: null });
	if (owner === TOKEN_PROGRAM)
		return refuse("impossibleValue", `mint ${address} has ${data.length} bytes, expected 82`);
	const transferFee = readExtensions(address, data);
	return transferFee.ok ? success({ decimals, tokenProgram: owner, transferFee: transferFee.value }) : transferFee;
}

/** Both mints of a pool, out of the accounts that were read for it. */
export function readTwoMints(
	accounts: readonly AccountBytes[],
	mintA: Address,
	mintB: Address,
): Result<{ readonly a: MintAccount; readonly b: MintAccount }, DecodeError> {
	const a = readMintOf(accounts, mintA);
	if (!a.ok) return a;
	const b = readMintOf(accounts, mintB);
	return b.ok ? success({ a: a.value, b: b.value }) : b;
}

function readMintOf(accounts: readonly AccountBytes[], mint: Address): Result<MintAccount, DecodeError> {
	const account = accounts.find(({ address }) => address === mint);
	return account === undefined ? refuse("shortData", `mint ${mint} was not given`) : readMint(account);
}

function readExtensions(mint: Address, data: Uint8Array): Result<TransferFeeSchedule | null, DecodeError> {
	if (data[ACCOUNT_TYPE_OFFSET] !== ACCOUNT_TYPE_MINT) {
		return refuse("wrongDiscriminator", `account ${mint} of ${data.length} bytes is no mint`);
	}
	let transferFee: TransferFeeSchedule | null = null;
	let at = FIRST_EXTENSION_OFFSET;
	while (at + EXTENSION_HEADER_SIZE <= data.length) {
		const type = readUint16(data, at);
		if (type === UNINITIALIZED) break;
		const end = at + EXTENSION_HEADER_SIZE + readUint16(data, at + 2);
		if (end > data.length) return refuse("shortData", `extension ${type} of mint ${mint} ends behind the account`);
		const value = data.subarray(at + EXTENSION_HEADER_SIZE, end);
		const untradable = untradableBecause(type, value);
		if (untradable !== null) return refuse("unsupported", `mint ${mint}: ${untradable}`);
		if (type === TRANSFER_FEE_CONFIG) transferFee = readSchedule(value);
		at = end;
	}
	return success(transferFee);
}

function untradableBecause(type: number, value: Uint8Array): string | null {
	switch (type) {
		case TRANSFER_FEE_CONFIG:
			return value.length === TRANSFER_FEE_CONFIG_SIZE ? null : `TransferFeeConfig has ${value.length} bytes`;
		case DEFAULT_ACCOUNT_STATE:
			return value[0] === ACCOUNT_STATE_INITIALIZED ? null : "new token accounts are frozen";
		case NON_TRANSFERABLE:
			return "it cannot be transferred";
		case PERMANENT_DELEGATE:
			return value.every((byte) => byte === 0) ? null : "a delegate may take it from any account";
		case TRANSFER_HOOK:
			return value.length === TRANSFER_HOOK_SIZE && isZero(value, AUTHORITY_SIZE) ? null : "transfers call a hook";
		case PAUSABLE:
			return value.length === PAUSABLE_SIZE && value[AUTHORITY_SIZE] === 0 ? null : "transfers are paused";
		default:
			return HARMLESS.has(type) ? null : `extension ${type} is not known`;
	}
}

function readSchedule(value: Uint8Array): TransferFeeSchedule {
	return { older: readFee(value, OLDER_FEE_OFFSET), newer: readFee(value, NEWER_FEE_OFFSET) };
}

function readFee(value: Uint8Array, offset: number): TransferFee {
	return {
		epoch: readUint64(value, offset),
		maximumFee: readUint64(value, offset + 8),
		basisPoints: BigInt(readUint16(value, offset + 16)),
	};
}

function isZero(value: Uint8Array, from: number): boolean {
	return value.subarray(from).every((byte) => byte === 0);
}

function refuse(code: DecodeError["code"], detail: string): Result<never, DecodeError> {
	return failure({ code, detail });
}
