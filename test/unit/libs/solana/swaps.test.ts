import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { SOLEND_PROGRAM } from "../../../../core/execution/lenders/solend/layout.ts";
import { checkMessage, type SigningContext } from "../../../../core/execution/message-check.ts";
import { TOKEN_INSTRUCTIONS, tokenInstructionOf } from "../../../../core/execution/signable-instructions.ts";
import { SWAP_FOOTPRINTS } from "../../../../core/execution/swap-footprint.ts";
import { poolAccounts } from "../../../../core/execution/transaction-size.ts";
import type { VenueId } from "../../../../core/market/pool.ts";
import { VENUES, venueById } from "../../../../core/market/venues/index.ts";
import type { DeriveAddress, Direction } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { readUint64 } from "../../../../core/types/bytes.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { IntentSigner } from "../../../../libs/solana/intent-signer.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { compileMessage, compileTemplate } from "../../../../libs/solana/message-template.ts";
import { ProgramAddresses } from "../../../../libs/solana/program-address.ts";
import type { Route, RouteLeg } from "../../../../libs/solana/route.ts";
import { createSigner, generateSeed, publicKeyOf } from "../../../../libs/solana/signer.ts";
import { SWAP_BUILDERS, swapInstruction } from "../../../../libs/solana/swaps/swap.ts";
import { policed } from "../../../support/policed.ts";
import {
	anyAddress,
	anyValues,
	asIntent,
	BONK,
	type ExampleValues,
	exampleLeg,
	exampleLender,
	exampleWallet,
	USDC,
} from "./example-route.ts";

/** Every venue, either way. A pool's A is BONK, its B is USDC. */
const SWAPS = VENUES.flatMap(({ id }) =>
	(["aToB", "bToA"] as const).map((direction): [VenueId, Direction, number] => [
		id,
		direction,
		SWAP_FOOTPRINTS[id].leastArrays * 2,
	]),
);

const wallet = exampleWallet();
const own = (mint: Address) => wallet.tokenAccounts.get(mint) as Address;
const OWN_ACCOUNTS = new Map([...wallet.tokenAccounts].map(([mint, account]) => [account, mint]));

function built({ pool, direction, arrays }: RouteLeg, amountIn = 7n, minimumAmountOut = 5n) {
	const [paid, received] = direction === "aToB" ? [BONK, USDC] : [USDC, BONK];
	return swapInstruction({
		pool,
		direction,
		arrays,
		owner: wallet.address,
		inputTokenAccount: own(paid),
		outputTokenAccount: own(received),
		amountIn,
		minimumAmountOut,
	});
}

function checked(leg: RouteLeg, counterparties: readonly Address[]) {
	const message = compileMessage({
		instructions: [built(leg)],
		feePayer: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
	const context: SigningContext = {
		wallet: wallet.address,
		ownAccounts: OWN_ACCOUNTS,
		counterparties: new Set(counterparties),
		lookupTables: new Map(),
	};
	return { result: checkMessage(message, context, new Set()), message };
}

const derive: DeriveAddress = (program, seeds) => new ProgramAddresses().derive(program, seeds);
const keptOf = ({ pool }: RouteLeg) =>
	(venueById(pool.venue).walletAccounts?.(pool, wallet.address, derive) ?? []).map(({ address }) => address);

const accountsOf = ({ pool, arrays }: RouteLeg) => [
	...keptOf({ pool, arrays, direction: "aToB" }),
	pool.address,
	pool.vaultA,
	pool.vaultB,
	...Object.values(pool.swapAccounts),
	...arrays,
];

describe("a swap that lacks something is not built", () => {
	test.each([
		["raydium-cpmm", ["ammConfig", "token0Program", "token1Program", "observationState"]],
		["raydium-clmm", ["ammConfig", "observationState"]],
		["orca-whirlpool", ["tokenProgramA", "tokenProgramB", "oracle"]],
		["meteora-damm-v2", ["tokenAProgram", "tokenBProgram"]],
		[
			"pumpswap",
			[
				"baseTokenProgram",
				"quoteTokenProgram",
				"coinCreator",
				"protocolFeeRecipient",
				"protocolFeeAccount",
				"buybackFeeRecipient",
				"buybackFeeAccount",
				"creatorVaultAuthority",
				"creatorVault",
				"poolV2",
			],
		],
	] as [VenueId, string[]][])("of %s without any of its accounts, by name", (venue, names) => {
		for (const name of names) {
			const leg = exampleLeg(venue, "aToB", 1);
			const { [name]: _left, ...swapAccounts } = leg.pool.swapAccounts;
			expect(() => built({ ...leg, pool: { ...leg.pool, swapAccounts } })).toThrow(`described without its ${name}`);
		}
	});

	test("a Whirlpool's without an array, or with more than the program takes", () => {
		for (const count of [0, 7]) expect(() => built(exampleLeg("orca-whirlpool", "aToB", count))).toThrow(RangeError);
	});
});

test("every venue has a builder, a footprint and an instruction that may be signed", () => {
	for (const { id, programId } of VENUES) {
		expect(SWAP_BUILDERS[id]).toBeDefined();
		expect(SWAP_FOOTPRINTS[id].program).toBe(programId);
		const kinds = TOKEN_INSTRUCTIONS.get(programId)?.map(({ kind }) => kind);
		expect(new Set(kinds)).toEqual(new Set(SWAP_BUILDERS[id].open ? ["swap", "open"] : ["swap"]));
	}
	expect(SWAPS).toHaveLength(2 * VENUES.length);
});

describe.each(SWAPS)("a swap through %s, %s", (venue, direction, arrays) => {
	const leg = exampleLeg(venue, direction, arrays);
	const program = SWAP_FOOTPRINTS[venue].program;

	test("is the program's, of the size that its footprint says", () => {
		const { accounts, data, programAddress } = built(leg);
		expect(programAddress).toBe(program);
		expect(data).toHaveLength(SWAP_FOOTPRINTS[venue].data(direction));
		expect(accounts).toHaveLength(SWAP_FOOTPRINTS[venue].accounts(leg.pool, [...Array(arrays).keys()], direction));
		const addresses = accounts.map(({ address }) => address);
		for (const address of [leg.pool.address, leg.pool.vaultA, leg.pool.vaultB, ...leg.arrays]) {
			expect(addresses).toContain(address);
		}
	});

	test("has its amounts where builder and signer look for them", () => {
		const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
		const property = fc.property(u64, u64, (amountIn, minimumAmountOut) => {
			const { data } = built(leg, amountIn, minimumAmountOut);
			const { amountOffsets } = SWAP_BUILDERS[venue];
			expect(readUint64(data, amountOffsets.amountIn)).toBe(amountIn);
			expect(readUint64(data, amountOffsets.minimumAmountOut)).toBe(minimumAmountOut);
			const known = tokenInstructionOf(program, data);
			expect(known?.amounts).toEqual([amountOffsets.amountIn, amountOffsets.minimumAmountOut]);
		});
		fc.assert(property, { seed: 8, numRuns: 50 });
	});

	test("is no instruction that may be signed with any other byte besides its amounts, or another length", () => {
		const { data } = built(leg);
		const known = tokenInstructionOf(program, data);
		const amounts = new Set(known?.amounts.flatMap((at) => Array.from({ length: 8 }, (_, byte) => at + byte)));
		for (let at = 0; at < 8; at++) {
			if (amounts.has(at)) continue;
			const other = Uint8Array.from(data);
			other[at] = (other[at] as number) ^ 1;
			expect(tokenInstructionOf(program, other)).toBeUndefined();
		}
		expect(tokenInstructionOf(program, data.subarray(0, -1))).toBeUndefined();
		expect(tokenInstructionOf(program, Uint8Array.from([...data, 0]))).toBeUndefined();
	});

	test("is counted in the mint that the wallet pays", () => {
		const { result, message } = checked(leg, accountsOf(leg));
		if (!result.ok) throw new Error(result.error);
		expect(result.value.fundingMint).toBe(direction === "aToB" ? BONK : USDC);
		expect(result.value.valuesOf(message)).toMatchObject({ notional: 7n, brokenChain: false });
	});

	test("is refused when any account that it writes to is not of the route", () => {
		const writable = built(leg).accounts.filter(({ role }) => role === 1 || role === 3);
		const others = writable.map(({ address }) => address).filter((address) => !OWN_ACCOUNTS.has(address));
		const strangers = [...new Set(others)].filter((address) => address !== wallet.address);
		for (const array of leg.arrays) expect(strangers).toContain(array);
		expect(strangers).toContain(leg.pool.vaultA);
		for (const stranger of strangers) {
			const rest = accountsOf(leg).filter((address) => address !== stranger);
			const { result } = checked(leg, rest);
			expect(result).toMatchObject({ ok: false, error: expect.stringContaining(`${stranger} could be written to`) });
		}
	});
});

describe("bytes that say what the amounts of a swap mean", () => {
	test.each<[VenueId, number]>([
		["raydium-clmm", 40],
		["orca-whirlpool", 40],
	])("of %s: an exact output is not signed", (venue, place) => {
		const data = Uint8Array.from(built(exampleLeg(venue, "aToB", 1)).data);
		data[place] = 0;
		expect(tokenInstructionOf(SWAP_FOOTPRINTS[venue].program, data)).toBeUndefined();
	});

	test("of PumpSwap: neither `buy`, which names an exact output, nor a tracked volume", () => {
		const { program } = SWAP_FOOTPRINTS.pumpswap;
		const buying = Uint8Array.from(built(exampleLeg("pumpswap", "bToA")).data);
		expect(tokenInstructionOf(program, buying)?.isPaidSecond).toBe(true);
		for (const flag of [1, 2, 255]) {
			const tracked = buying.slice();
			tracked[24] = flag;
			expect(tokenInstructionOf(program, tracked)).toBeUndefined();
		}
		// idl/pump_amm.json `buy`; the same length as that of what is signed, and one less.
		const exactOutput = buying.slice();
		exactOutput.set([102, 6, 61, 18, 1, 218, 235, 234]);
		for (const data of [exactOutput, exactOutput.slice(0, 24)]) {
			expect(tokenInstructionOf(program, data)).toBeUndefined();
		}
		// Neither instruction in the other's length.
		const selling = built(exampleLeg("pumpswap", "aToB")).data;
		expect(tokenInstructionOf(program, selling)?.isPaidSecond).toBeUndefined();
		expect(tokenInstructionOf(program, Uint8Array.of(...selling, 0))).toBeUndefined();
		expect(tokenInstructionOf(program, buying.slice(0, 24))).toBeUndefined();
	});

	test("of a Whirlpool: what is paid stands second in one direction, and nothing else is a direction", () => {
		const { program } = SWAP_FOOTPRINTS["orca-whirlpool"];
		const data = Uint8Array.from(built(exampleLeg("orca-whirlpool", "aToB", 1)).data);
		const paid = [1, 0, 2].map((flag) => {
			data[41] = flag;
			const known = tokenInstructionOf(program, data);
			return known && (known.isPaidSecond ?? false);
		});
		expect(paid).toEqual([false, true, undefined]);
	});
});

describe("the signer, of routes through every pair of venues", () => {
	const cases = VENUES.flatMap((out) => VENUES.map((back): [VenueId, VenueId] => [out.id, back.id]));

	async function newSigner(tipAccount: Address) {
		const seed = generateSeed();
		const publicKey = publicKeyOf(seed);
		const keys = new Wallet(publicKey, await createSigner(Buffer.concat([seed, publicKey])));
		return { signer: new IntentSigner(policed(keys, [USDC, BONK], [tipAccount])), its: exampleWallet(keys.address) };
	}

	function routeOf(out: VenueId, back: VenueId): Route {
		const legs = [exampleLeg(out, "bToA", 1), exampleLeg(back, "aToB", 1)];
		return { lender: { ...exampleLender(), kind: "solend", program: SOLEND_PROGRAM }, legs, tipAccount: anyAddress() };
	}

	test.each(cases)("%s and %s: signs the route's own message, and refuses one of another array", async (out, back) => {
		const route = routeOf(out, back);
		const { signer, its } = await newSigner(route.tipAccount as Address);
		const { tokenAccounts } = its;
		const table = {
			address: anyAddress(),
			entries: route.legs.flatMap((leg) => poolAccounts(leg.pool)),
		};
		const lookupTables = new Map([[table.address, table.entries]]);
		const compiled = compileTemplate(route, its, table);
		if (!compiled.ok) throw new Error(compiled.error.detail);
		for (const [leg] of route.legs.entries()) {
			const legs = route.legs.map((one, at) => (at === leg ? { ...one, arrays: [anyAddress()] } : one));
			const takesArrays = SWAP_FOOTPRINTS[(route.legs[leg] as RouteLeg).pool.venue].leastArrays > 0;
			const admit = () => signer.admit(compiled.value, { route: { ...route, legs }, tokenAccounts, lookupTables });
			if (takesArrays) expect(admit).toThrow(/could be written to/);
		}
		signer.admit(compiled.value, { route, tokenAccounts, lookupTables });
		const [values] = fc.sample(anyValues, { numRuns: 1, seed: 9 }) as [ExampleValues];
		const [first, second] = values.legs;
		const intent = {
			...asIntent(values),
			legs: [first, { ...second, amountIn: first?.minimumAmountOut as bigint }],
		} as unknown as ApprovedIntent;
		expect(signer.sign(compiled.value, intent).spending).toMatchObject({ mint: USDC, notional: first?.amountIn });
	});
});
