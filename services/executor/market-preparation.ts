import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "../../broker/bus.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { Address } from "../../core/types/address.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";
import type { CatalogView } from "./catalog-view.ts";
import type { Executor } from "./executor.ts";
import type { SigningGate } from "./signing-gate.ts";
import { abortable, untilItWorks } from "./startup.ts";
import { ensureKeptAccounts, ensureTokenAccounts } from "./token-accounts.ts";

export interface MarketPreparationOptions {
	readonly runtime: Pick<Runtime, "config" | "random">;
	readonly bus: Bus;
	readonly rpc: SolanaRpc;
	readonly catalog: CatalogView;
	readonly abortSignal: AbortSignal;
	/** Makes durable what is signed besides intents. */
	readonly keep: (spending: SignedSpending) => Promise<void>;
	readonly onNewCatalog: () => void;
	readonly onTrouble: (what: string) => void;
}

const BUS_TIMEOUT_MS = 1_000;
/** Routes compiled ahead, and the pause between two: each takes about a millisecond of the event loop. */
const MOST_WARM_ROUTES = 512;
const WARM_PAUSE_MS = 5;

/** What an executor makes ready before intents come: the catalog, the wallet's token accounts, compiled routes. */
export class MarketPreparation {
	readonly #options: MarketPreparationOptions;
	readonly #tokenAccounts = new Map<Address, Address>();
	readonly #keptAccounts = new Set<Address>();
	#keptAccountsWait = false;

	constructor(options: MarketPreparationOptions) {
		this.#options = options;
	}

	/** The wallet's, by mint; there are more after {@link learn}. */
	get tokenAccounts(): ReadonlyMap<Address, Address> {
		return this.#tokenAccounts;
	}

	/** Those that venues' programs keep for the wallet and that are there; there are more after {@link openKept}. */
	get keptAccounts(): ReadonlySet<Address> {
		return this.#keptAccounts;
	}

	/** Whether accounts of the wallet were not made because nothing was signed. */
	get lacksAccounts(): boolean {
		return (
			this.#keptAccountsWait || this.#options.catalog.mints.some(({ address }) => !this.#tokenAccounts.has(address))
		);
	}

	/** Reads the catalog until there is one, and makes the token accounts for its mints. */
	async learn(wallet: PolicedWallet, gate: SigningGate): Promise<void> {
		const { abortSignal, catalog, onTrouble, runtime } = this.#options;
		const what = "the feed gives no catalog";
		await untilItWorks(() => this.#readCatalog(), { what, random: runtime.random, abortSignal, onTrouble });
		const accounts = await ensureTokenAccounts({ ...this.#making(wallet, gate), mints: catalog.mints });
		for (const [mint, account] of accounts) this.#tokenAccounts.set(mint, account);
	}

	/**
	 * Makes what venues' programs keep for the wallet. Nothing waits for it but the routes that name it.
	 *
	 * @returns whether there is more of it than before
	 */
	async openKept(wallet: PolicedWallet, gate: SigningGate): Promise<boolean> {
		const kept = this.#options.catalog.keptAccounts(wallet.address);
		this.#keptAccountsWait = false;
		const there = await ensureKeptAccounts({ ...this.#making(wallet, gate), kept });
		const before = this.#keptAccounts.size;
		for (const address of there) this.#keptAccounts.add(address);
		this.#keptAccountsWait = there.size < kept.length;
		return this.#keptAccounts.size > before;
	}

	#making(wallet: PolicedWallet, gate: SigningGate) {
		const { abortSignal, keep, onTrouble, rpc, runtime } = this.#options;
		const { chain, execution } = runtime.config;
		const [timeoutMs, pollIntervalMs] = [chain.request_timeout_ms, execution.confirm_poll_interval_ms];
		return { rpc, wallet, gate, abortSignal, keep, onTrouble, timeoutMs, pollIntervalMs };
	}

	/** Reads the catalog anew. Resolves also when it cannot be read. */
	async refresh(): Promise<void> {
		try {
			await this.#readCatalog();
		} catch (error) {
			this.#options.onTrouble(`the catalog could not be read again: ${(error as Error).message}`);
		}
	}

	/** Compiles routes that may be asked for, little by little. Rejects when it is aborted. */
	async warmUp(executor: Executor): Promise<void> {
		const { abortSignal, catalog } = this.#options;
		let count = 0;
		for (const route of catalog.twoLeggedRoutes()) {
			if (count++ >= MOST_WARM_ROUTES || !executor.warm(route)) return;
			await sleep(WARM_PAUSE_MS, undefined, { signal: abortSignal });
		}
	}

	async #readCatalog(): Promise<void> {
		const { abortSignal, bus, catalog, onNewCatalog } = this.#options;
		const call = bus.call("feed.catalog", undefined, { timeout: BUS_TIMEOUT_MS });
		if (catalog.set(await abortable(call, abortSignal))) onNewCatalog();
	}
}
