import type { Bank } from "./bank.ts";
import { computeUnitPriceOf } from "./fees.ts";
import type { AccountKey, BlockhashKey } from "./keys.ts";
import { BLOCKHASH_WINDOW_SLOTS } from "./types.ts";
import { isWritable, parseWireTransaction } from "./wire-transaction.ts";

/** What one block's transactions paid at least. */
interface BlockFees {
	/** Tells the block from another that a fork put in its place. */
	readonly hash: BlockhashKey;
	/** Over all transactions; 0 for an empty block. */
	readonly lowest: bigint;
	readonly byWritable: ReadonlyMap<AccountKey, bigint>;
}

/** Lowest compute unit prices of recent blocks. Each block is looked at once. */
export class RecentFees {
	readonly #bank: Bank;
	readonly #blocks = new Map<number, BlockFees>();

	constructor(bank: Bank) {
		this.#bank = bank;
	}

	/**
	 * A slot's price is the highest of the block's lowest and each account's lowest (Agave, `runtime`,
	 * `PrioritizationFeeCache::get_prioritization_fees`).
	 */
	of(keys: readonly AccountKey[]): { readonly slot: number; readonly price: bigint }[] {
		const newest = this.#bank.slots.at("confirmed");
		const oldest = Math.max(this.#bank.slots.oldest(), newest - BLOCKHASH_WINDOW_SLOTS + 1);
		for (const slot of this.#blocks.keys()) if (slot < oldest) this.#blocks.delete(slot);
		return Array.from({ length: newest - oldest + 1 }, (_, index) => {
			const slot = oldest + index;
			const { lowest, byWritable } = this.#block(slot);
			let price = lowest;
			for (const key of keys) {
				const paid = byWritable.get(key) ?? 0n;
				if (paid > price) price = paid;
			}
			return { slot, price };
		});
	}

	#block(slot: number): BlockFees {
		const hash = this.#bank.slots.record(slot)!.hash;
		const known = this.#blocks.get(slot);
		if (known?.hash === hash) return known;
		let lowest: bigint | null = null;
		const byWritable = new Map<AccountKey, bigint>();
		for (const record of this.#bank.transactionsOf(slot)) {
			const parsed = parseWireTransaction(record.wire);
			if (!parsed.ok) continue;
			const { message } = parsed.value;
			const price = computeUnitPriceOf(message);
			if (lowest === null || price < lowest) lowest = price;
			const writable = message.accountKeys.filter((_, index) => isWritable(message, index));
			if (message.lookups.length > 0) writable.push(...record.meta().loadedWritable);
			for (const key of writable) {
				const paid = byWritable.get(key);
				if (paid === undefined || price < paid) byWritable.set(key, price);
			}
		}
		const block = { hash, lowest: lowest ?? 0n, byWritable };
		this.#blocks.set(slot, block);
		return block;
	}
}
