import type { Bus } from "../../broker/bus.ts";
import type { Books } from "../../broker/contracts/risk.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { RiskLimits } from "../../core/risk/limits.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { SettlementSeal } from "../../libs/settlement-seal.ts";
import { BookKeeper } from "./book-keeper.ts";
import type { ChainReader } from "./chain-reader.ts";
import { ForkWatch } from "./fork-watch.ts";
import type { Ledger } from "./ledger.ts";
import type { MintNames } from "./mint-names.ts";
import { OutcomeWatch } from "./outcome-watch.ts";
import { Reconciler } from "./reconciler.ts";
import type { RiskDesk } from "./risk-desk.ts";
import type { RiskLogger } from "./risk-logger.ts";
import { SettlementInbox } from "./settlement-inbox.ts";
import { Settlements } from "./settlements.ts";
import { StrategyThrottle } from "./strategy-throttle.ts";

export interface LedgerUpkeepOptions {
	readonly ledger: Ledger;
	readonly chain: ChainReader;
	readonly runtime: Pick<Runtime, "clock" | "config">;
	readonly bus: Bus;
	readonly limits: RiskLimits;
	readonly logger: RiskLogger;
	readonly names: MintNames;
	readonly settlementSeal: SettlementSeal;
	readonly desk: Pick<RiskDesk, "settled" | "signatureOf">;
	/** The books are in doubt: nothing more is signed until a person has looked. Takes one sentence. */
	readonly halt: (reason: string) => void;
	readonly hasExecutor: () => boolean;
	readonly askWallet: () => Promise<unknown>;
	readonly askCatalog: () => void;
	/** The ledger equals the chain to the unit, or differs, and then trading was halted before. */
	readonly onCut: (books: Books) => void;
}

/** Keeps an open ledger equal to the chain: what executors tell, what the history shows, what a fork takes back. */
export class LedgerUpkeep {
	readonly reconciler: Reconciler;
	readonly throttle: StrategyThrottle;
	readonly #options: LedgerUpkeepOptions;
	readonly #settlements: Settlements;
	readonly #inbox: SettlementInbox;
	#books: BookKeeper | null = null;
	#outcomes: OutcomeWatch | null = null;
	#forks: ForkWatch | null = null;

	constructor(options: LedgerUpkeepOptions) {
		const { bus, chain, desk, halt, ledger, limits, logger, names, runtime, settlementSeal: seal } = options;
		const { clock, config } = runtime;
		this.#options = options;
		this.throttle = new StrategyThrottle({ ledger, limits: limits.throttle, clock, logger });
		this.#settlements = new Settlements({
			ledger,
			clock,
			logger,
			onBooked: (settlement: Settlement, strategy: string) => {
				this.throttle.ended(strategy, settlement.outcome);
				desk.settled(settlement.intentId);
				this.reservationEnded();
				bus.broadcast("risk.settlement.booked", { settlement, signature: settlement.signature });
			},
			onContradiction: (reason) => halt(`Two tellings differ: ${reason}.`),
		});
		this.#inbox = new SettlementInbox({ seal, settlements: this.#settlements, logger });
		this.reconciler = new Reconciler({
			ledger,
			chain,
			settlements: this.#settlements,
			market: () => names.market,
			tipAccounts: config.risk.tip_accounts as readonly string[] as readonly Address[],
			signatureOf: (intentId) => desk.signatureOf(intentId),
		});
	}

	/** The newest cut. */
	get books(): Books | null {
		return this.#books?.books ?? null;
	}

	/** Settlements from the bus that were not an executor's word. */
	get forged(): number {
		return this.#inbox.forged;
	}

	/** Goes on by itself from here, once the ledger is reconciled with the history. */
	start(): void {
		const { askCatalog, askWallet, chain, halt, hasExecutor, ledger, limits, logger, names, onCut, runtime } =
			this.#options;
		const { clock, config } = runtime;
		const { reconciler } = this;
		const onIrreversible = (reason: string) => halt(`The books are wrong: ${reason}.`);
		const forks = new ForkWatch({
			ledger,
			chain,
			clock,
			logger,
			onFinal: (signature) => this.#settlements.finalized(signature),
			onMissing: () => this.#outcomes?.look(),
			onIrreversible,
			onReversed: (signature, intentId) => this.#reversed(signature, intentId),
		});
		this.#forks = forks;
		this.#books = new BookKeeper({
			ledger,
			chain,
			reconciler,
			logger,
			finalSlot: () => forks.finalSlot,
			intervalMs: config.risk.books_interval_ms,
			names,
			fundingMints: [...limits.byMint.keys()],
			onCut,
			onDifference: onIrreversible,
		});
		this.#outcomes = new OutcomeWatch({ ledger, reconciler, clock, logger, hasExecutor, askWallet, askCatalog });
		void forks.run();
		void this.#outcomes.run();
		void this.#books.run();
	}

	/** Idempotent. */
	stop(): void {
		this.#outcomes?.stop();
		this.#forks?.stop();
		this.#books?.stop();
	}

	/** Somebody told how a submission ended. */
	hear(settlement: unknown): void {
		const result = this.#inbox.hear(settlement);
		// What this ledger does not know the chain's history tells.
		if (result === "unknown" || result === "contradiction") this.#outcomes?.look();
		if (result === "doubted") this.#forks?.look();
	}

	/** A reservation has ended, however it did. */
	reservationEnded(): void {
		this.#books?.reservationEnded();
	}

	#reversed(signature: Signature, intentId: IntentId | null): void {
		this.#settlements.reversed(signature);
		this.#books?.bookingReversed();
		this.#options.bus.broadcast("risk.settlement.reversed", { signature, intentId });
		// In another block it did what it did there; in none it may still land, or expire.
		this.#outcomes?.look();
	}
}
