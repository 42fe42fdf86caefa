import { verify } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { getBase58Encoder, getTransactionDecoder } from "@solana/web3.js";
import fc from "fast-check";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { KLEND_PROGRAM } from "../../../../core/execution/lenders/klend/layout.ts";
import { readMessage } from "../../../../core/execution/message-reader.ts";
import { SYSTEM_PROGRAM } from "../../../../core/execution/signable-instructions.ts";
import {
	fitsPacket,
	LARGEST_TRANSACTION_BYTES,
	lenderAccounts,
	poolAccounts,
} from "../../../../core/execution/transaction-size.ts";
import { MEMO_PROGRAM } from "../../../../core/execution/well-known.ts";
import { VENUES } from "../../../../core/market/venues/index.ts";
import { RAYDIUM_AMM_V4_PROGRAM } from "../../../../core/market/venues/raydium-amm-v4/layout.ts";
import { RAYDIUM_CPMM_PROGRAM } from "../../../../core/market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { IntentSigner } from "../../../../libs/solana/intent-signer.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { readMessageLayout } from "../../../../libs/solana/message-layout.ts";
import {
	BlockhashBytes,
	compileMessage,
	compileTemplate,
	MessageTemplate,
	type OfferedTable,
} from "../../../../libs/solana/message-template.ts";
import { PolicyViolation } from "../../../../libs/solana/policed-wallet.ts";
import { type Route, type RouteWallet, routeInstructions } from "../../../../libs/solana/route.ts";
import { createSigner, generateSeed, publicKeyOf } from "../../../../libs/solana/signer.ts";
import { policed } from "../../../support/policed.ts";
import {
	anyAddress,
	anyValues,
	asIntent,
	BONK,
	type ExampleValues,
	exampleLeg,
	examplePool,
	exampleRoute,
	exampleWallet,
	USDC,
} from "./example-route.ts";

function template(route: Route, wallet: RouteWallet, table: OfferedTable | null = null): MessageTemplate {
	const compiled = compileTemplate(route, wallet, table);
	if (!compiled.ok) throw new Error(compiled.error.detail);
	return compiled.value;
}

function fresh(
	route: Route,
	wallet: RouteWallet,
	values: ExampleValues,
	lookupTable: OfferedTable | null = null,
): Uint8Array {
	const { instructions } = routeInstructions(route, wallet, values);
	return compileMessage({
		instructions,
		feePayer: wallet.address,
		blockhash: values.blockhash,
		lastValidBlockHeight: 9,
		lookupTable,
	});
}

async function newWallet(seed = generateSeed()): Promise<Wallet> {
	const publicKey = publicKeyOf(seed);
	return new Wallet(publicKey, await createSigner(Buffer.concat([seed, publicKey])));
}

/** A signer that sets no limit, for trades over this route. */
function signerOf(wallet: Wallet, { tipAccount }: Route): IntentSigner {
	return new IntentSigner(policed(wallet, [USDC, BONK], tipAccount ? [tipAccount] : []));
}

/** Each leg takes what the one before it is sure to bring. */
function chained(values: ExampleValues): ApprovedIntent {
	const intent = asIntent(values);
	const legs = intent.legs.map((leg, index) =>
		index === 0 ? leg : { ...leg, amountIn: intent.legs[index - 1]?.minimumAmountOut as bigint },
	);
	return { ...intent, legs };
}

describe("message template", () => {
	test("refuses a route whose transaction is too large", () => {
		const pool = () => ({ pool: examplePool("raydium-cpmm"), direction: "bToA" as const, arrays: [] });
		const route: Route = { ...exampleRoute(), legs: Array.from({ length: 6 }, pool) };
		const compiled = compileTemplate(route, exampleWallet());
		expect(compiled).toMatchObject({ ok: false, error: { code: "transactionTooLarge" } });
	});

	test("refuses a wallet without a token account for a mint on the way", () => {
		const wallet = { address: anyAddress(), tokenAccounts: new Map([[USDC, anyAddress()]]) };
		expect(() => compileTemplate(exampleRoute(), wallet)).toThrow(`has no token account for mint ${BONK}`);
	});

	test("refuses positions outside the compiled data", () => {
		const route = exampleRoute();
		const wallet = exampleWallet();
		const [values] = fc.sample(anyValues, 1) as [ExampleValues];
		const { positions } = routeInstructions(route, wallet, values);
		const message = fresh(route, wallet, values);
		const outside = { ...positions, memo: { instruction: 2, offset: 1 } };
		expect(() => new MessageTemplate(message, outside)).toThrow("has no 16 bytes at 1");
		const missing = { ...positions, tipLamports: { instruction: 9, offset: 0 } };
		expect(() => new MessageTemplate(message, missing)).toThrow("instruction 9 has no 8 bytes at 0");
	});

	test("patched bytes are those of a fresh compilation, for any values over the same buffer", () => {
		for (const venues of [
			["raydium-cpmm", "raydium-amm-v4"],
			["raydium-amm-v4", "raydium-cpmm"],
			["raydium-cpmm", "raydium-cpmm"],
			["raydium-amm-v4", "raydium-amm-v4"],
		] as const) {
			const route: Route = {
				...exampleRoute(),
				legs: [
					{ pool: examplePool(venues[0]), direction: "bToA", arrays: [] },
					{ pool: examplePool(venues[1], USDC, BONK), direction: "bToA", arrays: [] },
				],
			};
			const wallet = exampleWallet();
			const patched = template(route, wallet);
			expect(patched.transaction.length).toBeLessThanOrEqual(LARGEST_TRANSACTION_BYTES);
			const blockhashes = new BlockhashBytes();
			fc.assert(
				fc.property(anyValues, (values) => {
					patched.patch(values, blockhashes.of(values.blockhash));
					expect(Buffer.from(patched.message).equals(fresh(route, wallet, values))).toBe(true);
				}),
				{ numRuns: 100 },
			);
		}
	});

	test("patched bytes are those of a fresh compilation through every pair of venues, where nothing is borrowed", () => {
		const loanless = anyValues.map((values) => ({ ...values, loan: null as unknown as ExampleValues["loan"] }));
		for (const { id: out } of VENUES) {
			for (const { id: back } of VENUES) {
				const legs = [exampleLeg(out, "bToA", 1), exampleLeg(back, "aToB", 1)];
				const route: Route = { lender: null, legs, tipAccount: anyAddress() };
				const wallet = exampleWallet();
				// Some pairs do not fit without one.
				const entries = legs.flatMap(({ pool }) => poolAccounts(pool));
				const table = compileTemplate(route, wallet).ok ? null : { address: anyAddress(), entries };
				const patched = template(route, wallet, table);
				const blockhashes = new BlockhashBytes();
				const property = fc.property(loanless, (values) => {
					patched.patch(values, blockhashes.of(values.blockhash));
					expect(Buffer.from(patched.message).equals(fresh(route, wallet, values, table))).toBe(true);
				});
				fc.assert(property, { numRuns: 10 });
			}
		}
	});

	test("two executors make the same bytes and the same signature of an intent, whatever they signed before", async () => {
		const seed = generateSeed();
		const [one, two] = [await newWallet(seed), await newWallet(seed)];
		const route = exampleRoute();
		const accounts = { ...exampleWallet(one.address) };
		const [templateOne, templateTwo] = [template(route, accounts), template(route, accounts)];
		const [signerOne, signerTwo] = [signerOf(one, route), signerOf(two, route)];
		signerOne.admit(templateOne, { route, tokenAccounts: accounts.tokenAccounts });
		signerTwo.admit(templateTwo, { route, tokenAccounts: accounts.tokenAccounts });
		fc.assert(
			fc.property(anyValues, anyValues, (values, before) => {
				signerTwo.sign(templateTwo, chained(before));
				const signed = signerOne.sign(templateOne, chained(values));
				// What it counted as bears the moment; the transaction does not.
				const { signature, base64 } = signed;
				expect(signerTwo.sign(templateTwo, chained(values))).toMatchObject({ signature, base64 });
			}),
			{ numRuns: 50 },
		);
	});

	test("a signed transaction is one that the client library reads, with a valid signature", async () => {
		const wallet = await newWallet();
		const route = exampleRoute();
		const accounts = exampleWallet(wallet.address);
		const [values] = fc.sample(anyValues, 1) as [ExampleValues];
		const whole = { ...values, legs: [...chained(values).legs] };
		const signer = signerOf(wallet, route);
		const checked = template(route, accounts);
		expect(() => signer.sign(checked, chained(values))).toThrow(PolicyViolation);
		signer.admit(checked, { route, tokenAccounts: accounts.tokenAccounts });
		const signed = signer.sign(checked, chained(values));
		const bytes = Buffer.from(signed.base64, "base64");
		const decoded = getTransactionDecoder().decode(bytes);
		expect(Object.keys(decoded.signatures)).toEqual([wallet.address]);
		const signature = decoded.signatures[wallet.address] as Uint8Array;
		expect(Buffer.from(signature)).toEqual(Buffer.from(getBase58Encoder().encode(signed.signature)));
		const key = { key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(wallet.publicKey).toString("base64url") } };
		expect(verify(null, decoded.messageBytes as unknown as Uint8Array, { ...key, format: "jwk" }, signature)).toBe(
			true,
		);
		expect(Buffer.from(decoded.messageBytes as unknown as Uint8Array).equals(fresh(route, accounts, whole))).toBe(true);
	});

	test("refuses a blockhash that is not 32 bytes", () => {
		expect(() => new BlockhashBytes().of("abc" as Blockhash)).toThrow("expected 32");
	});
});

describe("message template with a lookup table", () => {
	const route = exampleRoute();
	const wallet = exampleWallet();
	const accounts = [...route.legs.flatMap(({ pool }) => poolAccounts(pool)), ...lenderAccounts(route.lender as never)];
	const own = [wallet.address, ...wallet.tokenAccounts.values(), route.tipAccount as Address];
	const programs = [KLEND_PROGRAM, RAYDIUM_CPMM_PROGRAM, RAYDIUM_AMM_V4_PROGRAM, SYSTEM_PROGRAM, MEMO_PROGRAM];
	const table = { address: anyAddress(), entries: [...new Set([...own, ...accounts, ...programs])] };
	const compile = (entries = table.entries) => {
		const compiled = compileTemplate(route, wallet, { ...table, entries });
		if (!compiled.ok) throw new Error(compiled.error.detail);
		return compiled.value;
	};

	test("refuses a route that is too large even so", () => {
		const through = (count: number) => {
			const pools = Array.from({ length: count }, () => examplePool("raydium-cpmm"));
			const legs = pools.map((pool) => ({ pool, direction: "bToA" as const, arrays: [] }));
			const compiled = compileTemplate({ ...route, legs }, wallet, table);
			const isFitting = fitsPacket({ lender: route.lender, pools, isTipped: true }, new Set(table.entries));
			expect(compiled.ok).toBe(isFitting);
			return compiled;
		};
		expect(through(8)).toMatchObject({
			ok: false,
			error: { code: "transactionTooLarge", detail: expect.stringContaining("with a lookup table") },
		});
		expect(through(12)).toMatchObject({
			ok: false,
			error: { code: "transactionTooLarge", detail: expect.stringContaining("accounts, at most 64 are loaded") },
		});
	});

	test("looks up the accounts of the markets, and never the wallet's, the tip's or a program", () => {
		const read = readMessage(compile().message, new Map([[table.address, table.entries]]));
		if (!read.ok) throw new Error(read.error);
		const named = read.value.accounts.slice(0, read.value.staticAccounts).map(({ address }) => address);
		const lookedUp = read.value.accounts.slice(read.value.staticAccounts).map(({ address }) => address);
		expect(lookedUp.sort()).toEqual([...new Set(accounts)].sort());
		for (const address of [...own, ...programs]) expect(named).toContain(address);
	});

	test("does the same as without: program by program, account by account, byte by byte", () => {
		const [with_, without] = [compile(), template(route, wallet)].map(({ message }) => {
			const read = readMessage(message, new Map([[table.address, table.entries]]));
			if (!read.ok) throw new Error(read.error);
			return read.value.instructions.map(({ program, accounts, data }) => ({ program, accounts, data }));
		});
		expect(with_).toEqual(without);
	});

	test("is the same for the same entries, another for one less, and patched alike", async () => {
		const own = await newWallet();
		const its = { ...wallet, address: own.address };
		const [one, two] = [0, 1].map(() => compileTemplate(route, its, table));
		if (!one?.ok || !two?.ok) throw new Error("it does not fit");
		expect(two.value.message).toEqual(one.value.message);
		const last = compileTemplate(route, its, { ...table, entries: table.entries.slice(0, -programs.length - 1) });
		expect(last.ok && last.value.message.length).toBeGreaterThan(one.value.message.length);
		const [signerOne, signerTwo] = [signerOf(own, route), signerOf(own, route)];
		const lookupTables = new Map([[table.address, table.entries]]);
		const { tokenAccounts } = its;
		expect(() => signerOne.admit(one.value, { route, tokenAccounts })).toThrow(/nobody knows the lookup table/);
		signerOne.admit(one.value, { route, tokenAccounts, lookupTables });
		signerTwo.admit(two.value, { route, tokenAccounts, lookupTables });
		fc.assert(
			fc.property(anyValues, anyValues, (values, before) => {
				signerTwo.sign(two.value, chained(before));
				const { signature, base64 } = signerOne.sign(one.value, chained(values));
				expect(signerTwo.sign(two.value, chained(values))).toMatchObject({ signature, base64 });
			}),
			{ numRuns: 20 },
		);
	});
});

describe("message layout", () => {
	test("refuses what is no v0 message", () => {
		expect(() => readMessageLayout(new Uint8Array())).toThrow("message version byte is undefined, expected 128 (v0)");
		expect(() => readMessageLayout(Uint8Array.of(1, 0, 0))).toThrow("expected 128");
	});

	test("refuses a message that ends inside a part, wherever it is cut", () => {
		const route = exampleRoute();
		const wallet = exampleWallet();
		const [values] = fc.sample(anyValues, 1) as [ExampleValues];
		const whole = fresh(route, wallet, values);
		// The last byte is the empty list of lookup tables, which the walk does not need.
		for (let length = 4; length < whole.length - 1; length += 7) {
			expect(() => readMessageLayout(whole.subarray(0, length))).toThrow(RangeError);
		}
	});

	test("refuses a length of more than three bytes", () => {
		expect(() => readMessageLayout(Uint8Array.of(128, 1, 0, 0, 255, 255, 255, 255, 255))).toThrow("longer than three");
	});

	test("reads lengths of two bytes", () => {
		const data = new Uint8Array(200).fill(7);
		const head = [128, 1, 0, 0, 1, ...new Uint8Array(32), ...new Uint8Array(32), 1, 0, 0, 0xc8, 0x01];
		expect(readMessageLayout(Uint8Array.from([...head, ...data, 0]))).toEqual({
			blockhash: 37,
			instructionData: [{ offset: head.length, length: 200 }],
		});
	});
});
