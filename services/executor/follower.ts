import { fillFromTransaction } from "../../core/execution/fill.ts";
import type { Fill, Settlement, SubmissionOutcome, SubmissionState } from "../../core/execution/submission.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import type { SignedTransaction } from "../../libs/solana/intent-signer.ts";
import type { Claim } from "./claim.ts";
import type { ChainView, FinalizedHead } from "./confirmation/chain-view.ts";
import type { SignatureWatch } from "./confirmation/signature-watch.ts";
import { FinalityWatch } from "./finality-watch.ts";
import type { Sender } from "./senders/sender.ts";
import { SubmissionRecord } from "./submission-record.ts";

export interface FollowerOptions {
	readonly executor: string;
	readonly chain: ChainView;
	readonly sender: Sender;
	readonly watch: SignatureWatch;
	readonly clock: Clock;
	readonly pollIntervalMs: number;
	readonly resendIntervalMs: number;
	/** False while trading is halted: nothing is sent again. */
	readonly maySend: () => boolean;
	readonly onAdvanced: (submission: SubmissionRecord) => void;
	readonly onSettled: (settlement: Settlement) => void;
	/** What was settled by inclusion is in a block that cannot vanish any more. */
	readonly onFinalized: (submission: SubmissionRecord) => void;
	/** A fork took back how it had ended: it is open again, and settles anew. */
	readonly onReopened: (submission: SubmissionRecord, was: SubmissionOutcome) => void;
	/** A node that did not answer. The submission goes on; a person may want to know. */
	readonly onTrouble: (what: string) => void;
}

/** Sends of one submission that may be without an answer at one time. */
const MOST_SENDS_UNDER_WAY = 3;
/** A finalized head this old is asked for again. */
const HEAD_AGE_MICROS = 1_000_000;

/**
 * Follows submissions to their end: sends the same bytes until the chain has them or can no longer take them, and
 * believes in an end only by what the chain proves. Subscriptions make it quick, polling makes it sure.
 */
export class Follower {
	readonly #options: FollowerOptions;
	readonly #followed = new Map<IntentId, SubmissionRecord>();
	readonly #finality: FinalityWatch;
	#timer: NodeJS.Timeout | undefined;
	#head: (FinalizedHead & { readonly atMicros: number }) | null = null;
	#blockHeight = 0;
	#stopped = false;

	constructor(options: FollowerOptions) {
		this.#options = options;
		this.#finality = new FinalityWatch({
			chain: options.chain,
			clock: options.clock,
			onFinalized: (submission) => this.#finalize(submission),
			onMoved: (submission) => this.#reopen(submission),
		});
	}

	/** Submissions that are not settled. */
	get size(): number {
		return this.#followed.size;
	}

	/** Included submissions that nobody watches to their finality, because there were too many. */
	get unwatched(): number {
		return this.#finality.letGo;
	}

	/** Submissions whose end is not proven although their blockhash may be dead. */
	get unknown(): number {
		let count = 0;
		for (const { state } of this.#followed.values()) if (state === "unknown") count++;
		return count;
	}

	/** Begins to poll. */
	start(): void {
		this.#timer ??= setTimeout(() => void this.#round(), this.#options.pollIntervalMs);
	}

	/** Ends everything at once; what is still open is in the claim journal. */
	stop(): void {
		this.#stopped = true;
		clearTimeout(this.#timer);
		for (const { stopWatching } of this.#followed.values()) stopWatching();
		this.#options.watch.close();
	}

	/** Hears of a block height: beyond a submission's last one there is no use in sending. */
	observeBlockHeight(blockHeight: number): void {
		if (blockHeight > this.#blockHeight) this.#blockHeight = blockHeight;
	}

	/** Sends the bytes of a durable claim for the first time, and follows them. */
	begin(claim: Claim, transaction: SignedTransaction): SubmissionRecord {
		const submission = new SubmissionRecord(claim, transaction);
		this.#followed.set(claim.intentId, submission);
		submission.move("signed");
		this.#send(submission);
		submission.stamp("sent", submission.lastSentMicros);
		submission.move("sent");
		this.#watch(submission);
		this.#options.onAdvanced(submission);
		return submission;
	}

	/** Follows claims of a former life. Whether their bytes were sent is not known. */
	recover(claims: readonly Claim[]): void {
		for (const claim of claims) {
			if (this.#followed.has(claim.intentId)) continue;
			const submission = new SubmissionRecord(claim, null);
			submission.move("unknown");
			this.#followed.set(claim.intentId, submission);
			this.#watch(submission);
		}
	}

	/**
	 * Asks the chain about everything that is followed.
	 *
	 * @throws when the node cannot be asked
	 */
	async poll(): Promise<void> {
		await this.#finality.poll(() => this.#finalizedHead());
		const submissions = [...this.#followed.values()];
		if (submissions.length === 0 || this.#stopped) return;
		const sights = await this.#options.chain.sights(submissions.map(({ claim }) => claim.signature));
		if (this.#stopped) return;
		const absent: SubmissionRecord[] = [];
		const reads: Promise<void>[] = [];
		submissions.forEach((submission, index) => {
			const sight = sights[index];
			if (sight === "confirmed" || sight === "finalized") reads.push(this.#read(submission));
			else if (submission.hasEnded) return;
			else if (sight === "absent") absent.push(submission);
			else if (submission.state !== "seen") this.#advance(submission, "seen");
		});
		for (const submission of absent) this.#sendAgain(submission);
		await Promise.all(reads);
		if (absent.length > 0) await this.#proveExpiry(absent);
	}

	async #round(): Promise<void> {
		try {
			await this.poll();
		} catch (error) {
			this.#options.onTrouble(`the outcome of submissions could not be asked for: ${(error as Error).message}`);
		}
		this.#timer = undefined;
		if (!this.#stopped) this.start();
	}

	#watch(submission: SubmissionRecord): void {
		submission.stopWatching = this.#options.watch.watch(submission.claim.signature, () => void this.#read(submission));
	}

	#send(submission: SubmissionRecord): void {
		const { clock, sender, onTrouble } = this.#options;
		if (!submission.transaction) return;
		submission.lastSentMicros = clock.epochMicros();
		submission.sending++;
		sender
			.send(submission.transaction)
			// The bytes may have arrived all the same: the chain tells.
			.catch((error: Error) => onTrouble(`sending ${submission.claim.signature} over ${sender.name}: ${error.message}`))
			.finally(() => submission.sending--);
	}

	#sendAgain(submission: SubmissionRecord): void {
		const { clock, resendIntervalMs, maySend } = this.#options;
		const isDead = this.#blockHeight > submission.claim.lastValidBlockHeight;
		// Seen and gone: its block was dropped.
		if (submission.state === "seen" || (submission.state === "sent" && isDead)) this.#advance(submission, "unknown");
		if (!submission.transaction || isDead) return;
		const waitedMicros = clock.epochMicros() - submission.lastSentMicros;
		if (waitedMicros < resendIntervalMs * 1_000 || submission.sending >= MOST_SENDS_UNDER_WAY || !maySend()) return;
		this.#send(submission);
	}

	/**
	 * Expired is what can never land any more and never did: the finalized chain is beyond its last block height, and a
	 * node that knows that chain has no record of it.
	 */
	async #proveExpiry(absent: readonly SubmissionRecord[]): Promise<void> {
		const { chain, onTrouble } = this.#options;
		const head = await this.#finalizedHead();
		const dead = absent.filter(({ claim }) => claim.lastValidBlockHeight < head.blockHeight);
		if (dead.length === 0) return;
		// No proof is no reason to stand still: what is open stays open, and may still be found.
		const proven = await chain.provenAbsent(dead.map(({ claim }) => claim)).catch((error: Error) => {
			onTrouble(`the end of ${dead.length} submissions is not proven: ${error.message}`);
			return new Set<Signature>();
		});
		for (const submission of dead) {
			if (proven.has(submission.claim.signature)) this.#settle(submission, "expired", null);
			else await this.#read(submission);
		}
	}

	async #finalizedHead(): Promise<FinalizedHead> {
		const { chain, clock } = this.#options;
		const nowMicros = clock.epochMicros();
		if (!this.#head || nowMicros - this.#head.atMicros >= HEAD_AGE_MICROS) {
			this.#head = { ...(await chain.finalizedHead()), atMicros: nowMicros };
			this.observeBlockHeight(this.#head.blockHeight);
		}
		return this.#head;
	}

	async #read(submission: SubmissionRecord): Promise<void> {
		if (submission.reading || submission.hasEnded || this.#stopped) return;
		submission.reading = true;
		try {
			const { chain, clock } = this.#options;
			const noticedMicros = clock.epochMicros();
			const transaction = await chain.transaction(submission.claim.signature);
			if (!transaction) return;
			submission.stamp("landed", noticedMicros);
			const fill = fillFromTransaction(transaction, submission.claim);
			this.#settle(submission, fill.reverted ? "reverted" : "landed", fill);
		} catch (error) {
			const { signature } = submission.claim;
			this.#options.onTrouble(`the transaction ${signature} could not be read: ${(error as Error).message}`);
		} finally {
			submission.reading = false;
		}
	}

	#settle(submission: SubmissionRecord, outcome: SubmissionOutcome, fill: Fill | null): void {
		if (this.#stopped || submission.hasEnded) return;
		const { executor, onSettled } = this.#options;
		const { intentId, signature } = submission.claim;
		submission.stopWatching();
		this.#followed.delete(intentId);
		this.#advance(submission, outcome);
		if (fill) {
			submission.includedSlot = fill.slot;
			this.#finality.add(submission);
		}
		onSettled({ intentId, outcome, signature, fill, executor, timings: submission.timings });
	}

	#finalize(submission: SubmissionRecord): void {
		if (this.#stopped) return;
		this.#advance(submission, "finalized");
		this.#options.onFinalized(submission);
	}

	/** A fork took its block: while the blockhash lives it is sent again, and it ends anew. */
	#reopen(submission: SubmissionRecord): void {
		if (this.#stopped) return;
		const { intentId, signature } = submission.claim;
		this.#options.onTrouble(`${signature} was in slot ${submission.includedSlot}, and a fork dropped that block`);
		const was = submission.state as SubmissionOutcome;
		this.#followed.set(intentId, submission);
		this.#advance(submission, "unknown");
		this.#options.onReopened(submission, was);
		this.#watch(submission);
	}

	#advance(submission: SubmissionRecord, to: SubmissionState): void {
		submission.move(to);
		this.#options.onAdvanced(submission);
	}
}
