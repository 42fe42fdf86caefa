import { describe, expect, test } from "@jest/globals";
import {
	TOKEN_INSTRUCTIONS,
	type TokenInstruction,
	tokenInstructionOf,
} from "../../../../core/execution/signable-instructions.ts";
import { anyAddress } from "../../libs/solana/example-route.ts";

const EVERY = [...TOKEN_INSTRUCTIONS].flatMap(([program, instructions]) =>
	instructions.map((instruction) => ({ program, instruction })),
);

/** Data of an instruction, with other bytes behind its beginning. */
function dataOf({ begin, also = [], size }: TokenInstruction): Uint8Array {
	const data = new Uint8Array(size).fill(0xa5);
	data.set(begin);
	for (const [place, byte] of also) data[place] = byte;
	return data;
}

describe("an instruction that moves tokens", () => {
	test("is known by its program", () => {
		expect(EVERY).toHaveLength(14);
		for (const { program, instruction } of EVERY) {
			expect(tokenInstructionOf(program, dataOf(instruction))).toBe(instruction);
			expect(tokenInstructionOf(anyAddress(), dataOf(instruction))).toBeUndefined();
		}
	});

	test("is known by every byte of its beginning", () => {
		for (const { program, instruction } of EVERY) {
			for (let at = 0; at < instruction.begin.length; at++) {
				const data = dataOf(instruction);
				data[at] = (data[at] as number) ^ 0x40;
				expect(tokenInstructionOf(program, data)).toBeUndefined();
			}
		}
	});

	test("is known by the bytes that say what its amounts mean", () => {
		const flagged = EVERY.filter(({ instruction }) => instruction.also !== undefined);
		expect(flagged).toHaveLength(5);
		for (const { program, instruction } of flagged) {
			for (const [place] of instruction.also ?? []) {
				const data = dataOf(instruction);
				data[place] = 2;
				expect(tokenInstructionOf(program, data)).toBeUndefined();
			}
		}
	});

	test("is known by its size, to the byte", () => {
		for (const { program, instruction } of EVERY) {
			expect(tokenInstructionOf(program, dataOf(instruction).slice(0, -1))).not.toBe(instruction);
			expect(tokenInstructionOf(program, Uint8Array.of(...dataOf(instruction), 0))).not.toBe(instruction);
			expect(tokenInstructionOf(program, new Uint8Array(0))).toBeUndefined();
		}
	});

	test("has its amounts within its data, behind its beginning, one after the other", () => {
		for (const { instruction } of EVERY) {
			const { begin, size, amounts, kind } = instruction;
			expect(amounts).toHaveLength({ swap: 2, borrow: 1, repay: 1, open: 0 }[kind]);
			if (kind === "open") continue;
			expect(amounts[0]).toBe(begin.length);
			for (const [index, at] of amounts.entries()) expect(at).toBe(begin.length + index * 8);
			expect((amounts.at(-1) as number) + 8).toBeLessThanOrEqual(size);
		}
	});
});
