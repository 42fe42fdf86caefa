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
}

/** The loan that funds a route: repaid, with its fee, in the same transaction. */
export interface FlashLoan {
	readonly reserve: Address;
	/** Base units of the funding mint. Equals the first leg's `amountIn`. */
	readonly amount: bigint;
	/** The lender's exact fee for `amount`, in base units of the funding mint. */
	readonly fee: bigint;
}

/**
 * A strategy's request to trade, keyed by {@link intentId}. The last leg's `minimumAmountOut` is
 * `loan.amount + loan.fee + networkCost + minimumProfit`, so that the chain itself refuses a loss.
 */
export interface OrderIntent {
	readonly intentId: IntentId;
	readonly strategy: string;
	/** Names the cycle and its direction; one intent a cycle may be in flight. */
	readonly cycle: string;
	readonly fundingMint: Address;
	readonly loan: FlashLoan;
	readonly legs: readonly SwapLeg[];
	/** Expected gain after pool fees, loan fee and network cost, in base units of the funding mint. */
	readonly expectedNetProfit: bigint;
	/** The least gain the transaction may end with, after all costs, in base units of the funding mint. */
	readonly minimumProfit: bigint;
	/** Base and priority fee in base units of the funding mint, rounded up. */
	readonly networkCost: bigint;
	readonly computeUnitLimit: number;
	readonly computeUnitPriceMicroLamports: bigint;
	/** The most an attempt can cost when it reverts: base and priority fee. */
	readonly maximumFeeLamports: bigint;
	/** Slot of the market update that gave rise to the intent. */
	readonly triggerSlot: number;
	/** After this moment nobody may sign: microseconds since the Unix epoch. */
	readonly deadlineMicros: number;
	readonly timings: StageTimings;
}
