import type { Address } from "../../../core/types/address.ts";
import type { Signature } from "../../../core/types/identifiers.ts";
import { RpcExhaustedError } from "./errors.ts";
import type { RpcRouter, SolanaRpc, Witness } from "./rpc-router.ts";

/** One line of an address's history. */
export interface HistoryEntry {
	readonly signature: Signature;
	readonly slot: number;
}

export interface WitnessedHistory {
	/** Transactions that at least one witness knows, in no order. */
	readonly entries: readonly HistoryEntry[];
	/** Every witness has finalized a block of this slot and height, and what it told reaches at least as far. */
	readonly slot: number;
	readonly blockHeight: number;
	/** Who told it. */
	readonly witnesses: readonly Witness[];
}

export interface HistoryQuestion {
	readonly address: Address;
	/** The history of later slots is asked for. */
	readonly afterSlot: number;
	/** The signal of one request. */
	readonly signal: () => AbortSignal;
}

const PAGE = 1_000;
/** More than this is no gap of an outage: a person must look. */
const MOST_ENTRIES = 100_000;
/** What one endpoint alone says is enough only where there is no second one. */
const WITNESSES = 2;

/**
 * The finalized history of an address, told so that what is not in it has not happened. Each witness has finalized the
 * block it speaks for before it is asked, keeps history back to the first slot in question, and answers from a view that
 * is not older. Where several endpoints are configured, two of them must say it.
 *
 * @throws Error saying why nothing is proven: too few witnesses, history that begins too late, an older view
 */
export async function witnessedHistory(
	router: Pick<RpcRouter, "size" | "witnesses">,
	question: HistoryQuestion,
): Promise<WitnessedHistory> {
	const needed = Math.min(WITNESSES, router.size);
	const witnesses = router.witnesses().slice(0, needed);
	if (witnesses.length < needed) {
		throw new Error(`absence is proven by ${needed} healthy RPC endpoints, and ${witnesses.length} can be asked now`);
	}
	const told = await Promise.allSettled(witnesses.map((witness) => testimony(witness, question)));
	const failures = told.flatMap((one) => (one.status === "rejected" ? [one.reason as Error] : []));
	if (failures.length > 0) throw new RpcExhaustedError("the history is not proven", failures);
	const testimonies = told.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
	const entries = new Map<Signature, HistoryEntry>();
	for (const one of testimonies) for (const entry of one.entries) entries.set(entry.signature, entry);
	return {
		entries: [...entries.values()],
		slot: Math.min(...testimonies.map(({ slot }) => slot)),
		blockHeight: Math.min(...testimonies.map(({ blockHeight }) => blockHeight)),
		witnesses,
	};
}

async function testimony(
	{ name, rpc }: Witness,
	{ address, afterSlot, signal }: HistoryQuestion,
): Promise<Omit<WitnessedHistory, "witnesses">> {
	const head = await rpc.getEpochInfo({ commitment: "finalized" }).send({ abortSignal: signal() });
	const first = Number(await rpc.getFirstAvailableBlock().send({ abortSignal: signal() }));
	if (first > afterSlot + 1) {
		throw new Error(
			`${name} keeps history from slot ${first} on and not from ${afterSlot + 1}: it cannot prove absence, ` +
				"use an endpoint with a longer history",
		);
	}
	const entries = await finalizedHistory(rpc, { address, afterSlot, signal, minContextSlot: head.absoluteSlot });
	return { entries, slot: Number(head.absoluteSlot), blockHeight: Number(head.blockHeight) };
}

async function finalizedHistory(
	rpc: SolanaRpc,
	question: HistoryQuestion & { readonly minContextSlot: bigint },
): Promise<HistoryEntry[]> {
	const { address, afterSlot, signal, minContextSlot } = question;
	const found: HistoryEntry[] = [];
	let before: Signature | undefined;
	while (found.length < MOST_ENTRIES) {
		const page = await rpc
			.getSignaturesForAddress(address, {
				commitment: "finalized",
				limit: PAGE,
				minContextSlot,
				...(before ? { before } : {}),
			})
			.send({ abortSignal: signal() });
		for (const { signature, slot } of page) {
			if (Number(slot) <= afterSlot) return found;
			found.push({ signature: signature as Signature, slot: Number(slot) });
		}
		if (page.length < PAGE) return found;
		before = page.at(-1)?.signature as Signature;
	}
	throw new Error(`${address} has more than ${MOST_ENTRIES} transactions since slot ${afterSlot}: a person must look`);
}
