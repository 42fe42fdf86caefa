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
import type { PoolDescriptor, VenueId } from "../../../../core/market/pool.ts";
import { NO_ADDRESS } from "../../../../core/market/venues/pumpswap/layout.ts";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import type { DeriveAddress, Direction } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { IntentId } from "../../../../core/types/identifiers.ts";
import { compileTemplate } from "../../../../libs/solana/message-template.ts";
import { ProgramAddresses } from "../../../../libs/solana/program-address.ts";
import { type Route, routeInstructions } from "../../../../libs/solana/route.ts";
import { anyAddress, exampleLeg, exampleLender, examplePool, exampleWallet } from "../../libs/solana/example-route.ts";

/** Every venue, with as few and as many arrays as its swaps name. */
const LEGS: readonly (readonly [VenueId, number])[] = [
	["raydium-cpmm", 0],
	["raydium-amm-v4", 0],
	["raydium-clmm", 1],
	["raydium-clmm", 4],
	["orca-whirlpool", 1],
	["orca-whirlpool", 2],
	["orca-whirlpool", 3],
	["meteora-damm-v2", 0],
	["pumpswap", 0],
];
const LENDERS = [null, exampleLender(), { ...exampleLender(), kind: "solend" as const, program: anyAddress() }];

function routesOf(): Route[] {
	const routes: Route[] = [];
	for (const lender of LENDERS) {
		for (const [out, outArrays] of LEGS) {
			for (const [back, backArrays] of LEGS) {
				const legs = [exampleLeg(out, "bToA", outArrays), exampleLeg(back, "aToB", backArrays)];
				for (const tipAccount of [null, anyAddress()]) routes.push({ lender, legs, tipAccount });
			}
		}
	}
	return routes;
}

const loanAccounts = ({ lender }: Route) => (lender ? lenderAccounts(lender) : []);

const sized = ({ lender, legs, tipAccount }: Route) => ({
	lender,
	pools: legs.map(({ pool }) => pool),
	directions: legs.map(({ direction }) => direction),
	arrays: legs.map(({ arrays }) => arrays.map((_, at) => at)),
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
		expect(compiled).toBeGreaterThan(150);
	});

	test("is exactly what one with a lookup table has, of whatever its entries are", () => {
		let compiled = 0;
		let smaller = 0;
		// Five has no factor of what the routes are made of: every venue, lender and tip comes by.
		for (const route of routesOf().filter((_, at) => at % 5 === 0)) {
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
		expect(compiled).toBeGreaterThan(200);
		expect(smaller).toBeGreaterThan(120);
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

	test("arrays that are not told are as few as a swap names", () => {
		for (const [venue, least] of [
			["raydium-clmm", 1],
			["orca-whirlpool", 1],
			["meteora-damm-v2", 0],
			["raydium-cpmm", 0],
		] as const) {
			expect(SWAP_FOOTPRINTS[venue].leastArrays).toBe(least);
			const route = { lender: null, pools: [examplePool(venue)], isTipped: false };
			const told = { ...route, arrays: [Array.from({ length: least }, (_, at) => at)] };
			expect(transactionBytes(route)).toBe(transactionBytes(told));
		}
	});

	test("an array more is a key, and a place in the list where a place is not kept for it", () => {
		const bytes = (venue: VenueId, arrays: readonly number[]) =>
			transactionBytes({ lender: null, pools: [examplePool(venue)], arrays: [arrays], isTipped: false });
		expect(bytes("raydium-clmm", [0, 60]) - bytes("raydium-clmm", [0])).toBe(33);
		expect(bytes("orca-whirlpool", [0, 88]) - bytes("orca-whirlpool", [0])).toBe(32);
	});

	test("an array that two legs name counts once, of two pools twice", () => {
		const pool = examplePool("orca-whirlpool");
		const wallet = exampleWallet();
		const array = anyAddress();
		const bytes = (second: typeof pool, arrays: readonly Address[]) => {
			const legs = [
				{ pool, direction: "bToA" as const, arrays: [array] },
				{ pool: second, direction: "aToB" as const, arrays },
			];
			const template = compileTemplate({ lender: null, legs, tipAccount: null }, wallet);
			if (!template.ok) throw new Error(template.error.detail);
			const expected = transactionBytes({ lender: null, pools: [pool, second], arrays: [[7], [7]], isTipped: false });
			expect(template.value.transaction.length).toBe(expected);
			return expected;
		};
		const other = { ...pool, address: anyAddress() };
		expect(bytes(other, [anyAddress()]) - bytes(pool, [array])).toBe(64);
	});

	test("a rate limiter's swap lists the instructions sysvar, whoever lends", () => {
		const plain = examplePool("meteora-damm-v2");
		const limited = { ...plain, parameters: { isRateLimited: 1n } };
		for (const lender of LENDERS) {
			const sizes = [plain, limited].map((pool) => {
				const legs = [{ pool, direction: "aToB" as const, arrays: [] }];
				const template = compileTemplate({ lender, legs, tipAccount: null }, exampleWallet());
				if (!template.ok) throw new Error(template.error.detail);
				expect(transactionBytes({ lender, pools: [pool], isTipped: false })).toBe(template.value.transaction.length);
				return template.value.transaction.length;
			});
			// A lender's program reads the same sysvar.
			expect((sizes[1] as number) - (sizes[0] as number)).toBe(lender === null ? 33 : 1);
		}
	});

	describe("through PumpSwap", () => {
		const kinds = [true, false].flatMap((hasCreator) =>
			[0n, 1n].map((isCashbackCoin): PoolDescriptor => {
				const pool = examplePool("pumpswap");
				const swapAccounts = hasCreator ? pool.swapAccounts : { ...pool.swapAccounts, coinCreator: NO_ADDRESS };
				return { ...pool, swapAccounts, parameters: { isCashbackCoin } };
			}),
		);
		const lone = (pool: PoolDescriptor, direction: Direction) => {
			const route = { lender: null, legs: [{ pool, direction, arrays: [] }], tipAccount: null };
			const compiled = compileTemplate(route, exampleWallet());
			if (!compiled.ok) throw new Error(compiled.error.detail);
			return compiled.value.transaction.length;
		};

		test("is exact for each way, with and without creator and cashback, and the longer way's where none is told", () => {
			const sizes = new Set<number>();
			for (const pool of kinds) {
				const told = (direction: Direction) =>
					transactionBytes({ lender: null, pools: [pool], directions: [direction], isTipped: false });
				for (const direction of ["aToB", "bToA"] as const) {
					expect(lone(pool, direction)).toBe(told(direction));
					sizes.add(told(direction));
				}
				const untold = transactionBytes({ lender: null, pools: [pool], isTipped: false });
				expect(untold).toBe(told("bToA"));
				expect(untold).toBeGreaterThan(told("aToB"));
			}
			// A buy with a creator and one with cashback take the same: each is one account more.
			expect(sizes.size).toBe(7);
		});

		test("is exact through two of its pools, with any of a table, tip and lender", () => {
			let compiled = 0;
			for (const first of kinds) {
				for (const second of [...kinds.map((pool) => ({ ...pool, address: anyAddress() })), first]) {
					const legs = [
						{ pool: first, direction: "bToA" as const, arrays: [] },
						{ pool: second, direction: "aToB" as const, arrays: [] },
					];
					for (const lender of LENDERS) {
						for (const tipAccount of [null, anyAddress()]) {
							const route: Route = { lender, legs, tipAccount };
							const all = [...legs.flatMap(({ pool }) => poolAccounts(pool)), ...loanAccounts(route)];
							for (const entries of [[], all.slice(0, 9), all]) {
								const bytes = transactionBytes(sized(route), new Set(entries));
								const template = compileTemplate(route, exampleWallet(), { address: anyAddress(), entries });
								expect(template.ok).toBe(bytes <= LARGEST_TRANSACTION_BYTES);
								if (!template.ok) continue;
								compiled++;
								expect(template.value.transaction.length).toBe(bytes);
							}
						}
					}
				}
			}
			expect(compiled).toBeGreaterThan(150);
		});

		test("what a table can hold is named by either way, and nothing that is the wallet's", () => {
			for (const pool of kinds) {
				const wallet = exampleWallet();
				const named = (["aToB", "bToA"] as const).flatMap((direction) => {
					const route = { lender: null, legs: [{ pool, direction, arrays: [] }], tipAccount: null };
					const { instructions } = routeInstructions(route, wallet, {
						intentId: "0".repeat(16) as IntentId,
						computeUnitLimit: 0,
						computeUnitPriceMicroLamports: 0n,
						loan: null,
						tip: null,
						legs: [{ amountIn: 0n, minimumAmountOut: 0n }],
					});
					return instructions.flatMap(({ accounts = [] }) => accounts.map(({ address }) => address));
				});
				const derive: DeriveAddress = (program, seeds) => new ProgramAddresses().derive(program, seeds);
				const kept = pumpSwap.walletAccounts?.(pool, wallet.address, derive) ?? [];
				const own = [wallet.address, ...wallet.tokenAccounts.values(), ...kept.map(({ address }) => address)];
				const others = new Set(named.filter((address) => !own.includes(address)));
				others.delete(SWAP_FOOTPRINTS.pumpswap.program);
				expect(new Set(poolAccounts(pool))).toEqual(others);
			}
		});
	});

	test("arrays take what a table cannot give back: a route that fits without them does not with them", () => {
		const legs = Array.from({ length: 3 }, (_, at) => exampleLeg("raydium-clmm", at % 2 === 0 ? "bToA" : "aToB"));
		const pools = legs.map(({ pool }) => pool);
		const lender = exampleLender();
		const entries = new Set([...pools.flatMap(poolAccounts), ...lenderAccounts(lender)]);
		const fits = (count: number) => {
			const arrays = pools.map(() => Array.from({ length: count }, (_, at) => at));
			const isFitting = fitsPacket({ lender, pools, arrays, isTipped: true }, entries);
			const route = {
				lender,
				legs: legs.map((leg) => ({ ...leg, arrays: Array.from({ length: count }, anyAddress) })),
			};
			const table = { address: anyAddress(), entries: [...entries] };
			expect(compileTemplate({ ...route, tipAccount: anyAddress() }, exampleWallet(), table).ok).toBe(isFitting);
			return isFitting;
		};
		expect([1, 2, 3, 4, 5, 6, 7, 8].map(fits)).toEqual([true, true, true, true, false, false, false, false]);
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
