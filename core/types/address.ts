/**
 * A base58-encoded 32-byte Solana public key.
 *
 * The two markers are those of `Address` in `@solana/kit` 8 (`@solana/addresses`, `@solana/nominal-types`), so that
 * values pass between the pure core and the client library without a conversion while the core imports no package.
 */
export type Address = string & {
	readonly "__brand:@solana/kit": "Address";
	readonly "__stringEncoding:@solana/kit": "base58";
};
