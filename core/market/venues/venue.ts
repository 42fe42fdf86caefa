import type { Address } from "../../types/address.ts";
import type { Result } from "../../types/result.ts";
import type { PoolDescriptor, VenueId } from "../pool.ts";

/** Which way a swap goes through a pool. */
export type Direction = "aToB" | "bToA";

/** Why account bytes are not a pool of this venue. */
export type DecodeErrorCode = "wrongOwner" | "wrongDiscriminator" | "shortData" | "impossibleValue" | "unsupported";

export interface DecodeError {
	readonly code: DecodeErrorCode;
	/** One sentence that names the field and the value. */
	readonly detail: string;
}

/** Why a pool gives no quote. Closed: the program would refuse the same swap. */
export type NoQuoteCode =
	| "zeroInput"
	| "zeroOutput"
	| "insufficientLiquidity"
	| "swapDisabled"
	| "notOpenYet"
	| "amountOverflow"
	/** A tick array or bin array that the swap needs is not known, or does not exist. */
	| "arrayMissing"
	/** The swap would pass the lowest or highest price of the program or of the pool. */
	| "priceLimit"
	/** A token's transfer fee leaves nothing, or its mint cannot be traded. */
	| "transferFee";

export interface Quote {
	/** What leaves the trader, in base units of the input mint. */
	readonly amountIn: bigint;
	/** What reaches the trader, in base units of the output mint. */
	readonly amountOut: bigint;
	/** The venue's whole fee, in base units of `feeMint`. */
	readonly fee: bigint;
	/** On which side the venue takes its fee. */
	readonly feeSide: "input" | "output";
}

export type QuoteResult = Result<Quote, NoQuoteCode>;

/**
 * What changes in a constant-product pool from one update to the next. Reserves are what the curve sees: the vault's
 * balance less what the pool owes to protocol, fund, creator or profit takers.
 */
export interface ReserveState {
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	/** Swaps are allowed by the pool's own status bits. */
	readonly swapEnabled: boolean;
	/** Unix seconds from which swaps are allowed; 0 when always. */
	readonly openTimeSeconds: bigint;
}

/** The part of a pool account that every update may change, read straight from the bytes. */
export interface PoolAccountState {
	/** What the vaults hold but the curve does not see, in base units. */
	readonly owedA: bigint;
	readonly owedB: bigint;
	readonly swapEnabled: boolean;
	readonly openTimeSeconds: bigint;
}

/** The addresses that a pool account names and that must be read before a descriptor is whole. */
export interface PoolReferences {
	readonly mintA: Address;
	readonly mintB: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	/** Further accounts whose bytes {@link Venue.describe} needs, for example a fee configuration. */
	readonly configurations: readonly Address[];
}

/** An account as the chain holds it. */
export interface AccountBytes {
	readonly address: Address;
	readonly owner: Address;
	readonly data: Uint8Array;
}

/** A market program: how its accounts are read and what its swaps give, to the unit. Pure. */
export interface Venue {
	readonly id: VenueId;
	readonly programId: Address;
	/** Exact length of a pool account in bytes, also the filter for finding pools. */
	readonly poolAccountSize: number;
	/** Addresses named by a pool account, for the reads that precede {@link describe}. */
	references(pool: AccountBytes): Result<PoolReferences, DecodeError>;
	/** The static description of a pool; `configurations` in the order of {@link PoolReferences.configurations}. */
	describe(pool: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError>;
	/** The changing part of a pool account. Hot path: reads fields at their offsets, builds nothing else. */
	readState(poolData: Uint8Array): Result<PoolAccountState, DecodeError>;
	/** Output for an exact input. `nowSeconds` is the chain's clock. */
	quoteExactIn(request: QuoteRequest): QuoteResult;
	/** Input for an exact output. */
	quoteExactOut(request: QuoteRequest): QuoteResult;
}

export interface QuoteRequest {
	readonly pool: PoolDescriptor;
	readonly state: ReserveState;
	readonly direction: Direction;
	/** Input amount for `quoteExactIn`, output amount for `quoteExactOut`; base units. */
	readonly amount: bigint;
	/** The chain's clock, Unix seconds. */
	readonly nowSeconds: bigint;
}
