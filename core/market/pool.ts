import type { Address } from "../types/address.ts";

/** The market programs that have a codec, a quote and an instruction builder. */
export type VenueId =
	| "raydium-cpmm"
	| "raydium-amm-v4"
	| "raydium-clmm"
	| "orca-whirlpool"
	| "meteora-damm-v2"
	| "meteora-dlmm"
	| "pumpswap";

/** The token program that owns a mint. */
export type TokenProgramId = Address;

/** What does not change while a pool lives: everything a quote and an instruction need besides {@link ReserveState}. */
export interface PoolDescriptor {
	readonly address: Address;
	readonly venue: VenueId;
	/** A is the pool's first token (`token_0`, `coin`), B its second (`token_1`, `pc`). */
	readonly mintA: Address;
	readonly mintB: Address;
	readonly decimalsA: number;
	readonly decimalsB: number;
	readonly vaultA: Address;
	readonly vaultB: Address;
	/** What the trader pays to the venue, all parts together, for the closed-form size. Exact arithmetic is the quote's. */
	readonly feeNumerator: bigint;
	readonly feeDenominator: bigint;
	/** Venue-specific integers that the exact quote needs, by the names of the venue's source. */
	readonly parameters: Readonly<Record<string, bigint>>;
	/** Venue-specific accounts that a swap instruction names, by the names of the venue's source. */
	readonly swapAccounts: Readonly<Record<string, Address>>;
}

/** A token mint that some pool trades. */
export interface MintDescriptor {
	readonly address: Address;
	readonly symbol: string;
	readonly decimals: number;
	readonly tokenProgram: TokenProgramId;
}
