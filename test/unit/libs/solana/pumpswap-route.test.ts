import { describe, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { poolAccounts, transactionBytes } from "../../../../core/execution/transaction-size.ts";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import type { Direction } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";
import { IntentSigner } from "../../../../libs/solana/intent-signer.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { compileMessage, compileTemplate, type MessageTemplate } from "../../../../libs/solana/message-template.ts";
import { type Route, type RouteValues, type RouteWallet, routeInstructions } from "../../../../libs/solana/route.ts";
import { createSigner, generateSeed, publicKeyOf } from "../../../../libs/solana/signer.ts";
import { policed } from "../../../support/policed.ts";
import { derive, key, type PoolFields, WRAPPED_SOL, wholePool } from "../../core/market/venues/pumpswap/accounts.ts";
import { anyAddress, examplePool } from "./example-route.ts";

/** Two-leg routes of SOL through a coin and back: over Raydium CPMM and PumpSwap, either way round. */
const COIN = key(20);
const KINDS: readonly (readonly [string, PoolFields])[] = [
	["a creator", {}],
	["a creator and cashback", { isCashbackCoin: true }],
	["nobody", { hasCreator: false }],
	["cashback and nobody", { hasCreator: false, isCashbackCoin: true }],
	["the reserved recipients", { isMayhemMode: true }],
];
const SELL: Direction = "aToB";
const BUY: Direction = "bToA";
const CASES = KINDS.flatMap(([pays, fields]) => [SELL, BUY].map((way) => [way, pays, fields] as const));

const VALUES: RouteValues = {
	intentId: "0123456789abcdef" as IntentId,
	computeUnitLimit: 100_000,
	computeUnitPriceMicroLamports: 1_000n,
	loan: null,
	tip: null,
	legs: [
		{ amountIn: 1_000n, minimumAmountOut: 900n },
		{ amountIn: 900n, minimumAmountOut: 1_100n },
	],
};

function routeOf(way: Direction, fields: PoolFields): Route {
	const pump = { pool: wholePool(fields), direction: way, arrays: [] };
	const raydium = {
		pool: examplePool("raydium-cpmm", COIN, WRAPPED_SOL),
		direction: way === SELL ? BUY : SELL,
		arrays: [],
	};
	return { lender: null, legs: way === SELL ? [raydium, pump] : [pump, raydium], tipAccount: null };
}

async function desk() {
	const seed = generateSeed();
	const publicKey = publicKeyOf(seed);
	const keys = new Wallet(publicKey, await createSigner(Buffer.concat([seed, publicKey])));
	const tokenAccounts = new Map([
		[COIN, anyAddress()],
		[WRAPPED_SOL, anyAddress()],
	]);
	const wallet: RouteWallet = { address: keys.address, tokenAccounts };
	return { wallet, signer: new IntentSigner(policed(keys, [WRAPPED_SOL])) };
}

type Instructions = ReturnType<typeof routeInstructions>["instructions"];

/** Why the signer takes no message of these instructions, which somebody offers as the route's; null: it does. */
function objection(route: Route, wallet: RouteWallet, signer: IntentSigner, instructions: Instructions): string | null {
	const message = compileMessage({
		instructions,
		feePayer: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
	try {
		signer.admit({ message } as MessageTemplate, { route, tokenAccounts: wallet.tokenAccounts });
		return null;
	} catch (error) {
		return (error as Error).message;
	}
}

function exchanged(instructions: Instructions, from: Address, to: Address): Instructions {
	return instructions.map((one) => ({
		...one,
		accounts: (one.accounts ?? []).map((account) => (account.address === from ? { ...account, address: to } : account)),
	}));
}

const pumpLegOf = ({ legs }: Route) => legs.find(({ pool }) => pool.venue === "pumpswap") as Route["legs"][number];

describe.each(CASES)("a trade whose PumpSwap leg goes %s and pays %s", (way, _pays, fields) => {
	const route = routeOf(way, fields);
	const { pool } = pumpLegOf(route);

	test("is refused when anything that takes value is another's", async () => {
		const { wallet, signer } = await desk();
		const { instructions } = routeInstructions(route, wallet, VALUES);
		expect(objection(route, wallet, signer, instructions)).toBeNull();
		const { protocolFeeAccount, buybackFeeAccount, creatorVault } = pool.swapAccounts;
		const named = new Set(instructions.flatMap(({ accounts = [] }) => accounts.map(({ address }) => address)));
		const kept = [...stranger(wallet.address, fields)].filter(([its]) => named.has(its));
		// A sell of a coin without cashback writes to nothing that is kept for the wallet.
		expect(kept).toHaveLength(fields.isCashbackCoin ? 2 : way === BUY ? 1 : 0);
		const taking: (readonly [Address, Address])[] = [
			...[protocolFeeAccount, buybackFeeAccount, creatorVault, pool.address, pool.vaultA, pool.vaultB].map(
				(account) => [account as Address, anyAddress()] as const,
			),
			...kept,
		];
		for (const [account, other] of taking) {
			expect(named.has(account)).toBe(true);
			const refusal = objection(route, wallet, signer, exchanged(instructions, account, other));
			expect(refusal).toContain(`${other} could be written to`);
		}
	});

	test("is refused when what it pays with or receives on is another's", async () => {
		const { wallet, signer } = await desk();
		const { instructions } = routeInstructions(route, wallet, VALUES);
		for (const account of wallet.tokenAccounts.values()) {
			const at = route.legs.indexOf(pumpLegOf(route)) + 3;
			const swap = exchanged(instructions.slice(at, at + 1), account, anyAddress());
			const others = [...instructions.slice(0, at), ...swap, ...instructions.slice(at + 1)];
			expect(objection(route, wallet, signer, others)).toContain(
				"does not lead from an account of the wallet to another",
			);
		}
	});

	test("is refused with any other instruction of PumpSwap, flag or length", async () => {
		const { wallet, signer } = await desk();
		const { instructions } = routeInstructions(route, wallet, VALUES);
		const at = route.legs.indexOf(pumpLegOf(route)) + 3;
		const data = instructions[at]?.data as Uint8Array;
		const withData = (other: Uint8Array) =>
			instructions.map((one, index) => (index === at ? { ...one, data: other } : one));
		const buy = Uint8Array.of(102, 6, 61, 18, 1, 218, 235, 234, ...data.subarray(8));
		const flags = way === BUY ? [1, 2, 255].map((flag) => Uint8Array.of(...data.subarray(0, 24), flag)) : [];
		const others = [buy, data.subarray(0, -1), Uint8Array.of(...data, 0), Uint8Array.of(...data, 1), ...flags];
		for (const other of others) {
			expect(objection(route, wallet, signer, withData(other))).toContain("is neither a swap nor a flash loan");
		}
	});

	test("opens nothing at the wallet's cost on the way", async () => {
		const { wallet, signer } = await desk();
		const { instructions } = routeInstructions(route, wallet, VALUES);
		const opening = {
			programAddress: instructions[route.legs.indexOf(pumpLegOf(route)) + 3]?.programAddress as Address,
			accounts: [],
			data: Uint8Array.of(94, 6, 202, 115, 255, 96, 232, 183),
		};
		expect(objection(route, wallet, signer, [...instructions, opening])).toContain("makes no account that it keeps");
	});

	test.each([[false], [true]])(
		"is signed, in a message of just the size that was told, with a table: %s",
		async (hasTable) => {
			const { wallet, signer } = await desk();
			const entries = hasTable ? route.legs.flatMap((leg) => poolAccounts(leg.pool)) : [];
			const table = hasTable ? { address: anyAddress(), entries } : null;
			const compiled = compileTemplate(route, wallet, table);
			const sized = {
				lender: null,
				pools: route.legs.map((leg) => leg.pool),
				directions: route.legs.map(({ direction }) => direction),
				isTipped: false,
			};
			const bytes = transactionBytes(sized, new Set(entries));
			expect(compiled.ok).toBe(bytes <= 1_232);
			expect(compiled.ok || !hasTable).toBe(true);
			if (!compiled.ok) return;
			expect(compiled.value.transaction.length).toBe(bytes);
			const lookupTables = new Map(table ? [[table.address, entries]] : []);
			const accounts = { route, tokenAccounts: wallet.tokenAccounts, lookupTables };
			signer.admit(compiled.value, accounts);
			const intent = { ...VALUES, blockhash: anyAddress() } as unknown as ApprovedIntent;
			expect(signer.sign(compiled.value, intent).spending).toMatchObject({ mint: WRAPPED_SOL, notional: 1_000n });
			const broken = [VALUES.legs[0], { ...VALUES.legs[1], amountIn: 901n }];
			const spends = { ...intent, legs: broken } as unknown as ApprovedIntent;
			expect(() => signer.sign(compiled.value, spends)).toThrow("spends more than the swap before it brings");
		},
	);
});

function venueAccounts(pool: Route["legs"][number]["pool"], owner: Address): readonly Address[] {
	return (pumpSwap.walletAccounts?.(pool, owner, derive) ?? []).map(({ address }) => address);
}

/** What the program keeps for the wallet, each with the same of another wallet. */
function stranger(wallet: Address, fields: PoolFields): Map<Address, Address> {
	const pool = wholePool({ ...fields, isCashbackCoin: true });
	const [own, other] = [wallet, anyAddress()].map((owner) => venueAccounts(pool, owner));
	return new Map((own as readonly Address[]).map((address, at) => [address, other?.[at] as Address]));
}
