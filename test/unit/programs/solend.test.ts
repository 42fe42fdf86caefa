import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { quoteFlashLoan } from "../../../core/execution/flash-loan.ts";
import {
	SOLEND_ERROR,
	SOLEND_FLASH_LOANS_DISABLED,
	SOLEND_LENDING_MARKET_OFFSET,
	SOLEND_PROGRAM,
	SOLEND_RESERVE_OFFSET,
} from "../../../core/execution/lenders/solend/layout.ts";
import { MEMO_PROGRAM } from "../../../core/execution/well-known.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { readProgram } from "../../../programs/load.ts";
import {
	HOST_RECEIVER,
	OTHER_MARKET,
	OTHER_RESERVE,
	PAYER,
	RELAY,
	RESERVE,
	SLOT,
	SolendLender,
	STRANGER,
	U64_MAX,
	USER,
	withAccount,
} from "./solend-lender.ts";
import { addressBytes, type PlainInstruction, tokenAccountData } from "./virtual-machine.ts";

const AMOUNT = 1_000_000n;
let on: SolendLender;

beforeAll(async () => {
	on = await SolendLender.open(readProgram("solend"));
});

describe("refuses", () => {
	const { borrow, repay } = {
		borrow: (...of: Parameters<SolendLender["borrow"]>) => on.borrow(...of),
		repay: (...of: Parameters<SolendLender["repay"]>) => on.repay(...of),
	};
	const loan = () => on.send(borrow(AMOUNT), repay(AMOUNT));

	beforeEach(() => on.set({ available: 10n * AMOUNT, user: AMOUNT }));

	test("a borrow that no repay follows", () => {
		expect(on.send(borrow(AMOUNT))).toMatchObject({ error: SOLEND_ERROR.noFlashRepayFound });
		expect(on.send(repay(AMOUNT, 1), borrow(AMOUNT))).toMatchObject({ error: SOLEND_ERROR.invalidFlashRepay });
	});

	test.each<[string, () => PlainInstruction]>([
		["one unit short", () => repay(AMOUNT - 1n)],
		["one unit more", () => repay(AMOUNT + 1n)],
		["another borrow's index", () => repay(AMOUNT, 1)],
		["another reserve", () => repay(AMOUNT, 0, on.other)],
	])("a repay of %s, before anything is lent", (_, instruction) => {
		const outcome = on.send(borrow(AMOUNT), instruction());
		expect(outcome).toMatchObject({ error: SOLEND_ERROR.invalidFlashRepay });
		expect(outcome.logs.filter((line) => line.endsWith("invoke [1]"))).toHaveLength(1);
		expect(on.tokens(on.lender.supplyVault)).toBe(10n * AMOUNT);
	});

	test("a repay whose index is no borrow of that loan", () => {
		const fails = { error: SOLEND_ERROR.invalidFlashRepay };
		expect(on.send(repay(AMOUNT, 0))).toMatchObject(fails);
		expect(on.send(repay(AMOUNT, 1))).toMatchObject(fails);
		// Looks like the borrow; the machine takes the reserve's signature for given, as that program asks for it.
		const accounts = [PAYER, PAYER, RESERVE].map((address) => ({ address, role: AccountRole.READONLY_SIGNER }));
		const memo = { programAddress: MEMO_PROGRAM, accounts, data: borrow(AMOUNT).data };
		expect(on.send(memo)).toMatchObject({ ok: true });
		expect(on.send(memo, repay(AMOUNT, 0))).toMatchObject(fails);
	});

	test("a second repay of a loan, behind the first or beside another reserve's", () => {
		const fails = { error: SOLEND_ERROR.multipleFlashBorrows };
		expect(on.send(borrow(AMOUNT), repay(AMOUNT), repay(AMOUNT))).toMatchObject(fails);
		expect(on.send(borrow(AMOUNT), repay(AMOUNT), repay(AMOUNT, 0, on.other))).toMatchObject(fails);
	});

	test("a further borrow behind, of any reserve", () => {
		const fails = { error: SOLEND_ERROR.multipleFlashBorrows };
		expect(on.send(borrow(AMOUNT), borrow(AMOUNT), repay(AMOUNT), repay(AMOUNT, 1))).toMatchObject(fails);
		expect(on.send(borrow(AMOUNT), repay(AMOUNT), borrow(AMOUNT), repay(AMOUNT, 2))).toMatchObject(fails);
		expect(on.send(borrow(AMOUNT), borrow(AMOUNT, on.other), repay(AMOUNT, 1, on.other))).toMatchObject(fails);
	});

	test("calls by another program; a relayed repay counts for none", () => {
		expect(on.send(on.relayed(borrow(AMOUNT)), repay(AMOUNT))).toMatchObject({ error: SOLEND_ERROR.flashBorrowCpi });
		expect(on.send(on.relayed(repay(AMOUNT)))).toMatchObject({ error: SOLEND_ERROR.flashRepayCpi });
		const hidden = on.send(borrow(AMOUNT), on.relayed(repay(AMOUNT)));
		expect(hidden).toMatchObject({ error: SOLEND_ERROR.noFlashRepayFound });
	});

	test("more than the reserve has", () => {
		on.set({ available: AMOUNT, user: AMOUNT });
		const refused = on.send(borrow(AMOUNT + 1n), repay(AMOUNT + 1n));
		expect(refused).toMatchObject({ error: SOLEND_ERROR.insufficientLiquidity });
		expect(quoteFlashLoan({ ...on.lender, availableAmount: AMOUNT }, AMOUNT + 1n)).toEqual({
			ok: false,
			error: "insufficientLiquidity",
		});
	});

	test.each([
		[20, 2n],
		[0, 1n],
	])("loans that their own fee eats, with a host's share of %d %%", (hostFeePercentage, largest) => {
		const fails = { error: SOLEND_ERROR.borrowTooSmall };
		on.set({ available: AMOUNT, user: AMOUNT, hostFeePercentage });
		expect(on.send(borrow(largest), repay(largest))).toMatchObject(fails);
		expect(on.send(borrow(largest + 1n), repay(largest + 1n))).toMatchObject({ ok: true });
		on.set({ available: AMOUNT, user: U64_MAX - AMOUNT, feeWad: 10n ** 18n, hostFeePercentage });
		expect(loan()).toMatchObject(fails);
	});

	test("a fee whose host's part is more than all of it, or more than there can be", () => {
		const fails = { error: SOLEND_ERROR.mathOverflow };
		on.set({ available: AMOUNT, user: AMOUNT, feeWad: 10n ** 17n, hostFeePercentage: 101 });
		expect(loan()).toMatchObject(fails);
		const [large, feeWad] = [1n << 63n, 10n ** 18n - 1n];
		on.set({ available: large, user: large - 1n, feeWad, hostFeePercentage: 255 });
		expect(on.send(borrow(large), repay(large))).toMatchObject(fails);
	});

	test("a borrower who cannot pay the fee", () => {
		on.set({ available: AMOUNT, user: 4n });
		expect(loan()).toMatchObject({ error: 1 });
		on.set({ available: AMOUNT, user: 5n });
		expect(loan()).toMatchObject({ ok: true });
	});

	test.each<[string, number | string, (data: Uint8Array) => void]>([
		[
			"flash loans are switched off",
			SOLEND_ERROR.flashLoansDisabled,
			(data) => writeUint64(data, SOLEND_RESERVE_OFFSET.flashLoanFeeWad, SOLEND_FLASH_LOANS_DISABLED),
		],
		["is not made yet", "UninitializedAccount", (data) => data.set([0], SOLEND_RESERVE_OFFSET.version)],
		["has a later version", "InvalidAccountData", (data) => data.set([2], SOLEND_RESERVE_OFFSET.version)],
		["has no staleness", "InvalidAccountData", (data) => data.set([2], SOLEND_RESERVE_OFFSET.lastUpdateStale)],
		["has no price flag", "InvalidAccountData", (data) => data.set([2], SOLEND_RESERVE_OFFSET.extraMarketPriceFlag)],
		["has no type", "ProgramFailedToComplete", (data) => data.set([2], SOLEND_RESERVE_OFFSET.reserveType)],
		[
			"was updated in the future",
			SOLEND_ERROR.mathOverflow,
			(data) => writeUint64(data, SOLEND_RESERVE_OFFSET.lastUpdateSlot, SLOT + 1n),
		],
	])("where the reserve %s", (_, error, change) => {
		on.set({ available: AMOUNT, user: AMOUNT, change });
		expect(loan()).toMatchObject({ error });
	});

	test("a reserve of other size, or of another program", () => {
		const data = on.reserveData();
		on.vm.setAccount(RESERVE, SOLEND_PROGRAM, data.subarray(1));
		expect(loan()).toMatchObject({ error: "InvalidAccountData" });
		on.vm.setAccount(RESERVE, STRANGER, data);
		expect(loan()).toMatchObject({ error: SOLEND_ERROR.invalidAccountOwner });
	});

	test.each<[string, number | string, (data: Uint8Array) => Uint8Array | undefined]>([
		["is not made yet", "UninitializedAccount", (data) => data.fill(0, 0, 1)],
		["has a later version", "InvalidAccountData", (data) => data.fill(2, 0, 1)],
		["has another size", "InvalidAccountData", (data) => data.subarray(1)],
		["has a bump of no address", "InvalidSeeds", (data) => data.fill(255, 1, 2)],
		["has another bump", SOLEND_ERROR.invalidMarketAuthority, (data) => otherBump(data)],
		[
			"has another token program",
			SOLEND_ERROR.invalidTokenProgram,
			(data) => data.fill(7, SOLEND_LENDING_MARKET_OFFSET.tokenProgram, SOLEND_LENDING_MARKET_OFFSET.oracleProgram),
		],
	])("where the market %s", (_, error, change) => {
		on.setMarket(change);
		expect(loan()).toMatchObject({ error });
		on.setMarket((data) => data);
	});

	test("a market of a program that is not SPL Token", () => {
		on.setMarket((data) => void data.set(addressBytes(RELAY), SOLEND_LENDING_MARKET_OFFSET.tokenProgram));
		const change = { address: RELAY };
		const outcome = on.send(withAccount(borrow(AMOUNT), 6, change), withAccount(repay(AMOUNT), 8, change));
		expect(outcome).toMatchObject({ error: "IncorrectProgramId" });
		on.setMarket((data) => data);
	});

	test("a market of another program", () => {
		on.setMarket((data) => data, STRANGER);
		expect(loan()).toMatchObject({ error: SOLEND_ERROR.invalidAccountOwner });
		on.setMarket((data) => data);
	});

	test.each<[string, number, Address | undefined, number | string]>([
		["another supply vault", 0, USER, SOLEND_ERROR.invalidAccountInput],
		["the supply vault as the borrower's account", 1, undefined, SOLEND_ERROR.invalidAccountInput],
		["an account that is no reserve", 2, STRANGER, "InvalidAccountData"],
		["another market", 3, OTHER_MARKET, SOLEND_ERROR.invalidAccountInput],
		["an account that is no market", 3, STRANGER, "InvalidAccountData"],
		["another market authority", 4, STRANGER, SOLEND_ERROR.invalidMarketAuthority],
		["another sysvar", 5, STRANGER, "UnsupportedSysvar"],
		["another token program", 6, STRANGER, SOLEND_ERROR.invalidTokenProgram],
	])("a borrow that names %s", (_, index, address = on.lender.supplyVault, error) => {
		const outcome = on.send(withAccount(borrow(AMOUNT), index, { address }), repay(AMOUNT));
		expect(outcome).toMatchObject({ error });
	});

	test.each<[string, number, Address | undefined, number | string]>([
		["the supply vault as the borrower's account", 0, undefined, SOLEND_ERROR.invalidAccountInput],
		["another supply vault", 1, USER, SOLEND_ERROR.invalidAccountInput],
		["another fee receiver", 2, USER, SOLEND_ERROR.invalidAccountInput],
		["a host who has no account", HOST_RECEIVER, STRANGER, "InvalidAccountData"],
		["another reserve", 4, OTHER_RESERVE, SOLEND_ERROR.invalidFlashRepay],
		["another market", 5, OTHER_MARKET, SOLEND_ERROR.invalidAccountInput],
		["another sysvar", 7, STRANGER, "UnsupportedSysvar"],
		["another token program", 8, STRANGER, SOLEND_ERROR.invalidTokenProgram],
	])("a repay that names %s", (_, index, address = on.lender.supplyVault, error) => {
		const outcome = on.send(borrow(AMOUNT), withAccount(repay(AMOUNT), index, { address }));
		expect(outcome).toMatchObject({ error });
	});

	test("a repay that the owner does not sign, and a reserve that may not be written", () => {
		const unsigned = { address: STRANGER, role: AccountRole.READONLY };
		expect(on.send(borrow(AMOUNT), withAccount(repay(AMOUNT), 6, unsigned)).ok).toBe(false);
		const frozen = { role: AccountRole.READONLY };
		const readOnly = on.send(withAccount(borrow(AMOUNT), 2, frozen), withAccount(repay(AMOUNT), 4, frozen));
		expect(readOnly.ok).toBe(false);
		expect(on.tokens(USER)).toBe(AMOUNT);
	});

	test("unknown instructions, short data and missing accounts", () => {
		const unread = { error: SOLEND_ERROR.instructionUnpackError };
		const whole = borrow(AMOUNT);
		for (const data of [[], [25], [18], [19, 1, 0, 0, 0, 0, 0, 0], [20, 1, 0, 0, 0, 0, 0, 0, 0]]) {
			expect(on.send({ ...whole, data: Uint8Array.from(data) })).toMatchObject(unread);
		}
		expect(on.send(whole, { ...repay(AMOUNT), data: Uint8Array.of(25) })).toMatchObject(unread);
		expect(on.send(whole, { ...repay(AMOUNT), data: repay(AMOUNT).data.slice(0, 9) })).toMatchObject(unread);
		const few = { error: "NotEnoughAccountKeys" };
		expect(on.send({ ...whole, accounts: whole.accounts.slice(0, 6) }, repay(AMOUNT))).toMatchObject(few);
		const shortRepay = { ...repay(AMOUNT), accounts: repay(AMOUNT).accounts.slice(0, 8) };
		expect(on.send(whole, shortRepay)).toMatchObject(few);
		const noReserve = { ...repay(AMOUNT), accounts: repay(AMOUNT).accounts.slice(0, 4) };
		expect(on.send(whole, noReserve)).toMatchObject({ error: "ProgramFailedToComplete" });
	});
});

test("lends, pays its fee to host and owner, and stands as before", () => {
	on.set({ available: 5_000_000_000n, user: 5_000n });
	const before = on.reserveData();
	expect(on.send(on.borrow(1_000_000_000n), on.repay(1_000_000_000n))).toMatchObject({ ok: true });
	expect([on.lender.supplyVault, on.lender.feeVault, USER].map((of) => on.tokens(of))).toEqual([
		5_000_000_000n,
		5_000n,
		0n,
	]);
	const after = on.reserveData();
	expect(readUint64(after, SOLEND_RESERVE_OFFSET.lastUpdateSlot)).toBe(SLOT);
	writeUint64(before, SOLEND_RESERVE_OFFSET.lastUpdateSlot, SLOT);
	expect(Buffer.compare(after, before)).toBe(0);
});

test("a host of one's own gets his share", () => {
	const host = OTHER_MARKET;
	on.set({ available: 5_000_000_000n, user: 5_000n });
	on.vm.setAccount(host, TOKEN_PROGRAM_ADDRESS, tokenAccountData(on.lender.mint, PAYER, 0n));
	const repay = withAccount(on.repay(1_000_000_000n), HOST_RECEIVER, { address: host });
	expect(on.send(on.borrow(1_000_000_000n), repay)).toMatchObject({ ok: true });
	expect([on.tokens(host), on.tokens(on.lender.feeVault)]).toEqual([1_000n, 4_000n]);
});

test("lends stale and fresh, of either type, again in the next transaction, nothing at all, and from a market with other debt", () => {
	const { lastUpdateStale, reserveType, extraMarketPriceFlag } = SOLEND_RESERVE_OFFSET;
	for (const either of [0, 1]) {
		const change = (data: Uint8Array) => {
			for (const field of [lastUpdateStale, reserveType, extraMarketPriceFlag]) data[field] = either;
		};
		on.set({ available: AMOUNT, user: 10n, change });
		expect(on.send(on.borrow(AMOUNT), on.repay(AMOUNT))).toMatchObject({ ok: true });
		expect(on.send(on.borrow(AMOUNT), on.repay(AMOUNT))).toMatchObject({ ok: true });
		expect(on.send(on.borrow(0n), on.repay(0n))).toMatchObject({ ok: true });
		expect(on.tokens(USER)).toBe(0n);
	}
	const debt = 123_456_789n * 10n ** 18n;
	const change = (data: Uint8Array) => {
		writeUint64(data, SOLEND_RESERVE_OFFSET.borrowedAmountWads, debt & U64_MAX);
		writeUint64(data, SOLEND_RESERVE_OFFSET.borrowedAmountWads + 8, debt >> 64n);
	};
	on.set({ available: AMOUNT, user: 5n, change });
	expect(on.send(on.borrow(AMOUNT), on.repay(AMOUNT))).toMatchObject({ ok: true });
	expect(readUint64(on.reserveData(), SOLEND_RESERVE_OFFSET.borrowedAmountWads)).toBe(debt & U64_MAX);
	expect(readUint64(on.reserveData(), SOLEND_RESERVE_OFFSET.borrowedAmountWads + 8)).toBe(debt >> 64n);
});

test("stays below 20,000 compute units for both halves together", () => {
	on.set({ available: AMOUNT, user: 10n });
	const outcome = on.send(on.borrow(AMOUNT), on.repay(AMOUNT));
	expect(outcome.ok && outcome.computeUnits).toBeLessThan(20_000);
});

/** A bump that gives an address, but not the market's. */
function otherBump(data: Uint8Array): undefined {
	const bump = data[SOLEND_LENDING_MARKET_OFFSET.bumpSeed] as number;
	data[SOLEND_LENDING_MARKET_OFFSET.bumpSeed] = bump - 1;
}
