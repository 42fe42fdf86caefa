import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import type { ReserveVenue } from "../../../../../core/market/venues/venue.ts";
import {
	difference,
	type Refusals,
	type ReserveVector,
	readVector,
} from "../../../../../tools/vectors/reserve-swap.ts";

interface Recorded {
	readonly refusals: Refusals;
	readonly vectors: readonly ReserveVector[];
}

/** Holds a venue's decoders and quotes against what was recorded of mainnet's program. */
export function describeVectors(venue: ReserveVenue, count: number): void {
	const file = join(__dirname, `../../../../fixtures/vectors/${venue.id}.json.gz`);
	const { refusals, vectors } = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Recorded;
	const named = vectors.map((vector, index) => {
		const { kind, direction, exact, result } = vector;
		return [
			`${index} ${kind} ${direction} exact ${exact} ${result.ok ? "ran" : `refused: ${result.error}`}`,
			vector,
		] as const;
	});

	describe(`swaps that mainnet's ${venue.id} program ran and refused`, () => {
		test("are as many as were recorded, in both directions, by input and by output", () => {
			expect(vectors).toHaveLength(count);
			const ran = vectors.filter(({ result }) => result.ok);
			expect(ran.length).toBeGreaterThanOrEqual(500);
			for (const direction of ["aToB", "bToA"]) {
				for (const exact of ["in", "out"]) {
					const such = ran.filter((vector) => vector.direction === direction && vector.exact === exact);
					expect(such.length).toBeGreaterThan(100);
				}
			}
		});

		test.each(named)("%s: the quote says the same, to the unit", (_, vector) => {
			const { swap, ran } = readVector(vector);
			expect(difference({ venue, refusals }, swap, ran)).toBeNull();
		});
	});
}
