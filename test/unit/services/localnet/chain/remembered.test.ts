import { expect, test } from "@jest/globals";
import { Remembered } from "../../../../../services/localnet/chain/remembered.ts";

test("an answer is worked out once while it is remembered, and again after all were forgotten", () => {
	const asked: string[] = [];
	const answers = new Remembered(2, (question) => {
		asked.push(question);
		return question === "none" ? null : question.toUpperCase();
	});
	expect(["a", "none", "a", "none", "b", "a"].map((question) => answers.of(question))).toEqual([
		...["A", null, "A", null, "B", "A"],
	]);
	expect(asked).toEqual(["a", "none", "b", "a"]);
});
