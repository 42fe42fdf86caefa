import type { Chain } from "../../chain/chain.ts";
import { addressOf as base58Of } from "../../chain/keys.ts";
import type { ExecutionReport, Refused, SimulationOutcome } from "../../chain/types.ts";
import { parseWireMessage } from "../../chain/wire-transaction.ts";
import { accountFormatOf, encodeAccount } from "../encode-account.ts";
import { encodeInnerInstructions, encodeReturnData } from "../encode-transaction.ts";
import { addressOf, bytesOf, type Config, type Params } from "../params.ts";
import { invalidParams, RPC_ERROR_CODES, RpcError } from "../rpc-error.ts";
import { type Methods, withContext } from "./method.ts";

/** Largest transaction as text, in characters, for either encoding. */
const LONGEST_TRANSACTION_TEXT = 2_048;

export const transactionMethods: Methods = {
	sendTransaction: (chain, params) => {
		const config = params.config(1);
		const wire = wireOf(params, config);
		config.commitment(chain);
		config.oneOf("preflightCommitment", ["processed", "confirmed", "finalized", "recent", "singleGossip", "single"]);
		const skipPreflight = config.flag("skipPreflight");
		const outcome = chain.sendTransaction(wire, { preflight: !skipPreflight });
		if (outcome.landed) return outcome.signature;
		throwRefusal(outcome);
		// Without a preflight a node passes on whatever is well signed; that it never lands is for the client to find out.
		if (skipPreflight) return outcome.signature;
		throw new RpcError(
			RPC_ERROR_CODES.sendPreflightFailure,
			`Transaction simulation failed: ${outcome.message}`,
			simulationValue(outcome.err, outcome.report),
		);
	},

	simulateTransaction: (chain, params) => {
		const config = params.config(1);
		const wire = wireOf(params, config);
		config.commitment(chain);
		const verifySignatures = config.flag("sigVerify");
		const replaceBlockhash = config.flag("replaceRecentBlockhash");
		if (verifySignatures && replaceBlockhash) {
			throw invalidParams("sigVerify may not be used with replaceRecentBlockhash");
		}
		const outcome = chain.simulateTransaction(wire, { verifySignatures, checkBlockhash: !replaceBlockhash });
		if ("landed" in outcome) throwRefusal(outcome);
		const value = simulated(chain, outcome, config);
		return withContext(chain.slot("processed"), replaceBlockhash ? { ...value, ...replacement(chain) } : value);
	},

	requestAirdrop: (chain, params) => {
		const key = params.address(0, "the receiver's address");
		const lamports = params.count(1, "lamports");
		const outcome = chain.airdrop(base58Of(key), BigInt(lamports));
		if (!outcome.landed) throw new RpcError(RPC_ERROR_CODES.internal, `airdrop refused: ${outcome.message}`);
		return outcome.signature;
	},

	getFeeForMessage: (chain, params) => {
		const message = parseWireMessage(bytesOf(params.text(0, "the message"), "base64", "the message"));
		if (!message.ok) throw invalidParams(`the message does not parse: ${message.error}`);
		const commitment = params.config(1).commitment(chain);
		return withContext(chain.slot(commitment), chain.feeLamports(message.value, commitment));
	},
};

function wireOf(params: Params, config: Config): Uint8Array {
	const text = params.text(0, "the transaction");
	if (text.length > LONGEST_TRANSACTION_TEXT) {
		throw invalidParams(`the transaction is longer than ${LONGEST_TRANSACTION_TEXT} characters`);
	}
	return bytesOf(text, config.oneOf("encoding", ["base58", "base64"]) ?? "base58", "the transaction");
}

/** The refusals that are errors of their own, with preflight and without. */
function throwRefusal(outcome: Refused): void {
	switch (outcome.code) {
		case "malformed":
			throw invalidParams(`failed to deserialize the transaction: ${outcome.message}`);
		case "signature_failure":
			throw new RpcError(RPC_ERROR_CODES.signatureFailure, "Transaction signature verification failure");
		case "slot_full":
			throw new RpcError(RPC_ERROR_CODES.nodeUnhealthy, "The open slot is full: send again in the next slot", {
				numSlotsBehind: null,
			});
		default:
	}
}

function simulated(chain: Chain, outcome: SimulationOutcome | Refused, config: Config): object {
	const report = outcome.report;
	const err = "landed" in outcome ? outcome.err : outcome.report.err;
	const value = simulationValue(err, report);
	const wantsInner = config.flag("innerInstructions");
	const inner = wantsInner ? encodeInnerInstructions(report?.innerInstructions ?? [], null) : null;
	return { ...value, innerInstructions: inner, accounts: accountsOf(chain, outcome, config) };
}

function accountsOf(chain: Chain, outcome: SimulationOutcome | Refused, config: Config): unknown {
	const wanted = config.object("accounts");
	if (wanted === undefined) return null;
	const names = wanted.list("addresses", 64);
	if (names === undefined) throw invalidParams("accounts must hold addresses");
	const keys = names.map((name, index) => addressOf(name, `accounts.addresses[${index}]`));
	const format = accountFormatOf(wanted, "base64");
	if (format.encoding === "binary" || format.encoding === "base58")
		throw invalidParams("base58 encoding not supported");
	if ("landed" in outcome || outcome.report.err !== null) return keys.map(() => null);
	const postAccounts = outcome.postAccounts();
	return keys.map((key) => {
		const row = postAccounts.get(key) ?? chain.account(key, "processed");
		if (row === null || row.lamports === 0n) return null;
		return encodeAccount(row, format, (mint) => chain.account(mint, "processed"));
	});
}

/** A simulation's result (`RpcSimulateTransactionResult`). */
function simulationValue(err: Refused["err"], report: ExecutionReport | null): object {
	return {
		accounts: null,
		err,
		innerInstructions: null,
		logs: report?.logs ?? [],
		replacementBlockhash: null,
		returnData: report?.returnData == null ? null : encodeReturnData(report.returnData),
		unitsConsumed: report?.unitsConsumed ?? 0n,
	};
}

function replacement(chain: Chain): object {
	const { blockhash, lastValidBlockHeight } = chain.latestBlockhash("processed");
	return { replacementBlockhash: { blockhash, lastValidBlockHeight } };
}
