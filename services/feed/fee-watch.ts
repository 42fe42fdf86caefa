import type { Address as ClientAddress, GetRecentPrioritizationFeesApi, Rpc } from "@solana/web3.js";
import { type PoolFee, percentileOf } from "../../core/execution/fee-policy.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";

export interface FeeWatchOptions {
	readonly rpc: Rpc<GetRecentPrioritizationFeesApi>;
	readonly pools: readonly Pick<PoolDescriptor, "address" | "vaultA" | "vaultB">[];
	/** Which price of the recent slots counts, 0 to 100. */
	readonly percentile: number;
	readonly timeoutMs: number;
	readonly onFees: (fees: readonly PoolFee[]) => void;
	readonly onTrouble: (reason: string) => void;
}

/** Some four seconds. */
const EVERY_SLOTS = 10;
/** Requests in one round. */
const MOST_REQUESTS = 8;
/** Accounts that one request may name (Agave, `MAX_TX_ACCOUNT_LOCKS`). */
const MOST_ACCOUNTS = 128;
/** Pool, and both vaults: what every swap writes to. */
const ACCOUNTS_PER_POOL = 3;
const POOLS_PER_REQUEST = Math.floor(MOST_ACCOUNTS / ACCOUNTS_PER_POOL);

/**
 * Asks every few slots what the writers of the pools' accounts paid, beside the hot path and never twice at a time. A
 * node answers for all accounts of a request together: few pools are asked for one by one, many in groups, and more than
 * a round holds in turn.
 */
export class FeeWatch {
	readonly #options: FeeWatchOptions;
	readonly #groups: readonly FeeWatchOptions["pools"][];
	readonly #abort = new AbortController();
	#askedAtSlot = Number.NEGATIVE_INFINITY;
	#isAsking = false;
	#next = 0;

	constructor(options: FeeWatchOptions) {
		this.#options = options;
		const { pools } = options;
		const size = Math.min(POOLS_PER_REQUEST, Math.max(1, Math.ceil(pools.length / MOST_REQUESTS)));
		this.#groups = Array.from({ length: Math.ceil(pools.length / size) }, (_, index) =>
			pools.slice(index * size, (index + 1) * size),
		);
	}

	advance(slot: number): void {
		if (this.#isAsking || this.#groups.length === 0 || slot - this.#askedAtSlot < EVERY_SLOTS) return;
		this.#askedAtSlot = slot;
		void this.#ask();
	}

	stop(): void {
		this.#abort.abort();
	}

	async #ask(): Promise<void> {
		const { onFees, onTrouble } = this.#options;
		this.#isAsking = true;
		const fees: PoolFee[] = [];
		try {
			const requests = Math.min(MOST_REQUESTS, this.#groups.length);
			for (let request = 0; request < requests; request++) {
				const group = this.#groups[this.#next] as FeeWatchOptions["pools"];
				this.#next = (this.#next + 1) % this.#groups.length;
				const microLamports = await this.#priceOf(group);
				for (const { address } of group) fees.push({ pool: address, microLamports });
			}
		} catch (error) {
			if (!this.#abort.signal.aborted) onTrouble(`recent fees cannot be read: ${(error as Error).message}`);
		} finally {
			this.#isAsking = false;
		}
		if (fees.length > 0 && !this.#abort.signal.aborted) onFees(fees);
	}

	async #priceOf(group: FeeWatchOptions["pools"]): Promise<bigint> {
		const { rpc, percentile, timeoutMs } = this.#options;
		const accounts = group.flatMap(({ address, vaultA, vaultB }) => [address, vaultA, vaultB]);
		const abortSignal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(timeoutMs)]);
		const slots = await rpc.getRecentPrioritizationFees(accounts as readonly ClientAddress[]).send({ abortSignal });
		return percentileOf(
			slots.map(({ prioritizationFee }) => BigInt(prioritizationFee)),
			percentile,
		);
	}
}
