import type { ChainClock } from "../../../core/market/chain-clock.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import type { Direction, PoolMarket } from "../../../core/market/venues/venue.ts";
import type { Random } from "../../../core/types/clock.ts";
import { decideTrade } from "./trade.ts";

/** A pool as its traders see it. */
export interface TradedPool {
	readonly descriptor: PoolDescriptor;
	readonly feeBps: number;
	/** No single trade takes more than this share of a side. */
	readonly maximumShare: number;
	/** Base units of B for one of A that the market's reference calls fair, at a time after the opening. */
	fairPrice(seconds: number): number;
}

/** The chain as a trader uses it. */
export interface TradingFloor {
	/** Null while the pool cannot be read. */
	read(pool: PoolDescriptor): PoolMarket | null;
	clock(): ChainClock;
	/** Signs and sends a swap of one trader. False when the chain did not take it. */
	swap(order: TraderOrder): boolean;
}

export interface TraderOrder {
	readonly trader: number;
	readonly pool: PoolDescriptor;
	readonly direction: Direction;
	readonly amountIn: bigint;
	/** First indexes of the arrays that the swap names. */
	readonly arrays: readonly number[];
}

export interface TradersOptions {
	readonly pools: readonly TradedPool[];
	readonly traders: number;
	readonly tradesPerSecond: number;
	readonly slotSeconds: number;
	/** Numbers for one trade: the same trade of the same market draws the same. */
	randomFor(slot: number, index: number): Random;
	readonly floor: TradingFloor;
}

/** How often a trader whose pool suits him looks at another. */
const LOOKS = 4;

/** The bots that make the local market: in every slot some of them trade towards their own idea of the fair price. */
export class Traders {
	readonly #options: TradersOptions;
	#sent = 0;
	#refused = 0;

	constructor(options: TradersOptions) {
		this.#options = options;
	}

	get sent(): number {
		return this.#sent;
	}

	get refused(): number {
		return this.#refused;
	}

	/** How many trades belong to a slot: the rate, spread over slots without loss. */
	dueIn(slot: number): number {
		const { slotSeconds, tradesPerSecond, pools } = this.#options;
		if (pools.length === 0) return 0;
		const perSlot = tradesPerSecond * slotSeconds;
		return Math.floor((slot + 1) * perSlot) - Math.floor(slot * perSlot);
	}

	/** The `index`-th trade of a slot. */
	trade(slot: number, index: number): void {
		this.#tradeOnce(slot * this.#options.slotSeconds, this.#options.randomFor(slot, index));
	}

	#tradeOnce(seconds: number, random: Random): void {
		const { pools, traders, floor } = this.#options;
		for (let look = 0; look < LOOKS; look++) {
			const pool = pools[random.nextUint32() % pools.length]!;
			const state = floor.read(pool.descriptor);
			if (!state?.swapEnabled) continue;
			const decision = decideTrade(
				{
					reserveA: state.reserveA,
					reserveB: state.reserveB,
					fairPrice: pool.fairPrice(seconds),
					feeBps: pool.feeBps,
					maximumShare: pool.maximumShare,
				},
				random,
			);
			if (!decision) continue;
			const quote = state.quoteExactIn(decision.direction, decision.amountIn, floor.clock());
			if (!quote.ok) continue;
			const { arrays } = quote.value;
			const order = { trader: random.nextUint32() % traders, pool: pool.descriptor, ...decision, arrays };
			if (floor.swap(order)) this.#sent++;
			else this.#refused++;
			return;
		}
	}
}
