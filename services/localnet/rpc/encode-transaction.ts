import { encodeBase58 } from "../../../core/types/base58.ts";
import { type AccountKey, addressOf, blockhashOf } from "../chain/keys.ts";
import type { TransactionErrorJson } from "../chain/transaction-error.ts";
import type { InnerInstruction, ReturnData, TokenBalance, TransactionMeta } from "../chain/types.ts";
import { isWritable, parseWireTransaction, type WireMessage } from "../chain/wire-transaction.ts";
import type { Config } from "./params.ts";
import { tokenAmountOf } from "./parsed-account.ts";
import { RPC_ERROR_CODES, RpcError } from "./rpc-error.ts";

const ENCODINGS = ["json", "jsonParsed", "base58", "base64"] as const;
export type TransactionEncoding = (typeof ENCODINGS)[number];

/** How a client wants transactions written. */
export interface TransactionFormat {
	readonly encoding: TransactionEncoding;
	/** `null`: the client knows legacy transactions only. */
	readonly maxVersion: number | null;
}

export function transactionFormatOf(config: Config): TransactionFormat {
	return {
		encoding: config.oneOf("encoding", ENCODINGS) ?? "json",
		maxVersion: config.count("maxSupportedTransactionVersion") ?? null,
	};
}

/** A landed transaction with its details (`EncodedTransactionWithStatusMeta`). @throws RpcError for a newer version. */
export function encodeTransaction(wire: Buffer, meta: TransactionMeta, format: TransactionFormat): object {
	const parsed = parseWireTransaction(wire);
	if (!parsed.ok) throw new Error(`a kept transaction does not parse: ${parsed.error}`);
	const { message, signatures } = parsed.value;
	if (message.version !== "legacy" && format.maxVersion === null) {
		throw new RpcError(
			RPC_ERROR_CODES.unsupportedTransactionVersion,
			`Transaction version (${message.version}) is not supported by the requesting client. ` +
				'Please try the request again with the following configuration parameter: "maxSupportedTransactionVersion": 0',
		);
	}
	const isParsed = format.encoding === "jsonParsed";
	const keys = [...message.accountKeys, ...meta.loadedWritable, ...meta.loadedReadonly];
	const text = () => ({
		message: isParsed ? parsedMessage(message, meta, keys) : plainMessage(message),
		signatures: signatures.map(encodeBase58),
	});
	return {
		transaction: isText(format.encoding) ? text() : [encodeBytes(wire, format.encoding), format.encoding],
		meta: encodeMeta(meta, isParsed ? keys : null),
		...(format.maxVersion === null ? {} : { version: message.version }),
	};
}

function isText(encoding: TransactionEncoding): encoding is "json" | "jsonParsed" {
	return encoding === "json" || encoding === "jsonParsed";
}

function encodeBytes(bytes: Buffer, encoding: "base58" | "base64"): string {
	return encoding === "base64" ? bytes.toString("base64") : encodeBase58(bytes);
}

function plainMessage(message: WireMessage): object {
	return {
		header: {
			numRequiredSignatures: message.requiredSignatures,
			numReadonlySignedAccounts: message.readonlySigned,
			numReadonlyUnsignedAccounts: message.readonlyUnsigned,
		},
		accountKeys: message.accountKeys.map(addressOf),
		recentBlockhash: blockhashOf(message.recentBlockhash),
		instructions: message.instructions.map(({ programIdIndex, accountIndexes, data }) => ({
			programIdIndex,
			accounts: [...accountIndexes],
			data: encodeBase58(data),
			stackHeight: 1,
		})),
		...(message.version === "legacy" ? {} : { addressTableLookups: message.lookups.map(lookupOf) }),
	};
}

/** Accounts by name. Instructions stay partially decoded: program, accounts, data. */
function parsedMessage(message: WireMessage, meta: TransactionMeta, keys: readonly AccountKey[]): object {
	const statics = message.accountKeys.length;
	return {
		accountKeys: keys.map((key, index) => ({
			pubkey: addressOf(key),
			signer: index < message.requiredSignatures,
			source: index < statics ? "transaction" : "lookupTable",
			writable: index < statics ? isWritable(message, index) : index < statics + meta.loadedWritable.length,
		})),
		recentBlockhash: blockhashOf(message.recentBlockhash),
		instructions: message.instructions.map((instruction) => namedInstruction({ ...instruction, stackHeight: 1 }, keys)),
		...(message.version === "legacy" ? {} : { addressTableLookups: message.lookups.map(lookupOf) }),
	};
}

function lookupOf(lookup: WireMessage["lookups"][number]): object {
	return {
		accountKey: addressOf(lookup.table),
		writableIndexes: [...lookup.writableIndexes],
		readonlyIndexes: [...lookup.readonlyIndexes],
	};
}

function namedInstruction(instruction: InnerInstruction, keys: readonly AccountKey[]): object {
	return {
		programId: addressOf(keys[instruction.programIdIndex]!),
		accounts: [...instruction.accountIndexes].map((index) => addressOf(keys[index]!)),
		data: encodeBase58(instruction.data),
		stackHeight: instruction.stackHeight,
	};
}

function encodeMeta(meta: TransactionMeta, namesFor: readonly AccountKey[] | null): object {
	return {
		err: meta.err,
		status: statusOf(meta.err),
		fee: meta.feeLamports,
		preBalances: meta.preBalances,
		postBalances: meta.postBalances,
		innerInstructions: encodeInnerInstructions(meta.innerInstructions, namesFor),
		logMessages: meta.logs,
		preTokenBalances: meta.preTokenBalances.map(encodeTokenBalance),
		postTokenBalances: meta.postTokenBalances.map(encodeTokenBalance),
		rewards: [],
		...(namesFor === null
			? {
					loadedAddresses: {
						writable: meta.loadedWritable.map(addressOf),
						readonly: meta.loadedReadonly.map(addressOf),
					},
				}
			: {}),
		computeUnitsConsumed: meta.unitsConsumed,
		...(meta.returnData === null ? {} : { returnData: encodeReturnData(meta.returnData) }),
	};
}

/** The older twin of `err`, which some clients still read. */
export function statusOf(err: TransactionErrorJson | null): object {
	return err === null ? { Ok: null } : { Err: err };
}

/** The inner instructions by top-level index; with keys their accounts are named. */
export function encodeInnerInstructions(
	lists: readonly (readonly InnerInstruction[])[],
	namesFor: readonly AccountKey[] | null,
): object[] {
	const encode = (inner: InnerInstruction): object =>
		namesFor === null
			? {
					programIdIndex: inner.programIdIndex,
					accounts: [...inner.accountIndexes],
					data: encodeBase58(inner.data),
					stackHeight: inner.stackHeight,
				}
			: namedInstruction(inner, namesFor);
	return lists
		.map((list, index) => ({ index, instructions: list.map(encode) }))
		.filter(({ instructions }) => instructions.length > 0);
}

export function encodeReturnData(returned: ReturnData): object {
	const data = Buffer.from(returned.data).toString("base64");
	return { programId: addressOf(returned.programId), data: [data, "base64"] };
}

function encodeTokenBalance(balance: TokenBalance): object {
	return {
		accountIndex: balance.accountIndex,
		mint: addressOf(balance.mint),
		uiTokenAmount: tokenAmountOf(balance.amount, balance.decimals),
		owner: addressOf(balance.owner),
		programId: addressOf(balance.programId),
	};
}
