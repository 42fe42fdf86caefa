import type { BundleId } from "../../../libs/block-engine/bundle-id.ts";
import type { SignatureKey } from "./keys.ts";

/** Bundles that stay known: more than the five minutes that a block engine looks back. */
const KEPT_BUNDLES = 4_096;

/** A bundle that was taken for the auction. Whether it landed is told by the status of its transactions. */
export interface BundleEntry {
	readonly id: BundleId;
	readonly signatures: readonly SignatureKey[];
	/** Why it did not land; null when it did. */
	readonly failure: string | null;
}

/** In the order in which they came; landed ones only. */
export type BundleBookState = readonly { readonly id: BundleId; readonly signatures: readonly SignatureKey[] }[];

/** The newest bundles by name. What failed has changed nothing, and is forgotten over a restart. */
export class BundleBook {
	readonly #entries = new Map<BundleId, BundleEntry>();

	constructor(state: BundleBookState = []) {
		for (const { id, signatures } of state) this.add({ id, signatures, failure: null });
	}

	add(entry: BundleEntry): void {
		this.#entries.delete(entry.id);
		if (this.#entries.size >= KEPT_BUNDLES) {
			const [oldest] = this.#entries.keys();
			if (oldest !== undefined) this.#entries.delete(oldest);
		}
		this.#entries.set(entry.id, entry);
	}

	get(id: BundleId): BundleEntry | null {
		return this.#entries.get(id) ?? null;
	}

	state(): BundleBookState {
		const landed = [...this.#entries.values()].filter(({ failure }) => failure === null);
		return landed.map(({ id, signatures }) => ({ id, signatures }));
	}
}
