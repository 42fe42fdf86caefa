import type { Address } from "../types/address.ts";

/** What a strategy bought and has not sold yet. */
export interface HeldPosition {
	/** Name of the strategy that holds it. */
	readonly strategy: string;
	/** What is held. */
	readonly mint: Address;
	/** What it was paid for with, and is sold for. */
	readonly fundingMint: Address;
	/** Held, base units of {@link mint}. */
	readonly amount: bigint;
	/** Paid for it, base units of {@link fundingMint}. */
	readonly cost: bigint;
	/** The chain's time at which it was opened, seconds since the Unix epoch. */
	readonly openedAtSeconds: bigint;
	/** The pools that it can be sold through. */
	readonly pools: readonly Address[];
	/** What the strategy needs to know of it besides. */
	readonly notes: Readonly<Record<string, string>>;
}
