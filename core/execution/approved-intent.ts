import type { OrderIntent } from "../strategy/order-intent.ts";
import type { Address } from "../types/address.ts";
import type { Blockhash } from "../types/identifiers.ts";
import type { TableUse } from "./lookup-table.ts";

/**
 * An order intent that risk has approved and reserved for: the executor's only input. Wallet and blockhash are fixed
 * here, so that every executor makes the same bytes and the same signature of it.
 */
export interface ApprovedIntent extends OrderIntent {
	readonly wallet: Address;
	readonly blockhash: Blockhash;
	/** Beyond this block height the chain refuses the transaction. */
	readonly lastValidBlockHeight: number;
	/** Which incarnation of risk approved. */
	readonly riskEpoch: number;
	/** What the transaction looks accounts up in, so that it fits; null: it names all of them itself. */
	readonly lookupTable: TableUse | null;
	/** Proof that risk approved exactly this: a keyed MAC in base64 over all of the above. */
	readonly seal: string;
}
