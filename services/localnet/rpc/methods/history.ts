import type { Chain } from "../../chain/chain.ts";
import { signatureOf as base58Of, blockhashOf, type SignatureKey } from "../../chain/keys.ts";
import { encodeTransaction, statusOf, transactionFormatOf } from "../encode-transaction.ts";
import { type Config, signatureOf } from "../params.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "../rpc-error.ts";
import { type Methods, withContext } from "./method.ts";

/** As on mainnet (Agave, `MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS` and its neighbours). */
const MAX_STATUSES = 256;
const MAX_SIGNATURES = 1_000;
const MAX_BLOCKS = 500_000;

export const historyMethods: Methods = {
	getSignatureStatuses: (chain, params) => {
		const names = params.list(0, "the signatures", MAX_STATUSES);
		const keys = names.map((name, index) => signatureOf(name, `signature ${index}`));
		const searchHistory = params.config(1).flag("searchTransactionHistory");
		const statuses = keys.map((key) => statusEntry(chain, key, searchHistory));
		return withContext(chain.slot("processed"), statuses);
	},

	getSignaturesForAddress: (chain, params) => {
		const key = params.address(0, "the address");
		const config = params.config(1);
		const commitment = config.settledCommitment(chain);
		const limit = config.count("limit") ?? MAX_SIGNATURES;
		if (limit < 1 || limit > MAX_SIGNATURES) throw invalidParams(`limit must be between 1 and ${MAX_SIGNATURES}`);
		const before = config.signature("before");
		const until = config.signature("until");
		const query = {
			limit,
			maxSlot: chain.slot(commitment),
			...(before === undefined ? {} : { before }),
			...(until === undefined ? {} : { until }),
		};
		return chain.transactionsOfAccount(key, query).map((record) => ({
			signature: base58Of(record.signatureKey),
			slot: record.slot,
			err: record.err,
			memo: record.memo,
			blockTime: record.unixTimestamp,
			confirmationStatus: confirmationStatus(chain, record.slot),
		}));
	},

	getTransaction: (chain, params) => {
		const key = params.signature(0, "the signature");
		const raw = params.raw(1);
		// The oldest form of this method takes the encoding as its second parameter.
		const config = typeof raw === "string" ? params.config(2) : params.config(1);
		const commitment = config.settledCommitment(chain);
		const format = transactionFormatOf(config);
		const record = chain.transaction(key);
		if (record === null || record.slot > chain.slot(commitment)) return null;
		const transaction = encodeTransaction(record.wire, record.meta(), format);
		return { slot: record.slot, blockTime: record.unixTimestamp, ...transaction };
	},

	getBlock: (chain, params) => {
		const slot = params.count(0, "the slot");
		const config = params.config(1);
		const commitment = config.settledCommitment(chain);
		if (slot > chain.slot(commitment)) {
			throw new RpcError(RPC_ERROR_CODES.blockNotAvailable, `Block not available for slot ${slot}`);
		}
		return block(chain, slot, config);
	},

	getBlockTime: (chain, params) => {
		const slot = params.count(0, "the slot");
		if (slot === chain.slot("processed")) return chain.unixTimestamp;
		const record = chain.slotRecord(slot);
		if (record === null) throw missingSlot(slot);
		return record.unixTimestamp;
	},

	getBlocks: (chain, params) => {
		const start = params.count(0, "the start slot");
		const end = typeof params.raw(1) === "object" ? undefined : params.optionalCount(1, "the end slot");
		const commitment = params.config(end === undefined && typeof params.raw(1) === "object" ? 1 : 2);
		return slotsBetween(
			chain,
			start,
			Math.min(end ?? start + MAX_BLOCKS, chain.slot(commitment.settledCommitment(chain))),
		);
	},

	getBlocksWithLimit: (chain, params) => {
		const start = params.count(0, "the start slot");
		const limit = params.count(1, "the limit");
		if (limit > MAX_BLOCKS) throw invalidParams(`the limit must be at most ${MAX_BLOCKS}`);
		const newest = chain.slot(params.config(2).settledCommitment(chain));
		return slotsBetween(chain, Math.max(start, chain.oldestSlot()), newest).slice(0, limit);
	},

	/** Asked by those who need history, so it speaks of transactions: blocks are known for fewer slots. */
	getFirstAvailableBlock: (chain) => chain.historyFromSlot(),
	minimumLedgerSlot: (chain) => chain.historyFromSlot(),
};

function block(chain: Chain, slot: number, config: Config): object {
	const record = chain.slotRecord(slot);
	if (record === null) throw missingSlot(slot);
	const details = config.oneOf("transactionDetails", ["full", "signatures", "none", "accounts"]) ?? "full";
	if (details === "accounts") throw invalidParams("transactionDetails must be full, signatures or none");
	const format = transactionFormatOf(config);
	const records = chain.transactionsOfSlot(slot);
	return {
		blockHeight: slot,
		blockTime: record.unixTimestamp,
		blockhash: blockhashOf(record.hash),
		parentSlot: Math.max(0, slot - 1),
		previousBlockhash: blockhashOf(chain.blockhashOfSlot(slot - 1) ?? record.hash),
		rewards: [],
		...(details === "full"
			? { transactions: records.map((entry) => encodeTransaction(entry.wire, entry.meta(), format)) }
			: {}),
		...(details === "signatures" ? { signatures: records.map((entry) => base58Of(entry.signatureKey)) } : {}),
	};
}

function slotsBetween(chain: Chain, start: number, end: number): number[] {
	const first = Math.max(start, chain.oldestSlot());
	return Array.from({ length: Math.max(0, end - first + 1) }, (_, index) => first + index);
}

function missingSlot(slot: number): RpcError {
	return new RpcError(
		RPC_ERROR_CODES.slotSkippedOrMissing,
		`Slot ${slot} was skipped, or missing in long-term storage`,
	);
}

function statusEntry(chain: Chain, key: SignatureKey, searchHistory: boolean): object | null {
	const status = searchHistory ? chain.knownStatus(key) : chain.signatureStatus(key);
	if (status === null) return null;
	const { slot, err } = status;
	const level = confirmationStatus(chain, slot);
	const confirmations = level === "finalized" ? null : chain.slot("processed") - slot;
	return { slot, confirmations, err, status: statusOf(err), confirmationStatus: level };
}

function confirmationStatus(chain: Chain, slot: number): string {
	if (slot <= chain.slot("finalized")) return "finalized";
	return slot <= chain.slot("confirmed") ? "confirmed" : "processed";
}
