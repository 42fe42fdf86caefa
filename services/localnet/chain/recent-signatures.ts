import { SIGNATURE_BYTES, type SignatureKey } from "./keys.ts";
import type { TransactionErrorJson } from "./transaction-error.ts";
import { BLOCKHASH_WINDOW_SLOTS, type SignatureStatus } from "./types.ts";

/** Packed by slot: there are tens of thousands of signatures, most without an error. */
export type RecentSignaturesState = readonly {
	readonly slot: number;
	/** The signatures' 64 characters each, one behind the other. */
	readonly keys: string;
	/** The failed ones by their position. */
	readonly errors: readonly (readonly [position: number, err: TransactionErrorJson])[];
}[];

/**
 * The signatures that have landed. Inside the blockhash window a signature's transaction is refused as already processed;
 * when it leaves the window its blockhash has left before it, so that a transaction can never land twice. Beyond the
 * window the newest signatures stay known, so that a sender that was away for long still learns what became of its own.
 */
export class RecentSignatures {
	readonly #kept: number;
	#slot: number;
	/** In landing order. */
	readonly #statuses = new Map<SignatureKey, SignatureStatus>();

	/** `kept`: how many signatures stay known at least, whatever their age. */
	constructor(options: { kept: number; slot: number; state?: RecentSignaturesState }) {
		this.#kept = options.kept;
		this.#slot = options.slot;
		for (const { slot, keys, errors } of options.state ?? []) {
			const errorAt = new Map(errors);
			for (let position = 0; position * SIGNATURE_BYTES < keys.length; position++) {
				const key = keys.slice(position * SIGNATURE_BYTES, (position + 1) * SIGNATURE_BYTES) as SignatureKey;
				this.#statuses.set(key, { slot, err: errorAt.get(position) ?? null });
			}
		}
	}

	/** The status of a signature that landed inside the window. */
	recent(signature: SignatureKey): SignatureStatus | null {
		const status = this.#statuses.get(signature);
		return status !== undefined && this.#isRecent(status) ? status : null;
	}

	/** The status of any signature that is still known. */
	known(signature: SignatureKey): SignatureStatus | null {
		return this.#statuses.get(signature) ?? null;
	}

	add(signature: SignatureKey, status: SignatureStatus): void {
		this.#statuses.set(signature, status);
	}

	openSlot(slot: number): void {
		this.#slot = slot;
		for (const [signature, status] of this.#statuses) {
			if (this.#statuses.size <= this.#kept || this.#isRecent(status)) return;
			this.#statuses.delete(signature);
		}
	}

	/** Forgets what landed after `slot`, and opens the next one. */
	rewind(slot: number): void {
		for (const [signature, status] of this.#statuses) if (status.slot > slot) this.#statuses.delete(signature);
		this.#slot = slot + 1;
	}

	state(): RecentSignaturesState {
		const slots = new Map<number, { keys: string[]; errors: [number, TransactionErrorJson][] }>();
		for (const [key, { slot, err }] of this.#statuses) {
			const group = slots.get(slot) ?? { keys: [], errors: [] };
			slots.set(slot, group);
			if (err !== null) group.errors.push([group.keys.length, err]);
			group.keys.push(key);
		}
		return [...slots].map(([slot, { keys, errors }]) => ({ slot, keys: keys.join(""), errors }));
	}

	/** A transaction lands after its blockhash's slot, never in it: what landed this long ago cannot be replayed. */
	#isRecent(status: SignatureStatus): boolean {
		return status.slot + BLOCKHASH_WINDOW_SLOTS >= this.#slot;
	}
}
