import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { AccountRole } from "@solana/web3.js";
import { tickAtSqrtPrice } from "../../../../../core/market/tick-math.ts";
import { WHIRLPOOL_PROGRAM } from "../../../../../core/market/venues/orca-whirlpool/accounts.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../../../core/types/bytes.ts";
import { readProgram } from "../../../../../programs/load.ts";
import {
	type WhirlpoolPoolAccounts,
	type WhirlpoolPoolGenesis,
	whirlpoolConfigAccount,
	whirlpoolFeeTierAccount,
	whirlpoolPoolAccounts,
} from "../../../../../services/localnet/genesis/orca-whirlpool.ts";
import { positionsAround, sqrtPriceOf } from "../../../../../services/localnet/genesis/orca-whirlpool-positions.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	wireTransaction,
} from "../../../programs/virtual-machine.ts";

const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const MEMO = "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr" as Address;
const SOL = "So11111111111111111111111111111111111111112" as Address;
const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
/** Mainnet's configuration of Orca's own pools. */
const CONFIG = "2LecshUwdy9xi7meFgHtFJQNSKk4KdTrcpvaB56dP2NQ" as Address;
const LOW = { mint: encodeBase58(new Uint8Array(32).fill(9)) as Address };
const HIGH = { mint: encodeBase58(new Uint8Array(32).fill(10)) as Address };
const PAYER = testAddress(1);
const HOLDINGS = [testAddress(2), testAddress(3)] as const;
const SQRT_PRICE = sqrtPriceOf({ amountA: 1_000_000_000n, amountB: 150_000_000n });
const DEPTH = 4_000_000_000_000n;
const FUNDS = 1n << 60n;

function genesis(changes: Partial<WhirlpoolPoolGenesis> = {}): WhirlpoolPoolGenesis {
	const tickSpacing = changes.tickSpacing ?? 64;
	const positions = changes.positions ?? positionsAround({ sqrtPrice: SQRT_PRICE, tickSpacing, amountA: DEPTH });
	return {
		config: CONFIG,
		tokenA: LOW,
		tokenB: HIGH,
		tickSpacing,
		feeRate: 3_000,
		protocolFeeRate: 1_300,
		sqrtPrice: SQRT_PRICE,
		...changes,
		positions,
	};
}

describe("a Whirlpool's genesis", () => {
	test.each<[string, Partial<WhirlpoolPoolGenesis>, RegExp]>([
		["mints in the wrong order", { tokenA: HIGH, tokenB: LOW }, /exchange them/],
		["a tick spacing of zero", { tickSpacing: 0, positions: [] }, /tick spacing 0/],
		["a fee above six per cent", { feeRate: 60_001 }, /fee rate 60001/],
		["a protocol fee above a quarter", { protocolFeeRate: 2_501 }, /protocol fee rate 2501/],
		["a position off the spacing", { positions: [{ lowerTick: 1, upperTick: 64, liquidity: 1n }] }, /multiples of 64/],
		["a position upside down", { positions: [{ lowerTick: 64, upperTick: 0, liquidity: 1n }] }, /ascending/],
		["a position of nothing", { positions: [{ lowerTick: 0, upperTick: 64, liquidity: 0n }] }, /needs liquidity/],
		["a position beyond the ticks", { positions: [{ lowerTick: 0, upperTick: 443_648, liquidity: 1n }] }, /position/],
		["a price that does not exist", { sqrtPrice: 1n, positions: [] }, /square root price/],
	])("refuses %s", async (_, changes, message) => {
		await expect(whirlpoolPoolAccounts(genesis(changes))).rejects.toThrow(message);
	});

	test("refuses rates in configuration and tier that the program would not take", async () => {
		const account = { address: CONFIG, authority: PAYER };
		expect(() => whirlpoolConfigAccount({ ...account, protocolFeeRate: 2_501 })).toThrow(RangeError);
		await expect(whirlpoolFeeTierAccount({ config: CONFIG, tickSpacing: 1, feeRate: -1 })).rejects.toThrow(RangeError);
		await expect(whirlpoolFeeTierAccount({ config: CONFIG, tickSpacing: 1.5, feeRate: 1 })).rejects.toThrow(RangeError);
	});

	test("derives mainnet's SOL and USDC pools", async () => {
		const sides = { tokenA: { mint: SOL }, tokenB: { mint: USDC } };
		const coarse = await whirlpoolPoolAccounts(genesis(sides));
		expect(coarse.pool).toBe("HJPjoWUrhoZzkNfRpHuieeFk9WcZWjwy6PBjZ81ngndJ");
		const fine = await whirlpoolPoolAccounts(genesis({ ...sides, tickSpacing: 4 }));
		expect(fine.pool).toBe("Czfq3xZZDmsdGdUyrNLtRhGc47cXcZtLG4crryfu44zE");
		const tier = await whirlpoolFeeTierAccount({ config: CONFIG, tickSpacing: 64, feeRate: 3_000 });
		expect(tier.address).toBe("HT55NVGVTjWmWLjV7BrSMPVZ7ppU8T2xE5nCAZ6YaGad");
		expect([...tier.data.subarray(40)]).toEqual([64, 0, 3_000 & 0xff, 3_000 >> 8]);
	});

	test("makes a configuration, and accounts that live of rent", async () => {
		const config = whirlpoolConfigAccount({ address: CONFIG, authority: PAYER, protocolFeeRate: 1_300 });
		expect(config.data.length).toBe(108);
		expect(new DataView(config.data.buffer).getUint16(104, true)).toBe(1_300);
		const { accounts } = await whirlpoolPoolAccounts(genesis({ tokenB: { ...HIGH, tokenProgram: MEMO } }));
		expect(accounts.map(({ data }) => data.length).slice(0, 4)).toEqual([653, 165, 165, 9_988]);
		expect([accounts[1]?.owner, accounts[2]?.owner]).toEqual([TOKEN, MEMO]);
		for (const account of [config, ...accounts])
			expect(account.lamports).toBe(BigInt(account.data.length + 128) * 6_960n);
	});

	test("liquidity at the price is the positions' around it, and what comes in at the lower ticks goes at the upper", async () => {
		const given = genesis();
		const made = await whirlpoolPoolAccounts(given);
		expect(made.tickArrays).toHaveLength(7);
		expect(readUint64(made.accounts[0]?.data as Uint8Array, 49)).toBe(
			given.positions.reduce((sum, { liquidity }) => sum + liquidity, 0n),
		);
		const nets = new Map<number, bigint>();
		made.tickArrays.forEach(({ startIndex }, index) => {
			const data = made.accounts[3 + index]?.data as Uint8Array;
			expect(new DataView(data.buffer).getInt32(8, true)).toBe(startIndex);
			for (let offset = 0; offset < 88; offset++) {
				if (data[12 + 113 * offset] !== 1) continue;
				const net = readUint64(data, 13 + 113 * offset) | (readUint64(data, 21 + 113 * offset) << 64n);
				nets.set(startIndex + 64 * offset, BigInt.asIntN(128, net));
			}
		});
		const expected = given.positions.flatMap(({ lowerTick, upperTick, liquidity }) => [
			[lowerTick, liquidity] as const,
			[upperTick, -liquidity] as const,
		]);
		expect([...nets].sort()).toEqual(expected.sort());
	});

	test("stops its arrays at the outermost ticks, and makes no more than asked around the price", async () => {
		const spread = { tickSpacing: 32_767, positions: [], arraysAround: 3 };
		expect((await whirlpoolPoolAccounts(genesis(spread))).tickArrays.map(({ startIndex }) => startIndex)).toEqual([
			-2_883_496, 0,
		]);
		const alone = await whirlpoolPoolAccounts(genesis({ tickSpacing: 1, positions: [], arraysAround: 0 }));
		const start = Math.floor(tickAtSqrtPrice(SQRT_PRICE) / 88) * 88;
		expect(alone.tickArrays.map(({ startIndex }) => startIndex)).toEqual([start]);
	});
});

describe("a pool from genesis on the chain", () => {
	const vm = new VirtualMachine();
	let pool: WhirlpoolPoolAccounts;

	beforeAll(async () => {
		vm.addProgram(WHIRLPOOL_PROGRAM, readProgram("orca-whirlpool"));
		pool = await whirlpoolPoolAccounts(genesis());
	});

	function load(): void {
		vm.setUnixTimestamp(1_700_000_000n);
		vm.setAccount(PAYER, "11111111111111111111111111111111" as Address, new Uint8Array(0), 1_000_000_000_000n);
		for (const [index, { mint }] of [LOW, HIGH].entries()) {
			vm.setAccount(mint, TOKEN, mintData(9 - 3 * index, FUNDS * 2n));
			vm.setAccount(HOLDINGS[index] as Address, TOKEN, tokenAccountData(mint, PAYER, FUNDS));
		}
		for (const { address, owner, data, lamports } of pool.accounts)
			vm.setAccount(address, owner, data.slice(), lamports);
	}

	function swap(isAToB: boolean, isExactIn: boolean, amount: bigint): Outcome {
		const tick = tickAtSqrtPrice(SQRT_PRICE);
		const at = pool.tickArrays.findIndex(({ startIndex }) => tick >= startIndex && tick < startIndex + 64 * 88);
		const arrays = [0, 1, 2].map((step) => pool.tickArrays[at + (isAToB ? -step : step)]?.address as Address);
		const data = new Uint8Array(43);
		data.set(createHash("sha256").update("global:swap_v2").digest().subarray(0, 8));
		writeUint64(data, 8, amount);
		writeUint64(data, 16, isExactIn ? 0n : FUNDS);
		data.set([isExactIn ? 1 : 0, isAToB ? 1 : 0], 40);
		const read = (address: Address) => ({ address, role: AccountRole.READONLY });
		const write = (address: Address) => ({ address, role: AccountRole.WRITABLE });
		const accounts = [
			...[TOKEN, TOKEN, MEMO].map(read),
			{ address: PAYER, role: AccountRole.READONLY_SIGNER },
			write(pool.pool),
			...[LOW.mint, HIGH.mint].map(read),
			...[HOLDINGS[0], pool.vaultA, HOLDINGS[1], pool.vaultB, ...arrays, pool.oracle].map(write),
		];
		return vm.send(wireTransaction(PAYER, [{ programAddress: WHIRLPOOL_PROGRAM, accounts, data }]));
	}

	const amountAt = (index: 0 | 1) => readUint64(vm.accountData(addressBytes(HOLDINGS[index])), 64);
	test("swaps near its price less the fee, both ways", () => {
		load();
		expect(swap(true, true, 1_000_000_000n).ok).toBe(true);
		const received = Number(amountAt(1) - FUNDS);
		expect(received / (150_000_000 * 0.997)).toBeCloseTo(1, 3);
		load();
		expect(swap(false, true, 150_000_000n).ok).toBe(true);
		expect(Number(amountAt(0) - FUNDS) / (1_000_000_000 * 0.997)).toBeCloseTo(1, 3);
	});

	test("holds all that its positions owe: nearly everything can be bought out, more cannot", () => {
		for (const isAToB of [true, false]) {
			load();
			const vault = readUint64(pool.accounts[isAToB ? 2 : 1]?.data as Uint8Array, 64);
			// Each position's amount was rounded up.
			expect(swap(isAToB, false, vault - 10n)).toMatchObject({ ok: true });
			load();
			expect(swap(isAToB, false, vault + 1n)).toMatchObject({ ok: false, error: 6038 });
		}
	});
});
