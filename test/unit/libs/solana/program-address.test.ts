import { describe, expect, test } from "@jest/globals";
import { getProgramDerivedAddress } from "@solana/web3.js";
import fc from "fast-check";
import type { Address } from "../../../../core/types/address.ts";
import { ProgramAddresses } from "../../../../libs/solana/program-address.ts";

const PROGRAM = "whirLbMiicVdio4qvUfM5KAg6Ct8VwpYzGff3uctyCc" as Address;

describe("addresses derived from seeds", () => {
	test("are those of the client library, the first time and from memory", async () => {
		const addresses = new ProgramAddresses();
		const seeds = fc.array(fc.uint8Array({ maxLength: 32 }), { maxLength: 4 });
		const property = fc.asyncProperty(seeds, async (some) => {
			const [expected] = await getProgramDerivedAddress({ programAddress: PROGRAM, seeds: some });
			expect(addresses.derive(PROGRAM, some)).toBe(expected);
			expect(addresses.derive(PROGRAM, some)).toBe(expected);
		});
		await fc.assert(property, { seed: 5, numRuns: 40 });
	});

	test("seeds that split otherwise are other seeds to the memory", () => {
		const addresses = new ProgramAddresses();
		const whole = addresses.derive(PROGRAM, [Uint8Array.of(1, 2)]);
		// The chain joins the seeds, so that these two are one address.
		expect(addresses.derive(PROGRAM, [Uint8Array.of(1), Uint8Array.of(2)])).toBe(whole);
		expect(addresses.derive(PROGRAM, [Uint8Array.of(2, 1)])).not.toBe(whole);
	});
});
