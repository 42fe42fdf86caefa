import { type Address, getAddressEncoder } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { writeUint64 } from "../../../core/types/bytes.ts";

/** An account to set on the local chain before its first slot. */
export interface GenesisAccount {
	readonly address: Address;
	readonly owner: Address;
	readonly data: Uint8Array;
	readonly lamports: bigint;
}

/** Wrapped SOL: its token accounts hold lamports. */
export const NATIVE_MINT = "So11111111111111111111111111111111111111112" as Address;

/** Sizes of SPL Token's `Account` and `Mint` (spl-token, state.rs). */
export const TOKEN_ACCOUNT_SIZE = 165;
export const MINT_SIZE = 82;

const STATE_INITIALIZED = 1;
const OPTION_SOME = 1;
const RENT_LAMPORTS_PER_BYTE = 6_960n;
const RENT_OVERHEAD_BYTES = 128n;

/** Least balance of an account of `size` bytes, in lamports, at the cluster's rent. */
export function rentExemptLamports(size: number): bigint {
	return (BigInt(size) + RENT_OVERHEAD_BYTES) * RENT_LAMPORTS_PER_BYTE;
}

/** Bytes of an address. */
export function addressBytes(address: Address): Uint8Array {
	return getAddressEncoder().encode(address) as Uint8Array;
}

/** A token account of 165 bytes holding `amount` base units; wrapped SOL is backed by lamports. */
export function tokenAccount(holding: {
	readonly address: Address;
	readonly mint: Address;
	/** Who may move the tokens. */
	readonly owner: Address;
	readonly amount: bigint;
	readonly tokenProgram?: Address;
}): GenesisAccount {
	const data = new Uint8Array(TOKEN_ACCOUNT_SIZE);
	data.set(addressBytes(holding.mint), 0);
	data.set(addressBytes(holding.owner), 32);
	writeUint64(data, 64, holding.amount);
	data[108] = STATE_INITIALIZED;
	const rent = rentExemptLamports(TOKEN_ACCOUNT_SIZE);
	const isNative = holding.mint === NATIVE_MINT;
	if (isNative) {
		data[109] = OPTION_SOME;
		writeUint64(data, 113, rent);
	}
	return {
		address: holding.address,
		owner: holding.tokenProgram ?? TOKEN_PROGRAM_ADDRESS,
		data,
		lamports: isNative ? rent + holding.amount : rent,
	};
}

/** A mint of 82 bytes. Without an authority its supply is fixed. */
export function mintAccount(mint: {
	readonly address: Address;
	readonly decimals: number;
	readonly supply: bigint;
	readonly mintAuthority?: Address;
	readonly tokenProgram?: Address;
}): GenesisAccount {
	const data = new Uint8Array(MINT_SIZE);
	if (mint.mintAuthority !== undefined) {
		data[0] = OPTION_SOME;
		data.set(addressBytes(mint.mintAuthority), 4);
	}
	writeUint64(data, 36, mint.supply);
	data[44] = mint.decimals;
	data[45] = STATE_INITIALIZED;
	return {
		address: mint.address,
		owner: mint.tokenProgram ?? TOKEN_PROGRAM_ADDRESS,
		data,
		lamports: rentExemptLamports(MINT_SIZE),
	};
}
