import type { createSolanaRpc } from "@solana/web3.js";
import type { Runtime } from "../../broker/runtime.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { Wallet } from "../../libs/solana/keypair.ts";
import { PubsubClient } from "../../libs/solana/pubsub.ts";
import type { CatalogView } from "./catalog-view.ts";
import { RpcChainView } from "./confirmation/rpc-chain-view.ts";
import { PubsubSignatureWatch } from "./confirmation/signature-watch.ts";
import { Executor } from "./executor.ts";
import { type FolderOptions, Heir, type HeldFolder } from "./executor-folder.ts";
import { Follower } from "./follower.ts";
import type { Latencies } from "./latencies.ts";
import { RpcSender } from "./senders/rpc-sender.ts";
import type { SubmissionRecord } from "./submission-record.ts";
import type { TradingStateView } from "./trading-state-view.ts";

/** What exists once the executor knows its chain and has its folder. */
export interface Parts {
	readonly held: HeldFolder;
	readonly heir: Heir;
	readonly follower: Follower;
	readonly executor: Executor;
}

export interface AssemblyOptions {
	readonly runtime: Runtime;
	readonly rpc: ReturnType<typeof createSolanaRpc>;
	/** Ends requests to the node. */
	readonly abortSignal: AbortSignal;
	readonly wallet: Wallet;
	readonly folders: FolderOptions;
	readonly held: HeldFolder;
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
	readonly catalog: CatalogView;
	readonly tradingState: TradingStateView;
	readonly latencies: Latencies;
	readonly refreshCatalog: () => Promise<void>;
	readonly onAdvanced: (submission: SubmissionRecord) => void;
	readonly onSettled: (settlement: Settlement) => void;
	readonly onTrouble: (what: string) => void;
}

/** Wires the executor to its node: bytes go out by RPC, confirmations come in by PubSub and by polling. */
export function assembleParts(options: AssemblyOptions): Parts {
	const { runtime, rpc, abortSignal, held, tradingState, latencies, onTrouble } = options;
	const { config, clock, random } = runtime;
	const timeoutMs = config.chain.request_timeout_ms;
	const pubsub = new PubsubClient({
		url: config.chain.ws_url,
		clock,
		random,
		reconnectMinMs: config.data_pipeline.reconnect_min_ms,
		reconnectMaxMs: config.data_pipeline.reconnect_max_ms,
		silenceMs: timeoutMs,
		aliveBy: "pongs",
	});
	pubsub.start();
	const follower = new Follower({
		executor: runtime.nodeID,
		chain: new RpcChainView({ rpc, timeoutMs, abortSignal }),
		sender: new RpcSender({ rpc, skipPreflight: config.execution.skip_preflight, timeoutMs, abortSignal }),
		watch: new PubsubSignatureWatch(pubsub),
		clock,
		pollIntervalMs: config.execution.confirm_poll_interval_ms,
		resendIntervalMs: config.execution.resend_interval_ms,
		maySend: () => tradingState.halt === null,
		onAdvanced: options.onAdvanced,
		onSettled: (settlement) => {
			executor.settled(settlement);
			options.onSettled(settlement);
		},
		onTrouble,
	});
	const executor = new Executor({
		executor: runtime.nodeID,
		wallet: options.wallet,
		tokenAccounts: options.tokenAccounts,
		maxInFlight: config.execution.max_in_flight,
		clock,
		claims: held.journal,
		catalog: options.catalog,
		tradingState,
		follower,
		latencies,
		refreshCatalog: options.refreshCatalog,
		onTrouble,
	});
	return { held, heir: new Heir(options.folders, held.journal), follower, executor };
}
