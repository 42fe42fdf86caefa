import { describe, expect, test } from "@jest/globals";
import { raydiumCpmm } from "../../../../../../core/market/venues/raydium-cpmm/venue.ts";
import { quoteVector, readReserveVectors } from "../reserve-vectors.ts";

const { refusals, vectors } = readReserveVectors("raydium-cpmm");
const named = vectors.map((vector, index) => {
	const { kind, direction, exact } = vector;
	return [`${index} ${kind} ${direction} exact ${exact}`, vector] as const;
});
const ran = named.filter(([, { result }]) => result.ok);
const refused = named.filter(([, { result }]) => !result.ok);

test("as many swaps as were recorded, in both directions, by input and by output", () => {
	expect(vectors).toHaveLength(1091);
	expect(ran.length).toBeGreaterThanOrEqual(500);
	for (const direction of ["aToB", "bToA"]) {
		for (const exact of ["in", "out"]) {
			const such = ran.filter(([, vector]) => vector.direction === direction && vector.exact === exact);
			expect(such.length).toBeGreaterThan(100);
		}
	}
});

describe("swaps that mainnet's program ran", () => {
	test.each(ran)("%s: the quote moves what the program moved, and leaves what it left", (_, vector) => {
		const { quote, after, left } = quoteVector(raydiumCpmm, vector);
		if (!vector.result.ok) throw new Error("it was refused");
		const { amountIn, amountOut } = vector.result;
		expect(quote).toMatchObject({ ok: true, value: { amountIn: BigInt(amountIn), amountOut: BigInt(amountOut) } });
		if (vector.exact === "out") return;
		expect([left?.reserveA, left?.reserveB]).toEqual([after?.reserveA, after?.reserveB]);
	});
});

describe("swaps that mainnet's program refused", () => {
	test.each(refused)("%s: there is no quote, for the same reason", (_, vector) => {
		const { quote } = quoteVector(raydiumCpmm, vector);
		if (vector.result.ok) throw new Error("it ran");
		expect(refusals[vector.result.error]).toContain(quote.ok ? "a quote" : quote.error);
	});
});
