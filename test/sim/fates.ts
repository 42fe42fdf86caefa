import { INTENT_ID_LENGTH, type IntentId, isIntentId, type Signature } from "../../core/types/identifiers.ts";
import type { Chain } from "../../services/localnet/chain/chain.ts";
import { parseSignatureKey, signatureOf } from "../../services/localnet/chain/keys.ts";
import { memoOf } from "../../services/localnet/chain/memos.ts";
import { parseWireTransaction } from "../../services/localnet/chain/wire-transaction.ts";
import { drawsFor } from "./draws.ts";

/** What the network does to one intent's transaction, whoever sends it and whoever asks for it. */
export interface Fate {
	/** How many of its sends vanish on the way to the leader, though the node took them. Infinity: it never lands. */
	readonly lostSends: number;
	/** For so many slots after it landed no node tells of it as confirmed. */
	readonly heldSlots: number;
	/** While it is held: unseen, or seen and processed. */
	readonly heldAs: "unseen" | "processed";
}

export interface FateOptions {
	readonly doomed: number;
	readonly delayed: number;
	readonly held: number;
	readonly longestHold: number;
}

/** At ten slots between two sends, a transaction lands shortly before its blockhash dies, or just no more. */
const MOST_LOST_SENDS = 15;
const NORMAL: Fate = { lostSends: 0, heldSlots: 0, heldAs: "unseen" };

/** The fates of intents by their id, and which transaction belongs to which intent. */
export class Fates {
	readonly #seed: number;
	readonly #options: FateOptions;
	readonly #chain: Chain;
	readonly #sends = new Map<string, number>();
	#isHealed = false;

	constructor(seed: number, chain: Chain, options: FateOptions) {
		this.#seed = seed;
		this.#chain = chain;
		this.#options = options;
	}

	/** Nothing is held any more, and no send is lost. */
	heal(): void {
		this.#isHealed = true;
	}

	of(intentId: IntentId): Fate {
		const draws = drawsFor(this.#seed, `fate ${intentId}`);
		const { doomed, delayed, held, longestHold } = this.#options;
		if (draws.happens(doomed)) return { ...NORMAL, lostSends: Number.POSITIVE_INFINITY };
		return {
			lostSends: draws.happens(delayed) ? draws.between(1, draws.happens(0.5) ? 3 : MOST_LOST_SENDS) : 0,
			heldSlots: draws.happens(held) ? draws.between(2, longestHold) : 0,
			heldAs: draws.happens(0.5) ? "unseen" : "processed",
		};
	}

	/** Whether this send of a transaction vanishes. Doom holds for ever: what expired for others must not land late. */
	losesSend(intentId: IntentId): boolean {
		const sends = this.#sends.get(intentId) ?? 0;
		this.#sends.set(intentId, sends + 1);
		const { lostSends } = this.of(intentId);
		return this.#isHealed ? lostSends === Number.POSITIVE_INFINITY : sends < lostSends;
	}

	/** How a transaction is held back from those who ask, or null. */
	holds(signature: string): Fate["heldAs"] | null {
		if (this.#isHealed) return null;
		const key = parseSignatureKey(signature as Signature);
		const record = key === null ? null : this.#chain.transaction(key);
		const memo = record?.memo ?? null;
		const intentId = memo === null ? null : idIn(memo);
		if (!record || intentId === null) return null;
		const { heldSlots, heldAs } = this.of(intentId);
		return record.slot + heldSlots > this.#chain.slot("processed") ? heldAs : null;
	}
}

/** The intent id in a transaction's memo, or null when it carries none. */
export function intentIdOf(base64: string): IntentId | null {
	const parsed = parseWireTransaction(Buffer.from(base64, "base64"));
	const memo = parsed.ok ? memoOf(parsed.value.message) : null;
	return memo === null ? null : idIn(memo);
}

/** Its first signature. */
export function signatureIn(base64: string): Signature | null {
	const parsed = parseWireTransaction(Buffer.from(base64, "base64"));
	return parsed.ok ? signatureOf(parsed.value.signatureKey) : null;
}

/** The intent id in a memo as the chain's history shows it: "[16] 0123456789abcdef". */
export function idIn(memo: string): IntentId | null {
	const text = memo.startsWith(`[${INTENT_ID_LENGTH}] `) ? memo.slice(5, 5 + INTENT_ID_LENGTH) : "";
	return isIntentId(text) ? text : null;
}
