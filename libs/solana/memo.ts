import type { Instruction, InstructionWithData } from "@solana/web3.js";
import type { Address } from "../../core/types/address.ts";

/** SPL Memo, second version: its instruction data is the text (solana-program-library, memo/program). */
export const MEMO_PROGRAM = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;

/** Marks a transaction that makes the wallet's token accounts. It is no intent id: nobody takes it for a trade. */
export const SETUP_MEMO = "setup";

/** Writes a text into the chain's history, beside the transaction's signature. */
export function memo(text: string): Instruction & InstructionWithData<Uint8Array> {
	return { programAddress: MEMO_PROGRAM, data: new TextEncoder().encode(text) };
}
