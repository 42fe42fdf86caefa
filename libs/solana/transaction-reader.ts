import { type GetTransactionApi, getBase58Encoder, type Rpc } from "@solana/web3.js";
import type { ChainTransaction, TokenBalance } from "../../core/execution/chain-transaction.ts";
import type { Address } from "../../core/types/address.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import { MEMO_PROGRAM } from "./memo.ts";

export interface ReadTransactionOptions {
	/** Ends the request. */
	readonly abortSignal?: AbortSignal;
	readonly commitment?: "confirmed" | "finalized";
}

/**
 * A transaction with its effects, or null when the node does not know it at the commitment (default `confirmed`).
 *
 * @throws when the node cannot be asked, or tells a transaction without its effects
 */
export async function readTransaction(
	rpc: Rpc<GetTransactionApi>,
	signature: Signature,
	options: ReadTransactionOptions = {},
): Promise<ChainTransaction | null> {
	const answer = await rpc
		.getTransaction(signature, {
			commitment: options.commitment ?? "confirmed",
			encoding: "json",
			maxSupportedTransactionVersion: 0,
		})
		.send(options.abortSignal ? { abortSignal: options.abortSignal } : undefined);
	if (answer === null) return null;
	const { meta } = answer;
	if (meta === null) {
		throw new Error(`transaction ${signature} came without its effects: ask a node that keeps transaction metadata`);
	}
	const { message } = answer.transaction;
	const loaded = "loadedAddresses" in meta ? meta.loadedAddresses : undefined;
	const accountKeys: Address[] = [...message.accountKeys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
	return {
		signature,
		slot: Number(answer.slot),
		error: meta.err === null ? null : errorJson(meta.err),
		feeLamports: BigInt(meta.fee),
		accountKeys,
		preLamports: meta.preBalances.map(BigInt),
		postLamports: meta.postBalances.map(BigInt),
		preTokenBalances: (meta.preTokenBalances ?? []).map(tokenBalance),
		postTokenBalances: (meta.postTokenBalances ?? []).map(tokenBalance),
		computeUnits: Number(meta.computeUnitsConsumed ?? 0n),
		memo: memoOf(message.instructions, accountKeys),
		blockTimeSeconds: answer.blockTime === null ? null : Number(answer.blockTime),
	};
}

/** A transaction error as the chain writes it, for example `{"InstructionError":[4,{"Custom":6005}]}`. */
export function errorJson(error: unknown): string {
	return JSON.stringify(error, (_key, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
}

interface TokenBalanceAnswer {
	readonly accountIndex: number;
	readonly mint: Address;
	readonly owner?: Address;
	readonly uiTokenAmount: { readonly amount: string };
}

function tokenBalance(balance: TokenBalanceAnswer): TokenBalance {
	return {
		accountIndex: Number(balance.accountIndex),
		mint: balance.mint,
		owner: balance.owner ?? null,
		amount: BigInt(balance.uiTokenAmount.amount),
	};
}

interface InstructionAnswer {
	readonly programIdIndex: number;
	readonly data: string;
}

function memoOf(instructions: readonly InstructionAnswer[], accountKeys: readonly Address[]): string | null {
	const memo = instructions.find((instruction) => accountKeys[instruction.programIdIndex] === MEMO_PROGRAM);
	if (!memo) return null;
	return new TextDecoder().decode(getBase58Encoder().encode(memo.data) as Uint8Array);
}
