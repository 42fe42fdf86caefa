import type { GateView } from "../../core/risk/gate.ts";
import type { Address } from "../../core/types/address.ts";
import type { RiskLogger } from "./risk-logger.ts";

/** More executors than any deployment has; further ones trade, but their mismatch is not remembered. */
const MAXIMUM_EXECUTORS = 256;

/** Which wallet the executors sign for. The ledger's wallet is the only one that intents are bound to. */
export class ExecutorRoster {
	readonly #logger: RiskLogger;
	readonly #wallets = new Map<string, Address>();
	#ledgerWallet: Address | null = null;

	constructor(logger: RiskLogger) {
		this.#logger = logger;
	}

	/** An executor told its wallet. */
	heard(executor: string, wallet: Address): void {
		const isNew = this.#wallets.get(executor) !== wallet;
		if (!isNew || this.#wallets.size >= MAXIMUM_EXECUTORS) return;
		this.#wallets.set(executor, wallet);
		this.#complain(executor, wallet);
	}

	/** From here on only executors of this wallet count. */
	bindTo(wallet: Address): void {
		this.#ledgerWallet = wallet;
		for (const [executor, other] of this.#wallets) this.#complain(executor, other);
	}

	/** Whether this executor signs for the ledger's wallet, as far as it is known yet. */
	signsForLedger(executor: string): boolean {
		return this.#ledgerWallet !== null && this.#wallets.get(executor) === this.#ledgerWallet;
	}

	/** What new intents are bound to, or why to nothing. */
	wallet(): GateView["wallet"] {
		const address = this.#ledgerWallet;
		if (address === null || this.#wallets.size === 0) return { missing: "no executor has told its wallet yet" };
		for (const wallet of this.#wallets.values()) if (wallet === address) return { address };
		return { missing: `no executor signs for the ledger's wallet ${address}` };
	}

	#complain(executor: string, wallet: Address): void {
		if (this.#ledgerWallet === null || wallet === this.#ledgerWallet) return;
		this.#logger.error(
			`${executor} signs for ${wallet}, the ledger is that of ${this.#ledgerWallet}: it gets no intents. ` +
				"Give it the ledger's wallet (security.wallet_path), or move the risk folder aside to begin a new ledger.",
		);
	}
}
