import { createSolanaRpc, createSolanaRpcSubscriptions } from "@solana/web3.js";
import { systemClock } from "../../../libs/clock.ts";
import { Chain, type ChainOptions } from "../../../services/localnet/chain/chain.ts";
import { PubSubServer, type PubSubServerOptions } from "../../../services/localnet/pubsub/pubsub-server.ts";
import { RpcServer, type RpcServerOptions } from "../../../services/localnet/rpc/rpc-server.ts";

export interface LocalChain {
	readonly chain: Chain;
	readonly rpcServer: RpcServer;
	readonly pubsubServer: PubSubServer;
	readonly rpc: ReturnType<typeof createSolanaRpc>;
	readonly rpcSubscriptions: ReturnType<typeof createSolanaRpcSubscriptions>;
	close(): Promise<void>;
}

/** A whole local chain in memory on free ports, its slots running unless `slotDurationMs` is 0. */
export async function startLocalChain(
	options: {
		slotDurationMs?: number;
		chain?: Partial<ChainOptions>;
		rpc?: Partial<RpcServerOptions>;
		pubsub?: Partial<PubSubServerOptions>;
	} = {},
): Promise<LocalChain> {
	const slotDurationMs = options.slotDurationMs ?? 20;
	const chain = Chain.open({
		dataFolder: null,
		slotDurationMs,
		genesisSeed: "integration",
		clock: systemClock,
		...options.chain,
	});
	const rpcServer = await RpcServer.start({ chain, port: 0, clock: systemClock, ...options.rpc });
	const pubsubServer = await PubSubServer.start({ chain, port: 0, clock: systemClock, ...options.pubsub });
	if (slotDurationMs > 0) chain.start();
	return {
		chain,
		rpcServer,
		pubsubServer,
		rpc: createSolanaRpc(rpcServer.url),
		rpcSubscriptions: createSolanaRpcSubscriptions(pubsubServer.url),
		close: async () => {
			await Promise.all([rpcServer.close(), pubsubServer.close()]);
			chain.close();
		},
	};
}
