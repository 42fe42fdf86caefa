import {
	type BundleId,
	isBundleId,
	MOST_BUNDLE_IDS,
	MOST_BUNDLE_TRANSACTIONS,
} from "../../../../libs/block-engine/bundle-id.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../../libs/block-engine/tip-accounts.ts";
import { bytesOf, type Params, textOf } from "../params.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "../rpc-error.ts";
import { type Methods, withContext } from "./method.ts";

/** Largest transaction as text, in characters, for either encoding. */
const LONGEST_TRANSACTION_TEXT = 2_048;

/** A block engine's methods, in the shapes of Jito's (docs.jito.wtf, "Low Latency Transaction Send", JSON-RPC). */
export const bundleMethods: Methods = {
	sendBundle: (chain, params) => {
		const texts = params.list(0, "the transactions", MOST_BUNDLE_TRANSACTIONS);
		const encoding = params.config(1).oneOf("encoding", ["base58", "base64"]) ?? "base58";
		const wires = texts.map((value, index) => {
			const name = `transaction ${index}`;
			const text = textOf(value, name);
			if (text.length > LONGEST_TRANSACTION_TEXT) {
				throw invalidParams(`${name} is longer than ${LONGEST_TRANSACTION_TEXT} characters`);
			}
			return bytesOf(text, encoding, name);
		});
		const outcome = chain.sendBundle(wires);
		if (outcome.taken) return outcome.id;
		switch (outcome.code) {
			case "signature_failure":
				throw new RpcError(RPC_ERROR_CODES.signatureFailure, outcome.message);
			case "slot_full":
				throw new RpcError(RPC_ERROR_CODES.nodeUnhealthy, outcome.message);
			default:
				throw new RpcError(RPC_ERROR_CODES.invalidParams, outcome.message);
		}
	},

	/** Only what landed has a status here. */
	getBundleStatuses: (chain, params) => {
		const value = bundleIds(params).map((id) => {
			const status = chain.bundleStatus(id);
			if (status === null || status.slot === null) return null;
			return {
				bundle_id: id,
				transactions: status.signatures,
				slot: status.slot,
				confirmation_status: chain.bundleConfirmation(status.slot),
				err: { Ok: null },
			};
		});
		return withContext(chain.slot("processed"), value);
	},

	getInflightBundleStatuses: (chain, params) => {
		const value = bundleIds(params).map((id) => {
			const status = chain.bundleStatus(id);
			return { bundle_id: id, status: status?.status ?? "Invalid", landed_slot: status?.slot ?? null };
		});
		return withContext(chain.slot("processed"), value);
	},

	getTipAccounts: () => MAINNET_TIP_ACCOUNTS,
};

function bundleIds(params: Params): readonly BundleId[] {
	return params.list(0, "the bundle ids", MOST_BUNDLE_IDS).map((value, index) => {
		if (!isBundleId(value)) throw invalidParams(`bundle id ${index} must be 64 hexadecimal digits`);
		return value;
	});
}
