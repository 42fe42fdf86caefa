import type { Chain } from "../../chain/chain.ts";
import type { Params } from "../params.ts";

/** One RPC method: reads its parameters, asks the chain, gives the result. @throws RpcError */
export type Method = (chain: Chain, params: Params) => unknown;

export type Methods = Readonly<Record<string, Method>>;

/** What the server says it is in `getVersion` and in every context: the RPC generation whose answers it follows. */
export const API_VERSION = "3.0.0";

/** A value with the slot that it was read at. */
export function withContext(slot: number, value: unknown): object {
	return { context: { apiVersion: API_VERSION, slot }, value };
}
