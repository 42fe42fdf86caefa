import { createHash } from "node:crypto";
import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { MAX_SQRT_PRICE, MAX_TICK, MIN_SQRT_PRICE, MIN_TICK, tickAtSqrtPrice } from "../../../core/market/tick-math.ts";
import { WHIRLPOOL_PROGRAM } from "../../../core/market/venues/orca-whirlpool/accounts.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { amountsOf, type WhirlpoolPosition } from "./orca-whirlpool-positions.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

/** Who may change fees and who collects them: nobody on the local chain does. */
export interface WhirlpoolConfigGenesis {
	/** Any address: the original's is no derived one. */
	readonly address: Address;
	readonly authority: Address;
	/** Parts of 10^4 of the fee; at most 2,500. */
	readonly protocolFeeRate: number;
}

export interface WhirlpoolSide {
	readonly mint: Address;
	/** SPL Token when absent. */
	readonly tokenProgram?: Address;
}

export interface WhirlpoolPoolGenesis {
	readonly config: Address;
	/** Token A is the side whose mint has the smaller bytes. */
	readonly tokenA: WhirlpoolSide;
	readonly tokenB: WhirlpoolSide;
	/** 1 to 32,767. */
	readonly tickSpacing: number;
	/** Parts of 10^6 of the input; at most 60,000. */
	readonly feeRate: number;
	/** Parts of 10^4 of the fee; at most 2,500. */
	readonly protocolFeeRate: number;
	/** Q64.64. */
	readonly sqrtPrice: bigint;
	readonly positions: readonly WhirlpoolPosition[];
	/** Arrays made to either side of the price besides those in which positions end; 3, as far as a swap goes, when absent. */
	readonly arraysAround?: number;
}

/** A pool's accounts to set, and the addresses by which it is found. */
export interface WhirlpoolPoolAccounts {
	readonly pool: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	/** No account: it exists in pools with an adaptive fee only. Swaps name it. */
	readonly oracle: Address;
	/** By start index, ascending. */
	readonly tickArrays: readonly { readonly startIndex: number; readonly address: Address }[];
	readonly accounts: readonly GenesisAccount[];
}

/** state/config.rs, state/fee_tier.rs, state/whirlpool.rs, state/fixed_tick_array.rs: `LEN`. */
const CONFIG_SIZE = 108;
const FEE_TIER_SIZE = 44;
const POOL_SIZE = 653;
const TICK_ARRAY_SIZE = 9_988;
const TICKS_IN_ARRAY = 88;
const TICK_SIZE = 113;

/** Offsets in those accounts, with the discriminator. */
const CONFIG_OFFSET = { authorities: 8, protocolFeeRate: 104 } as const;
const FEE_TIER_OFFSET = { config: 8, tickSpacing: 40, feeRate: 42 } as const;
const POOL_OFFSET = {
	config: 8,
	bump: 40,
	tickSpacing: 41,
	feeTierIndexSeed: 43,
	feeRate: 45,
	protocolFeeRate: 47,
	liquidity: 49,
	sqrtPrice: 65,
	tick: 81,
	mintA: 101,
	vaultA: 133,
	mintB: 181,
	vaultB: 213,
	rewardAuthority: 333,
} as const;
const TICK_ARRAY_OFFSET = { startIndex: 8, ticks: 12, pool: 9_956 } as const;
const TICK_OFFSET = { isInitialized: 0, liquidityNet: 1, liquidityGross: 17 } as const;

const MAX_TICK_SPACING = 32_767;
const MAX_FEE_RATE = 60_000;
const MAX_PROTOCOL_FEE_RATE = 2_500;
const DEFAULT_ARRAYS_AROUND = 3;

/** The account that pools name as their configuration (state/config.rs `WhirlpoolsConfig`). */
export function whirlpoolConfigAccount(genesis: WhirlpoolConfigGenesis): GenesisAccount {
	requireWithin("protocol fee rate", genesis.protocolFeeRate, 0, MAX_PROTOCOL_FEE_RATE);
	const data = accountData("WhirlpoolsConfig", CONFIG_SIZE);
	for (const place of [0, 1, 2]) data.set(addressBytes(genesis.authority), CONFIG_OFFSET.authorities + 32 * place);
	new DataView(data.buffer).setUint16(CONFIG_OFFSET.protocolFeeRate, genesis.protocolFeeRate, true);
	return programAccount(genesis.address, data);
}

/** The account of a fee tier, one for each tick spacing of a configuration (state/fee_tier.rs `FeeTier`). */
export async function whirlpoolFeeTierAccount(genesis: {
	readonly config: Address;
	readonly tickSpacing: number;
	readonly feeRate: number;
}): Promise<GenesisAccount> {
	requireWithin("tick spacing", genesis.tickSpacing, 1, MAX_TICK_SPACING);
	requireWithin("fee rate", genesis.feeRate, 0, MAX_FEE_RATE);
	const config = addressBytes(genesis.config);
	const [address] = await derive(["fee_tier", config, uint16(genesis.tickSpacing)]);
	const data = accountData("FeeTier", FEE_TIER_SIZE);
	data.set(config, FEE_TIER_OFFSET.config);
	data.set(uint16(genesis.tickSpacing), FEE_TIER_OFFSET.tickSpacing);
	data.set(uint16(genesis.feeRate), FEE_TIER_OFFSET.feeRate);
	return programAccount(address, data);
}

/**
 * The accounts of a Whirlpool: pool, vaults that hold what its positions do, and tick arrays. The positions' own accounts
 * are left out: no swap reads them.
 *
 * @throws RangeError when the program would not have made such a pool or position
 */
export async function whirlpoolPoolAccounts(genesis: WhirlpoolPoolGenesis): Promise<WhirlpoolPoolAccounts> {
	requirePool(genesis);
	for (const position of genesis.positions) requirePosition(position, genesis.tickSpacing);
	const { config, tokenA, tokenB, positions, sqrtPrice } = genesis;
	const mints = [addressBytes(tokenA.mint), addressBytes(tokenB.mint)] as const;
	const seeds = ["whirlpool", addressBytes(config), ...mints, uint16(genesis.tickSpacing)];
	const [pool, bump] = await derive(seeds);
	const key = addressBytes(pool);
	const [[vaultA], [vaultB], [oracle]] = await Promise.all([
		derive(["token_vault", key, mints[0]]),
		derive(["token_vault", key, mints[1]]),
		derive(["oracle", key]),
	]);
	const starts = arrayStarts(genesis);
	const addresses = await Promise.all(starts.map((start) => derive(["tick_array", key, String(start)])));
	const tickArrays = starts.map((startIndex, index) => ({ startIndex, address: addresses[index]?.[0] as Address }));
	const data = poolNumbers(genesis);
	data[POOL_OFFSET.bump] = bump;
	data.set(addressBytes(vaultA), POOL_OFFSET.vaultA);
	data.set(addressBytes(vaultB), POOL_OFFSET.vaultB);
	const held = positions.map((position) => amountsOf(position, sqrtPrice));
	const ticks = ticksOf(positions);
	return {
		pool,
		vaultA,
		vaultB,
		oracle,
		tickArrays,
		accounts: [
			programAccount(pool, data),
			vault(
				vaultA,
				pool,
				tokenA,
				held.reduce((sum, { amountA }) => sum + amountA, 0n),
			),
			vault(
				vaultB,
				pool,
				tokenB,
				held.reduce((sum, { amountB }) => sum + amountB, 0n),
			),
			...tickArrays.map(({ address, startIndex }) =>
				programAccount(address, tickArrayData(startIndex, genesis.tickSpacing, ticks, key)),
			),
		],
	};
}

function requirePool(genesis: WhirlpoolPoolGenesis): void {
	requireWithin("tick spacing", genesis.tickSpacing, 1, MAX_TICK_SPACING);
	requireWithin("fee rate", genesis.feeRate, 0, MAX_FEE_RATE);
	requireWithin("protocol fee rate", genesis.protocolFeeRate, 0, MAX_PROTOCOL_FEE_RATE);
	const { tokenA, tokenB, sqrtPrice } = genesis;
	if (sqrtPrice < MIN_SQRT_PRICE || sqrtPrice > MAX_SQRT_PRICE) {
		throw new RangeError(`square root price ${sqrtPrice}: must be from ${MIN_SQRT_PRICE} to ${MAX_SQRT_PRICE}`);
	}
	if (Buffer.compare(addressBytes(tokenA.mint), addressBytes(tokenB.mint)) >= 0)
		throw new RangeError(`mints ${tokenA.mint} and ${tokenB.mint}: token A's bytes must be the smaller, exchange them`);
}

function requirePosition(position: WhirlpoolPosition, tickSpacing: number): void {
	const { lowerTick, upperTick, liquidity } = position;
	const isUsable = (tick: number) => tick >= MIN_TICK && tick <= MAX_TICK && tick % tickSpacing === 0;
	if (lowerTick >= upperTick || !isUsable(lowerTick) || !isUsable(upperTick) || liquidity <= 0n)
		throw new RangeError(
			`position of ${liquidity} from tick ${lowerTick} to ${upperTick}: it needs liquidity, and ascending ticks that ` +
				`are multiples of ${tickSpacing}`,
		);
}

function requireWithin(name: string, value: number, least: number, most: number): void {
	if (!Number.isInteger(value) || value < least || value > most)
		throw new RangeError(`${name} ${value}: must be a whole number from ${least} to ${most}`);
}

async function derive(seeds: (string | Uint8Array)[]): Promise<readonly [Address, number]> {
	return getProgramDerivedAddress({ programAddress: WHIRLPOOL_PROGRAM, seeds });
}

/** Zeros behind Anchor's discriminator of an account type. */
function accountData(type: string, size: number): Uint8Array {
	const data = new Uint8Array(size);
	data.set(createHash("sha256").update(`account:${type}`).digest().subarray(0, 8));
	return data;
}

function programAccount(address: Address, data: Uint8Array): GenesisAccount {
	return { address, owner: WHIRLPOOL_PROGRAM, data, lamports: rentExemptLamports(data.length) };
}

function vault(address: Address, owner: Address, side: WhirlpoolSide, amount: bigint): GenesisAccount {
	const program = side.tokenProgram === undefined ? {} : { tokenProgram: side.tokenProgram };
	return tokenAccount({ address, mint: side.mint, owner, amount, ...program });
}

/** All of a pool but its bump and vaults, as `Whirlpool::initialize` and its positions leave it (state/whirlpool.rs). */
function poolNumbers(genesis: WhirlpoolPoolGenesis): Uint8Array {
	const data = accountData("Whirlpool", POOL_SIZE);
	const tick = tickAtSqrtPrice(genesis.sqrtPrice);
	const present = genesis.positions.filter(({ lowerTick, upperTick }) => lowerTick <= tick && tick < upperTick);
	data.set(addressBytes(genesis.config), POOL_OFFSET.config);
	data.set(uint16(genesis.tickSpacing), POOL_OFFSET.tickSpacing);
	data.set(uint16(genesis.tickSpacing), POOL_OFFSET.feeTierIndexSeed);
	data.set(uint16(genesis.feeRate), POOL_OFFSET.feeRate);
	data.set(uint16(genesis.protocolFeeRate), POOL_OFFSET.protocolFeeRate);
	writeUint128(
		data,
		POOL_OFFSET.liquidity,
		present.reduce((sum, { liquidity }) => sum + liquidity, 0n),
	);
	writeUint128(data, POOL_OFFSET.sqrtPrice, genesis.sqrtPrice);
	new DataView(data.buffer).setInt32(POOL_OFFSET.tick, tick, true);
	data.set(addressBytes(genesis.tokenA.mint), POOL_OFFSET.mintA);
	data.set(addressBytes(genesis.tokenB.mint), POOL_OFFSET.mintB);
	data.set(addressBytes(genesis.config), POOL_OFFSET.rewardAuthority);
	return data;
}

/** Start indexes of the arrays to make, ascending. */
function arrayStarts(genesis: WhirlpoolPoolGenesis): number[] {
	const width = TICKS_IN_ARRAY * genesis.tickSpacing;
	const startOf = (tick: number) => Math.floor(tick / width) * width;
	const current = startOf(tickAtSqrtPrice(genesis.sqrtPrice));
	const starts = new Set(
		genesis.positions.flatMap(({ lowerTick, upperTick }) => [startOf(lowerTick), startOf(upperTick)]),
	);
	const reach = genesis.arraysAround ?? DEFAULT_ARRAYS_AROUND;
	for (let step = -reach; step <= reach; step++) {
		const start = current + step * width;
		if (start + width > MIN_TICK && start <= MAX_TICK) starts.add(start);
	}
	return [...starts].sort((first, second) => first - second);
}

/** Net and gross liquidity of each tick in which a position ends. */
function ticksOf(positions: readonly WhirlpoolPosition[]): ReadonlyMap<number, { net: bigint; gross: bigint }> {
	const ticks = new Map<number, { net: bigint; gross: bigint }>();
	const add = (tick: number, net: bigint, gross: bigint) => {
		const present = ticks.get(tick) ?? { net: 0n, gross: 0n };
		ticks.set(tick, { net: present.net + net, gross: present.gross + gross });
	};
	for (const { lowerTick, upperTick, liquidity } of positions) {
		add(lowerTick, liquidity, liquidity);
		add(upperTick, -liquidity, liquidity);
	}
	return ticks;
}

function tickArrayData(
	start: number,
	tickSpacing: number,
	ticks: ReadonlyMap<number, { net: bigint; gross: bigint }>,
	pool: Uint8Array,
): Uint8Array {
	const data = accountData("TickArray", TICK_ARRAY_SIZE);
	new DataView(data.buffer).setInt32(TICK_ARRAY_OFFSET.startIndex, start, true);
	data.set(pool, TICK_ARRAY_OFFSET.pool);
	for (let index = 0; index < TICKS_IN_ARRAY; index++) {
		const tick = ticks.get(start + index * tickSpacing);
		if (tick === undefined) continue;
		const at = TICK_ARRAY_OFFSET.ticks + TICK_SIZE * index;
		data[at + TICK_OFFSET.isInitialized] = 1;
		writeUint128(data, at + TICK_OFFSET.liquidityNet, BigInt.asUintN(128, tick.net));
		writeUint128(data, at + TICK_OFFSET.liquidityGross, tick.gross);
	}
	return data;
}

function uint16(value: number): Uint8Array {
	return Uint8Array.of(value & 0xff, value >> 8);
}

function writeUint128(data: Uint8Array, offset: number, value: bigint): void {
	writeUint64(data, offset, BigInt.asUintN(64, value));
	writeUint64(data, offset + 8, value >> 64n);
}
