import { U64_MAX } from "../../../core/market/constant-product.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import {
	AMM_CONFIG_OFFSET,
	POOL_STATE_OFFSET,
	RAYDIUM_CPMM_PROGRAM,
} from "../../../core/market/venues/raydium-cpmm/layout.ts";
import { raydiumCpmm } from "../../../core/market/venues/raydium-cpmm/venue.ts";
import type {
	Direction,
	NoQuoteCode,
	Quote,
	QuoteRequest,
	QuoteResult,
	ReserveState,
} from "../../../core/market/venues/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import type { Random } from "../../../core/types/clock.ts";
import {
	type CpmmSwapAccounts,
	swapBaseInput,
	swapBaseOutput,
} from "../../../libs/solana/instructions/raydium-cpmm.ts";
import { readProgram } from "../../../programs/load.ts";
import { cpmmConfigAccount, cpmmPoolAccounts } from "../../../services/localnet/genesis/raydium-cpmm.ts";
import { clockAt } from "../../support/chain-clock.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	type WireTransaction,
	wireTransaction,
} from "./virtual-machine.ts";

export const NOW = 1_700_000_000n;
export const EPOCH = 7n;
export const ABORT = "ProgramFailedToComplete";
export const MILLION = 1_000_000n;
export const SYSTEM = "11111111111111111111111111111111" as Address;
export const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
export const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;
export const PAYER = testAddress(1);
export const MINT_0 = testAddress(2);
export const MINT_1 = testAddress(3);
export const USER_0 = testAddress(4);
export const USER_1 = testAddress(5);

/** Which program errors each refusal of the quote stands for (raydium-cp-swap, error.rs; 14 is SPL Token's overflow). */
export const PROGRAM_ERRORS: Readonly<Partial<Record<NoQuoteCode, readonly (number | string)[]>>> = {
	zeroInput: [2505],
	zeroOutput: [2505, 6006],
	insufficientLiquidity: [6011, 6012, ABORT],
	swapDisabled: [6000],
	notOpenYet: [6000],
	amountOverflow: [14, ABORT],
};

export type Pair = readonly [bigint, bigint];

/** A pool at one moment: pairs are token 0 and token 1. */
export interface State {
	readonly status: number;
	readonly openTime: bigint;
	readonly vaults: Pair;
	readonly protocolFees: Pair;
	readonly fundFees: Pair;
	readonly creatorFees: Pair;
	readonly creatorFeeOn: number;
	readonly enableCreatorFee: boolean;
	readonly tradeFeeRate: bigint;
	readonly protocolFeeRate: bigint;
	readonly fundFeeRate: bigint;
	readonly creatorFeeRate: bigint;
}

export interface Swap {
	readonly direction: Direction;
	/** "in" swaps an exact input, "out" for an exact output. */
	readonly exact: "in" | "out";
	readonly amount: bigint;
}

export const GENERIC: State = {
	status: 0,
	openTime: 0n,
	vaults: [1_000_000_000_000n, 150_000_000_000n],
	protocolFees: [12_345n, 99n],
	fundFees: [678n, 7n],
	creatorFees: [5n, 11n],
	creatorFeeOn: 0,
	enableCreatorFee: false,
	tradeFeeRate: 2_500n,
	protocolFeeRate: 120_000n,
	fundFeeRate: 40_000n,
	creatorFeeRate: 500n,
};

export const GENERIC_SWAP: Swap = { direction: "aToB", exact: "in", amount: 1_000_000_000n };

/** A pool on the virtual machine whose accounts each run sets anew. */
export class PoolUnderTest {
	readonly vm = new VirtualMachine();
	readonly #keys: Readonly<
		Record<"pool" | "config" | "vault0" | "vault1" | "user0" | "user1" | "observation", Uint8Array>
	>;
	readonly #owners = { program: addressBytes(RAYDIUM_CPMM_PROGRAM), token: addressBytes(TOKEN) };
	readonly #pool: Uint8Array;
	readonly #config: Uint8Array;
	readonly #tokens: Readonly<Record<"vault0" | "vault1" | "user0" | "user1", Uint8Array>>;
	readonly #wires: Readonly<Record<Direction, Readonly<Record<"in" | "out", WireTransaction>>>>;
	readonly config: Address;
	readonly descriptor: PoolDescriptor;
	readonly accounts: Readonly<Record<Direction, CpmmSwapAccounts>>;

	private constructor(
		genesis: Awaited<ReturnType<typeof cpmmPoolAccounts>>,
		config: { address: Address; data: Uint8Array },
		elf: Uint8Array,
	) {
		this.config = config.address;
		const [pool, vault0, vault1, observation] = genesis.accounts.map((account) => account.data) as [
			Uint8Array,
			Uint8Array,
			Uint8Array,
			Uint8Array,
		];
		this.#keys = {
			pool: addressBytes(genesis.pool),
			config: addressBytes(config.address),
			vault0: addressBytes(genesis.token0Vault),
			vault1: addressBytes(genesis.token1Vault),
			user0: addressBytes(USER_0),
			user1: addressBytes(USER_1),
			observation: addressBytes(genesis.observationState),
		};
		this.#pool = pool;
		this.#config = config.data;
		this.#tokens = {
			vault0,
			vault1,
			user0: tokenAccountData(MINT_0, PAYER, 0n),
			user1: tokenAccountData(MINT_1, PAYER, 0n),
		};
		this.vm.addProgram(RAYDIUM_CPMM_PROGRAM, elf);
		this.vm.setUnixTimestamp(NOW);
		this.vm.setAccount(PAYER, SYSTEM, new Uint8Array(0), 1_000_000_000_000n);
		this.vm.setAccount(MINT_0, TOKEN, mintData(9, U64_MAX));
		this.vm.setAccount(MINT_1, TOKEN, mintData(6, U64_MAX));
		this.vm.setAccount(genesis.observationState, RAYDIUM_CPMM_PROGRAM, observation);
		const described = raydiumCpmm.describe({ address: genesis.pool, owner: RAYDIUM_CPMM_PROGRAM, data: pool }, [
			{ address: config.address, owner: RAYDIUM_CPMM_PROGRAM, data: config.data },
		]);
		if (!described.ok) throw new Error(described.error.detail);
		this.descriptor = described.value;
		const common = {
			pool: genesis.pool,
			ammConfig: config.address,
			observationState: genesis.observationState,
			payer: PAYER,
			inputTokenProgram: TOKEN,
			outputTokenProgram: TOKEN,
		};
		this.accounts = {
			aToB: {
				...common,
				inputTokenAccount: USER_0,
				outputTokenAccount: USER_1,
				inputVault: genesis.token0Vault,
				outputVault: genesis.token1Vault,
				inputTokenMint: MINT_0,
				outputTokenMint: MINT_1,
			},
			bToA: {
				...common,
				inputTokenAccount: USER_1,
				outputTokenAccount: USER_0,
				inputVault: genesis.token1Vault,
				outputVault: genesis.token0Vault,
				inputTokenMint: MINT_1,
				outputTokenMint: MINT_0,
			},
		};
		const wires = (accounts: CpmmSwapAccounts) => ({
			in: wireTransaction(PAYER, [swapBaseInput({ ...accounts, amountIn: 0n, minimumAmountOut: 0n })]),
			out: wireTransaction(PAYER, [swapBaseOutput({ ...accounts, maximumAmountIn: 0n, amountOut: 0n })]),
		});
		this.#wires = { aToB: wires(this.accounts.aToB), bToA: wires(this.accounts.bToA) };
	}

	/** @param elf the program; the local chain's own unless given */
	static async create(elf = readProgram("raydium-cpmm")): Promise<PoolUnderTest> {
		const config = await cpmmConfigAccount({ index: 3, tradeFeeRate: 2_500n });
		const side = { decimals: 6, vaultAmount: 1n };
		return new PoolUnderTest(
			await cpmmPoolAccounts({
				config: config.address,
				token0: { ...side, mint: MINT_0 },
				token1: { ...side, mint: MINT_1 },
			}),
			config,
			elf,
		);
	}

	/** Sets every account of the state, with nothing in the user's hands. */
	load(state: State): void {
		const pool = this.#pool;
		pool[POOL_STATE_OFFSET.status] = state.status;
		pool[POOL_STATE_OFFSET.creatorFeeOn] = state.creatorFeeOn;
		pool[POOL_STATE_OFFSET.enableCreatorFee] = state.enableCreatorFee ? 1 : 0;
		writeUint64(pool, POOL_STATE_OFFSET.openTime, state.openTime);
		writeUint64(pool, POOL_STATE_OFFSET.protocolFeesToken0, state.protocolFees[0]);
		writeUint64(pool, POOL_STATE_OFFSET.protocolFeesToken1, state.protocolFees[1]);
		writeUint64(pool, POOL_STATE_OFFSET.fundFeesToken0, state.fundFees[0]);
		writeUint64(pool, POOL_STATE_OFFSET.fundFeesToken1, state.fundFees[1]);
		writeUint64(pool, POOL_STATE_OFFSET.creatorFeesToken0, state.creatorFees[0]);
		writeUint64(pool, POOL_STATE_OFFSET.creatorFeesToken1, state.creatorFees[1]);
		writeUint64(this.#config, AMM_CONFIG_OFFSET.tradeFeeRate, state.tradeFeeRate);
		writeUint64(this.#config, AMM_CONFIG_OFFSET.protocolFeeRate, state.protocolFeeRate);
		writeUint64(this.#config, AMM_CONFIG_OFFSET.fundFeeRate, state.fundFeeRate);
		writeUint64(this.#config, AMM_CONFIG_OFFSET.creatorFeeRate, state.creatorFeeRate);
		this.vm.setAccountBytes(this.#keys.pool, this.#owners.program, pool);
		this.vm.setAccountBytes(this.#keys.config, this.#owners.program, this.#config);
		this.#setTokens("vault0", state.vaults[0]);
		this.#setTokens("vault1", state.vaults[1]);
		this.#setTokens("user0", 0n);
		this.#setTokens("user1", 0n);
	}

	/** Gives the user what the swap takes, and runs it. `bound` is the least output, or the most input. */
	run(swap: Swap, bound: bigint, balance: bigint): Outcome {
		this.#setTokens(swap.direction === "aToB" ? "user0" : "user1", balance);
		const wire = this.#wires[swap.direction][swap.exact];
		const amountsAt = wire.dataOffsets[0]! + 8;
		writeUint64(wire.bytes, amountsAt, swap.exact === "in" ? swap.amount : bound);
		writeUint64(wire.bytes, amountsAt + 8, swap.exact === "in" ? bound : swap.amount);
		return this.vm.send(wire);
	}

	/** What the pure core says about the pool's present bytes. */
	quote(state: State, swap: Swap): QuoteResult {
		const request = this.#request(state, swap);
		return swap.exact === "in" ? raydiumCpmm.quoteExactIn(request) : raydiumCpmm.quoteExactOut(request);
	}

	/** What the pure core says that the swap of an exact input leaves for the curve. */
	afterSwap(state: State, swap: Swap, quote: Quote): ReserveState {
		return raydiumCpmm.afterSwap({ ...this.#request(state, swap), quote });
	}

	/** What the curve sees by the pool's and the vaults' present bytes. */
	reserves(): Pick<ReserveState, "reserveA" | "reserveB"> {
		const read = raydiumCpmm.readState(this.poolData());
		if (!read.ok) throw new Error(read.error.detail);
		const { vault0, vault1 } = this.snapshot();
		return { reserveA: vault0! - read.value.owedA, reserveB: vault1! - read.value.owedB };
	}

	#request(state: State, swap: Swap): QuoteRequest {
		const read = raydiumCpmm.readState(this.poolData());
		if (!read.ok) throw new Error(read.error.detail);
		const { owedA, owedB, swapEnabled, openTimeSeconds } = read.value;
		const parameters = {
			tradeFeeRate: state.tradeFeeRate,
			protocolFeeRate: state.protocolFeeRate,
			fundFeeRate: state.fundFeeRate,
			creatorFeeRate: state.creatorFeeRate,
			creatorFeeOn: BigInt(state.creatorFeeOn),
			enableCreatorFee: state.enableCreatorFee ? 1n : 0n,
		};
		return {
			pool: { ...this.descriptor, parameters },
			state: { reserveA: state.vaults[0] - owedA, reserveB: state.vaults[1] - owedB, swapEnabled, openTimeSeconds },
			direction: swap.direction,
			amount: swap.amount,
			clock: clockAt(NOW),
		};
	}

	poolData(): Uint8Array {
		return this.vm.accountData(this.#keys.pool);
	}

	configData(): Uint8Array {
		return this.vm.accountData(this.#keys.config);
	}

	observationData(): Uint8Array {
		return this.vm.accountData(this.#keys.observation);
	}

	/** Balances and counters, token 0 before token 1. */
	snapshot(): Record<string, bigint> {
		const pool = this.poolData();
		const tokens = (of: "vault0" | "vault1" | "user0" | "user1") => readUint64(this.vm.accountData(this.#keys[of]), 64);
		return {
			vault0: tokens("vault0"),
			vault1: tokens("vault1"),
			user0: tokens("user0"),
			user1: tokens("user1"),
			protocolFees0: readUint64(pool, POOL_STATE_OFFSET.protocolFeesToken0),
			protocolFees1: readUint64(pool, POOL_STATE_OFFSET.protocolFeesToken1),
			fundFees0: readUint64(pool, POOL_STATE_OFFSET.fundFeesToken0),
			fundFees1: readUint64(pool, POOL_STATE_OFFSET.fundFeesToken1),
			creatorFees0: readUint64(pool, POOL_STATE_OFFSET.creatorFeesToken0),
			creatorFees1: readUint64(pool, POOL_STATE_OFFSET.creatorFeesToken1),
			recentEpoch: readUint64(pool, POOL_STATE_OFFSET.recentEpoch),
		};
	}

	#setTokens(of: "vault0" | "vault1" | "user0" | "user1", amount: bigint): void {
		writeUint64(this.#tokens[of], 64, amount);
		this.vm.setAccountBytes(this.#keys[of], this.#owners.token, this.#tokens[of]);
	}
}

/** Any size of number is as likely as any other; the extremes appear as such. */
export function amountUpTo(random: Random, bits: number): bigint {
	const size = 1 + (random.nextUint32() % bits);
	const value = (BigInt(random.nextUint32()) << 32n) | BigInt(random.nextUint32());
	if (oneIn(random, 50)) return (1n << BigInt(size)) - 1n;
	return (value & ((1n << BigInt(size)) - 1n)) | (1n << BigInt(size - 1));
}

export function oneIn(random: Random, times: number): boolean {
	return random.nextUint32() % times === 0;
}

export function inspect(value: unknown): string {
	return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item));
}
