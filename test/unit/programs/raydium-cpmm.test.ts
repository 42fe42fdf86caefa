import { beforeAll, describe, expect, test } from "@jest/globals";
import { AccountRole } from "@solana/web3.js";
import { U64_MAX } from "../../../core/market/constant-product.ts";
import { CPMM_AUTHORITY, RAYDIUM_CPMM_PROGRAM } from "../../../core/market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../../../core/types/address.ts";
import { swapBaseInput } from "../../../libs/solana/instructions/raydium-cpmm.ts";
import { cpmmConfigAccount } from "../../../services/localnet/genesis/raydium-cpmm.ts";
import {
	ABORT,
	GENERIC,
	GENERIC_SWAP,
	MINT_0,
	MINT_1,
	NOW,
	PAYER,
	PoolUnderTest,
	type State,
	type Swap,
	SYSTEM,
	TOKEN,
	TOKEN_2022,
	USER_0,
	USER_1,
} from "./raydium-cpmm-pool.ts";
import {
	mintData,
	type Outcome,
	type PlainInstruction,
	testAddress,
	tokenAccountData,
	wireTransaction,
} from "./virtual-machine.ts";

describe("the Raydium CPMM program", () => {
	let pool: PoolUnderTest;

	beforeAll(async () => {
		pool = await PoolUnderTest.create();
	});

	test.each<[string, Partial<State>, Partial<Swap>, number | string]>([
		["the swap bit of its status is set", { status: 4 }, {}, 6000],
		["it is not open yet", { openTime: NOW + 1n }, {}, 6000],
		["the input is zero", {}, { amount: 0n }, 2505],
		["the output is zero", {}, { exact: "out", amount: 0n }, 2505],
		["the input is eaten by the fee", {}, { amount: 1n }, 2505],
		[
			"the output wanted is the whole reserve",
			{ protocolFees: [0n, 0n] },
			{ exact: "out", amount: 150_000_000_000n },
			ABORT,
		],
		["both fee rates on the input are zero", { tradeFeeRate: 0n }, {}, 6006],
		["what is owed does not fit 64 bits", { protocolFees: [U64_MAX, 0n], fundFees: [1n, 0n] }, {}, 6011],
		["it owes more than the vault holds", { vaults: [10n, 10n] }, {}, 6012],
		["a reserve is empty", { vaults: [13_028n, 10_000n] }, {}, ABORT],
		["the creator's fee mode is unknown", { creatorFeeOn: 3 }, {}, 6013],
		["the vault has no room for the input", { vaults: [U64_MAX, 1_000n] }, {}, 14],
		["the trade rate reaches the whole", { tradeFeeRate: 1_000_000n }, {}, ABORT],
	])("refuses when %s", (_, state, swap, error) => {
		pool.load({ ...GENERIC, ...state });
		const before = pool.snapshot();
		const outcome = pool.run({ ...GENERIC_SWAP, ...swap }, swap.exact === "out" ? U64_MAX : 0n, 1_000_000_000n);
		expect(outcome).toMatchObject({ ok: false, error });
		expect({ ...pool.snapshot(), user0: 0n }).toEqual({ ...before, user0: 0n });
	});

	test("answers slippage of one unit with ExceededSlippage, both ways", () => {
		for (const exact of ["in", "out"] as const) {
			pool.load(GENERIC);
			const swap = { ...GENERIC_SWAP, exact };
			const quote = pool.quote(GENERIC, swap);
			if (!quote.ok) throw new Error(quote.error);
			const { amountIn, amountOut } = quote.value;
			const tooTight = exact === "in" ? amountOut + 1n : amountIn - 1n;
			expect(pool.run(swap, tooTight, amountIn)).toMatchObject({ ok: false, error: 6005 });
			expect(pool.run(swap, exact === "in" ? amountOut : amountIn, amountIn)).toMatchObject({ ok: true });
		}
	});

	test("stays within the compute that the original takes", () => {
		for (const exact of ["in", "out"] as const) {
			pool.load(GENERIC);
			const outcome = pool.run({ ...GENERIC_SWAP, exact }, exact === "in" ? 0n : U64_MAX, 1_000_000_000_000n);
			expect(outcome.ok && outcome.computeUnits).toBeLessThan(32_000);
		}
	});

	test("lets Token refuse a user without the input", () => {
		pool.load(GENERIC);
		expect(pool.run(GENERIC_SWAP, 0n, GENERIC_SWAP.amount - 1n)).toMatchObject({ ok: false, error: 1 });
	});
});

describe("the Raydium CPMM program's accounts", () => {
	let pool: PoolUnderTest;
	let swap: PlainInstruction;
	const STRANGER = testAddress(60);

	beforeAll(async () => {
		pool = await PoolUnderTest.create();
		swap = swapBaseInput({ ...pool.accounts.aToB, amountIn: 1_000_000n, minimumAmountOut: 0n });
		pool.vm.setAccount(STRANGER, SYSTEM, new Uint8Array(200));
	});

	/** Runs the generic swap with its instruction changed. */
	function runChanged(change: (instruction: PlainInstruction) => PlainInstruction): Outcome {
		pool.load(GENERIC);
		pool.run({ ...GENERIC_SWAP, amount: 0n }, 0n, 10_000_000n);
		return pool.vm.send(wireTransaction(PAYER, [change(swap)]));
	}

	function replaced(index: number, by: Address): (instruction: PlainInstruction) => PlainInstruction {
		return (instruction) => ({
			...instruction,
			accounts: instruction.accounts.map((meta, at) => (at === index ? { ...meta, address: by } : meta)),
		});
	}

	function withRole(index: number, role: AccountRole): (instruction: PlainInstruction) => PlainInstruction {
		return (instruction) => ({
			...instruction,
			accounts: instruction.accounts.map((meta, at) => (at === index ? { ...meta, role } : meta)),
		});
	}

	test("pass as they are", () => {
		expect(runChanged((same) => same)).toMatchObject({ ok: true });
	});

	test.each<[string, number, () => Address, number | string]>([
		["a stranger as authority", 1, () => STRANGER, 2006],
		["a stranger as configuration", 2, () => STRANGER, 3007],
		["the pool as configuration", 2, () => pool.accounts.aToB.pool, 3002],
		["a stranger as pool", 3, () => STRANGER, 3007],
		["the configuration as pool", 3, () => pool.accounts.aToB.ammConfig, 3002],
		["a stranger as input token account", 4, () => STRANGER, 3007],
		["a mint as output token account", 5, () => MINT_1, "InvalidAccountData"],
		["the user's account as input vault", 6, () => USER_0, 2003],
		["the output vault as input vault", 6, () => pool.accounts.aToB.outputVault, 2012],
		["a stranger as token program", 8, () => STRANGER, 3008],
		["a stranger as token program of the output", 9, () => STRANGER, 3008],
		["Token-2022 for a Token mint", 9, () => TOKEN_2022, "IncorrectProgramId"],
		["the other mint as input mint", 10, () => MINT_1, 2012],
		["the other mint as output mint", 11, () => MINT_0, 2012],
		["a token account as mint", 11, () => USER_1, "InvalidAccountData"],
		["a stranger as observation", 12, () => STRANGER, 3007],
		["the pool as observation", 12, () => pool.accounts.aToB.pool, 3002],
	])("refuse %s", (_, index, by, error) => {
		expect(runChanged(replaced(index, by()))).toMatchObject({ ok: false, error });
	});

	test("refuse the same vault on both sides", () => {
		const { inputVault, inputTokenMint } = pool.accounts.aToB;
		const change = (instruction: PlainInstruction) =>
			replaced(11, inputTokenMint)(replaced(7, inputVault)(instruction));
		expect(runChanged(change)).toMatchObject({ ok: false, error: 6008 });
	});

	test("refuse another pool's configuration", async () => {
		const other = await cpmmConfigAccount({ index: 77, tradeFeeRate: 100n });
		pool.vm.setAccount(other.address, RAYDIUM_CPMM_PROGRAM, other.data);
		expect(runChanged(replaced(2, other.address))).toMatchObject({ ok: false, error: 2012 });
	});

	test("refuse accounts that are too short", () => {
		const short = testAddress(61);
		pool.vm.setAccount(short, RAYDIUM_CPMM_PROGRAM, new Uint8Array(7));
		expect(runChanged(replaced(2, short))).toMatchObject({ ok: false, error: 3001 });
		pool.load(GENERIC);
		pool.vm.setAccount(short, RAYDIUM_CPMM_PROGRAM, pool.poolData().slice(0, 600));
		expect(runChanged(replaced(3, short))).toMatchObject({ ok: false, error: ABORT });
	});

	test("refuse a mint with Token-2022 extensions", () => {
		const extended = new Uint8Array(300);
		extended.set(mintData(9, U64_MAX));
		extended[165] = 1;
		pool.load(GENERIC);
		pool.vm.setAccount(MINT_0, TOKEN_2022, extended);
		expect(pool.vm.send(wireTransaction(PAYER, [swap]))).toMatchObject({ ok: false, error: 6007 });
		pool.vm.setAccount(MINT_0, TOKEN, mintData(9, U64_MAX));
	});

	test("refuse pool and vaults that are not writable, a payer who has not signed, and too few", () => {
		expect(runChanged(withRole(3, AccountRole.READONLY))).toMatchObject({ ok: false, error: 2000 });
		expect(runChanged(withRole(7, AccountRole.READONLY))).toMatchObject({ ok: false, error: 2000 });
		expect(runChanged(withRole(12, AccountRole.READONLY))).toMatchObject({ ok: false, error: 2000 });
		const unsigned = (instruction: PlainInstruction) =>
			withRole(0, AccountRole.READONLY)(replaced(0, STRANGER)(instruction));
		expect(runChanged(unsigned)).toMatchObject({ ok: false, error: 3010 });
		const cut = (instruction: PlainInstruction) => ({ ...instruction, accounts: instruction.accounts.slice(0, 12) });
		expect(runChanged(cut)).toMatchObject({ ok: false, error: 3005 });
	});

	test("pass with a Token-2022 mint without extensions", () => {
		const { aToB } = pool.accounts;
		pool.load(GENERIC);
		pool.vm.setAccount(MINT_0, TOKEN_2022, mintData(9, U64_MAX));
		pool.vm.setAccount(aToB.inputVault, TOKEN_2022, tokenAccountData(MINT_0, CPMM_AUTHORITY, GENERIC.vaults[0]));
		// As Token-2022's associated accounts are: the type byte, and the extension that fixes the owner.
		const user = new Uint8Array(170);
		user.set(tokenAccountData(MINT_0, PAYER, 1_000_000n));
		user.set([2, 7, 0, 0, 0], 165);
		pool.vm.setAccount(USER_0, TOKEN_2022, user);
		expect(pool.vm.send(wireTransaction(PAYER, [replaced(8, TOKEN_2022)(swap)]))).toMatchObject({ ok: true });
		const expected = pool.quote(GENERIC, { ...GENERIC_SWAP, amount: 1_000_000n });
		expect(expected).toMatchObject({ value: { amountOut: pool.snapshot().user1 } });
		pool.vm.setAccount(MINT_0, TOKEN, mintData(9, U64_MAX));
	});

	test("refuse data that is no swap", () => {
		const withData = (data: Uint8Array) => (instruction: PlainInstruction) => ({ ...instruction, data });
		expect(runChanged(withData(new Uint8Array(0)))).toMatchObject({ ok: false, error: 101 });
		expect(runChanged(withData(new Uint8Array(24)))).toMatchObject({ ok: false, error: 101 });
		expect(runChanged(withData(swap.data.slice(0, 23)))).toMatchObject({ ok: false, error: 102 });
	});
});
