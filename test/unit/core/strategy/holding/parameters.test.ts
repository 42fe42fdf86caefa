import { expect, test } from "@jest/globals";
import { holdingTerms } from "../../../../../core/strategy/holding/parameters.ts";
import { SURROUNDINGS, settingsOf } from "../listing/listing-world.ts";

test("settings that do not go together give no terms", () => {
	expect(() => holdingTerms(settingsOf({ position_size: new Map() }), SURROUNDINGS)).toThrow(
		"expected one asset, got 0",
	);
});
