import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	appendTransactionMessageInstructions,
	createKeyPairSignerFromPrivateKeyBytes,
	createSolanaRpc,
	createTransactionMessage,
	getSignatureFromTransaction,
	getTransactionEncoder,
	type Instruction,
	type KeyPairSigner,
	pipe,
	setTransactionMessageFeePayerSigner,
	setTransactionMessageLifetimeUsingBlockhash,
	signTransactionMessageWithSigners,
} from "@solana/web3.js";
import { getTransferSolInstruction } from "@solana-program/system";
import { type Context, ServiceBroker } from "moleculer";
import { Bus } from "../../../broker/bus.ts";
import type { ExecuteAck } from "../../../broker/contracts/executor.ts";
import type { Catalog } from "../../../broker/contracts/feed.ts";
import type { EventName, Events } from "../../../broker/contracts/index.ts";
import { attachRuntime } from "../../../broker/runtime.ts";
import { createTickStream } from "../../../broker/tick-stream.ts";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import { fillFromTransaction } from "../../../core/execution/fill.ts";
import type { SealedSettlement, Settlement } from "../../../core/execution/submission.ts";
import type { OrderIntent } from "../../../core/strategy/order-intent.ts";
import type { Address } from "../../../core/types/address.ts";
import type { Blockhash, IntentId, Signature } from "../../../core/types/identifiers.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../libs/block-engine/tip-accounts.ts";
import { systemClock } from "../../../libs/clock.ts";
import type { OpenSegment } from "../../../libs/journal/segment-file.ts";
import { createMessageMac } from "../../../libs/message-mac.ts";
import { seededRandom } from "../../../libs/random.ts";
import { SettlementSeal } from "../../../libs/settlement-seal.ts";
import { MEMO_PROGRAM } from "../../../libs/solana/memo.ts";
import { readTransaction } from "../../../libs/solana/transaction-reader.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { RpcServer } from "../../../services/localnet/rpc/rpc-server.ts";
import riskService from "../../../services/risk/risk.service.ts";
import { TEST_APPROVAL_KEY } from "../../support/stand-in-risk.ts";
import { until } from "../../support/until.ts";
import { orderIntent } from "../../unit/core/risk/risk-world.ts";
import { batch, catalog, peer, TICKS } from "../../unit/services/monitor/peers.ts";

const SLOT_MS = 20;
export const OPENING_LAMPORTS = 5_000_000_000n;

/** What the peer that stands where executors are does with an intent. Its transactions are real. */
export type Behaviour =
	/** Signs, sends, acknowledges, and tells the settlement. */
	| "settle"
	/** As `settle`, but the settlement's event is lost. */
	| "loseEvent"
	/** Sends and never answers nor tells. */
	| "vanishAfterSending"
	/** Never sends, answers nor tells. */
	| "vanish"
	| "refuse"
	/** Acknowledges; the bytes are lost on the way. */
	| "loseBytes";

/** A real chain behind its real node, kept while risk actors come and go on it. */
export class RiskDesk {
	readonly folder: string;
	readonly chain: Chain;
	readonly wallet: KeyPairSigner;
	readonly config: Config;
	readonly settlementSeal: SettlementSeal;
	readonly #servers: RpcServer[];
	readonly actors: RiskActor[] = [];

	private constructor(
		parts: Pick<RiskDesk, "folder" | "chain" | "wallet" | "config" | "settlementSeal">,
		servers: RpcServer[],
	) {
		this.folder = parts.folder;
		this.chain = parts.chain;
		this.wallet = parts.wallet;
		this.config = parts.config;
		this.settlementSeal = parts.settlementSeal;
		this.#servers = servers;
	}

	static async open(changes: Partial<Config["risk"]> = {}): Promise<RiskDesk> {
		const folder = mkdtempSync(join(tmpdir(), "risk-"));
		const chain = Chain.open({ dataFolder: null, slotDurationMs: SLOT_MS, genesisSeed: folder, clock: systemClock });
		const wallet = await createKeyPairSignerFromPrivateKeyBytes(new Uint8Array(32).fill(9));
		chain.airdrop(wallet.address, OPENING_LAMPORTS);
		chain.sealGenesis();
		const server = await RpcServer.start({ chain, port: 0, clock: systemClock });
		const base = loadConfig({ environment: {} });
		const config: Config = {
			...base,
			data_folder: folder,
			security: { ...base.security, approval_key: TEST_APPROVAL_KEY },
			chain: { ...base.chain, rpc_url: server.url, request_timeout_ms: 2_000 },
			risk: {
				...base.risk,
				stale_after_slots: 2_000,
				books_interval_ms: 200,
				// Amounts of the tests' intents have no meaning in their market.
				collar_bps: 1_000_000_000_000,
				budgets: base.risk.budgets.map((budget) => ({
					...budget,
					max_orders_per_second: 1_000,
					order_burst: 1_000,
				})),
				...changes,
			},
		};
		chain.start();
		const settlementSeal = new SettlementSeal(await createMessageMac(TEST_APPROVAL_KEY));
		return new RiskDesk({ folder, chain, wallet, config, settlementSeal }, [server]);
	}

	get genesisFolder(): string {
		return join(this.folder, this.chain.genesisHash.slice(0, 8));
	}

	async closeNode(): Promise<void> {
		for (const server of this.#servers.splice(0)) await server.close();
	}

	/** Answers again, at the same address. */
	async reopenNode(): Promise<void> {
		const port = Number(new URL(this.config.chain.rpc_url).port);
		this.#servers.push(await RpcServer.start({ chain: this.chain, port, clock: systemClock }));
	}

	/** Starts a risk actor with its peers. */
	async start(options: ActorOptions = {}): Promise<RiskActor> {
		const actor = new RiskActor(this, `risk-${this.actors.length + 1}`, options);
		this.actors.push(actor);
		await actor.broker.start();
		if (options.ready !== false) await actor.ready();
		return actor;
	}

	/** Signs a wallet transaction of these instructions, with a memo when one is given. */
	async sign(
		memo: string | null,
		instructions: readonly Instruction[] = [],
		lifetime: { readonly blockhash: Blockhash; readonly lastValidBlockHeight: number } | null = null,
		payer: KeyPairSigner = this.wallet,
	): Promise<{ readonly signature: Signature; readonly bytes: Uint8Array }> {
		const { blockhash, lastValidBlockHeight } = lifetime ?? this.chain.latestBlockhash("processed");
		const memoInstruction: Instruction = { programAddress: MEMO_PROGRAM, data: new TextEncoder().encode(memo ?? "") };
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(draft) => setTransactionMessageFeePayerSigner(payer, draft),
			(draft) =>
				setTransactionMessageLifetimeUsingBlockhash(
					{ blockhash: blockhash as Blockhash, lastValidBlockHeight: BigInt(lastValidBlockHeight) },
					draft,
				),
			(draft) =>
				appendTransactionMessageInstructions([...(memo === null ? [] : [memoInstruction]), ...instructions], draft),
		);
		const signed = await signTransactionMessageWithSigners(message);
		return {
			signature: getSignatureFromTransaction(signed) as Signature,
			bytes: getTransactionEncoder().encode(signed) as Uint8Array,
		};
	}

	async send(memo: string | null, instructions: readonly Instruction[] = []): Promise<Signature> {
		const { signature, bytes } = await this.sign(memo, instructions);
		this.include(bytes);
		return signature;
	}

	include(bytes: Uint8Array): void {
		const outcome = this.chain.sendTransaction(bytes, { preflight: false });
		if (!outcome.landed) throw new Error(`not included: ${outcome.message}`);
	}

	/** A payment of the wallet to somebody else. */
	payment(to: Address, lamports: bigint): Instruction {
		return getTransferSolInstruction({ source: this.wallet, destination: to, amount: lamports });
	}

	/** An instruction that the chain refuses, so that the transaction reverts and costs its fee. */
	failure(): Instruction {
		return this.payment(this.wallet.address, 10n ** 18n);
	}

	async close(): Promise<void> {
		for (const actor of this.actors) await actor.stop();
		await this.closeNode();
		this.chain.stop();
		this.chain.close();
		rmSync(this.folder, { recursive: true, force: true });
	}
}

export interface ActorOptions {
	/** False: do not wait until it has recovered. */
	readonly ready?: boolean;
	readonly config?: Config;
	/** False: no peer stands where executors are. */
	readonly executor?: boolean;
	/** The peer knows its wallet and is not ready yet. */
	readonly executorRecovers?: boolean;
	/** What the peer says its wallet is. */
	readonly wallet?: Address;
	readonly openSegment?: OpenSegment;
	/** False: nobody tells slots. */
	readonly feed?: boolean;
	/** False: nobody tells the market, until {@link RiskActor.tellMarket}. */
	readonly market?: boolean;
}

type Heard = { readonly [E in EventName]?: Events[E][] };

const HEARD = [
	"risk.intent.approved",
	"risk.intent.denied",
	"risk.settlement.booked",
	"risk.state.changed",
	"risk.books.cut",
] as const satisfies readonly EventName[];

/** A risk actor on a broker of its own, with contract-speaking peers around it. */
export class RiskActor {
	readonly broker: ServiceBroker;
	readonly bus: Bus;
	readonly heard: Heard = {};
	readonly fatal: Error[] = [];
	readonly log: string[] = [];
	readonly executed: ApprovedIntent[] = [];
	/** Of the transactions that the peer signed, in order. */
	readonly signatures: Signature[] = [];
	behaviour: Behaviour = "settle";
	executorRecovers: boolean;
	/** What the peer that stands where the feed is tells of the market. */
	catalog: Catalog = catalog();
	/** What the peer's transactions do besides carrying the memo. */
	instructions: readonly Instruction[] = [];
	readonly #desk: RiskDesk;
	#timer: NodeJS.Timeout | null = null;
	#stopped = false;
	readonly #hasNoMarket: boolean;
	#isMarketTold = false;

	constructor(desk: RiskDesk, nodeID: string, options: ActorOptions) {
		this.#desk = desk;
		this.executorRecovers = options.executorRecovers ?? false;
		this.broker = new ServiceBroker({ nodeID, logger: false, requestTimeout: 10_000 });
		this.bus = new Bus(this.broker);
		attachRuntime(this.broker, {
			config: options.config ?? desk.config,
			clock: systemClock,
			random: seededRandom(1),
			ticks: createTickStream({ namespace: "test", natsUrl: null, name: nodeID }),
			nodeID,
			fatal: (error: Error) => {
				this.fatal.push(error);
				throw error;
			},
		});
		const logger = this.broker.logger as unknown as Record<string, (line: string) => void>;
		this.broker.getLogger = (() => ({ ...logger, warn: this.#note, error: this.#note, info: this.#note })) as never;
		if (options.executor !== false) this.#createExecutor(options.wallet ?? desk.wallet.address);
		this.broker.createService({
			name: "listener",
			events: Object.fromEntries(
				HEARD.map((name) => [name, (context: Context<never>) => this.#hear(name, context.params)]),
			),
		});
		this.broker.createService(
			riskService(this.broker, { ...(options.openSegment && { openSegment: options.openSegment }) }),
		);
		this.#hasNoMarket = options.market === false;
		if (!this.#hasNoMarket) this.tellMarket();
		if (options.feed !== false) this.#timer = setInterval(() => this.tellSlot(), SLOT_MS);
	}

	#note = (line: string): void => void this.log.push(line);

	#hear(name: (typeof HEARD)[number], payload: never): void {
		const heard = this.heard as Record<string, unknown[]>;
		heard[name] = [...(heard[name] ?? []), payload];
	}

	/** From now on a feed answers what the market is. */
	tellMarket(): void {
		const answers = peer("feed", {
			"feed.catalog": () => this.catalog,
			"feed.snapshot": () => {
				const { catalogEpoch, pools } = this.catalog;
				this.#isMarketTold = true;
				return { batch: batch(1, TICKS.slice(0, pools.length), { snapshot: true, catalogEpoch }), next: null };
			},
		});
		this.broker.createService(answers);
	}

	tellSlot(): void {
		const { chain } = this.#desk;
		const { blockhash, lastValidBlockHeight } = chain.latestBlockhash("processed");
		const slot = chain.slot("processed");
		this.bus.broadcast("feed.slot.advanced", {
			shard: "main",
			slot,
			blockHeight: slot,
			blockhash: blockhash as Blockhash,
			lastValidBlockHeight,
			chainSeconds: 0,
			epoch: 0,
			observedAtMicros: systemClock.epochMicros(),
		});
	}

	async ready(): Promise<void> {
		await until(
			async () => {
				const { recovering } = await this.bus.call("risk.status");
				return !recovering && this.#knowsExecutor() && (this.#isMarketTold || this.#hasNoMarket);
			},
			{ what: "risk to recover" },
		);
	}

	#knowsExecutor(): boolean {
		return this.#timer === null || this.broker.getLocalService("executor") !== undefined;
	}

	/** An intent on the market of now. */
	intent(changes: Partial<OrderIntent> & { amount?: bigint } = {}): OrderIntent {
		const slot = this.#desk.chain.slot("processed");
		const made = orderIntent({ ...changes, triggerSlot: slot });
		const nowMicros = systemClock.epochMicros();
		return {
			...made,
			intentId: changes.intentId ?? (`risk${String(nowMicros).slice(-8)}${made.intentId.slice(-4)}` as IntentId),
			legs: made.legs.map((leg) => ({ ...leg, observedSlot: slot, arrays: [] })),
			deadlineMicros: changes.deadlineMicros ?? nowMicros + 400_000,
		};
	}

	submit(changes: Partial<OrderIntent> & { amount?: bigint } = {}) {
		return this.bus.call("risk.submitIntent", this.intent(changes));
	}

	/** Waits until everything that was approved has ended, and a clean cut was made after it. */
	async settledBooks() {
		await until(async () => (await this.bus.call("risk.status")).inFlight === 0, { what: "all intents to end" });
		const slot = this.#desk.chain.slot("processed");
		return until(
			async () => {
				const books = await this.bus.call("risk.books");
				return books.slot >= slot ? books : null;
			},
			{ what: "a cut of the books" },
		);
	}

	/** The settlement that an executor would tell of a signature once it is confirmed. */
	async settlement(intentId: IntentId, signature: Signature): Promise<Settlement> {
		const rpc = createSolanaRpc(this.#desk.config.chain.rpc_url);
		const transaction = await until(() => readTransaction(rpc, signature), { what: `${signature} to be confirmed` });
		const fill = fillFromTransaction(transaction, {
			wallet: this.#desk.wallet.address,
			intentId,
			pools: [],
			lenders: [],
			tipAccounts: MAINNET_TIP_ACCOUNTS,
		});
		const outcome = fill.reverted ? "reverted" : "landed";
		return { intentId, outcome, signature, fill, executor: "peer", timings: {} };
	}

	/** Tells a settlement as an executor does; with a seal of its own as who has none. */
	tell(settlement: Settlement | SealedSettlement): void {
		const sealed = "seal" in settlement ? settlement : this.#desk.settlementSeal.seal(settlement);
		this.bus.emit("executor.submission.settled", sealed);
	}

	async stop(): Promise<void> {
		if (this.#stopped) return;
		this.#stopped = true;
		if (this.#timer) clearInterval(this.#timer);
		await this.broker.stop();
	}

	#createExecutor(wallet: Address): void {
		this.broker.createService({
			name: "executor",
			actions: {
				describe: () => ({ executor: "peer", wallet }),
				status: () => ({ executor: "peer", wallet, recovering: this.executorRecovers }),
				execute: (context: Context<ApprovedIntent>) => this.#execute(context.params),
			},
		});
	}

	async #execute(intent: ApprovedIntent): Promise<ExecuteAck> {
		this.executed.push(intent);
		const { intentId } = intent;
		const { behaviour } = this;
		if (behaviour === "refuse") {
			return { status: "refused", intentId, code: "atCapacity", detail: "32 in flight", executor: "peer" };
		}
		if (behaviour === "vanish") return new Promise(() => {});
		const { signature, bytes } = await this.#desk.sign(intentId, this.instructions, intent);
		this.signatures.push(signature);
		if (behaviour !== "loseBytes") this.#desk.include(bytes);
		if (behaviour === "vanishAfterSending") return new Promise(() => {});
		if (behaviour === "settle") {
			void this.settlement(intentId, signature).then((settlement) => {
				this.tell(settlement);
			});
		}
		return { status: "accepted", intentId, signature, executor: "peer" };
	}
}

/** An account that only receives. */
export const STRANGER = "BPFLoader1111111111111111111111111111111111" as Address;
