import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "../../../broker/bus.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import type { Address } from "../../../core/types/address.ts";
import { acquireFolderLock, type FolderLock } from "../../../libs/folder-lock.ts";
import type { OpenSegment } from "../../../libs/journal/segment-file.ts";
import { RpcRouter } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { abortable, executorsFolder, untilItWorks } from "../startup.ts";
import { AttemptOutcomes } from "./attempt-outcome.ts";
import { OrderDesk } from "./order-desk.ts";
import { OrderLedger } from "./order-ledger.ts";
import { type OrderSettings, orderSettings } from "./order-settings.ts";
import { WalletFunds } from "./wallet-funds.ts";

export interface OrderKeeperOptions {
	readonly runtime: Runtime;
	readonly bus: Bus;
	readonly log: { info(line: string): void; warn(line: string): void };
	/** This node holds the orders now, until it ends. */
	readonly onHeld: (desk: OrderDesk) => void;
	/** How journal files are opened; tests give a disk that fails. */
	readonly openSegment?: OpenSegment;
}

/** How soon one that stands by notices that the folder is free. */
const LOCK_INTERVAL_MS = 500;
const ASK = { timeout: 2_000, retries: 0 };
/** Ended orders that are remembered. */
const KEPT_ENDED = 1_000;

/** Takes the orders' folder when nobody else has it, reads the orders, and only then serves them. */
export class OrderKeeper {
	readonly #options: OrderKeeperOptions;
	readonly #settings: OrderSettings;
	readonly #router: RpcRouter;
	readonly #stopping = new AbortController();
	#lock: FolderLock | null = null;
	#ledger: OrderLedger | null = null;
	#desk: OrderDesk | null = null;
	#wallet: Address | null = null;
	#running: Promise<void> = Promise.resolve();

	constructor(options: OrderKeeperOptions) {
		const { config, clock, random, fatal } = options.runtime;
		this.#options = options;
		const settings = orderSettings(config);
		this.#settings = settings.ok ? settings.value : fatal(new Error(settings.error.join("\n")));
		this.#router = new RpcRouter({ chain: config.chain, clock, random });
	}

	/** The desk, while this node holds the orders. */
	get desk(): OrderDesk | null {
		return this.#desk;
	}

	/** Begins in the background. */
	start(): void {
		const { config, fatal } = this.#options.runtime;
		if (!config.execution.orders.enabled) return;
		this.#router.start();
		this.#running = this.#run()
			.catch((error: Error) => {
				// A damaged journal, an unwritable folder: orders are not traded on a guess, and a person has to mend it.
				if (!this.#stopping.signal.aborted) fatal(error);
			})
			.catch((error: Error) => this.#options.log.warn(error.message));
	}

	/** Idempotent. */
	async stop(): Promise<void> {
		this.#stopping.abort();
		this.#router.stop();
		this.#desk?.stop();
		await this.#running;
		this.#desk?.stop();
		const ledger = this.#ledger;
		this.#ledger = null;
		try {
			await ledger?.close();
		} finally {
			this.#lock?.release();
			this.#lock = null;
		}
	}

	async #run(): Promise<void> {
		const { runtime, bus, log, onHeld, openSegment } = this.#options;
		const { signal } = this.#stopping;
		const folder = join(dirname(await this.#chainFolder()), "orders");
		this.#lock = await this.#takeLock(folder);
		if (!this.#lock) return;
		let desk: OrderDesk | null = null;
		this.#ledger = await OrderLedger.open({
			folder: join(folder, "journal"),
			keptEnded: KEPT_ENDED,
			...(openSegment && { openSegment }),
			onChanged: (order) => desk?.changed(order),
		});
		const access = {
			rpc: this.#router.truth,
			timeoutMs: runtime.config.chain.request_timeout_ms,
			abortSignal: signal,
			wallet: () => this.#askWallet(),
		};
		desk = new OrderDesk({
			runtime,
			bus,
			log,
			settings: this.#settings,
			ledger: this.#ledger,
			outcomes: new AttemptOutcomes({
				...access,
				router: this.#router,
				bus,
				clock: runtime.clock,
				tipAccounts: runtime.config.risk.tip_accounts as readonly string[] as readonly Address[],
			}),
			funds: new WalletFunds(access),
		});
		if (signal.aborted) return;
		this.#desk = desk;
		await desk.start();
		const { openCount } = this.#ledger;
		if (openCount > 0) log.info(`${openCount} open orders are held by this node`);
		if (!signal.aborted) onHeld(desk);
	}

	#chainFolder(): Promise<string> {
		const { runtime, log } = this.#options;
		const { signal } = this.#stopping;
		const timeoutMs = runtime.config.chain.request_timeout_ms;
		return untilItWorks(
			() =>
				executorsFolder(runtime.config.data_folder, this.#router.rpc, () => ({
					abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
				})),
			{
				what: "the chain does not answer the order desk",
				random: runtime.random,
				abortSignal: signal,
				onTrouble: (what) => log.warn(what),
			},
		);
	}

	/** Null when it was stopped while another node held it. */
	async #takeLock(folder: string): Promise<FolderLock | null> {
		const { signal } = this.#stopping;
		while (!signal.aborted) {
			const lock = await acquireFolderLock(folder);
			if (lock.ok) return lock.value;
			await sleep(LOCK_INTERVAL_MS, undefined, { signal }).catch(() => {});
		}
		return null;
	}

	async #askWallet(): Promise<Address> {
		if (this.#wallet === null) {
			const asked = this.#options.bus.call("executor.describe", undefined, ASK);
			this.#wallet = (await abortable(asked, this.#stopping.signal)).wallet;
		}
		return this.#wallet;
	}
}
