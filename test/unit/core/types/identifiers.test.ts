import { expect, test } from "@jest/globals";
import { INTENT_ID_LENGTH, isIntentId } from "../../../../core/types/identifiers.ts";

test.each(["", "k3f9x2ab0000001", "k3f9x2ab000000123", "K3F9X2AB00000001", "k3f9x2ab-0000001", "k3f9x2ab0000001\n"])(
	"%j is no intent id",
	(text) => {
		expect(isIntentId(text)).toBe(false);
	},
);

test("sixteen of 0-9 and a-z are one", () => {
	const id = "k3f9x2ab00000001";
	expect(id).toHaveLength(INTENT_ID_LENGTH);
	expect(isIntentId(id)).toBe(true);
});
