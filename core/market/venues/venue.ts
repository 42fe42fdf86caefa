import type { Address } from "../../types/address.ts";
import type { Result } from "../../types/result.ts";
import type { ChainClock } from "../chain-clock.ts";
import type { PoolDescriptor, VenueId } from "../pool.ts";
import type { AccountPlace } from "../tick-batch.ts";

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
	/** Arrays that the swap instruction has to name, in the program's order, by the first index that each covers. */
	readonly arrays: readonly number[];
}

/** Of a swap that needs no arrays. */
export const NO_ARRAYS: readonly number[] = [];

export type QuoteResult = Result<Quote, NoQuoteCode>;

/** One pool's market at one moment: what it is priced by, and its quotes, to the unit. */
export interface PoolMarket {
	/**
	 * Reserves of the constant-product curve that the pool follows at its present price, base units. Exact for pools that
	 * are priced by their reserves; for others the curve of the range in which the price is now, and 0 where there is none.
	 */
	readonly reserveA: bigint;
	readonly reserveB: bigint;
	/** Swaps are allowed by the pool's own status. */
	readonly swapEnabled: boolean;
	/** Unix seconds from which swaps are allowed; 0 when always. */
	readonly openTimeSeconds: bigint;
	/** What the venue leaves of a small input now, of 1: for screening and searching, never for an amount. */
	keptShare(direction: Direction, clock: ChainClock): number;
	/** Output for an exact input of `amount` base units. */
	quoteExactIn(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult;
	/** Input for an exact output of `amount` base units. */
	quoteExactOut(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult;
	/** The market that a swap leaves behind, for a second one in the same transaction. The quote is this market's own. */
	afterSwap(direction: Direction, quote: Quote): PoolMarket;
}

/** An account of a pool, as the chain has it. */
export interface MarketAccount {
	readonly place: AccountPlace;
	/** Of an array: the first tick or bin index that it covers. Else 0. */
	readonly startIndex: number;
	/** Null: the chain was asked, and there is no such account. Only arrays and the like may be absent. */
	readonly data: Uint8Array | null;
}

/** An account that a pool's quotes need: named by the pool, or by the seeds of its program-derived address. */
export interface WantedAccount {
	readonly place: AccountPlace;
	readonly startIndex: number;
	readonly seeds: readonly Uint8Array[];
}

/** A pool that is priced by whole accounts: it takes their bytes and keeps none of them. */
export interface AccountMarket extends PoolMarket {
	/** False when the bytes are no such account: what was known of it before counts no more. */
	apply(account: MarketAccount): boolean;
	/** The accounts besides the pool's own that swaps near the present price need. */
	wanted(): readonly WantedAccount[];
}

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
	/** What the vaults hold but the curve does not see, in base units; negative where it sees more. */
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

/** The program address of seeds. */
export type DeriveAddress = (program: Address, seeds: readonly Uint8Array[]) => Address;

/** An account as the chain holds it. */
export interface AccountBytes {
	readonly address: Address;
	readonly owner: Address;
	readonly data: Uint8Array;
}

interface VenueCommon {
	readonly id: VenueId;
	readonly programId: Address;
	/** Exact length of a pool account in bytes, also the filter for finding pools. */
	readonly poolAccountSize: number;
	/** Addresses named by a pool account, for the reads that precede {@link describe}. */
	references(pool: AccountBytes): Result<PoolReferences, DecodeError>;
	/** The static description of a pool; `configurations` in the order of {@link PoolReferences.configurations}. */
	describe(pool: AccountBytes, configurations: readonly AccountBytes[]): Result<PoolDescriptor, DecodeError>;
	/** Further addresses that its swaps name and seeds alone tell, by the names under which `swapAccounts` is to hold them. */
	derivedAccounts?(pool: PoolDescriptor, derive: DeriveAddress): Readonly<Record<string, Address>>;
	/** Of a whole descriptor: accounts that a swap would make at the wallet's cost if they did not exist. */
	neededAccounts?(pool: PoolDescriptor): readonly Address[];
	/** What its program keeps for a wallet, and swaps through the pool write to beside the wallet's token accounts. */
	walletAccounts?(pool: PoolDescriptor, wallet: Address, derive: DeriveAddress): readonly WalletAccount[];
}

/** An account that a program keeps for a wallet. */
export interface WalletAccount {
	readonly venue: VenueId;
	readonly address: Address;
	/** Of a token account: the mint, its token program and the account that owns it. Null: it is the program's own. */
	readonly token: { readonly mint: Address; readonly tokenProgram: Address; readonly owner: Address } | null;
}

/** A market program whose pools are priced by what their two vaults hold. Pure. */
export interface ReserveVenue extends VenueCommon {
	readonly pricedBy: "reserves";
	/** The changing part of a pool account. Hot path: reads fields at their offsets, builds nothing else. */
	readState(poolData: Uint8Array): Result<PoolAccountState, DecodeError>;
	/**
	 * Tells of a pool's account whether it still says what the description took from it; absent: that never changes. Hot
	 * path: the description is looked at once, the bytes at every update.
	 */
	isAsDescribed?(pool: PoolDescriptor): (poolData: Uint8Array) => boolean;
	/** {@link PoolMarket.keptShare}; absent: what the descriptor's one fee leaves. */
	keptShare?(pool: PoolDescriptor, state: ReserveState, direction: Direction): number;
	/** Output for an exact input. */
	quoteExactIn(request: QuoteRequest): QuoteResult;
	/** Input for an exact output. */
	quoteExactOut(request: QuoteRequest): QuoteResult;
	/** The state that a swap of an exact input leaves behind; the quote is that of the request's own state. */
	afterSwap(request: SwapRequest): ReserveState;
}

/** A market program whose pools are priced by whole accounts: the pool's own, and those that the market wants. Pure. */
export interface AccountVenue extends VenueCommon {
	readonly pricedBy: "accounts";
	/** A market of which nothing is known yet. */
	open(pool: PoolDescriptor): AccountMarket;
	/** The seeds of a pool's array that begins at an index; null for a venue without arrays. */
	arraySeeds(pool: PoolDescriptor, startIndex: number): readonly Uint8Array[] | null;
}

/** A market program: how its accounts are read and what its swaps give, to the unit. */
export type Venue = ReserveVenue | AccountVenue;

export interface SwapRequest {
	readonly pool: PoolDescriptor;
	readonly state: ReserveState;
	readonly direction: Direction;
	readonly quote: Quote;
}

export interface QuoteRequest {
	readonly pool: PoolDescriptor;
	readonly state: ReserveState;
	readonly direction: Direction;
	/** Input amount for `quoteExactIn`, output amount for `quoteExactOut`; base units. */
	readonly amount: bigint;
	readonly clock: ChainClock;
}
