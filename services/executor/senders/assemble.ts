import type { Runtime } from "../../../broker/runtime.ts";
import { BlockEngine } from "../../../libs/block-engine/block-engine.ts";
import { blockEngineUrls } from "../../../libs/block-engine/urls.ts";
import type { SolanaRpc } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { BlockEngineSender } from "./block-engine-sender.ts";
import { FanOutSender } from "./fan-out-sender.ts";
import { RpcSender } from "./rpc-sender.ts";
import type { Sender } from "./sender.ts";
import { SplitSender } from "./split-sender.ts";

export interface SendersOptions {
	readonly runtime: Pick<Runtime, "config" | "clock">;
	readonly rpc: SolanaRpc;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
	readonly onTrouble: (what: string) => void;
}

export interface Senders {
	readonly sender: Sender;
	/** Null without a block engine. */
	readonly bundles: BlockEngineSender | null;
}

/** The ways out that the configuration asks for: the RPC endpoints, and block engines for what pays a tip. */
export function assembleSender({ runtime, rpc, abortSignal, onTrouble }: SendersOptions): Senders {
	const { config, clock } = runtime;
	const { skip_preflight } = config.execution;
	const node = new RpcSender({
		rpc,
		skipPreflight: skip_preflight,
		timeoutMs: config.chain.request_timeout_ms,
		abortSignal,
	});
	const urls = blockEngineUrls(config);
	if (urls.length === 0) return { sender: node, bundles: null };
	const { timeout_ms, also_rpc } = config.block_engine;
	const engine = new BlockEngine({ urls, clock, timeoutMs: timeout_ms, abortSignal });
	const bundles = new BlockEngineSender({ engine, clock });
	const tipped = also_rpc ? new FanOutSender([bundles, node], onTrouble) : bundles;
	return { sender: new SplitSender({ tipped, untipped: node }), bundles };
}
