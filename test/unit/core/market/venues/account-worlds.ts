import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ChainClock } from "../../../../../core/market/chain-clock.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import type { AccountPlace } from "../../../../../core/market/tick-batch.ts";
import { sqrtPriceAtTick } from "../../../../../core/market/tick-math.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../../../../core/market/token-account.ts";
import * as dammQuote from "../../../../../core/market/venues/meteora-damm-v2/quote.ts";
import { meteoraDammV2 } from "../../../../../core/market/venues/meteora-damm-v2/venue.ts";
import { PAIR_OFFSET } from "../../../../../core/market/venues/meteora-dlmm/accounts.ts";
import * as dlmmQuote from "../../../../../core/market/venues/meteora-dlmm/quote.ts";
import { meteoraDlmm } from "../../../../../core/market/venues/meteora-dlmm/venue.ts";
import { orcaWhirlpool } from "../../../../../core/market/venues/orca-whirlpool/venue.ts";
import {
	POOL_STATE_OFFSET,
	RAYDIUM_CLMM_PROGRAM,
} from "../../../../../core/market/venues/raydium-clmm/pool-account.ts";
import { sqrtPriceAtTick as clmmSqrtPriceAtTick } from "../../../../../core/market/venues/raydium-clmm/tick-price.ts";
import { raydiumClmm } from "../../../../../core/market/venues/raydium-clmm/venue.ts";
import type {
	AccountBytes,
	AccountMarket,
	AccountVenue,
	Direction,
	QuoteResult,
} from "../../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import { decoded as dlmmDecoded } from "../../../../../tools/vectors/meteora-dlmm/compare.ts";
import { fromVector, type Vector } from "../../../../../tools/vectors/meteora-dlmm/vector.ts";
import * as whirlpoolBytes from "../../../../../tools/vectors/orca-whirlpool/account-bytes.ts";
import { quoted as whirlpoolQuoted } from "../../../../../tools/vectors/orca-whirlpool/compare.ts";
import type { Scenario as WhirlpoolScenario } from "../../../../../tools/vectors/orca-whirlpool/scenario.ts";
import * as clmmBytes from "../../../../../tools/vectors/raydium-clmm/accounts.ts";
import { opened as clmmOpened, quoted as clmmQuoted } from "../../../../../tools/vectors/raydium-clmm/compare.ts";
import type { Scenario as ClmmScenario } from "../../../../../tools/vectors/raydium-clmm/scenario.ts";
import { extendedMint, plainMint, TRANSFER_FEE_CONFIG } from "../mint-bytes.ts";
import {
	OFFSET as DAMM_OFFSET,
	account as dammAccount,
	opened as dammOpened,
	poolBytes as dammPoolBytes,
} from "./meteora-damm-v2/pool-bytes.ts";
import { NAMES, ORACLE, POOL_ADDRESS, POOL_BYTES, SCENARIO } from "./orca-whirlpool/accounts.ts";
import { SCENARIO as CLMM_SCENARIO } from "./raydium-clmm/scenario.ts";

/** A pool that is priced by whole accounts, with every account that it may want, and quotes by its pure functions. */
export interface AccountWorld {
	readonly venue: AccountVenue;
	readonly pool: AccountBytes;
	readonly configurations: readonly AccountBytes[];
	readonly clock: ChainClock;
	/** What the chain holds; null: nothing. */
	data(place: AccountPlace, startIndex: number): Uint8Array | null;
	/** Of the accounts, past descriptor and market. */
	quote(direction: Direction, exact: "in" | "out", amount: bigint): QuoteResult;
}

export const mint = (address: Address, decimals: number): AccountBytes => {
	return { address, owner: TOKEN_PROGRAM, data: plainMint(decimals) };
};

/** A mint of one percent. */
export const taxedMint = (address: Address, decimals: number): AccountBytes => {
	return { address, owner: TOKEN_2022_PROGRAM, data: extendedMint([TRANSFER_FEE_CONFIG], decimals) };
};

export function dammWorld(bytes = dammPoolBytes()): AccountWorld {
	const data = Uint8Array.from(bytes);
	data.fill(5, DAMM_OFFSET.tokenAVault, DAMM_OFFSET.tokenAVault + 32);
	data.fill(6, DAMM_OFFSET.tokenBVault, DAMM_OFFSET.tokenBVault + 32);
	const clock = { slot: 1_000n, epoch: 5n, unixSeconds: 2_000_000n };
	const [mintA, mintB] = [3, 4].map((byte) => encodeBase58(new Uint8Array(32).fill(byte)) as Address);
	return {
		venue: meteoraDammV2,
		pool: dammAccount(data),
		configurations: [mint(mintA as Address, 6), mint(mintB as Address, 9)],
		clock,
		data: (place) => (place === "pool" ? data : null),
		quote: (direction, exact, amount) => {
			const request = { ...dammOpened(data), direction, amount, clock };
			return exact === "in" ? dammQuote.quoteExactIn(request) : dammQuote.quoteExactOut(request);
		},
	};
}

/** Both mints and the configuration are those of the scenario. */
export function clmmWorld(scenario: ClmmScenario = CLMM_SCENARIO): AccountWorld {
	const data = clmmBytes.poolData(scenario);
	const [mintA, mintB] = clmmBytes.MINTS;
	const decimalsOf = (field: "mintDecimals0" | "mintDecimals1") => data[POOL_STATE_OFFSET[field]] as number;
	const config = { address: clmmBytes.CONFIG, owner: RAYDIUM_CLMM_PROGRAM, data: clmmBytes.configData(scenario) };
	return {
		venue: raydiumClmm,
		pool: { address: clmmBytes.POOL, owner: RAYDIUM_CLMM_PROGRAM, data },
		configurations: [config, mint(mintA, decimalsOf("mintDecimals0")), mint(mintB, decimalsOf("mintDecimals1"))],
		clock: { slot: 1n, epoch: scenario.epoch, unixSeconds: scenario.unixSeconds },
		data(place, startIndex) {
			if (place === "pool") return data;
			return place === "bitmap" ? clmmBytes.extensionData(scenario) : clmmBytes.arrayData(scenario, startIndex);
		},
		quote(direction, exact, amount) {
			const one = { ...scenario, direction, exact, amount };
			return clmmQuoted(one, clmmOpened({ ...one, arrays: [0, -600, 600] }));
		},
	};
}

/** A recorded pair without transfer fees, of which every array was given, and that takes a million of X. */
export function dlmmWorld(): AccountWorld {
	const worlds = DLMM_VECTORS.filter(
		({ scenario, result }) =>
			!("error" in result) &&
			scenario.transferFeeX === null &&
			scenario.transferFeeY === null &&
			scenario.arrays.length === 2 &&
			scenario.arrays.every(({ isGiven, isMarked }) => isGiven && isMarked),
	).map(dlmmWorldOf);
	const world = worlds.find((one) => {
		const quoted = one.quote("aToB", "in", 1_000_000n);
		return quoted.ok && quoted.value.amountOut > 1_000n;
	});
	if (world === undefined) throw new Error("no such vector was recorded");
	return world;
}

function dlmmWorldOf(vector: Vector): AccountWorld {
	const { scenario, accounts } = fromVector(vector);
	const { address, pair, extension, arrays } = accounts;
	const owner = meteoraDlmm.programId;
	const mintAt = (offset: number) => mint(encodeBase58(pair.subarray(offset, offset + 32)) as Address, 6);
	const clock = { slot: scenario.slot, epoch: scenario.epoch, unixSeconds: scenario.unixSeconds };
	return {
		venue: meteoraDlmm,
		pool: { address, owner, data: pair },
		configurations: [mintAt(PAIR_OFFSET.tokenXMint), mintAt(PAIR_OFFSET.tokenYMint)],
		clock,
		data(place, startIndex) {
			if (place === "pool") return pair;
			return place === "bitmap" ? extension : (arrays.get(startIndex) ?? null);
		},
		quote(direction, exact, amount) {
			const { pool, state } = dlmmDecoded(scenario, accounts);
			const quote = exact === "in" ? dlmmQuote.quoteExactIn : dlmmQuote.quoteExactOut;
			return quote({ pool, state, direction, amount, clock });
		},
	};
}

const DLMM_FIXTURE = join(__dirname, "../../../../fixtures/vectors/meteora-dlmm.json.gz");
const DLMM_VECTORS = (
	JSON.parse(gunzipSync(readFileSync(DLMM_FIXTURE)).toString()) as { readonly vectors: readonly Vector[] }
).vectors;

export function whirlpoolWorld(scenario: WhirlpoolScenario = SCENARIO, names = NAMES): AccountWorld {
	const data = whirlpoolBytes.poolBytes(scenario, names);
	const [mintA, mintB] = names.mints.map((bytes) => encodeBase58(bytes) as Address);
	return {
		venue: orcaWhirlpool,
		pool: { address: POOL_ADDRESS, owner: orcaWhirlpool.programId, data },
		configurations: [mint(mintA as Address, 6), mint(mintB as Address, 9)],
		clock: { slot: 1n, epoch: scenario.epoch, unixSeconds: scenario.unixSeconds },
		data(place, startIndex) {
			if (place === "pool") return data;
			if (place === "oracle") return whirlpoolBytes.oracleBytes(scenario.oracle, POOL_BYTES);
			const array = scenario.arrays.find(({ start }) => start === startIndex);
			return array === undefined ? null : whirlpoolBytes.arrayBytes(array, POOL_BYTES);
		},
		quote: (direction, exact, amount) =>
			whirlpoolQuoted({ ...scenario, direction, exact, amount }, POOL_BYTES, names).quote,
	};
}

export const adaptiveWhirlpoolWorld = (): AccountWorld =>
	whirlpoolWorld({ ...SCENARIO, feeTierIndex: 1_024, oracle: ORACLE });

/** The scenario's Whirlpool with its price at another tick. */
export const whirlpoolAtTick = (tick: number, names = NAMES): AccountWorld =>
	whirlpoolWorld({ ...SCENARIO, tick, sqrtPrice: sqrtPriceAtTick(tick) }, names);

/** The scenario's CLMM pool with its price at another tick. */
export const clmmAtTick = (tick: number, ticks = CLMM_SCENARIO.ticks): AccountWorld =>
	clmmWorld({ ...CLMM_SCENARIO, ticks, tick, sqrtPrice: clmmSqrtPriceAtTick(tick) + 1n });

export function described({ venue, pool, configurations }: AccountWorld): PoolDescriptor {
	const descriptor = venue.describe(pool, configurations);
	if (!descriptor.ok) throw new Error(descriptor.error.detail);
	return descriptor.value;
}

/** Tells a market all that it wants. */
export function feed(market: AccountMarket, world: AccountWorld): void {
	market.apply({ place: "pool", startIndex: 0, data: world.data("pool", 0) });
	for (const { place, startIndex } of market.wanted()) {
		market.apply({ place, startIndex, data: world.data(place, startIndex) });
	}
}

/** A market of the world's descriptor that knows everything. */
export function openedMarket(world: AccountWorld, descriptor = described(world)): AccountMarket {
	const market = world.venue.open(descriptor);
	feed(market, world);
	return market;
}
