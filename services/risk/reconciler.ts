import type { ChainTransaction } from "../../core/execution/chain-transaction.ts";
import { fillFromTransaction } from "../../core/execution/fill.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { Fill } from "../../core/execution/submission.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import type { Reservation } from "../../core/risk/reservation.ts";
import type { Address } from "../../core/types/address.ts";
import { type IntentId, isIntentId, type Signature } from "../../core/types/identifiers.ts";
import { SETUP_MEMO } from "../../libs/solana/memo.ts";
import type { HistoryEntry } from "../../libs/solana/rpc-router/witnessed-history.ts";
import type { ChainReader } from "./chain-reader.ts";
import type { Ledger } from "./ledger.ts";
import type { Settlements } from "./settlements.ts";

/** Pools and lenders, to tell a fill's legs and the lender's part. The money is exact without them. */
export interface KnownMarket {
	readonly pools: readonly PoolDescriptor[];
	readonly lenders: readonly FlashLender[];
}

export interface ReconcilerOptions {
	readonly ledger: Ledger;
	readonly chain: ChainReader;
	readonly settlements: Settlements;
	readonly market: () => KnownMarket;
	/** What they gain is a tip; absent: nobody is tipped. */
	readonly tipAccounts?: readonly Address[];
	/** The signature that an executor acknowledged for an open intent, when it did. */
	readonly signatureOf: (intentId: IntentId) => Signature | null;
}

/** Stands where an executor's name would: the chain's history told the outcome. */
const BY_RECONCILIATION = "reconciliation";

/**
 * Matches the ledger to the chain. Every transaction carries its intent's id as memo, so the wallet's history alone
 * tells how every intent ended, and which transactions nobody here knows.
 */
export class Reconciler {
	readonly #options: ReconcilerOptions;
	#turn: Promise<unknown> = Promise.resolve();

	constructor(options: ReconcilerOptions) {
		this.#options = options;
	}

	/**
	 * Books every transaction beyond the proven slot that the books do not have, of the wallet and of the further
	 * addresses given.
	 *
	 * @returns how many were booked
	 * @throws when the chain cannot be read; what was booked until then stays
	 */
	scan(further: readonly Address[] = []): Promise<number> {
		return this.#inTurn(() => this.#scan(further));
	}

	/** Finds token accounts of the wallet that the books do not count yet. Returns how many. */
	trackAccounts(): Promise<number> {
		return this.#inTurn(async () => {
			const { ledger, chain } = this.#options;
			let found = 0;
			for (const account of await chain.ownedAccounts(this.#wallet())) {
				if (ledger.state.isTracked(account.account)) continue;
				ledger.record({ type: "tracked", account });
				found++;
			}
			return found;
		});
	}

	/**
	 * Scans the proven history, then releases the open intents that can never land and are not in it: each node that told
	 * it had finalized a block beyond their last valid one before. Whatever is not proven stays open.
	 *
	 * @throws Error when no node can prove anything now
	 */
	async expire(): Promise<void> {
		const { ledger, chain, settlements, signatureOf } = this.#options;
		const open = [...ledger.state.reservations];
		const blockHeight = await this.#inTurn(async () => {
			const proof = await chain.provenHistory(this.#wallet(), ledger.state.provenSlot);
			await this.#bookAll(proof.entries);
			return proof.blockHeight;
		});
		for (const { intentId, lastValidBlockHeight } of open) {
			if (blockHeight <= lastValidBlockHeight || !ledger.state.reservation(intentId)) continue;
			settlements.settle({
				intentId,
				outcome: "expired",
				signature: signatureOf(intentId) ?? ("unknown" as Signature),
				fill: null,
				executor: BY_RECONCILIATION,
				timings: {},
			});
		}
	}

	async #scan(further: readonly Address[]): Promise<number> {
		const { ledger, chain } = this.#options;
		const entries = new Map<Signature, HistoryEntry>();
		for (const address of new Set([this.#wallet(), ...further])) {
			for (const entry of await chain.history(address, ledger.state.provenSlot)) entries.set(entry.signature, entry);
		}
		return this.#bookAll([...entries.values()]);
	}

	async #bookAll(entries: readonly HistoryEntry[]): Promise<number> {
		const { ledger, chain } = this.#options;
		const wallet = this.#wallet();
		const unknown = entries.filter(({ signature }) => !ledger.state.hasBooked(signature));
		unknown.sort((a, b) => a.slot - b.slot);
		let booked = 0;
		for (const { signature } of unknown) {
			const transaction = await chain.transaction(signature);
			if (!transaction) throw new Error(`the node lists ${signature} and does not have it: it is read again later`);
			// While it was read, an executor may have told it, or a cut may have proven its slot.
			if (ledger.state.hasBooked(signature) || transaction.slot <= ledger.state.provenSlot) continue;
			this.#book(transaction, wallet);
			booked++;
		}
		return booked;
	}

	#book(transaction: ChainTransaction, wallet: Address): void {
		const { ledger, settlements, market, tipAccounts = [] } = this.#options;
		for (const { accountIndex, mint, owner } of transaction.postTokenBalances) {
			const account = transaction.accountKeys[accountIndex];
			if (owner !== wallet || !account || ledger.state.isTracked(account)) continue;
			ledger.record({ type: "tracked", account: { account, mint } });
		}
		const { memo, accountKeys } = transaction;
		// Anyone may write an id into a memo; only the wallet itself pays for its trades.
		const isOwn = accountKeys[0] === wallet;
		const intentId = memo !== null && isIntentId(memo) && isOwn ? memo : null;
		const reservation = intentId ? ledger.state.reservation(intentId) : undefined;
		const fill = fillFromTransaction(transaction, {
			wallet,
			intentId: (intentId ?? "") as IntentId,
			...market(),
			tipAccounts,
			tokenAccounts: [...ledger.state.accounts].map(({ account }) => account),
		});
		if (!reservation) {
			const found = { signature: fill.signature, slot: fill.slot, changes: fill.changes };
			settlements.adopt(found, { intentId, isSetUp: isOwn && memo === SETUP_MEMO });
			return;
		}
		settlements.settle({
			intentId: reservation.intentId,
			outcome: fill.reverted ? "reverted" : "landed",
			signature: fill.signature,
			fill: withLoanFee(fill, reservation),
			executor: BY_RECONCILIATION,
			timings: {},
		});
	}

	#wallet(): Address {
		const { wallet } = this.#options.ledger.state;
		if (wallet === null) throw new Error("the ledger is not opened: there is no wallet to reconcile");
		return wallet;
	}

	/** One scan at a time: two would book the same transactions. A failed one does not stop the next. */
	#inTurn<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#turn.then(work);
		this.#turn = result.catch(() => {});
		return result;
	}
}

/** While the lender is not known, the approved intent tells its part: the program keeps exactly the quoted fee. */
function withLoanFee(fill: Fill, { fundingMint, loanFee }: Reservation): Fill {
	if (fill.reverted || loanFee === 0n || fill.changes.some((change) => change.loanFee > 0n)) return fill;
	const found = fill.changes.find(({ mint }) => mint === fundingMint);
	const others = fill.changes.filter(({ mint }) => mint !== fundingMint);
	const own = found ?? { mint: fundingMint, fill: 0n, loanFee: 0n, networkFee: 0n, tip: 0n, balanceAfter: 0n };
	return { ...fill, changes: [...others, { ...own, fill: own.fill + loanFee, loanFee }] };
}
