import { describe, expect, test } from "@jest/globals";
import { SWAP_FOOTPRINTS } from "../../../../core/execution/swap-footprint.ts";
import {
	fitsPacket,
	LARGEST_TRANSACTION_BYTES,
	lenderAccounts,
	MOST_TRANSACTION_ACCOUNTS,
	poolAccounts,
	transactionBytes,
} from "../../../../core/execution/transaction-size.ts";
import type { VenueId } from "../../../../core/market/pool.ts";
import { compileTemplate } from "../../../../libs/solana/message-template.ts";
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
						{ pool: examplePool(out), direction: "bToA" as const, arrays: [] },
						{ pool: examplePool(back), direction: "aToB" as const, arrays: [] },
					];
					routes.push({ lender, legs, tipAccount });
				}
			}
		}
	}
	return routes;
}

const loanAccounts = ({ lender }: Route) => (lender ? lenderAccounts(lender) : []);

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

	test("is exactly what one with a lookup table has, of whatever its entries are", () => {
		let compiled = 0;
		let smaller = 0;
		for (const route of routesOf()) {
			const wallet = exampleWallet();
			const accounts = [...route.legs.flatMap(({ pool }) => poolAccounts(pool)), ...loanAccounts(route)];
			const programs = [
				...route.legs.map(({ pool }) => SWAP_FOOTPRINTS[pool.venue].program),
				route.lender?.program ?? anyAddress(),
			];
			const own = [wallet.address, ...wallet.tokenAccounts.values(), route.tipAccount ?? anyAddress()];
			for (const entries of [
				[],
				[anyAddress()],
				accounts.slice(0, 1),
				[...accounts, ...accounts],
				[...own, ...programs, ...accounts.slice(0, 7)],
			]) {
				const table = { address: anyAddress(), entries };
				const bytes = transactionBytes(sized(route), new Set(entries));
				const template = compileTemplate(route, wallet, table);
				expect(template.ok).toBe(bytes <= LARGEST_TRANSACTION_BYTES);
				expect(fitsPacket(sized(route), new Set(entries))).toBe(template.ok);
				if (!template.ok) continue;
				compiled++;
				expect(template.value.transaction.length).toBe(bytes);
				if (bytes < transactionBytes(sized(route))) smaller++;
			}
		}
		expect(compiled).toBeGreaterThan(60);
		expect(smaller).toBeGreaterThan(40);
	});

	test("one entry saves a key and costs the table and its index: two are the fewest that pay", () => {
		const pool = examplePool("raydium-amm-v4");
		const route = { lender: null, pools: [pool], isTipped: false };
		const saved = (count: number) =>
			transactionBytes(route) - transactionBytes(route, new Set(poolAccounts(pool).slice(0, count)));
		expect([0, 1, 2, 3].map(saved)).toEqual([0, -3, 28, 59]);
	});

	test("one instruction or account more is bytes more, to the byte", () => {
		const bytes = (venue: VenueId, lender: Route["lender"], isTipped: boolean) =>
			transactionBytes({ lender, pools: [examplePool(venue)], isTipped });
		const [, klend, solend] = LENDERS;
		// Frame 104, compute budget 20, memo 19, three keys of 32; a swap with its accounts; keys that it names.
		expect(bytes("raydium-amm-v4", null, false)).toBe(104 + 20 + 19 + (3 + 17 + 17) + 32 * (3 + 2 + 1 + 2 + 3));
		expect(bytes("raydium-cpmm", null, false)).toBe(104 + 20 + 19 + (3 + 13 + 24) + 32 * (3 + 2 + 1 + 3 + 3 + 3));
		const base = bytes("raydium-amm-v4", null, false);
		expect(bytes("raydium-amm-v4", null, true) - base).toBe(3 + 2 + 12 + 32 * 2);
		expect(bytes("raydium-amm-v4", klend ?? null, false) - base).toBe(3 + 12 + 16 + 3 + 12 + 17 + 32 * 8);
		expect(bytes("raydium-amm-v4", solend ?? null, false) - base).toBe(3 + 7 + 9 + 3 + 9 + 10 + 32 * 7);
	});

	test("accounts of a pool that it does not have are not counted", () => {
		const { ammConfig: _left, ...swapAccounts } = examplePool("raydium-cpmm").swapAccounts;
		const pool = { ...examplePool("raydium-cpmm"), swapAccounts };
		expect(poolAccounts(pool)).not.toContain(undefined);
		expect(poolAccounts(pool)).toHaveLength(poolAccounts(examplePool("raydium-cpmm")).length - 1);
	});

	test("more accounts than a transaction may load do not fit, however few bytes they take", () => {
		const pools = Array.from({ length: 12 }, () => examplePool("raydium-cpmm"));
		const entries = new Set(pools.flatMap(poolAccounts));
		for (let count = 1; count <= pools.length; count++) {
			const route = { lender: null, pools: pools.slice(0, count), isTipped: false };
			// Wallet, three programs, authority, token program, two mints and their accounts; five of each pool.
			const accounts = 10 + count * 5;
			const isFitting = accounts <= MOST_TRANSACTION_ACCOUNTS && transactionBytes(route, entries) <= 1_232;
			expect(fitsPacket(route, entries)).toBe(isFitting);
		}
	});

	test("64 accounts are loaded, 65 are not", () => {
		const pools = Array.from({ length: 9 }, () => examplePool("raydium-cpmm"));
		// 10 and 45 of the pools, 7 of the lender, 2 of the tip; the lender's token program is the pools', or one more.
		const route = { lender: exampleLender(), pools, isTipped: true };
		const other = { ...route, lender: { ...route.lender, tokenProgram: anyAddress() } };
		const entries = new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(other.lender)]);
		expect(transactionBytes(other, entries)).toBeLessThan(1_232);
		expect(fitsPacket(route, entries)).toBe(true);
		expect(fitsPacket(other, entries)).toBe(false);
	});

	test("a transaction of exactly the limit fits, and one byte more does not", () => {
		const seen = new Set<number>();
		for (const lender of LENDERS) {
			for (const isTipped of [true, false]) {
				for (let count = 0; count < 36; count++) {
					const venues = Array.from({ length: count % 6 }, () => examplePool("raydium-amm-v4"));
					const pools = [
						...venues,
						...Array.from({ length: Math.floor(count / 6) }, () => examplePool("raydium-cpmm")),
					];
					const accounts = [...new Set(pools.flatMap(poolAccounts))];
					for (let entries = 0; entries <= accounts.length; entries++) {
						const table = new Set(accounts.slice(0, entries));
						const bytes = transactionBytes({ lender, pools, isTipped }, table);
						if (bytes !== 1_232 && bytes !== 1_233) continue;
						seen.add(bytes);
						expect(fitsPacket({ lender, pools, isTipped }, table)).toBe(bytes === 1_232);
					}
				}
			}
		}
		expect([...seen].sort()).toEqual([1_232, 1_233]);
	});

	test("a Solend loan takes 22 bytes less than one of klend, and a mint less where no swap names it", () => {
		const [, klend, solend] = LENDERS;
		const bytes = (lender: Route["lender"], venue: VenueId) =>
			transactionBytes({ lender: lender ?? null, pools: [examplePool(venue), examplePool(venue)], isTipped: false });
		expect(bytes(klend ?? null, "raydium-cpmm") - bytes(solend ?? null, "raydium-cpmm")).toBe(22);
		expect(bytes(klend ?? null, "raydium-amm-v4") - bytes(solend ?? null, "raydium-amm-v4")).toBe(54);
	});

	test("fits up to Solana's limit", () => {
		expect(LARGEST_TRANSACTION_BYTES).toBe(1_232);
		const pools = ["raydium-cpmm", "raydium-cpmm", "raydium-cpmm", "raydium-cpmm"].map((venue) =>
			examplePool(venue as VenueId),
		);
		expect(fitsPacket({ lender: null, pools: pools.slice(0, 1), isTipped: false })).toBe(true);
		expect(fitsPacket({ lender: exampleLender(), pools, isTipped: true })).toBe(false);
	});
});
