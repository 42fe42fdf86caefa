import type { ChainTransaction } from "../../../core/execution/chain-transaction.ts";
import type { Signature } from "../../../core/types/identifiers.ts";
import type { RpcRouter, SolanaRpc } from "../../../libs/solana/rpc-router/rpc-router.ts";
import { witnessedHistory } from "../../../libs/solana/rpc-router/witnessed-history.ts";
import { readTransaction } from "../../../libs/solana/transaction-reader.ts";
import type { AbsenceQuestion, ChainView, FinalizedHead, Inclusion, SignatureSight } from "./chain-view.ts";

const SIGHTS = { processed: "seen", confirmed: "confirmed", finalized: "finalized" } as const;
/** What one `getSignatureStatuses` takes (solana rpc-client-api, `MAX_GET_SIGNATURE_STATUSES_QUERY_ITEMS`). */
const SIGNATURES_PER_REQUEST = 256;

interface Status {
	readonly sight: SignatureSight;
	readonly slot: number;
	readonly isReverted: boolean;
}

export interface RpcChainViewOptions {
	readonly router: Pick<RpcRouter, "rpc" | "truth" | "witnesses" | "size">;
	readonly timeoutMs: number;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
}

/** The chain by its nodes' JSON-RPC. */
export class RpcChainView implements ChainView {
	readonly #options: RpcChainViewOptions;

	constructor(options: RpcChainViewOptions) {
		this.#options = options;
	}

	async sights(signatures: readonly Signature[]): Promise<readonly SignatureSight[]> {
		const statuses = await this.#statuses(signatures);
		return statuses.map((status) => (status ? status.sight : "absent"));
	}

	async inclusions(signatures: readonly Signature[]): Promise<readonly (Inclusion | null)[]> {
		const statuses = await this.#statuses(signatures);
		return statuses.map(
			(status) =>
				status && { slot: status.slot, isReverted: status.isReverted, isFinalized: status.sight === "finalized" },
		);
	}

	async #statuses(signatures: readonly Signature[]): Promise<(Status | null)[]> {
		const statuses: (Status | null)[] = [];
		for (let first = 0; first < signatures.length; first += SIGNATURES_PER_REQUEST) {
			const { value } = await this.#options.router.rpc
				.getSignatureStatuses(signatures.slice(first, first + SIGNATURES_PER_REQUEST))
				.send(this.#request());
			for (const status of value) {
				// Old nodes leave the level out for what is rooted.
				const sight = SIGHTS[status?.confirmationStatus ?? "finalized"];
				statuses.push(status && { sight, slot: Number(status.slot), isReverted: status.err !== null });
			}
		}
		return statuses;
	}

	async provenAbsent(questions: readonly AbsenceQuestion[]): Promise<ReadonlySet<Signature>> {
		// A transaction that does not say since when it is must not keep the others from their proof.
		const groups = Map.groupBy(questions, ({ wallet, sinceSlot }) => `${wallet} ${sinceSlot === undefined}`);
		const absent = new Set<Signature>();
		for (const group of groups.values()) for (const signature of await this.#absentOf(group)) absent.add(signature);
		return absent;
	}

	/** Neither in the wallet's history nor known by status, at every witness. */
	async #absentOf(questions: readonly AbsenceQuestion[]): Promise<readonly Signature[]> {
		const [one] = questions;
		if (!one) return [];
		const { entries, blockHeight, witnesses } = await witnessedHistory(this.#options.router, {
			address: one.wallet,
			afterSlot: Math.min(...questions.map(({ sinceSlot }) => sinceSlot ?? 0)) - 1,
			signal: () => this.#request().abortSignal,
		});
		const listed = new Set(entries.map(({ signature }) => signature));
		const dead = questions.filter(({ lastValidBlockHeight }) => lastValidBlockHeight < blockHeight);
		let absent = dead.map(({ signature }) => signature).filter((signature) => !listed.has(signature));
		for (const { rpc } of witnesses) absent = await this.#unknownTo(rpc, absent);
		return absent;
	}

	/** Those of which a node knows no status, however old. */
	async #unknownTo(rpc: SolanaRpc, signatures: readonly Signature[]): Promise<Signature[]> {
		const unknown: Signature[] = [];
		for (let first = 0; first < signatures.length; first += SIGNATURES_PER_REQUEST) {
			const batch = signatures.slice(first, first + SIGNATURES_PER_REQUEST);
			const { value } = await rpc.getSignatureStatuses(batch, { searchTransactionHistory: true }).send(this.#request());
			unknown.push(...batch.filter((_, index) => value[index] === null));
		}
		return unknown;
	}

	async finalizedHead(): Promise<FinalizedHead> {
		const info = await this.#options.router.rpc.getEpochInfo({ commitment: "finalized" }).send(this.#request());
		return { slot: Number(info.absoluteSlot), blockHeight: Number(info.blockHeight) };
	}

	transaction(signature: Signature): Promise<ChainTransaction | null> {
		return readTransaction(this.#options.router.truth, signature, this.#request());
	}

	#request(): { readonly abortSignal: AbortSignal } {
		const { abortSignal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
	}
}
