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
import { ensureTokenAccounts } from "./token-accounts.ts";

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

	constructor(options: MarketPreparationOptions) {
		this.#options = options;
	}

	/** The wallet's, by mint; there are more after {@link learn}. */
	get tokenAccounts(): ReadonlyMap<Address, Address> {
		return this.#tokenAccounts;
	}

	/** Whether the catalog has a mint that the wallet has no account for. */
	get lacksAccounts(): boolean {
		return this.#options.catalog.mints.some(({ address }) => !this.#tokenAccounts.has(address));
	}

	/** Reads the catalog until there is one, and makes the token accounts for its mints. */
	async learn(wallet: PolicedWallet, gate: SigningGate): Promise<void> {
		const { abortSignal, catalog, keep, onTrouble, rpc, runtime } = this.#options;
		const { config, random } = runtime;
		const what = "the feed gives no catalog";
		await untilItWorks(() => this.#readCatalog(), { what, random, abortSignal, onTrouble });
		const accounts = await ensureTokenAccounts({
			rpc,
			wallet,
			mints: catalog.mints,
			timeoutMs: config.chain.request_timeout_ms,
			pollIntervalMs: config.execution.confirm_poll_interval_ms,
			abortSignal,
			gate,
			keep,
			onTrouble,
		});
		for (const [mint, account] of accounts) this.#tokenAccounts.set(mint, account);
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
