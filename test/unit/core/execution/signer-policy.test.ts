import { describe, expect, test } from "@jest/globals";
import { AccountRole, createNoopSigner, type Instruction } from "@solana/web3.js";
import { getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import {
	getAssignInstruction,
	getCreateAccountInstruction,
	getTransferSolInstruction,
	getTransferSolWithSeedInstruction,
} from "@solana-program/system";
import {
	AuthorityType,
	getApproveInstruction,
	getBurnInstruction,
	getCloseAccountInstruction,
	getCreateAssociatedTokenIdempotentInstruction,
	getRecoverNestedAssociatedTokenInstruction,
	getSetAuthorityInstruction,
	getTransferCheckedInstruction,
	getTransferInstruction,
} from "@solana-program/token";
import type { FlashLender } from "../../../../core/execution/flash-loan.ts";
import { SOLEND_PROGRAM } from "../../../../core/execution/lenders/solend/layout.ts";
import { checkMessage, type SigningContext } from "../../../../core/execution/message-check.ts";
import { LOOKUP_TABLE_PROGRAM } from "../../../../core/execution/signable-instructions.ts";
import { signerLimitsFrom } from "../../../../core/execution/signer-limits.ts";
import { type SignerLimits, SignerPolicy } from "../../../../core/execution/signer-policy.ts";
import { RAYDIUM_CPMM_PROGRAM } from "../../../../core/market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";
import { extendTable } from "../../../../libs/solana/instructions/lookup-table.ts";
import { memo } from "../../../../libs/solana/memo.ts";
import { compileMessage } from "../../../../libs/solana/message-template.ts";
import { type RouteValues, routeInstructions } from "../../../../libs/solana/route.ts";
import { anyAddress, BONK, exampleRoute, exampleWallet, TOKEN_PROGRAM, USDC } from "../../libs/solana/example-route.ts";

const HOUR_MICROS = 3_600_000_000;
const route = exampleRoute();
const TIP_ACCOUNT = route.tipAccount as Address;
const wallet = exampleWallet();
const owner = createNoopSigner(wallet.address);
const STRANGER = anyAddress();
const own = (mint: Address) => wallet.tokenAccounts.get(mint) as Address;

const context: SigningContext = {
	wallet: wallet.address,
	ownAccounts: new Map([...wallet.tokenAccounts].map(([mint, account]) => [account, mint])),
	counterparties: new Set(
		[
			...route.legs.flatMap(({ pool }) => [
				pool.address,
				pool.vaultA,
				pool.vaultB,
				...Object.values(pool.swapAccounts),
			]),
			...(route.lender ? [route.lender.reserve, route.lender.supplyVault, route.lender.feeVault] : []),
		].map((account) => account as Address),
	),
	lookupTables: new Map(),
};

const LIMITS: SignerLimits = {
	maxFeeLamports: 10_000n,
	maxTipLamports: 1_000n,
	maxHourlyLamports: 100_000n,
	maxHourlySignatures: 5,
	notional: new Map([[USDC, { perTransaction: 1_000n, perHour: 2_500n }]]),
	tipAccounts: new Set([TIP_ACCOUNT]),
};

const VALUES: RouteValues = {
	intentId: "0123456789abcdef" as IntentId,
	computeUnitLimit: 100_000,
	computeUnitPriceMicroLamports: 1_000n,
	loan: { amount: 1_000n },
	tip: { lamports: 1_000n },
	legs: [
		{ amountIn: 1_000n, minimumAmountOut: 900n },
		{ amountIn: 900n, minimumAmountOut: 1_100n },
	],
};

function compiled(instructions: readonly Instruction[], feePayer = wallet.address): Uint8Array {
	return compileMessage({
		instructions,
		feePayer,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
}

const trade = (values: Partial<RouteValues> = {}) =>
	routeInstructions(route, wallet, { ...VALUES, ...values }).instructions;

/** Why a message of these instructions is not signed. */
function objection(instructions: readonly Instruction[], within: Partial<SigningContext> = {}): string | null {
	const checked = checkMessage(compiled(instructions), { ...context, ...within }, LIMITS.tipAccounts);
	return checked.ok ? null : checked.error;
}

const tokens = { owner: owner.address, source: own(USDC), destination: anyAddress(), mint: USDC };
const lookup = (tag: number, accounts: readonly Address[]): Instruction => ({
	programAddress: LOOKUP_TABLE_PROGRAM,
	accounts: accounts.map((address, index) => ({
		address,
		role: index === 1 ? AccountRole.READONLY_SIGNER : AccountRole.WRITABLE,
	})),
	data: Uint8Array.of(tag, 0, 0, 0),
});

describe("a drain is not signed", () => {
	test.each<[string, readonly Instruction[]]>([
		["lamports to a stranger", [getTransferSolInstruction({ source: owner, destination: STRANGER, amount: 1n })]],
		[
			"lamports from somebody else, paid by the wallet",
			[
				{
					...getTransferSolInstruction({ source: owner, destination: TIP_ACCOUNT, amount: 1n }),
					accounts: [
						{ address: own(USDC), role: AccountRole.WRITABLE },
						{ address: TIP_ACCOUNT, role: AccountRole.WRITABLE },
					],
				},
			],
		],
		["the wallet given to a program", [getAssignInstruction({ account: owner, programAddress: STRANGER })]],
		[
			"lamports into a new account",
			[
				getCreateAccountInstruction({
					payer: owner,
					newAccount: createNoopSigner(STRANGER),
					lamports: 1n,
					space: 0n,
					programAddress: STRANGER,
				}),
			],
		],
		[
			"a transfer with a seed",
			[
				getTransferSolWithSeedInstruction({
					source: STRANGER,
					baseAccount: owner,
					destination: TIP_ACCOUNT,
					amount: 1n,
					fromSeed: "",
					fromOwner: STRANGER,
				}),
			],
		],
		["tokens to a stranger", [getTransferInstruction({ ...tokens, authority: owner, amount: 1n })]],
		[
			"tokens to a stranger, checked",
			[getTransferCheckedInstruction({ ...tokens, authority: owner, amount: 1n, decimals: 6 })],
		],
		[
			"tokens to the wallet's own account even",
			[getTransferInstruction({ source: own(USDC), destination: own(BONK), authority: owner, amount: 1n })],
		],
		["a delegate", [getApproveInstruction({ source: own(USDC), delegate: STRANGER, owner, amount: 1n })]],
		[
			"another authority",
			[
				getSetAuthorityInstruction({
					owned: own(USDC),
					owner,
					authorityType: AuthorityType.AccountOwner,
					newAuthority: STRANGER,
				}),
			],
		],
		["a closed account", [getCloseAccountInstruction({ account: own(USDC), destination: STRANGER, owner })]],
		["burnt tokens", [getBurnInstruction({ account: own(USDC), mint: USDC, authority: owner, amount: 1n })]],
		[
			"an unknown program",
			[
				{
					programAddress: STRANGER,
					accounts: [{ address: wallet.address, role: AccountRole.WRITABLE_SIGNER }],
					data: new Uint8Array(8),
				},
			],
		],
		[
			"another instruction of a venue",
			[
				{
					programAddress: RAYDIUM_CPMM_PROGRAM,
					accounts: [],
					data: Uint8Array.of(242, 35, 198, 137, 82, 225, 242, 182),
				},
			],
		],
		[
			"a swap with more data than a swap has",
			trade().map((one) =>
				one.programAddress === RAYDIUM_CPMM_PROGRAM
					? { ...one, data: Uint8Array.of(...(one.data as Uint8Array), 0) }
					: one,
			),
		],
		[
			"another instruction of a lender",
			[{ programAddress: SOLEND_PROGRAM, accounts: [], data: Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 0) }],
		],
		["a loan that is not repaid", trade().filter((_one, index) => index !== 6)],
		[
			"a loan into a pool's vault",
			trade().map((one, index) =>
				index === 3
					? {
							...one,
							accounts: one.accounts?.map((account) =>
								account.address === own(USDC)
									? { ...account, address: route.legs[0]?.pool.vaultA as Address }
									: account,
							),
						}
					: one,
			) as readonly Instruction[],
		],
		["two tips", [...trade(), getTransferSolInstruction({ source: owner, destination: TIP_ACCOUNT, amount: 1n })]],
		["two prices", [...trade(), getSetComputeUnitPriceInstruction({ microLamports: 9n })]],
		["a heap size", [{ programAddress: trade()[0]?.programAddress as Address, data: Uint8Array.of(1, 0, 0, 4, 0) }]],
		["a memo with accounts", [{ ...memo("x"), accounts: [{ address: STRANGER, role: AccountRole.READONLY }] }]],
		["a memo that is a letter", [memo("x".repeat(65))]],
		["a second signer", [{ ...memo("x"), accounts: [{ address: STRANGER, role: AccountRole.READONLY_SIGNER }] }]],
		[
			"a stranger's token account",
			[
				getCreateAssociatedTokenIdempotentInstruction({
					payer: owner,
					ata: STRANGER,
					owner: STRANGER,
					mint: USDC,
					tokenProgram: TOKEN_PROGRAM,
				}),
			],
		],
		[
			"the wallet's account said to be of another mint",
			[
				getCreateAssociatedTokenIdempotentInstruction({
					payer: owner,
					ata: own(USDC),
					owner: wallet.address,
					mint: BONK,
					tokenProgram: TOKEN_PROGRAM,
				}),
			],
		],
		[
			"a token account of a strange token program",
			[
				getCreateAssociatedTokenIdempotentInstruction({
					payer: owner,
					ata: own(USDC),
					owner: wallet.address,
					mint: USDC,
					tokenProgram: STRANGER,
				}),
			],
		],
		[
			"a nested account recovered",
			[
				getRecoverNestedAssociatedTokenInstruction({
					walletAddress: owner,
					ownerTokenMintAddress: USDC,
					nestedTokenMintAddress: BONK,
					destinationAssociatedAccountAddress: STRANGER,
					nestedAssociatedAccountAddress: own(BONK),
					ownerAssociatedAccountAddress: own(USDC),
				}),
			],
		],
		["a stranger's lookup table", [lookup(2, [STRANGER, STRANGER])]],
		["a lookup table closed to a stranger", [lookup(4, [STRANGER, wallet.address, anyAddress()])]],
		["a frozen lookup table", [lookup(1, [STRANGER, wallet.address])]],
		["a deactivated lookup table of its own", [lookup(3, [STRANGER, wallet.address])]],
		["a closed lookup table of its own", [lookup(4, [STRANGER, wallet.address, wallet.address])]],
	])("%s", (_what, instructions) => {
		expect(objection(instructions)).not.toBeNull();
		expect(objection([...trade(), ...instructions])).not.toBeNull();
	});

	test("what a swap brings, to a stranger's account", () => {
		const thief = exampleWallet(wallet.address);
		const tokenAccounts = new Map([...wallet.tokenAccounts, [BONK, thief.tokenAccounts.get(BONK) as Address]]);
		const { instructions } = routeInstructions(route, { ...wallet, tokenAccounts }, VALUES);
		expect(objection(instructions)).toContain("does not lead from an account of the wallet to another");
	});

	test("through a pool that no catalog has", () => {
		expect(objection(trade(), { counterparties: new Set() })).toContain("could be written to");
	});

	test("paid by somebody else", () => {
		const message = compiled([memo("x")], STRANGER);
		expect(checkMessage(message, context, LIMITS.tipAccounts)).toMatchObject({
			ok: false,
			error: expect.stringContaining("would pay"),
		});
	});

	test.each([
		["nothing", new Uint8Array()],
		["no version 0", Uint8Array.of(1, 0, 1)],
		["no payer", Uint8Array.of(0x80, 0, 0, 0, 0)],
		["half a message", compiled([memo("x")]).slice(0, -3)],
		["more than a message", Uint8Array.of(...compiled([memo("x")]), 0)],
	])("bytes that are %s", (_what, bytes) => {
		expect(checkMessage(bytes, context, LIMITS.tipAccounts)).toMatchObject({ ok: false });
	});
});

describe("beyond a limit nothing is signed", () => {
	const policy = (limits: Partial<SignerLimits> = {}) => new SignerPolicy({ ...LIMITS, ...limits });

	/** Signs trades of these values, one after another, with one template. */
	function admitted(
		values: readonly Partial<RouteValues>[],
		limits: Partial<SignerLimits> = {},
		minutes = 0,
	): (string | true)[] {
		const guard = policy(limits);
		const checked = guard.check(compiled(trade()), context);
		if (!checked.ok) throw new Error(checked.error);
		return values.map((change, index) => {
			const { isSame } = checked.value;
			expect(isSame.call(checked.value, compiled(trade(change)))).toBe(true);
			const result = guard.admit(compiled(trade(change)), checked.value, index * minutes * 60_000_000);
			return result.ok ? true : result.error;
		});
	}

	test("a fee, a tip and a notional are signed at their limit, and not by one unit more", () => {
		const atFee = { computeUnitLimit: 1_000_000, computeUnitPriceMicroLamports: 5_000n };
		expect(admitted([atFee])).toEqual([true]);
		expect(admitted([{ ...atFee, computeUnitPriceMicroLamports: 5_001n }])).toEqual([expect.stringContaining("fees")]);
		expect(admitted([{ tip: { lamports: 1_001n } }])).toEqual([expect.stringContaining("tips 1001")]);
		const legs = [{ amountIn: 1_001n, minimumAmountOut: 900n }, VALUES.legs[1] as RouteValues["legs"][number]];
		expect(admitted([{ legs }])).toEqual([expect.stringContaining("1001")]);
	});

	test("a later leg takes no more than the one before it is sure to bring", () => {
		const legs = [
			{ amountIn: 10n, minimumAmountOut: 9n },
			{ amountIn: 10n, minimumAmountOut: 11n },
		];
		expect(admitted([{ legs }])).toEqual([expect.stringContaining("spends more")]);
	});

	test("the hour: notional, fees and tips together, signatures; and it passes", () => {
		expect(admitted([{}, {}, {}])).toEqual([true, true, expect.stringContaining("within an hour")]);
		const notional = new Map([[USDC, { perTransaction: 1_000n, perHour: 1_000_000n }]]);
		const costOfOne = 5_000n + 100n + 1_000n;
		expect(admitted([{}, {}, {}], { notional, maxHourlyLamports: 2n * costOfOne })).toEqual([
			true,
			true,
			expect.stringContaining("last hour"),
		]);
		const six = Array.from({ length: 6 }, () => ({}));
		expect(admitted(six, { notional })).toEqual([
			true,
			true,
			true,
			true,
			true,
			expect.stringContaining("5 signatures"),
		]);
		expect(admitted(six, { notional }, 30)).toEqual(six.map(() => true));
		expect(HOUR_MICROS).toBe(60 * 60_000_000);
	});

	test("what was refused is not counted", () => {
		const tooMuch = { tip: { lamports: 1_001n } };
		expect(admitted([tooMuch, tooMuch, tooMuch, {}, {}]).slice(3)).toEqual([true, true]);
	});

	test("a route from a mint without a cap is not even compiled", () => {
		expect(policy({ notional: new Map() }).check(compiled(trade()), context)).toMatchObject({
			ok: false,
			error: expect.stringContaining("security.caps"),
		});
		const checked = policy().check(compiled(trade()), context);
		if (!checked.ok) throw new Error(checked.error);
		expect(policy({ notional: new Map() }).admit(compiled(trade()), checked.value, 0)).toMatchObject({ ok: false });
	});

	test("a message that is not the checked one, by any byte that is no value", () => {
		const guard = policy({ maxHourlySignatures: 1_000_000, maxHourlyLamports: 2n ** 64n });
		const message = compiled(trade());
		const checked = guard.check(message, context);
		if (!checked.ok) throw new Error(checked.error);
		let values = 0;
		for (let at = 0; at < message.length; at++) {
			const altered = message.slice();
			altered[at] = (altered[at] as number) ^ 1;
			if (checked.value.isSame(altered)) values++;
			else
				expect(guard.admit(altered, checked.value, 0)).toMatchObject({
					ok: false,
					error: expect.stringContaining("not the one"),
				});
		}
		// Blockhash, limit, price, memo, loan and its repayment, four amounts of two swaps, tip.
		expect(values).toBe(32 + 4 + 8 + 16 + 2 * 8 + 4 * 8 + 8);
		expect(checked.value.isSame(message.slice(0, -1))).toBe(false);
	});
});

describe("what is signed", () => {
	test("a trade with a loan from Solend, and not when it is not repaid", () => {
		const lender = { ...(route.lender as FlashLender), kind: "solend" as const, program: SOLEND_PROGRAM };
		const { instructions } = routeInstructions({ ...route, lender }, wallet, VALUES);
		expect(objection(instructions)).toBeNull();
		const unpaid = instructions.filter(
			({ programAddress, data }) => programAddress !== SOLEND_PROGRAM || data?.[0] !== 20,
		);
		expect(unpaid).toHaveLength(instructions.length - 1);
		expect(objection(unpaid)).toBe("a loan is not repaid");
	});

	test("trades with and without loan and tip, token accounts of the wallet, its own lookup tables", () => {
		expect(objection(trade())).toBeNull();
		const bare = { ...route, lender: null, tipAccount: null };
		expect(objection(routeInstructions(bare, wallet, { ...VALUES, loan: null, tip: null }).instructions)).toBeNull();
		const account = getCreateAssociatedTokenIdempotentInstruction({
			payer: owner,
			ata: own(USDC),
			owner: wallet.address,
			mint: USDC,
			tokenProgram: TOKEN_PROGRAM,
		});
		expect(objection([memo("setup"), account])).toBeNull();
		const growth = extendTable({ wallet: wallet.address, table: anyAddress(), entries: [STRANGER] });
		expect(objection([memo("setup"), growth])).toBeNull();
	});

	test("without a limit of its own, a message is thought to use all compute units", () => {
		const guard = new SignerPolicy(LIMITS);
		const message = compiled([getSetComputeUnitPriceInstruction({ microLamports: 10_000n }), memo("x")]);
		const checked = guard.check(message, context);
		expect(checked.ok && guard.admit(message, checked.value, 0)).toMatchObject({
			ok: false,
			error: expect.stringContaining("19000"),
		});
	});
});

describe("the limits of the configuration", () => {
	const settings = { max_fee_lamports: 1, max_tip_lamports: 2, max_hourly_lamports: 3, max_hourly_signatures: 4 };
	const assets = [{ symbol: "USDC", mint: USDC, decimals: 6 }];
	const of = (caps: readonly { asset: string; per_transaction: string; per_hour: string }[]) =>
		signerLimitsFrom({ settings: { ...settings, caps }, assets, tipAccounts: [TIP_ACCOUNT] });

	test("an asset that nobody knows, and amounts finer than it, are all told", () => {
		const result = of([
			{ asset: "EURC", per_transaction: "1", per_hour: "1" },
			{ asset: "USDC", per_transaction: "0.0000001", per_hour: "0.0000001" },
		]);
		expect(result.ok ? [] : result.error.map((line) => line.split(":")[0])).toEqual([
			"security.caps.0.asset",
			"security.caps.1.per_transaction",
			"security.caps.1.per_hour",
		]);
	});

	test("are in base units", () => {
		expect(of([{ asset: "USDC", per_transaction: "1.5", per_hour: "20" }])).toMatchObject({
			ok: true,
			value: {
				maxFeeLamports: 1n,
				maxTipLamports: 2n,
				maxHourlyLamports: 3n,
				maxHourlySignatures: 4,
				notional: new Map([[USDC, { perTransaction: 1_500_000n, perHour: 20_000_000n }]]),
			},
		});
	});
});
