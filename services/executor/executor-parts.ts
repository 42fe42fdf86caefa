import { join } from "node:path";
import type { Base64EncodedWireTransaction } from "@solana/web3.js";
import type { RouteMeasured } from "../../broker/contracts/executor.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import { PubsubClient } from "../../libs/solana/pubsub.ts";
import type { RpcRouter, SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";
import type { CatalogView } from "./catalog-view.ts";
import { RpcChainView } from "./confirmation/rpc-chain-view.ts";
import { PubsubSignatureWatch } from "./confirmation/signature-watch.ts";
import { Executor } from "./executor.ts";
import { type FolderOptions, Heir, type HeldFolder } from "./executor-folder.ts";
import { Follower } from "./follower.ts";
import type { Latencies } from "./latencies.ts";
import { LookupTables } from "./lookup-tables.ts";
import { Rehearsal, type Simulated } from "./rehearsal.ts";
import { RouteMeter } from "./route-meter.ts";
import { assembleSender } from "./senders/assemble.ts";
import type { BlockEngineSender } from "./senders/block-engine-sender.ts";
import type { SigningGate } from "./signing-gate.ts";
import type { SubmissionRecord } from "./submission-record.ts";
import { TableGrowth } from "./table-growth.ts";
import { TableReader } from "./table-reader.ts";

/** What exists once the executor knows its chain and has its folder. */
export interface Parts {
	readonly held: HeldFolder;
	readonly heir: Heir;
	readonly follower: Follower;
	readonly executor: Executor;
	readonly tables: LookupTables;
	/** Null without a block engine. */
	readonly bundles: BlockEngineSender | null;
}

export interface AssemblyOptions {
	readonly runtime: Runtime;
	readonly router: RpcRouter;
	/** Ends requests to the node. */
	readonly abortSignal: AbortSignal;
	readonly wallet: PolicedWallet;
	readonly folders: FolderOptions;
	readonly held: HeldFolder;
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
	/** Those that venues' programs keep for the wallet and that are on the chain. */
	readonly keptAccounts: ReadonlySet<Address>;
	readonly catalog: CatalogView;
	readonly gate: SigningGate;
	/** Makes durable what is signed besides intents. */
	readonly keep: (spending: SignedSpending) => Promise<void>;
	/** There is a lookup table that may be used, or more of it. */
	readonly onTableUsable: () => void;
	/** A transaction did not fit without a lookup table. */
	readonly onTableDemand: () => void;
	readonly latencies: Latencies;
	readonly refreshCatalog: () => Promise<void>;
	readonly onAdvanced: (submission: SubmissionRecord) => void;
	readonly onSettled: (settlement: Settlement) => void;
	/** The outcome of a trade that was only rehearsed, in one line. */
	readonly onRehearsed: (line: string) => void;
	readonly onTrouble: (what: string) => void;
	readonly onMeasured: (measured: RouteMeasured) => void;
}

/** Wires the executor to its node: bytes go out by RPC, confirmations come in by PubSub and by polling. */
export function assembleParts(options: AssemblyOptions): Parts {
	const { runtime, router, abortSignal, held, gate, latencies, onTrouble } = options;
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
	const { sender, bundles } = assembleSender({ runtime, rpc: router.rpc, abortSignal, onTrouble });
	const meter = new RouteMeter({
		executor: runtime.nodeID,
		rpc: router.rpc,
		clock,
		timeoutMs,
		abortSignal,
		onMeasured: options.onMeasured,
	});
	const follower = new Follower({
		executor: runtime.nodeID,
		chain: new RpcChainView({ router, timeoutMs, abortSignal }),
		sender,
		watch: new PubsubSignatureWatch(pubsub),
		clock,
		pollIntervalMs: config.execution.confirm_poll_interval_ms,
		resendIntervalMs: config.execution.resend_interval_ms,
		maySend: () => gate.refusal === null,
		onAdvanced: (submission) => {
			executor.advanced(submission);
			options.onAdvanced(submission);
		},
		onSettled: (settlement) => {
			meter.settled(settlement);
			executor.settled(settlement);
			options.onSettled(settlement);
		},
		onFinalized: (submission) => executor.finalized(submission),
		onReopened: (_submission, was) => executor.reopened(was),
		onTrouble,
	});
	const tables = assembleTables(options, timeoutMs);
	const request = () => AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]);
	const executor = new Executor({
		executor: runtime.nodeID,
		wallet: options.wallet,
		tokenAccounts: options.tokenAccounts,
		keptAccounts: options.keptAccounts,
		maxInFlight: config.execution.max_in_flight,
		clock,
		claims: held.journal,
		catalog: options.catalog,
		tables,
		gate,
		rehearsal: new Rehearsal({
			simulate: (base64) => simulate(router.rpc, base64, request()),
			onOutcome: options.onRehearsed,
		}),
		follower,
		latencies,
		refreshCatalog: options.refreshCatalog,
		onSubmitted: (intent, signed) => meter.submitted(intent, signed),
		onTrouble,
	});
	return { held, heir: new Heir(options.folders, held.journal), follower, executor, tables, bundles };
}

/** Beside the executors' numbered folders: they share the wallet's table. */
const TABLE_FOLDER = "lookup-table";

function assembleTables(options: AssemblyOptions, timeoutMs: number): LookupTables {
	const { abortSignal, catalog, folders, gate, keep, onTrouble, router, runtime, wallet } = options;
	const { rpc } = router;
	const reader = new TableReader({ rpc, wallet: wallet.address, timeoutMs, abortSignal });
	const folder = join(folders.parent, TABLE_FOLDER);
	return new LookupTables({
		reader,
		growth: new TableGrowth({ rpc, reader, wallet, folder, timeoutMs, abortSignal, gate, keep, onTrouble }),
		clock: runtime.clock,
		wanted: () => catalog.wantedEntries,
		onUsable: options.onTableUsable,
		onDemand: options.onTableDemand,
	});
}

/** What a transaction without a signature would do now. */
async function simulate(rpc: SolanaRpc, base64: string, abortSignal: AbortSignal): Promise<Simulated> {
	const { value } = await rpc
		.simulateTransaction(base64 as Base64EncodedWireTransaction, {
			encoding: "base64",
			sigVerify: false,
			replaceRecentBlockhash: false,
			commitment: "processed",
		})
		.send({ abortSignal });
	const error =
		value.err === null ? null : JSON.stringify(value.err, (_key, it) => (typeof it === "bigint" ? `${it}` : it));
	return { error, computeUnits: Number(value.unitsConsumed ?? 0) };
}
