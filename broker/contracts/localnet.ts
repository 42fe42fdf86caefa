/** The embedded chain and the bots on it. */
export interface LocalnetStatus {
	readonly slot: number;
	readonly genesisHash: string;
	readonly rpcPort: number;
	readonly wsPort: number;
	readonly pools: number;
	/** Swaps of the bots that the chain took, and those it refused. */
	readonly botSwaps: number;
	readonly botRefusals: number;
}

export interface LocalnetActions {
	/** Null where another chain is traded. */
	"localnet.status": { params: undefined; result: LocalnetStatus | null };
}
