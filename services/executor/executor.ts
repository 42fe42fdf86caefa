import type { ExecuteAck, ExecutorStatus } from "../../broker/contracts/executor.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { readApprovedIntent } from "../../core/execution/intent-shape.ts";
import type { RefusalCode, Settlement, SubmissionOutcome, SubmissionState } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import { type IntentId, isIntentId } from "../../core/types/identifiers.ts";
import { IntentSigner, type SignedTransaction } from "../../libs/solana/intent-signer.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import type { Route } from "../../libs/solana/route.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { Admission } from "./admission.ts";
import type { CatalogView } from "./catalog-view.ts";
import { type Claim, claimOf } from "./claim.ts";
import type { ClaimEnd } from "./claim-journal.ts";
import type { Follower } from "./follower.ts";
import type { Latencies } from "./latencies.ts";
import type { LookupTables } from "./lookup-tables.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import type { Rehearsal } from "./rehearsal.ts";
import { type PreparedRoute, RouteTemplates } from "./route-templates.ts";
import type { SigningGate } from "./signing-gate.ts";
import type { SubmissionRecord } from "./submission-record.ts";

/** Where claims are kept. */
export interface Claims {
	readonly dead: Error | null;
	claim(claim: Claim): Promise<void>;
	moved(intentId: IntentId, state: SubmissionState, atMicros: number): void;
	end(intentId: IntentId, end: ClaimEnd): void;
}

export interface ExecutorOptions {
	readonly executor: string;
	readonly wallet: PolicedWallet;
	/** By mint; filled while the executor starts, and again when there are new mints. */
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
	readonly maxInFlight: number;
	readonly clock: Clock;
	readonly claims: Claims;
	/** Those that venues' programs keep for the wallet and that are on the chain. */
	readonly keptAccounts: ReadonlySet<Address>;
	readonly catalog: CatalogView;
	readonly tables: Pick<LookupTables, "current" | "offered" | "read" | "demand" | "status">;
	readonly gate: SigningGate;
	readonly rehearsal: Pick<Rehearsal, "run" | "counts">;
	readonly follower: Follower;
	readonly latencies: Latencies;
	/** Reads the catalog anew; resolves also when it could not be read. */
	readonly refreshCatalog: () => Promise<void>;
	readonly onTrouble: (what: string) => void;
	/** A transaction of the intent is on its way. */
	readonly onSubmitted?: (intent: ApprovedIntent, signed: SignedTransaction) => void;
}

/**
 * Turns approved intents into transactions on their way. What is refused has not left this process, and never will;
 * what is accepted has a durable claim and is followed to its end.
 */
export class Executor {
	readonly #options: ExecutorOptions;
	readonly #signer: IntentSigner;
	readonly #admission: Admission;
	readonly #templates: RouteTemplates;
	readonly #acknowledged = new Acknowledgements();
	readonly #counts = { submitted: 0, landed: 0, reverted: 0, expired: 0 };
	readonly #refused: Partial<Record<RefusalCode, number>> = {};
	/** Claims that are not durable yet. */
	#claiming = 0;

	constructor(options: ExecutorOptions) {
		this.#options = options;
		this.#signer = new IntentSigner(options.wallet);
		this.#templates = new RouteTemplates({ ...options, signer: this.#signer });
		const { wallet, maxInFlight, clock, claims, gate } = options;
		const inFlight = () => this.#inFlight;
		this.#admission = new Admission({ wallet: wallet.address, maxInFlight, clock, claims, gate, inFlight });
	}

	/** From now on intents are taken. */
	open(): void {
		this.#admission.open();
	}

	/** No further intent is taken, and no claim that is not yet durable is sent. */
	close(): void {
		this.#admission.close();
	}

	/** Remembers claims of a former life, so that the same intent is not taken a second time. */
	remember(claims: readonly Claim[]): void {
		for (const { intentId, signature } of claims) {
			const { executor } = this.#options;
			this.#acknowledged.add(intentId, Promise.resolve({ status: "accepted", intentId, signature, executor }));
		}
	}

	/** @see RouteTemplates.warm */
	warm(route: Route): boolean {
		return this.#templates.warm(route);
	}

	/** Routes of an older catalog go. */
	forgetRoutes(): void {
		this.#templates.clear();
	}

	/** Rejects only when an invariant is broken. The same intent gets the same answer, and has one signature, however often it comes. */
	execute(params: unknown): Promise<ExecuteAck> {
		const read = readApprovedIntent(params);
		if (!read.ok)
			return Promise.resolve(this.#refuse(intentIdOf(params), { code: "malformedIntent", detail: read.error }));
		const forged = this.#admission.authenticate(read.value);
		if (forged) return Promise.resolve(this.#refuse(read.value.intentId, forged));
		return this.#execute(read.value);
	}

	status(): ExecutorStatus {
		const { executor, wallet, follower, gate, rehearsal, tables } = this.#options;
		return {
			executor,
			wallet: wallet.address,
			recovering: !this.#admission.isOpen,
			routes: this.#templates.size,
			inFlight: this.#inFlight,
			...this.#counts,
			unknown: follower.unknown,
			unwatched: follower.unwatched,
			refused: { ...this.#refused },
			closedBecause: this.#admission.closedBecause,
			lookupTable: tables.status,
			arming: gate.arming && { ...gate.arming.status, ...rehearsal.counts },
		};
	}

	/** A submission of this executor went on. */
	advanced({ claim, state }: SubmissionRecord): void {
		const { claims, clock } = this.#options;
		this.#tellJournal(() => claims.moved(claim.intentId, state, clock.epochMicros()));
	}

	/** A submission of this executor ended. By inclusion it is not final yet, and its claim stays. */
	settled({ intentId, outcome, timings }: Settlement): void {
		this.#counts[outcome]++;
		if (outcome === "expired") this.#end(intentId, outcome);
		else this.#options.latencies.landed(timings);
	}

	/** A fork took back how a submission had ended: it ends anew. */
	reopened(was: SubmissionOutcome): void {
		this.#counts[was]--;
	}

	/** No fork can take a submission's block away any more. */
	finalized({ claim }: SubmissionRecord): void {
		this.#end(claim.intentId, "finalized");
	}

	get #inFlight(): number {
		return this.#options.follower.size + this.#claiming;
	}

	async #execute(intent: ApprovedIntent): Promise<ExecuteAck> {
		const known = this.#acknowledged.get(intent.intentId);
		if (known) return known;
		const refusal = this.#admission.refusal(intent);
		if (refusal) {
			if (refusal.code === "notArmed") this.#rehearse(intent);
			return this.#refuseForGood(intent.intentId, refusal);
		}
		let prepared = this.#templates.prepareFor(intent);
		if (!prepared.ok && this.#templates.mayLearn(prepared.error)) {
			await this.#templates.learn(intent, prepared.error);
			// Time has passed: the same intent may have come again, and everything is looked at anew.
			const claimedMeanwhile = this.#acknowledged.get(intent.intentId);
			if (claimedMeanwhile) return claimedMeanwhile;
			const late = this.#admission.refusal(intent);
			if (late) return this.#refuseForGood(intent.intentId, late);
			prepared = this.#templates.prepareFor(intent);
		}
		if (!prepared.ok) return this.#refuseForGood(intent.intentId, prepared.error);
		// No step of waiting lies between the checks above and the signature.
		const submission = this.#submit(intent, prepared.value);
		this.#acknowledged.add(intent.intentId, submission);
		return submission;
	}

	/** All of it but signing and sending. */
	#rehearse(intent: ApprovedIntent): void {
		const prepared = this.#templates.prepareFor(intent);
		if (!prepared.ok) return;
		const base64 = this.#signer.draft(prepared.value.template, intent);
		void this.#options.rehearsal.run(intent.intentId, base64);
	}

	/**
	 * Signs, claims, and sends when the claim is durable. The signature is made first, in microseconds, so that the claim
	 * names it; it does not leave this function before the claim is on disk.
	 */
	async #submit(intent: ApprovedIntent, { route, template }: PreparedRoute): Promise<ExecuteAck> {
		const { clock, claims, follower, latencies, executor } = this.#options;
		const claimedMicros = clock.epochMicros();
		let signed: SignedTransaction;
		try {
			signed = this.#signer.sign(template, intent);
		} catch (error) {
			return this.#refuse(intent.intentId, refusalOf(error as Error));
		}
		const claim = claimOf(intent, route, signed, { claimedMicros, signedMicros: clock.epochMicros() });
		this.#claiming++;
		try {
			await claims.claim(claim);
		} catch (error) {
			return this.#refuse(intent.intentId, { code: "journalUnavailable", detail: (error as Error).message });
		} finally {
			this.#claiming--;
		}
		const withdrawn = this.#admission.withdrawal(intent);
		if (withdrawn) {
			// The disk was slow. Bytes that were never sent are nobody's: refusing frees the reservation at once.
			this.#end(intent.intentId, "withdrawn");
			return this.#refuse(intent.intentId, withdrawn);
		}
		const submission = follower.begin(claim, signed);
		this.#counts.submitted++;
		latencies.sent(submission.timings);
		this.#options.onSubmitted?.(intent, signed);
		return { status: "accepted", intentId: intent.intentId, signature: signed.signature, executor };
	}

	#end(intentId: IntentId, end: ClaimEnd): void {
		this.#tellJournal(() => this.#options.claims.end(intentId, end));
	}

	#tellJournal(write: () => void): void {
		try {
			write();
		} catch (error) {
			// The claim stays open on disk: the next start asks the chain again.
			this.#options.onTrouble((error as Error).message);
		}
	}

	/** What risk approved and heard refused has no reservation any more: should it come again, nothing is signed. */
	#refuseForGood(intentId: IntentId, refusal: Refusal): ExecuteAck {
		const ack = this.#refuse(intentId, refusal);
		this.#acknowledged.add(intentId, Promise.resolve(ack));
		return ack;
	}

	#refuse(intentId: IntentId, { code, detail }: Refusal): ExecuteAck {
		this.#refused[code] = (this.#refused[code] ?? 0) + 1;
		return { status: "refused", intentId, code, detail, executor: this.#options.executor };
	}
}

/** What garbage calls itself, as far as it does. */
function intentIdOf(params: unknown): IntentId {
	const id = (params as { readonly intentId?: unknown } | null | undefined)?.intentId;
	return typeof id === "string" && isIntentId(id) ? id : ("" as IntentId);
}
