import type { Address } from "../types/address.ts";

/** An account of a row: by its address, or by the seeds from which its program derives one. */
export interface NamedAccount {
	/** Its number among the row's. */
	readonly account: number;
	readonly address: Address | { readonly program: Address; readonly seeds: readonly Uint8Array[] };
}
