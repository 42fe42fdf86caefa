import { expect, test } from "@jest/globals";
import { emptyBitmap, nextArray } from "../../../../../../core/market/venues/raydium-clmm/array-bitmap.ts";

const FIRST_OWN = -512 * 60;
const LAST_OWN = 511 * 60;

test("beyond the pool's own bits only the extension knows; with it, there is no array", () => {
	const bitmap = emptyBitmap();
	const down = { bitmap, start: FIRST_OWN, tickSpacing: 1, isDownward: true };
	const up = { bitmap, start: LAST_OWN, tickSpacing: 1, isDownward: false };
	expect([nextArray(down), nextArray(up)]).toEqual(["arrayMissing", "arrayMissing"]);
	bitmap.isExtensionKnown = true;
	expect([nextArray(down), nextArray(up)]).toEqual(["insufficientLiquidity", "insufficientLiquidity"]);
});
