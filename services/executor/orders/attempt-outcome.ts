import type { Bus } from "../../../broker/bus.ts";
import { fillFromTransaction } from "../../../core/execution/fill.ts";
import type { Fill, Settlement, SubmissionOutcome } from "../../../core/execution/submission.ts";
import { mintGiven, mintTaken, type OrderTerms } from "../../../core/orders/order.ts";
import type { AttemptEnd, OrderAttempt, UnprovenAttempt } from "../../../core/orders/order-state.ts";
import type { Address } from "../../../core/types/address.ts";
import type { Clock } from "../../../core/types/clock.ts";
import type { IntentId, Signature } from "../../../core/types/identifiers.ts";
import type { RpcRouter, SolanaRpc } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { readTransaction } from "../../../libs/solana/transaction-reader.ts";

export interface AttemptOutcomesOptions {
	readonly bus: Pick<Bus, "call">;
	readonly rpc: SolanaRpc;
	/** Whom to ask for a proof of absence. */
	readonly router: Pick<RpcRouter, "size" | "witnesses">;
	readonly clock: Clock;
	/** Of one request to the node. */
	readonly timeoutMs: number;
	readonly abortSignal: AbortSignal;
	readonly wallet: () => Promise<Address>;
	/** What they gain is a tip, no part of the trade. */
	readonly tipAccounts: readonly Address[];
}

const ASK = { timeout: 2_000, retries: 0 };
/** After its deadline and so much for clocks that differ, risk approves an intent no more. */
const DEADLINE_TOLERANCE_MICROS = 2_000_000;
/** A blockhash is accepted for so many blocks (Agave, `MAX_PROCESSING_AGE`). */
const BLOCKHASH_LIFE_BLOCKS = 150;
const HISTORY_PAGE = 500;
/** More unknown history than this is nothing to page through: a person must look. */
const MOST_PAGES = 100;
/** Block times may be behind the wall clock by so much. */
const BLOCK_TIME_TOLERANCE_SECONDS = 120;
/** What one endpoint alone says is enough only where there is no second one. */
const WITNESSES = 2;
const MOST_MARKS = 4_096;
/** Signatures that one request may name (`getSignatureStatuses`). */
const MOST_JUDGED = 256;

/** An end to be proven. */
export interface ProofQuestion {
	readonly unproven: UnprovenAttempt;
	readonly terms: OrderTerms;
}

/** Null: not certain yet. */
export type Proof = "final" | "reversed" | null;

/** What a node says of a signature that it knows. */
interface Sight {
	readonly confirmationStatus: string | null;
}

/**
 * Finds out how an attempt ended. Risk's ledger is asked first. What it does not know was never approved, or is
 * forgotten, or was lost with the power: then only the chain can tell, and absence counts as proven when a block is
 * final beyond the life of any blockhash that the attempt could have been bound to, and the wallet's history from the
 * attempt up to there, at two endpoints where there are two, does not have its memo.
 */
export class AttemptOutcomes {
	readonly #options: AttemptOutcomesOptions;
	/** Block height at which an intent could not be approved any more. */
	readonly #marks = new Map<IntentId, bigint>();

	constructor(options: AttemptOutcomesOptions) {
		this.#options = options;
	}

	/**
	 * The end of an attempt, or null while it is not certain.
	 *
	 * @throws when risk or the node cannot be asked: nothing is known then
	 */
	async find(attempt: OrderAttempt, terms: OrderTerms): Promise<AttemptEnd | null> {
		const { intentId } = attempt;
		const told = await this.#options.bus.call("risk.outcome", { intentId }, ASK);
		if (told.status === "unknown") return this.#search(attempt, terms);
		if (told.status !== "ended") return null;
		switch (told.outcome) {
			case "expired":
				return { outcome: "notLanded" };
			case "released":
				return { outcome: "denied", code: null, detail: "nothing of it was signed" };
			case "reverted":
				return { outcome: "reverted", signature: told.signature, slot: null };
			case "landed":
				if (told.signature === null) throw new Error(`risk tells no signature of ${intentId}, which landed`);
				return this.#read(told.signature, attempt, terms);
		}
	}

	/**
	 * Whether ends that a fork could still take back stand for good, in the order asked for. Null: not certain yet. What
	 * counts as reversed is open again, and {@link find} tells its end.
	 *
	 * @throws when the node cannot be asked: nothing is known then. What one of them alone meets stays null, and is told
	 */
	async judge(questions: readonly ProofQuestion[], onTrouble: (what: string) => void): Promise<readonly Proof[]> {
		const asked = questions.slice(0, MOST_JUDGED);
		const signatures = asked.flatMap(({ unproven }) => unproven.end.signature ?? []);
		const sights = new Map<Signature, Sight>();
		if (signatures.length > 0) {
			const { value } = await this.#options.rpc
				.getSignatureStatuses(signatures, { searchTransactionHistory: true })
				.send(this.#bounds());
			for (const [index, sight] of value.entries()) {
				if (sight) sights.set(signatures[index] as Signature, sight);
			}
		}
		const prove = async (question: ProofQuestion): Promise<Proof> => {
			const { signature } = question.unproven.end;
			return this.#prove(question, signature === null ? undefined : sights.get(signature)).catch((error: Error) => {
				onTrouble(`whether ${question.unproven.attempt.intentId} is final cannot be told: ${error.message}`);
				return null;
			});
		};
		return Promise.all(asked.map(prove));
	}

	async #prove({ unproven, terms }: ProofQuestion, sight: Sight | undefined): Promise<Proof> {
		const { attempt, end } = unproven;
		if (sight) {
			if (sight.confirmationStatus !== "finalized" || end.signature === null) return null;
			// It may be in another block than it was, where it did something else.
			return isSameEnd(await this.#read(end.signature, attempt, terms, "finalized"), end) ? "final" : "reversed";
		}
		const told = await this.#options.bus.call("risk.outcome", { intentId: attempt.intentId }, ASK);
		if (told.status === "recovering") return null;
		const isTold = told.status === "unknown" || (told.status === "ended" && hasLanded(told.outcome));
		if (!isTold) return "reversed";
		// Neither the node nor risk says that it vanished: only a proof of absence does.
		const found = await this.#search(attempt, terms);
		return found && (isSameEnd(found, end) ? "final" : "reversed");
	}

	async #read(
		signature: Signature,
		{ intentId }: OrderAttempt,
		terms: OrderTerms,
		commitment: "confirmed" | "finalized" = "confirmed",
	): Promise<AttemptEnd> {
		const { rpc, tipAccounts } = this.#options;
		const transaction = await readTransaction(rpc, signature, { ...this.#bounds(), commitment });
		if (!transaction) throw new Error(`the node does not have ${signature}: it is read again later`);
		const wallet = await this.#options.wallet();
		const fill = fillFromTransaction(transaction, { wallet, intentId, pools: [], lenders: [], tipAccounts });
		const end = endOfFill(fill, terms);
		if (!end) throw new Error(`${signature} landed and did not trade what ${terms.orderId} asked for`);
		return end;
	}

	async #search(attempt: OrderAttempt, terms: OrderTerms): Promise<AttemptEnd | null> {
		const { clock, rpc } = this.#options;
		const { intentId, deadlineMicros } = attempt;
		if (clock.epochMicros() <= deadlineMicros + DEADLINE_TOLERANCE_MICROS) return null;
		const mark = this.#marks.get(intentId) ?? (await this.#mark(intentId));
		const final = await rpc.getEpochInfo({ commitment: "finalized" }).send(this.#bounds());
		if (final.blockHeight <= mark + BigInt(BLOCKHASH_LIFE_BLOCKS)) return null;
		const signature = await this.#find(attempt, final.absoluteSlot);
		const end: AttemptEnd = signature ? await this.#read(signature, attempt, terms) : { outcome: "notLanded" };
		this.#marks.delete(intentId);
		return end;
	}

	async #mark(intentId: IntentId): Promise<bigint> {
		const height = await this.#options.rpc.getBlockHeight({ commitment: "processed" }).send(this.#bounds());
		if (this.#marks.size < MOST_MARKS) this.#marks.set(intentId, height);
		return height;
	}

	/** Null when as many witnesses as it takes do not have it, each of which keeps what was since the attempt. */
	async #find(attempt: OrderAttempt, knownSlot: bigint): Promise<Signature | null> {
		const { router } = this.#options;
		const needed = Math.min(WITNESSES, router.size);
		const witnesses = router.witnesses().slice(0, needed);
		if (witnesses.length < needed) {
			throw new Error(`absence is proven by ${needed} healthy RPC endpoints, and ${witnesses.length} can be asked now`);
		}
		for (const { name, rpc } of witnesses) {
			const signature = await this.#inHistory(rpc, attempt, knownSlot);
			if (signature) return signature;
			const first = Number(await rpc.getFirstAvailableBlock().send(this.#bounds()));
			if (first <= (attempt.slot ?? 0)) continue;
			throw new Error(
				`${name} keeps history from slot ${first} on: it cannot prove that ${attempt.intentId} is absent`,
			);
		}
		return null;
	}

	/** The wallet's own transaction that carries the attempt's memo, as told by a node that has seen a final slot. */
	async #inHistory(rpc: SolanaRpc, { intentId, atMicros }: OrderAttempt, knownSlot: bigint): Promise<Signature | null> {
		const wallet = await this.#options.wallet();
		const since = BigInt(Math.floor(atMicros / 1_000_000) - BLOCK_TIME_TOLERANCE_SECONDS);
		let before: Signature | undefined;
		for (let pages = 0; pages < MOST_PAGES; pages++) {
			const page = await rpc
				.getSignaturesForAddress(wallet, {
					commitment: "confirmed",
					limit: HISTORY_PAGE,
					minContextSlot: knownSlot,
					...(before && { before }),
				})
				.send(this.#bounds());
			for (const { signature, memo, blockTime } of page) {
				if (memo?.includes(intentId)) {
					// Anyone may write an id into a memo; only the wallet itself pays for its trades.
					const transaction = await readTransaction(rpc, signature as Signature, this.#bounds());
					if (!transaction) throw new Error(`the node lists ${signature} and does not have it: it is read again later`);
					if (transaction.memo === intentId && transaction.accountKeys[0] === wallet) return signature as Signature;
				}
				if (blockTime !== null && blockTime < since) return null;
			}
			if (page.length < HISTORY_PAGE) return null;
			before = page.at(-1)?.signature as Signature;
		}
		throw new Error(`${wallet} has too many transactions since ${intentId} was tried: look it up by its memo`);
	}

	#bounds(): { readonly abortSignal: AbortSignal } {
		const { abortSignal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
	}
}

/** How a booked settlement ends an order's attempt; null when it does not tell what was filled. */
export function endOfSettlement({ outcome, signature, fill }: Settlement, terms: OrderTerms): AttemptEnd | null {
	switch (outcome) {
		case "expired":
			return { outcome: "notLanded" };
		case "reverted":
			return { outcome: "reverted", signature, slot: fill?.slot ?? null };
		case "landed":
			return fill ? endOfFill(fill, terms) : null;
	}
}

function endOfFill({ reverted, signature, slot, changes }: Fill, terms: OrderTerms): AttemptEnd | null {
	if (reverted) return { outcome: "reverted", signature, slot };
	const changeOf = (wanted: Address): bigint => changes.find(({ mint }) => mint === wanted)?.fill ?? 0n;
	const spent = -changeOf(mintGiven(terms));
	const received = changeOf(mintTaken(terms));
	return spent > 0n && received > 0n ? { outcome: "filled", spent, received, signature, slot } : null;
}

function hasLanded(outcome: SubmissionOutcome | "released"): boolean {
	return outcome === "landed" || outcome === "reverted";
}

/** Whether two ends did the same, in whatever block. */
function isSameEnd(one: AttemptEnd, other: AttemptEnd): boolean {
	if (one.outcome !== "filled" || other.outcome !== "filled") return one.outcome === other.outcome;
	return one.spent === other.spent && one.received === other.received;
}
