import type { Address } from "../types/address.ts";

/** A pool that was found, before anything but its mints is known. */
export interface PoolCandidate {
	readonly address: Address;
	readonly mintA: Address;
	readonly mintB: Address;
}

export interface PoolSelection {
	readonly listedMints: ReadonlySet<Address>;
	/** Whether a pool may trade mints that are not listed. */
	readonly allowUnlistedMints: boolean;
	readonly maximumPools: number;
}

export interface SelectedPools {
	readonly selected: readonly Address[];
	/** Pools with a mint that is not allowed. */
	readonly notAllowed: number;
	/** Pools that were allowed and had no room. */
	readonly leftOut: number;
}

/**
 * Which of the found pools to follow: those between listed mints first, then those with one, then the rest; within each
 * by address, so that every start and every node comes to the same list.
 */
export function selectPools(candidates: readonly PoolCandidate[], selection: PoolSelection): SelectedPools {
	const { maximumPools } = selection;
	const allowed = candidates.filter((candidate) => isPoolAllowed(candidate, selection));
	const listed = ({ mintA, mintB }: PoolCandidate): number =>
		(selection.listedMints.has(mintA) ? 1 : 0) + (selection.listedMints.has(mintB) ? 1 : 0);
	const ordered = allowed.toSorted(
		(left, right) => listed(right) - listed(left) || (left.address < right.address ? -1 : 1),
	);
	return {
		selected: ordered.slice(0, maximumPools).map(({ address }) => address),
		notAllowed: candidates.length - allowed.length,
		leftOut: Math.max(0, ordered.length - maximumPools),
	};
}

export function isPoolAllowed(
	{ mintA, mintB }: Pick<PoolCandidate, "mintA" | "mintB">,
	{ listedMints, allowUnlistedMints }: Pick<PoolSelection, "listedMints" | "allowUnlistedMints">,
): boolean {
	return allowUnlistedMints || (listedMints.has(mintA) && listedMints.has(mintB));
}
