/** Where bundles go: the sections `chain` and `block_engine` of the configuration. */
export interface BlockEngineAccess {
	readonly chain: { readonly rpc_url: string };
	readonly block_engine: { readonly urls: readonly string[]; readonly chain_endpoint: boolean };
}

/** The regions' urls; none: there are no bundles and no tips. */
export function blockEngineUrls({ chain, block_engine }: BlockEngineAccess): readonly string[] {
	return block_engine.chain_endpoint ? [chain.rpc_url, ...block_engine.urls] : block_engine.urls;
}
