import type { AccountMeta, Instruction, InstructionWithAccounts, InstructionWithData } from "@solana/web3.js";

/** An instruction with its accounts and its data present, as every builder here returns it. */
export type WholeInstruction = Instruction &
	InstructionWithAccounts<readonly AccountMeta[]> &
	InstructionWithData<Uint8Array>;
