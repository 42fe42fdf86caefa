import type { ExecuteAck, ExecutorStatus } from "../../broker/contracts/executor.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { readApprovedIntent } from "../../core/execution/intent-shape.ts";
import type { RefusalCode, Settlement, SubmissionState } from "../../core/execution/submission.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import { type IntentId, isIntentId } from "../../core/types/identifiers.ts";
import { failure, type Result } from "../../core/types/result.ts";
import { IntentSigner, type SignedTransaction } from "../../libs/solana/intent-signer.ts";
import { compileTemplate, type MessageTemplate } from "../../libs/solana/message-template.ts";
import { type PolicedWallet, PolicyViolation } from "../../libs/solana/policed-wallet.ts";
import type { Route } from "../../libs/solana/route.ts";
import { TemplateCache } from "../../libs/solana/template-cache.ts";
import { Admission } from "./admission.ts";
import { type CatalogView, routeKey } from "./catalog-view.ts";
import { type Claim, claimOf } from "./claim.ts";
import type { ClaimEnd } from "./claim-journal.ts";
import type { Follower } from "./follower.ts";
import type { Latencies } from "./latencies.ts";
import type { Refusal } from "./refusal.ts";
import type { Rehearsal } from "./rehearsal.ts";
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
	readonly catalog: CatalogView;
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

/** Templates kept, some kilobytes each. */
const MOST_ROUTES = 4_096;
/** Acknowledgements kept to answer a repeated intent; far more than can be in flight. */
const MOST_ACKNOWLEDGED = 8_192;
/** So many are forgotten at once: finding the oldest costs as much as many have left before it. */
const FORGOTTEN_AT_ONCE = 1_024;

interface Prepared {
	readonly route: Route;
	readonly template: MessageTemplate;
}

/**
 * Turns approved intents into transactions on their way. What is refused has not left this process, and never will;
 * what is accepted has a durable claim and is followed to its end.
 */
export class Executor {
	readonly #options: ExecutorOptions;
	readonly #signer: IntentSigner;
	readonly #admission: Admission;
	readonly #templates = new TemplateCache(MOST_ROUTES);
	readonly #acknowledged = new Map<IntentId, Promise<ExecuteAck>>();
	readonly #counts = { submitted: 0, landed: 0, reverted: 0, expired: 0 };
	readonly #refused: Partial<Record<RefusalCode, number>> = {};
	/** Claims that are not durable yet. */
	#claiming = 0;
	#catalogReads: Promise<void> | null = null;

	constructor(options: ExecutorOptions) {
		this.#options = options;
		this.#signer = new IntentSigner(options.wallet);
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
			this.#acknowledge(intentId, Promise.resolve({ status: "accepted", intentId, signature, executor }));
		}
	}

	/** Routes compiled before somebody needs them are not compiled in the hot path. @returns false when there is no room */
	warm(route: Route): boolean {
		if (this.#templates.isFull) return false;
		this.#prepare(route);
		return true;
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
		const { executor, wallet, follower, gate, rehearsal } = this.#options;
		return {
			executor,
			wallet: wallet.address,
			recovering: !this.#admission.isOpen,
			routes: this.#templates.size,
			inFlight: this.#inFlight,
			...this.#counts,
			unknown: follower.unknown,
			refused: { ...this.#refused },
			closedBecause: this.#admission.closedBecause,
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
		let prepared = this.#prepareFor(intent);
		if (!prepared.ok && (prepared.error.code === "unknownPool" || prepared.error.code === "unknownReserve")) {
			await this.#readCatalog();
			// Time has passed: the same intent may have come again, and everything is looked at anew.
			const claimedMeanwhile = this.#acknowledged.get(intent.intentId);
			if (claimedMeanwhile) return claimedMeanwhile;
			const late = this.#admission.refusal(intent);
			if (late) return this.#refuseForGood(intent.intentId, late);
			prepared = this.#prepareFor(intent);
		}
		if (!prepared.ok) return this.#refuseForGood(intent.intentId, prepared.error);
		// No step of waiting lies between the checks above and the signature.
		const submission = this.#submit(intent, prepared.value);
		this.#acknowledge(intent.intentId, submission);
		return submission;
	}

	/** All of it but signing and sending. */
	#rehearse(intent: ApprovedIntent): void {
		const prepared = this.#prepareFor(intent);
		if (!prepared.ok) return;
		const base64 = this.#signer.draft(prepared.value.template, intent);
		void this.#options.rehearsal.run(intent.intentId, base64);
	}

	#prepareFor(intent: ApprovedIntent): Result<Prepared, Refusal> {
		const route = this.#options.catalog.route(intent);
		return route.ok ? this.#prepare(route.value) : route;
	}

	#prepare(route: Route): Result<Prepared, Refusal> {
		const { wallet, tokenAccounts } = this.#options;
		for (const { pool } of route.legs) {
			if (!tokenAccounts.has(pool.mintA) || !tokenAccounts.has(pool.mintB)) {
				return failure({
					code: "unknownPool",
					detail: `the wallet has no token account yet for a mint of ${pool.address}`,
				});
			}
		}
		const template = this.#templates.get(routeKey(route), () =>
			compileTemplate(route, { address: wallet.address, tokenAccounts }),
		);
		if (!template.ok) return template;
		try {
			this.#signer.admit(template.value, { route, tokenAccounts });
		} catch (error) {
			return failure(refusalOf(error as Error));
		}
		return { ok: true, value: { route, template: template.value } };
	}

	/** One catalog read serves all that wait for it. */
	#readCatalog(): Promise<void> {
		this.#catalogReads ??= this.#options.refreshCatalog().finally(() => {
			this.#catalogReads = null;
		});
		return this.#catalogReads;
	}

	/**
	 * Signs, claims, and sends when the claim is durable. The signature is made first, in microseconds, so that the claim
	 * names it; it does not leave this function before the claim is on disk.
	 */
	async #submit(intent: ApprovedIntent, { route, template }: Prepared): Promise<ExecuteAck> {
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

	#acknowledge(intentId: IntentId, ack: Promise<ExecuteAck>): void {
		if (this.#acknowledged.size >= MOST_ACKNOWLEDGED) this.#forgetOldest();
		this.#acknowledged.set(intentId, ack);
	}

	#forgetOldest(): void {
		for (const oldest of this.#acknowledged.keys()) {
			if (this.#acknowledged.size <= MOST_ACKNOWLEDGED - FORGOTTEN_AT_ONCE) break;
			this.#acknowledged.delete(oldest);
		}
	}

	/** What risk approved and heard refused has no reservation any more: should it come again, nothing is signed. */
	#refuseForGood(intentId: IntentId, refusal: Refusal): ExecuteAck {
		const ack = this.#refuse(intentId, refusal);
		this.#acknowledge(intentId, Promise.resolve(ack));
		return ack;
	}

	#refuse(intentId: IntentId, { code, detail }: Refusal): ExecuteAck {
		this.#refused[code] = (this.#refused[code] ?? 0) + 1;
		return { status: "refused", intentId, code, detail, executor: this.#options.executor };
	}
}

/** Why nothing was signed: the policy's word, or values that fit no message. */
function refusalOf(error: Error): Refusal {
	return { code: error instanceof PolicyViolation ? "policyViolation" : "malformedIntent", detail: error.message };
}

/** What garbage calls itself, as far as it does. */
function intentIdOf(params: unknown): IntentId {
	const id = (params as { readonly intentId?: unknown } | null | undefined)?.intentId;
	return typeof id === "string" && isIntentId(id) ? id : ("" as IntentId);
}
