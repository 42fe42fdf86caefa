import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { type FlashLender, quoteFlashLoan } from "../../../core/execution/flash-loan.ts";
import { KLEND_PROGRAM, RESERVE_OFFSET } from "../../../core/execution/lenders/klend/layout.ts";
import { decodeReserve } from "../../../core/execution/lenders/reserve.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { seededRandom } from "../../../libs/random.ts";
import {
	FLASH_BORROW_OFFSET,
	FLASH_REPAY_OFFSET,
	flashBorrow,
	flashRepay,
} from "../../../libs/solana/instructions/klend.ts";
import type { WholeInstruction } from "../../../libs/solana/instructions/whole-instruction.ts";
import { compileProgram, findCompiler } from "../../../programs/compile.ts";
import { readProgram } from "../../../programs/load.ts";
import { lendingMarketAccounts } from "../../../services/localnet/genesis/klend.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	type PlainInstruction,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	type WireTransaction,
	wireTransaction,
} from "./virtual-machine.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const NOW = 1_700_000_000n;
const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
const PAYER = testAddress(1);
const MINT = testAddress(2);
const MARKET = testAddress(3);
const RESERVE = testAddress(4);
const OTHER_RESERVE = testAddress(5);
const USER = testAddress(6);
const STRANGER = testAddress(7);
const OTHER_MARKET = testAddress(8);
const RELAY = testAddress(9);
const FIXTURES = join(import.meta.dirname, "../../fixtures/programs");
/** Offsets of the market's and the reserve's fields that only these tests change (klend, state/). */
const EMERGENCY_MODE = 122;
const DEPOSIT_LIMIT_CROSSED_TS = 280;
const BORROW_LIMIT_CROSSED_TS = 288;
/** 10 parts in a million, what klend's main market takes. */
const TEN_PPM = 11_529_215_046_068n;

describe("the klend flash lender", () => {
	const vm = new VirtualMachine();
	const genesis = new Map<Address, { owner: Address; data: Uint8Array; lamports: bigint }>();
	let lender: FlashLender;
	let other: FlashLender;

	beforeAll(async () => {
		vm.addProgram(KLEND_PROGRAM, readProgram("klend"));
		vm.addProgram(RELAY, new Uint8Array(readFileSync(join(FIXTURES, "cpi-relay.so"))));
		vm.setUnixTimestamp(NOW);
		vm.setAccount(PAYER, SYSTEM_PROGRAM, new Uint8Array(0), 1_000_000_000_000n);
		vm.setAccount(MINT, TOKEN_PROGRAM_ADDRESS, mintData(6, U64_MAX));
		const common = { symbol: "USDC", mint: MINT, decimals: 6, availableAmount: 0n, flashFeeScaled: TEN_PPM };
		const market = await lendingMarketAccounts({
			lendingMarket: MARKET,
			owner: PAYER,
			reserves: [
				{ ...common, reserve: RESERVE },
				{ ...common, reserve: OTHER_RESERVE },
			],
		});
		const second = await lendingMarketAccounts({ lendingMarket: OTHER_MARKET, owner: PAYER, reserves: [] });
		for (const account of [...market.accounts, ...second.accounts]) {
			genesis.set(account.address, account);
			vm.setAccount(account.address, account.owner, account.data, account.lamports);
		}
		const decode = (reserve: Address) => {
			const account = genesis.get(reserve) as { owner: Address; data: Uint8Array };
			const decoded = decodeReserve({ ...market, ...account, address: reserve });
			if (!decoded.ok) throw new Error(decoded.error.detail);
			return decoded.value;
		};
		lender = decode(RESERVE);
		other = decode(OTHER_RESERVE);
	});

	const bytes = new Map<Address, Uint8Array>();
	/** Addresses in bytes, each converted once. */
	function bytesOf(address: Address): Uint8Array {
		const known = bytes.get(address) ?? addressBytes(address);
		bytes.set(address, known);
		return known;
	}
	const tokenAccounts = new Map<Address, Uint8Array>();
	function setTokens(address: Address, owner: Address, amount: bigint): void {
		const data = tokenAccounts.get(address) ?? tokenAccountData(MINT, owner, 0n);
		tokenAccounts.set(address, data);
		writeUint64(data, 64, amount);
		vm.setAccountBytes(bytesOf(address), bytesOf(TOKEN_PROGRAM_ADDRESS), data);
	}

	/** Puts the reserves, their vaults and the user's account into a state. */
	function set(state: { available: bigint; user: bigint; feeScaled?: bigint; change?: (data: Uint8Array) => void }) {
		for (const each of [lender, other]) {
			const data = (genesis.get(each.reserve) as { data: Uint8Array }).data.slice();
			writeUint64(data, RESERVE_OFFSET.totalAvailableAmount, state.available);
			writeUint64(data, RESERVE_OFFSET.flashLoanFeeScaled, state.feeScaled ?? TEN_PPM);
			state.change?.(data);
			vm.setAccountBytes(bytesOf(each.reserve), bytesOf(KLEND_PROGRAM), data);
			setTokens(each.supplyVault, each.lendingMarketAuthority, state.available);
			setTokens(each.feeVault, each.lendingMarketAuthority, 0n);
		}
		setTokens(USER, PAYER, state.user);
	}

	const borrow = (amount: bigint, from = lender): WholeInstruction =>
		flashBorrow({ lender: from, userTransferAuthority: PAYER, userLiquidity: USER, amount });
	const repay = (amount: bigint, borrowInstructionIndex = 0, from = lender): WholeInstruction =>
		flashRepay({ lender: from, userTransferAuthority: PAYER, userLiquidity: USER, amount, borrowInstructionIndex });
	const send = (...instructions: PlainInstruction[]): Outcome => vm.send(wireTransaction(PAYER, instructions));
	const tokens = (of: Address): bigint => readUint64(vm.accountData(bytesOf(of)), 64);
	const reserveField = (offset: number): bigint => readUint64(vm.accountData(bytesOf(RESERVE)), offset);
	const relayed = ({ accounts, data }: WholeInstruction): PlainInstruction => ({
		programAddress: RELAY,
		accounts: [{ address: KLEND_PROGRAM, role: AccountRole.READONLY }, ...accounts],
		data,
	});
	/** The same change in both halves, since they must name the same accounts. */
	function sendReplaced(index: number, address: Address, role?: AccountRole): Outcome {
		const change = (instruction: WholeInstruction) => ({
			...instruction,
			accounts: instruction.accounts.map((account, place) =>
				place === index ? { address, role: role ?? account.role } : account,
			),
		});
		return send(change(borrow(1_000_000n)), change(repay(1_000_000n)));
	}

	describe("refuses", () => {
		const amount = 1_000_000n;

		test("a borrow that no repay follows: 6032", () => {
			set({ available: 10n * amount, user: amount });
			expect(send(borrow(amount))).toMatchObject({ error: 6032 });
			expect(send(repay(amount, 1), borrow(amount))).toMatchObject({ error: 6033 });
		});

		test.each<[string, () => PlainInstruction[]]>([
			["one unit short", () => [borrow(amount), repay(amount - 1n)]],
			["one unit more", () => [borrow(amount), repay(amount + 1n)]],
			["another borrow's index", () => [borrow(amount), repay(amount, 1)]],
			["another reserve", () => [borrow(amount), repay(amount, 0, other)]],
			[
				"another number of accounts",
				() => [borrow(amount), { ...repay(amount), accounts: repay(amount).accounts.slice(1) }],
			],
		])("a repay of %s: 6033", (_, instructions) => {
			set({ available: 10n * amount, user: amount });
			expect(send(...instructions())).toMatchObject({ error: 6033 });
			expect(tokens(lender.supplyVault)).toBe(10n * amount);
		});

		test("a repay whose index is no borrow: 6033", () => {
			set({ available: 10n * amount, user: amount });
			expect(send(repay(amount, 0))).toMatchObject({ error: 6033 });
			expect(send(repay(amount, 1))).toMatchObject({ error: 6033 });
			const transfer = {
				programAddress: TOKEN_PROGRAM_ADDRESS,
				accounts: [
					{ address: USER, role: AccountRole.WRITABLE },
					{ address: lender.feeVault, role: AccountRole.WRITABLE },
					{ address: PAYER, role: AccountRole.READONLY_SIGNER },
				],
				data: Uint8Array.of(3, 1, 0, 0, 0, 0, 0, 0, 0),
			};
			expect(send(transfer, repay(amount, 0))).toMatchObject({ error: 6033 });
		});

		test("repay data of another length in the borrow's look ahead", () => {
			set({ available: 10n * amount, user: amount });
			const long = { ...repay(amount), data: Uint8Array.of(...repay(amount).data, 0) };
			expect(send(borrow(amount), long).ok).toBe(false);
			const short = { ...repay(amount), data: repay(amount).data.slice(0, 4) };
			expect(send(borrow(amount), short)).toMatchObject({ error: "ProgramFailedToComplete" });
		});

		test("two borrows or two repays in a transaction: 6035", () => {
			set({ available: 10n * amount, user: amount });
			const fails = { error: 6035 };
			expect(send(borrow(amount), borrow(amount), repay(amount), repay(amount, 1))).toMatchObject(fails);
			expect(send(borrow(amount), repay(amount), borrow(amount), repay(amount, 2))).toMatchObject(fails);
			expect(send(borrow(amount), borrow(amount, other), repay(amount, 1, other), repay(amount))).toMatchObject(fails);
			expect(send(borrow(amount), repay(amount), repay(amount))).toMatchObject(fails);
		});

		test("calls by another program: 6031 and 6034, and a relayed repay counts for none", () => {
			set({ available: 10n * amount, user: amount });
			expect(send(relayed(borrow(amount)), repay(amount))).toMatchObject({ error: 6031 });
			expect(send(relayed(repay(amount)))).toMatchObject({ error: 6034 });
			expect(send(borrow(amount), relayed(repay(amount)))).toMatchObject({ error: 6032 });
		});

		test("more than the reserve has: 6008", () => {
			set({ available: amount, user: amount });
			expect(send(borrow(amount + 1n), repay(amount + 1n))).toMatchObject({ error: 6008 });
			expect(quoteFlashLoan({ ...lender, availableAmount: amount }, amount + 1n)).toEqual({
				ok: false,
				error: "insufficientLiquidity",
			});
		});

		test("loans that their own fee eats: 6012", () => {
			set({ available: amount, user: amount });
			expect(send(borrow(1n), repay(1n))).toMatchObject({ error: 6012 });
			expect(send(borrow(2n), repay(2n))).toMatchObject({ ok: true });
			set({ available: amount, user: U64_MAX - amount, feeScaled: 1n << 60n });
			expect(send(borrow(amount), repay(amount))).toMatchObject({ error: 6012 });
		});

		test("a user who cannot pay the fee", () => {
			set({ available: amount, user: 9n });
			expect(send(borrow(amount), repay(amount))).toMatchObject({ error: 1 });
			set({ available: amount, user: 10n });
			expect(send(borrow(amount), repay(amount))).toMatchObject({ ok: true });
		});

		test.each<[string, number, (data: Uint8Array) => void]>([
			["flash loans are switched off", 6036, (data) => writeUint64(data, RESERVE_OFFSET.flashLoanFeeScaled, U64_MAX)],
			["is obsolete", 6082, (data) => data.set([1], RESERVE_OFFSET.configStatus)],
			["has another version", 6073, (data) => writeUint64(data, RESERVE_OFFSET.version, 2n)],
			["is no reserve", 3002, (data) => data.set([0], 0)],
		])("where the reserve %s: %d", (_, error, change) => {
			set({ available: amount, user: amount, change });
			expect(send(borrow(amount), repay(amount))).toMatchObject({ error });
		});

		test("while the market is in emergency mode: 6042", () => {
			const market = genesis.get(MARKET) as { data: Uint8Array };
			const data = market.data.slice();
			data[EMERGENCY_MODE] = 1;
			set({ available: amount, user: amount });
			vm.setAccount(MARKET, KLEND_PROGRAM, data);
			expect(send(borrow(amount), repay(amount))).toMatchObject({ error: 6042 });
			vm.setAccount(MARKET, KLEND_PROGRAM, market.data);
		});

		test.each<[string, number, Address | undefined, AccountRole | undefined, number | string]>([
			["an authority that does not sign", 0, STRANGER, AccountRole.READONLY, 3010],
			["another market authority", 1, STRANGER, undefined, 2006],
			["an account that is no market", 2, STRANGER, undefined, 3007],
			["another market", 2, OTHER_MARKET, undefined, 2006],
			["an account that is no reserve", 3, STRANGER, undefined, 3007],
			["a reserve that is not writable", 3, RESERVE, AccountRole.READONLY, 2000],
			["an account that is no mint", 4, RELAY, undefined, 3007],
			["another mint", 4, testAddress(20), undefined, 2012],
			["another supply vault", 5, USER, undefined, 2012],
			["a supply vault that is not writable", 5, undefined, AccountRole.READONLY, 2000],
			["a user account that does not exist", 6, testAddress(21), undefined, 3012],
			["another fee vault", 7, USER, undefined, 2012],
			["a referrer's state that is not klend's", 8, STRANGER, undefined, 3007],
			["a referrer's state that is klend's", 8, MARKET, undefined, 6074],
			["a referrer that is not writable", 9, STRANGER, AccountRole.READONLY, 2000],
			["another sysvar", 10, STRANGER, undefined, 2012],
			["another token program", 11, STRANGER, undefined, 3008],
			["the other token program", 11, TOKEN_2022, undefined, 2022],
		])("%s", (_, index, address, role, error) => {
			set({ available: 10n * amount, user: amount });
			vm.setAccount(STRANGER, SYSTEM_PROGRAM, new Uint8Array(0));
			vm.setAccount(testAddress(20), TOKEN_PROGRAM_ADDRESS, mintData(6, U64_MAX));
			const named = address ?? (borrow(0n).accounts[index] as { address: Address }).address;
			expect(sendReplaced(index, named, role)).toMatchObject({ error });
		});

		test("the supply vault as the user's account: 6006", () => {
			set({ available: 10n * amount, user: amount });
			expect(sendReplaced(6, lender.supplyVault)).toMatchObject({ error: 6006 });
		});

		test("unknown instructions, short data and missing accounts", () => {
			set({ available: 10n * amount, user: amount });
			const whole = borrow(amount);
			expect(send({ ...whole, data: new Uint8Array(8) })).toMatchObject({ error: 101 });
			expect(send({ ...whole, data: whole.data.slice(0, 7) })).toMatchObject({ error: 101 });
			expect(send({ ...whole, data: whole.data.slice(0, 15) })).toMatchObject({ error: 102 });
			expect(send({ ...whole, accounts: whole.accounts.slice(0, 11) })).toMatchObject({ error: 3005 });
		});
	});

	test("lends, takes its fee into the fee vault, and stands as before", () => {
		set({ available: 5_000_000_000n, user: 10_000n });
		const outcome = send(borrow(1_000_000_000n), repay(1_000_000_000n));
		expect(outcome).toMatchObject({ ok: true });
		expect([lender.supplyVault, lender.feeVault, USER].map(tokens)).toEqual([5_000_000_000n, 10_000n, 0n]);
		expect(reserveField(RESERVE_OFFSET.totalAvailableAmount)).toBe(5_000_000_000n);
		expect(reserveField(RESERVE_OFFSET.borrowedAmountScaled)).toBe(0n);
		expect(reserveField(RESERVE_OFFSET.lastUpdateSlot)).toBe(1_000n);
		expect(reserveField(RESERVE_OFFSET.lastUpdateStale)).toBe(1n);
	});

	test("lends again in the next transaction, and nothing at all", () => {
		set({ available: 1_000_000n, user: 20n });
		expect(send(borrow(1_000_000n), repay(1_000_000n))).toMatchObject({ ok: true });
		expect(send(borrow(1_000_000n), repay(1_000_000n))).toMatchObject({ ok: true });
		expect(send(borrow(0n), repay(0n))).toMatchObject({ ok: true });
		expect([lender.supplyVault, lender.feeVault, USER].map(tokens)).toEqual([1_000_000n, 20n, 0n]);
	});

	test("keeps other debt apart from the loan's, and notes when its limits are crossed", () => {
		const debt = 123_456_789n << 60n;
		const change = (data: Uint8Array) => {
			writeUint64(data, RESERVE_OFFSET.borrowedAmountScaled, debt & U64_MAX);
			writeUint64(data, RESERVE_OFFSET.borrowedAmountScaled + 8, debt >> 64n);
			writeUint64(data, RESERVE_OFFSET.depositLimit, 124_456_788n);
			writeUint64(data, RESERVE_OFFSET.borrowLimit, 123_456_789n);
			writeUint64(data, BORROW_LIMIT_CROSSED_TS, 5n);
		};
		set({ available: 1_000_000n, user: 10n, change });
		expect(send(borrow(1_000_000n), repay(1_000_000n))).toMatchObject({ ok: true });
		expect(reserveField(RESERVE_OFFSET.borrowedAmountScaled)).toBe(debt & U64_MAX);
		expect(reserveField(RESERVE_OFFSET.borrowedAmountScaled + 8)).toBe(debt >> 64n);
		expect(reserveField(DEPOSIT_LIMIT_CROSSED_TS)).toBe(NOW);
		expect(reserveField(BORROW_LIMIT_CROSSED_TS)).toBe(0n);
	});

	test("takes exactly the fee that the core computes, on 3,000 random loans", () => {
		const random = seededRandom(6);
		const bits = (count: number): bigint => {
			const word = (BigInt(random.nextUint32()) << 32n) | BigInt(random.nextUint32());
			return count === 0 ? 0n : (word >> BigInt(64 - count)) | (1n << BigInt(count - 1));
		};
		const transaction: WireTransaction = wireTransaction(PAYER, [borrow(0n), repay(0n)]);
		const [borrowData, repayData] = transaction.dataOffsets as [number, number];
		const counts = { lent: 0, refused: 0 };
		for (let round = 0; round < 3_000; round++) {
			const small = round % 8 === 0;
			const amount = 1n + bits(random.nextUint32() % (small ? 6 : 64));
			const feeScaled = bits(random.nextUint32() % (small ? 64 : 61));
			const quoted = quoteFlashLoan({ ...lender, feeNumerator: feeScaled, availableAmount: amount }, amount);
			set({ available: amount, user: quoted.ok ? quoted.value.fee : 0n, feeScaled });
			writeUint64(transaction.bytes, borrowData + FLASH_BORROW_OFFSET.amount, amount);
			writeUint64(transaction.bytes, repayData + FLASH_REPAY_OFFSET.amount, amount);
			const outcome = vm.send(transaction);
			if (!quoted.ok) {
				expect({ round, quoted, outcome }).toMatchObject({
					outcome: { error: 6012 },
					quoted: { error: "loanTooSmall" },
				});
				counts.refused++;
				continue;
			}
			const after = [outcome.ok, tokens(lender.feeVault), tokens(USER), tokens(lender.supplyVault)];
			if (after.join() !== [true, quoted.value.fee, 0n, amount].join()) {
				throw new Error(`loan ${amount}, fee ${feeScaled}/2^60: expected ${quoted.value.fee}, got ${after}`);
			}
			counts.lent++;
		}
		expect(counts.lent).toBeGreaterThan(2_000);
		expect(counts.refused).toBeGreaterThan(100);
	});

	test("stays below 20,000 compute units for both halves together", () => {
		set({ available: 1_000_000n, user: 10n });
		const outcome = send(borrow(1_000_000n), repay(1_000_000n));
		expect(outcome.ok && outcome.computeUnits).toBeLessThan(20_000);
	});

	test("is called through a relay that is built from its source", () => {
		const compiler = findCompiler();
		if (compiler === undefined) {
			process.stdout.write(
				"clang 14 not found (Debian: apt-get install clang-14): the relay's source was not compared\n",
			);
			return;
		}
		const built = compileProgram(compiler, join(FIXTURES, "cpi-relay.c"));
		expect(Buffer.compare(built, readFileSync(join(FIXTURES, "cpi-relay.so")))).toBe(0);
	});
});
