import type { AccountRole, Address, Instruction } from "@solana/web3.js";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import type { Direction } from "../../../core/market/venues/venue.ts";
import type { WholeInstruction } from "../instructions/whole-instruction.ts";

/** A swap of an exact input through any venue. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapRequest {
	readonly pool: PoolDescriptor;
	readonly direction: Direction;
	/** The arrays that the swap has to name, in the program's order; most venues have none. */
	readonly arrays: readonly Address[];
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
	/** Signs, and owns both token accounts. */
	readonly owner: Address;
	readonly inputTokenAccount: Address;
	readonly outputTokenAccount: Address;
}

/** A swap instruction with everything present. */
export type SwapInstruction = Instruction & {
	readonly accounts: readonly { readonly address: Address; readonly role: AccountRole }[];
	readonly data: Uint8Array;
};

/** How a venue's swap instruction is made from any venue's request. */
export interface SwapBuilder {
	/** Where the two amounts stand in the instruction's data, as little-endian u64; the same in either direction. */
	readonly amountOffsets: { readonly amountIn: number; readonly minimumAmountOut: number };
	/** @throws Error when the pool's descriptor lacks an account that the instruction names */
	build(request: SwapRequest): WholeInstruction;
	/** Makes, at the wallet's cost, an account that the venue's program keeps for it. Absent: there is none. */
	open?(wallet: Address, account: Address): WholeInstruction;
}

/** An account that the feed puts into every descriptor of the venue. */
export function swapAccount({ swapAccounts, address, venue }: PoolDescriptor, name: string): Address {
	const account = swapAccounts[name];
	if (account === undefined) throw new Error(`pool ${address} of ${venue} was described without its ${name}`);
	return account;
}
