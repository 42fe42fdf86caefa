/** Rent's defaults, which no cluster has changed: 3,480 lamports a byte-year, two years (Solana `Rent`). */
const LAMPORTS_PER_BYTE = 6_960n;
/** Every account counts for so many bytes more (Solana `ACCOUNT_STORAGE_OVERHEAD`). */
const OVERHEAD_BYTES = 128;

/**
 * The most that a token account takes: Token-2022 adds to the 165 bytes of SPL Token what its mint asks for
 * (`ExtensionType::get_required_init_account_extensions`: type, owner immutable, transfer fee, hook, and markers).
 */
export const TOKEN_ACCOUNT_BYTES = 200;
/**
 * The most that an account takes which a venue's program keeps for a wallet: PumpSwap's counts a wallet's volume in fewer
 * (idl/pump_amm.json `UserVolumeAccumulator`: 90; Pump makes its own one of 137, docs/instructions/BUY.md).
 */
export const KEPT_ACCOUNT_BYTES = 200;
/** A lookup table without entries (Solana `LOOKUP_TABLE_META_SIZE`). */
export const LOOKUP_TABLE_BYTES = 56;

/** What a new account of a size holds so that it is kept, lamports. */
export function rentOfAccount(bytes: number): bigint {
	return rentOfBytes(bytes + OVERHEAD_BYTES);
}

/** What an account that grows by so many bytes takes more, lamports. */
export function rentOfBytes(bytes: number): bigint {
	return BigInt(bytes) * LAMPORTS_PER_BYTE;
}
