import type { StageTimings } from "../execution/stage-timings.ts";
import type { VenueId } from "../market/pool.ts";
import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";

/** One swap of a route, exact in. Amounts in base units. */
export interface SwapLeg {
	readonly pool: Address;
	readonly venue: VenueId;
	readonly direction: Direction;
	readonly mintIn: Address;
	readonly mintOut: Address;
	readonly amountIn: bigint;
	/** Below this the program refuses the swap. The next leg spends exactly this much. */
	readonly minimumAmountOut: bigint;
	/** What the quote expects. */
	readonly expectedAmountOut: bigint;
	/** Slot up to which the feed vouched for the pool state behind the quote: a quiet pool's state may be much older. */
	readonly observedSlot: number;
	/** The arrays that the swap has to name, in the program's order, by the first index that each covers. */
	readonly arrays: readonly number[];
}

/** Of one swap. */
export const MOST_SWAP_ARRAYS = 6;

/** The loan that funds a route: repaid, with its fee, in the same transaction. */
export interface FlashLoan {
	readonly reserve: Address;
	/** Base units of the funding mint. Equals the first leg's `amountIn`. */
	readonly amount: bigint;
	/** The lender's exact fee for `amount`, in base units of the funding mint. */
	readonly fee: bigint;
}

/** What a block engine's leader is paid, by a transfer inside the trade's own transaction: a revert pays none. */
export interface Tip {
	readonly account: Address;
	readonly lamports: bigint;
}

/**
 * A request to trade, keyed by {@link intentId}.
 *
 * With a loan the legs lead back to the funding mint, and the last leg's `minimumAmountOut` is at least
 * `loan.amount + loan.fee + networkCost + minimumProfit`, so that the chain itself refuses a loss. Without one the legs
 * spend inventory: they lead from the funding mint to another mint, the first leg's `amountIn` is what is spent at most,
 * the last leg's `minimumAmountOut` what it must bring, and `minimumProfit` and `networkCost` are 0.
 */
export interface OrderIntent {
	readonly intentId: IntentId;
	readonly strategy: string;
	/** Names the cycle and its direction; one intent a cycle may be in flight. */
	readonly cycle: string;
	readonly fundingMint: Address;
	readonly loan: FlashLoan | null;
	readonly legs: readonly SwapLeg[];
	/** Expected gain after pool fees, loan fee and network cost, in base units of the funding mint. */
	readonly expectedNetProfit: bigint;
	/** The least gain the transaction may end with, after all costs, in base units of the funding mint. */
	readonly minimumProfit: bigint;
	/** Base fee, priority fee and tip in base units of the funding mint, rounded up. */
	readonly networkCost: bigint;
	readonly computeUnitLimit: number;
	readonly computeUnitPriceMicroLamports: bigint;
	/** The most an attempt can cost when it reverts: base and priority fee. */
	readonly maximumFeeLamports: bigint;
	/** Null: no tip is paid. */
	readonly tip: Tip | null;
	/** Slot of the market update that gave rise to the intent. */
	readonly triggerSlot: number;
	/** After this moment nobody may sign: microseconds since the Unix epoch. */
	readonly deadlineMicros: number;
	readonly timings: StageTimings;
}

/** What goes through the route, borrowed or spent: base units of the funding mint. */
export function notionalOf({ legs }: Pick<OrderIntent, "legs">): bigint {
	const first = legs[0];
	if (!first) throw new RangeError("an intent without legs has no notional");
	return first.amountIn;
}
