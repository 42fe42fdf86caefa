import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { AMM_INFO_OFFSET, RAYDIUM_AMM_V4_PROGRAM } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import { raydiumAmmV4 } from "../../../core/market/venues/raydium-amm-v4/venue.ts";
import type {
	AccountBytes,
	Direction,
	NoQuoteCode,
	QuoteResult,
	ReserveState,
} from "../../../core/market/venues/venue.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { seededRandom } from "../../../libs/random.ts";
import { type AmmSwapAccounts, swapBaseIn, swapBaseOut } from "../../../libs/solana/instructions/raydium-amm-v4.ts";
import { readProgram } from "../../../programs/load.ts";
import { ammPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import { clockAt } from "../../support/chain-clock.ts";
import {
	addressBytes,
	type Outcome,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	type WireTransaction,
	wireTransaction,
} from "./virtual-machine.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const NOW = 1_700_000_000n;
const EPOCH = 7n;
const ABORT = "ProgramFailedToComplete";
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const PAYER = testAddress(1);
const COIN_MINT = testAddress(2);
const PC_MINT = testAddress(3);
const USER_COIN = testAddress(4);
const USER_PC = testAddress(5);
const MARKET = testAddress(6);

/** Which program errors each refusal of the quote stands for (raydium-amm, error.rs). */
const PROGRAM_ERRORS: Readonly<Partial<Record<NoQuoteCode, readonly (number | string)[]>>> = {
	zeroInput: [29, ABORT],
	zeroOutput: [29, ABORT],
	insufficientLiquidity: [40, 32, ABORT],
	swapDisabled: [22],
	notOpenYet: [22],
	amountOverflow: [40, ABORT],
};

interface State {
	status: bigint;
	openTime: bigint;
	coin: bigint;
	pc: bigint;
	owedCoin: bigint;
	owedPc: bigint;
	feeNumerator: bigint;
	feeDenominator: bigint;
}

interface Swap {
	readonly direction: Direction;
	/** "in" swaps an exact input, "out" for an exact output. */
	readonly exact: "in" | "out";
	readonly amount: bigint;
	/** The other amount's bound. */
	readonly bound: bigint;
	readonly userBalance?: bigint;
}

const GENERIC: State = {
	status: 6n,
	openTime: 0n,
	coin: 1_000_000_000_000n,
	pc: 150_000_000_000n,
	owedCoin: 12_345n,
	owedPc: 678n,
	feeNumerator: 25n,
	feeDenominator: 10_000n,
};

describe("the Raydium AMM v4 program against the pure quote", () => {
	const vm = new VirtualMachine();
	let poolData: Uint8Array;
	let pool: Uint8Array;
	let accounts: AmmSwapAccounts;
	let descriptor: PoolDescriptor;
	const transactions = new Map<string, WireTransaction>();
	const keys = { userCoin: addressBytes(USER_COIN), userPc: addressBytes(USER_PC), token: addressBytes(TOKEN) };
	const program = addressBytes(RAYDIUM_AMM_V4_PROGRAM);
	const tokenData = new Map<string, { key: Uint8Array; data: Uint8Array }>();

	beforeAll(async () => {
		vm.addProgram(RAYDIUM_AMM_V4_PROGRAM, readProgram("raydium-amm-v4"));
		vm.setUnixTimestamp(NOW);
		vm.setAccount(PAYER, "11111111111111111111111111111111" as Address, new Uint8Array(0), 1_000_000_000_000n);
		const genesis = await ammPoolAccounts({
			market: MARKET,
			coin: { mint: COIN_MINT, decimals: 9, vaultAmount: 0n },
			pc: { mint: PC_MINT, decimals: 6, vaultAmount: 0n },
		});
		poolData = genesis.accounts[0]?.data as Uint8Array;
		pool = addressBytes(genesis.pool);
		for (const account of genesis.accounts.slice(1)) {
			tokenData.set(account.address === genesis.coinVault ? "coinVault" : "pcVault", {
				key: addressBytes(account.address),
				data: account.data,
			});
		}
		tokenData.set("userCoin", { key: keys.userCoin, data: tokenAccountData(COIN_MINT, PAYER, 0n) });
		tokenData.set("userPc", { key: keys.userPc, data: tokenAccountData(PC_MINT, PAYER, 0n) });
		accounts = { ...genesis, userSource: USER_COIN, userDestination: USER_PC, userOwner: PAYER };
		const described = raydiumAmmV4.describe(genesis.accounts[0] as AccountBytes, []);
		if (!described.ok) throw new Error(described.error.detail);
		descriptor = described.value;
		for (const direction of ["aToB", "bToA"] as const) {
			const [userSource, userDestination] = direction === "aToB" ? [USER_COIN, USER_PC] : [USER_PC, USER_COIN];
			const swap = { ...accounts, userSource, userDestination };
			const swapIn = swapBaseIn({ ...swap, amountIn: 0n, minimumAmountOut: 0n });
			const swapOut = swapBaseOut({ ...swap, maximumAmountIn: 0n, amountOut: 0n });
			transactions.set(`${direction}in`, wireTransaction(PAYER, [swapIn]));
			transactions.set(`${direction}out`, wireTransaction(PAYER, [swapOut]));
		}
	});

	function setPool(state: State): void {
		const fields: readonly (readonly [keyof typeof AMM_INFO_OFFSET, bigint])[] = [
			["status", state.status],
			["poolOpenTime", state.openTime],
			["needTakePnlCoin", state.owedCoin],
			["needTakePnlPc", state.owedPc],
			["swapFeeNumerator", state.feeNumerator],
			["swapFeeDenominator", state.feeDenominator],
		];
		for (const [field, value] of fields) writeUint64(poolData, AMM_INFO_OFFSET[field], value);
		vm.setAccountBytes(pool, program, poolData);
	}

	function setBalance(name: string, amount: bigint): void {
		const { key, data } = tokenData.get(name) as { key: Uint8Array; data: Uint8Array };
		writeUint64(data, 64, amount);
		vm.setAccountBytes(key, keys.token, data);
	}

	function balance(name: string): bigint {
		return readUint64(vm.accountData((tokenData.get(name) as { key: Uint8Array }).key), 64);
	}

	function run(state: State, swap: Swap): Outcome {
		setPool(state);
		setBalance("coinVault", state.coin);
		setBalance("pcVault", state.pc);
		// Vault and trader hold parts of one supply, and no supply exceeds 2^64 - 1.
		const largest = U64_MAX - (swap.direction === "aToB" ? state.coin : state.pc);
		const wanted = swap.exact === "in" ? swap.amount : largest;
		const balanceIn = swap.userBalance ?? (wanted < largest ? wanted : largest);
		setBalance("userCoin", swap.direction === "aToB" ? balanceIn : 0n);
		setBalance("userPc", swap.direction === "aToB" ? 0n : balanceIn);
		const transaction = transactions.get(swap.direction + swap.exact) as WireTransaction;
		const data = transaction.dataOffsets[0] as number;
		writeUint64(transaction.bytes, data + 1, swap.exact === "in" ? swap.amount : swap.bound);
		writeUint64(transaction.bytes, data + 9, swap.exact === "in" ? swap.bound : swap.amount);
		return vm.send(transaction);
	}

	function quote(
		state: State,
		{ direction, exact, amount }: Pick<Swap, "direction" | "exact" | "amount">,
	): QuoteResult {
		setPool(state);
		const read = raydiumAmmV4.readState(poolData);
		if (!read.ok) throw new Error("the generated pool does not decode");
		const { owedA, owedB, swapEnabled, openTimeSeconds } = read.value;
		const request = {
			pool: { ...descriptor, feeNumerator: state.feeNumerator, feeDenominator: state.feeDenominator },
			state: { reserveA: state.coin - owedA, reserveB: state.pc - owedB, swapEnabled, openTimeSeconds },
			direction,
			amount,
			clock: clockAt(NOW),
		};
		if (exact === "out") return raydiumAmmV4.quoteExactOut(request);
		const quoted = raydiumAmmV4.quoteExactIn(request);
		left = quoted.ok ? raydiumAmmV4.afterSwap({ ...request, quote: quoted.value }) : null;
		return quoted;
	}

	/** What the core says of the pool after the last exact input that was quoted. */
	let left: ReserveState | null = null;

	function leftBehind(): ReserveState {
		const read = raydiumAmmV4.readState(vm.accountData(pool));
		if (!read.ok) throw new Error("the pool does not decode after its swap");
		const { owedA, owedB, swapEnabled, openTimeSeconds } = read.value;
		const [reserveA, reserveB] = [balance("coinVault") - owedA, balance("pcVault") - owedB];
		return { reserveA, reserveB, swapEnabled, openTimeSeconds };
	}

	/** Runs the program on what the quote promises, and on one unit more than it promises. */
	function compare(state: State, swap: Pick<Swap, "direction" | "exact" | "amount">, alsoSlippage: boolean): boolean {
		const quoted = quote(state, swap);
		const where = () => JSON.stringify({ state, swap }, (_, value) => (typeof value === "bigint" ? `${value}` : value));
		if (!quoted.ok) {
			const outcome = run(state, { ...swap, bound: swap.exact === "in" ? 0n : U64_MAX });
			if (outcome.ok || !PROGRAM_ERRORS[quoted.error]?.includes(outcome.error)) {
				throw new Error(`quote refuses with ${quoted.error}, program says ${JSON.stringify(outcome)}: ${where()}`);
			}
			return false;
		}
		const { amountIn, amountOut } = quoted.value;
		const bound = swap.exact === "in" ? amountOut : amountIn;
		const outcome = run(state, { ...swap, bound });
		if (!outcome.ok) throw new Error(`quote gives ${bound}, program refuses with ${outcome.error}: ${where()}`);
		const [vaultIn, vaultOut] = swap.direction === "aToB" ? ["coinVault", "pcVault"] : ["pcVault", "coinVault"];
		const [before, after] = swap.direction === "aToB" ? [state.coin, state.pc] : [state.pc, state.coin];
		const userOut = swap.direction === "aToB" ? "userPc" : "userCoin";
		const moved = [balance(vaultIn) - before, after - balance(vaultOut), balance(userOut)];
		if (moved[0] !== amountIn || moved[1] !== amountOut || moved[2] !== amountOut) {
			throw new Error(`quote gives ${amountIn} for ${amountOut}, program moved ${moved}: ${where()}`);
		}
		if (swap.exact === "in") {
			const [core, program] = [left, leftBehind()];
			if (core?.reserveA !== program.reserveA || core.reserveB !== program.reserveB) {
				throw new Error(`after the swap: core ${core?.reserveA}/${core?.reserveB}, ${where()}`);
			}
		}
		if (alsoSlippage) {
			const worse = run(state, { ...swap, bound: swap.exact === "in" ? bound + 1n : bound - 1n });
			if (worse.ok || worse.error !== 30) throw new Error(`slippage passes: ${JSON.stringify(worse)} ${where()}`);
		}
		return true;
	}

	const random = seededRandom(4);
	const below = (limit: number) => random.nextUint32() % limit;
	const bits = (count: number): bigint => {
		const word = (BigInt(random.nextUint32()) << 32n) | BigInt(random.nextUint32());
		return count === 0 ? 0n : (word >> BigInt(64 - count)) | (1n << BigInt(count - 1));
	};

	/** A pool of any size, mostly open, mostly with usual fees. */
	function anyState(): State {
		const coinBits = below(65);
		const coin = bits(coinBits);
		const pc = bits(below(4) === 0 ? below(65) : Math.min(64, Math.max(0, coinBits + below(21) - 10)));
		const owes = below(2) === 0;
		const unusual = below(8) === 0;
		const feeDenominator = unusual ? 1n + bits(below(64)) : 10_000n;
		return {
			status: BigInt([6, 6, 6, 6, 6, 6, 7, 7, 1 + below(5), 6][below(10)] as number),
			openTime: NOW + BigInt(below(3) - 1),
			coin,
			pc,
			owedCoin: owes && coin < 1n << 62n ? bits(below(Math.max(1, coinBits))) : 0n,
			owedPc: owes && pc < 1n << 62n ? bits(below(12)) : 0n,
			feeNumerator: unusual ? bits(64) % feeDenominator : BigInt([0, 25, 25, 100, 9_999][below(5)] as number),
			feeDenominator,
		};
	}

	/** An input below 2^62 where the vault owes: input and vault are parts of one supply. */
	function anyAmount(state: State, direction: Direction, side: "in" | "out"): bigint {
		const relevant = (direction === "aToB") === (side === "in") ? state.coin : state.pc;
		if (side === "out") return below(8) === 0 ? bits(below(65)) : (relevant * BigInt(below(1_001))) / 1_000n;
		const size = relevant.toString(2).length;
		const owes = state.owedCoin > 0n || state.owedPc > 0n;
		return bits(Math.min(owes ? 62 : 64, below(8) === 0 ? below(65) : below(size + 4)));
	}

	test("gives what the quote gives for an exact input, on 10,000 random pools in both directions", () => {
		const counts = { given: 0, refused: 0 };
		for (let round = 0; round < 10_000; round++) {
			const state = anyState();
			for (const direction of ["aToB", "bToA"] as const) {
				const amount = anyAmount(state, direction, "in");
				counts[compare(state, { direction, exact: "in", amount }, round % 16 === 0) ? "given" : "refused"]++;
			}
		}
		expect(counts.given).toBeGreaterThan(8_000);
		expect(counts.refused).toBeGreaterThan(2_000);
	});

	test("asks what the quote asks for an exact output, on 4,000 random pools in both directions", () => {
		const counts = { given: 0, refused: 0 };
		for (let round = 0; round < 4_000; round++) {
			const state = anyState();
			for (const direction of ["aToB", "bToA"] as const) {
				const amount = anyAmount(state, direction, "out");
				counts[compare(state, { direction, exact: "out", amount }, round % 16 === 0) ? "given" : "refused"]++;
			}
		}
		expect(counts.given).toBeGreaterThan(2_500);
		expect(counts.refused).toBeGreaterThan(800);
	});

	test("agrees at the ends of the number range", () => {
		const ends = [0n, 1n, 2n, 10_000n, (1n << 32n) - 1n, 1n << 63n, U64_MAX - 1n, U64_MAX];
		for (const coin of ends) {
			for (const pc of ends) {
				const state = { ...GENERIC, coin, pc, owedCoin: 0n, owedPc: 0n };
				for (const amount of ends) {
					compare(state, { direction: "aToB", exact: "in", amount }, false);
					compare(state, { direction: "bToA", exact: "out", amount }, false);
				}
			}
		}
	});

	test.each<[string, bigint]>([
		["initialized", 1n],
		["disabled", 2n],
		["withdraw only", 3n],
		["liquidity only", 4n],
		["order book only", 5n],
	])("refuses a pool that is %s", (_, status) => {
		const state = { ...GENERIC, status };
		expect(quote(state, { direction: "aToB", exact: "in", amount: 1_000n })).toEqual({
			ok: false,
			error: "swapDisabled",
		});
		expect(run(state, { direction: "aToB", exact: "in", amount: 1_000n, bound: 0n })).toMatchObject({ error: 22 });
	});

	test("opens a waiting pool with the first swap at its open time, not a second earlier", () => {
		const swap = { direction: "aToB", exact: "in", amount: 1_000_000n, bound: 0n } as const;
		expect(run({ ...GENERIC, status: 7n, openTime: NOW + 1n }, swap)).toMatchObject({ error: 22 });
		expect(quote({ ...GENERIC, status: 7n, openTime: NOW + 1n }, swap)).toEqual({ ok: false, error: "notOpenYet" });
		expect(run({ ...GENERIC, status: 7n, openTime: NOW }, swap)).toMatchObject({ ok: true });
		expect(readUint64(vm.accountData(pool), AMM_INFO_OFFSET.status)).toBe(6n);
		expect(readUint64(vm.accountData(pool), AMM_INFO_OFFSET.recentEpoch)).toBe(EPOCH);
	});

	test("refuses more than the trader holds, and vaults that owe more than they hold", () => {
		const swap = { direction: "bToA", amount: 1_000n } as const;
		expect(run(GENERIC, { ...swap, exact: "in", bound: 0n, userBalance: 999n })).toMatchObject({ error: 40 });
		expect(run(GENERIC, { ...swap, exact: "out", bound: U64_MAX, userBalance: 1n })).toMatchObject({ error: 40 });
		const owing = { ...GENERIC, owedPc: GENERIC.pc + 1n };
		expect(run(owing, { ...swap, exact: "in", bound: 0n })).toMatchObject({ error: 32 });
		expect(quote(owing, { ...swap, exact: "in" })).toEqual({ ok: false, error: "insufficientLiquidity" });
	});

	test("aborts where the original panics: fees that are no fraction below 1", () => {
		const swap = { direction: "aToB", amount: 1_000_000n } as const;
		const zero = { ...GENERIC, feeDenominator: 0n };
		const above = { ...GENERIC, feeNumerator: 20_000n };
		expect(run(zero, { ...swap, exact: "in", bound: 0n })).toMatchObject({ error: ABORT });
		expect(run(above, { ...swap, exact: "in", bound: 0n })).toMatchObject({ error: ABORT });
		expect(run(above, { ...swap, exact: "out", bound: U64_MAX })).toMatchObject({ error: ABORT });
		expect(run({ ...GENERIC, status: 8n }, { ...swap, exact: "in", bound: 0n })).toMatchObject({ error: ABORT });
	});

	describe("accounts and data", () => {
		const stranger = testAddress(9);
		const swap = () => ({ ...accounts, amountIn: 1_000_000n, minimumAmountOut: 0n });
		type Change = (list: { address: Address; role: number }[]) => void;

		function sendChanged(change: Change, data?: Uint8Array): Outcome {
			run(GENERIC, { direction: "aToB", exact: "in", amount: 1_000_000n, bound: 0n, userBalance: 2_000_000n });
			vm.setAccount(stranger, TOKEN, tokenAccountData(COIN_MINT, PAYER, 5n));
			const instruction = swapBaseIn(swap());
			const list = instruction.accounts.map((account) => ({ ...account }));
			change(list);
			return vm.send(wireTransaction(PAYER, [{ ...instruction, accounts: list, data: data ?? instruction.data }]));
		}
		const replace =
			(index: number, address: Address): Change =>
			(list) => {
				(list[index] as { address: Address }).address = address;
			};

		test("takes 17 accounts and, with target orders, 18", () => {
			expect(sendChanged(() => undefined)).toMatchObject({ ok: true });
			expect(sendChanged((list) => list.splice(4, 0, { address: stranger, role: 1 }))).toMatchObject({ ok: true });
			expect(sendChanged((list) => list.splice(4, 0, ...list.slice(3, 5)))).toMatchObject({ error: 24 });
			expect(sendChanged((list) => list.splice(9, 1))).toMatchObject({ error: 24 });
		});

		test.each<[string, number, number]>([
			["token program", 0, 38],
			["pool of another program", 1, 27],
			["authority", 2, 1],
			["coin vault", 4, 4],
			["pc vault", 5, 5],
		])("refuses another %s", (_, index, error) => {
			expect(sendChanged(replace(index, stranger))).toMatchObject({ error });
		});

		test("refuses the trader's accounts when they are vaults or of another mint", () => {
			expect(sendChanged(replace(14, accounts.coinVault))).toMatchObject({ error: 42 });
			expect(sendChanged(replace(15, accounts.pcVault))).toMatchObject({ error: 42 });
			expect(sendChanged(replace(15, stranger))).toMatchObject({ error: 42 });
			expect(sendChanged(replace(15, accounts.pool))).toMatchObject({ error: 38 });
		});

		test("refuses an owner who does not sign", () => {
			const unsigned: Change = (list) => {
				list[16] = { address: stranger, role: 0 };
			};
			expect(sendChanged(unsigned)).toMatchObject({ error: 21 });
		});

		test("refuses other instructions and short data", () => {
			expect(sendChanged(() => undefined, new Uint8Array(0))).toMatchObject({ error: "InvalidInstructionData" });
			expect(sendChanged(() => undefined, Uint8Array.of(9, 1, 2, 3))).toMatchObject({
				error: "InvalidInstructionData",
			});
			const deposit = new Uint8Array(25);
			deposit[0] = 3;
			expect(sendChanged(() => undefined, deposit)).toMatchObject({ error: "InvalidInstructionData" });
		});
	});

	test("stays below 25,000 compute units a swap", () => {
		const units = (["in", "out"] as const).map((exact) => {
			const outcome = run(GENERIC, {
				direction: "aToB",
				exact,
				amount: 1_000_000n,
				bound: exact === "in" ? 0n : U64_MAX,
			});
			return outcome.ok ? outcome.computeUnits : Number.NaN;
		});
		if (process.argv.includes("--verbose"))
			process.stdout.write(`compute units, swapBaseIn and swapBaseOut: ${units}\n`);
		expect(Math.max(...units)).toBeLessThan(25_000);
	});
});
