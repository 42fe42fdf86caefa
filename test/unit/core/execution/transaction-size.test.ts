import { describe, expect, test } from "@jest/globals";
import {
	fitsPacket,
	LARGEST_TRANSACTION_BYTES,
	transactionBytes,
} from "../../../../core/execution/transaction-size.ts";
import type { VenueId } from "../../../../core/market/pool.ts";
import {
	compileTemplate,
	LARGEST_TRANSACTION_BYTES as TEMPLATE_LIMIT,
} from "../../../../libs/solana/message-template.ts";
import type { Route } from "../../../../libs/solana/route.ts";
import { anyAddress, exampleLender, examplePool, exampleWallet } from "../../libs/solana/example-route.ts";

const VENUES: readonly VenueId[] = ["raydium-cpmm", "raydium-amm-v4"];
const LENDERS = [null, exampleLender(), { ...exampleLender(), kind: "solend" as const, program: anyAddress() }];

function routesOf(): Route[] {
	const routes: Route[] = [];
	for (const lender of LENDERS) {
		for (const out of VENUES) {
			for (const back of VENUES) {
				for (const tipAccount of [null, anyAddress()]) {
					const legs = [
						{ pool: examplePool(out), direction: "bToA" as const },
						{ pool: examplePool(back), direction: "aToB" as const },
					];
					routes.push({ lender, legs, tipAccount });
				}
			}
		}
	}
	return routes;
}

const sized = ({ lender, legs, tipAccount }: Route) => ({
	lender,
	pools: legs.map(({ pool }) => pool),
	isTipped: tipAccount !== null,
});

describe("the size of a trade's transaction", () => {
	test("is exactly what the compiled one has, for every lender and venue, with and without a tip", () => {
		let compiled = 0;
		for (const route of routesOf()) {
			const template = compileTemplate(route, exampleWallet());
			const bytes = transactionBytes(sized(route));
			expect(template.ok).toBe(bytes <= LARGEST_TRANSACTION_BYTES);
			if (!template.ok) continue;
			compiled++;
			expect(template.value.transaction.length).toBe(bytes);
		}
		expect(compiled).toBeGreaterThan(10);
	});

	test("a Solend loan takes 22 bytes less than one of klend, and a mint less where no swap names it", () => {
		const [, klend, solend] = LENDERS;
		const bytes = (lender: Route["lender"], venue: VenueId) =>
			transactionBytes({ lender: lender ?? null, pools: [examplePool(venue), examplePool(venue)], isTipped: false });
		expect(bytes(klend ?? null, "raydium-cpmm") - bytes(solend ?? null, "raydium-cpmm")).toBe(22);
		expect(bytes(klend ?? null, "raydium-amm-v4") - bytes(solend ?? null, "raydium-amm-v4")).toBe(54);
	});

	test("fits up to Solana's limit", () => {
		expect(LARGEST_TRANSACTION_BYTES).toBe(TEMPLATE_LIMIT);
		const pools = ["raydium-cpmm", "raydium-cpmm", "raydium-cpmm", "raydium-cpmm"].map((venue) =>
			examplePool(venue as VenueId),
		);
		expect(fitsPacket({ lender: null, pools: pools.slice(0, 1), isTipped: false })).toBe(true);
		expect(fitsPacket({ lender: exampleLender(), pools, isTipped: true })).toBe(false);
	});
});
