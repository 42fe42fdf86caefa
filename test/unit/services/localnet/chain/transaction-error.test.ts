import { expect, test } from "@jest/globals";
import {
	describeTransactionError,
	type TransactionErrorJson,
	transactionErrorOf,
	type VmTransactionError,
} from "../../../../../services/localnet/chain/transaction-error.ts";

class TransactionErrorProgramExecutionTemporarilyRestricted {
	readonly accountIndex = 4;
}

const instruction = (index: number, cause: number | object) =>
	({ index, err: () => cause }) as unknown as VmTransactionError;

test("an error that this version does not know is not passed off as another", () => {
	expect(() => transactionErrorOf(35)).toThrow("unknown transaction error 35");
	expect(() => transactionErrorOf(instruction(0, 53))).toThrow("unknown instruction error 53");
});

test.each<[VmTransactionError, TransactionErrorJson, string]>([
	[7, "BlockhashNotFound", "Blockhash not found"],
	[34, "CommitCancelled", "CommitCancelled"],
	[
		instruction(2, { code: 6005 }),
		{ InstructionError: [2, { Custom: 6005 }] },
		"Error processing Instruction 2: custom program error: 0x1775",
	],
	[
		instruction(1, 5),
		{ InstructionError: [1, "InsufficientFunds"] },
		"Error processing Instruction 1: insufficient funds for instruction",
	],
	[
		instruction(0, { msg: "short" }),
		{ InstructionError: [0, { BorshIoError: "short" }] },
		"Error processing Instruction 0: Failed to serialize or deserialize account data: short",
	],
	[{ index: 3 }, { DuplicateInstruction: 3 }, "Transaction contains a duplicate instruction (3) that is not allowed"],
	[
		{ accountIndex: 1 },
		{ InsufficientFundsForRent: { account_index: 1 } },
		"Transaction results in an account (1) with insufficient funds for rent",
	],
	[
		new TransactionErrorProgramExecutionTemporarilyRestricted(),
		{ ProgramExecutionTemporarilyRestricted: { account_index: 4 } },
		"Execution of the program referenced by account at index 4 is temporarily restricted.",
	],
])("%p", (given, json, sentence) => {
	expect(transactionErrorOf(given)).toEqual(json);
	expect(describeTransactionError(json)).toBe(sentence);
});
