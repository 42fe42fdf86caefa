import type { Address, Base64EncodedBytes } from "@solana/web3.js";
import type { AccountBytes } from "../../core/market/venues/venue.ts";
import type { SolanaRpc } from "./rpc-router/rpc-router.ts";

/** The most accounts that one `getMultipleAccounts` may ask for. */
export const MOST_ACCOUNTS_PER_READ = 100;
/** Reads under way at one time: more would only queue at the node, or meet its rate limit. */
const CONCURRENT_READS = 4;

/** The bytes of some accounts as one bank had them. */
export interface AccountsAtSlot {
	readonly slot: number;
	/** In the order asked for; undefined for accounts that do not exist. */
	readonly accounts: readonly (AccountBytes | undefined)[];
}

export interface AccountReaderOptions {
	readonly rpc: SolanaRpc;
	readonly timeoutMs: number;
}

/** Reads accounts' bytes over JSON-RPC at commitment `processed`. Every method rejects as the RPC client does. */
export class AccountReader {
	readonly #options: AccountReaderOptions;

	constructor(options: AccountReaderOptions) {
		this.#options = options;
	}

	/** Up to {@link MOST_ACCOUNTS_PER_READ} accounts of one and the same bank. */
	async readTogether(addresses: readonly Address[], signal?: AbortSignal): Promise<AccountsAtSlot> {
		const { context, value } = await this.#options.rpc
			.getMultipleAccounts([...addresses], { commitment: "processed", encoding: "base64" })
			.send({ abortSignal: this.#signal(signal) });
		return {
			slot: Number(context.slot),
			accounts: addresses.map((address, index) => {
				const account = value[index];
				return account ? { address, owner: account.owner, data: decode(account.data[0]) } : undefined;
			}),
		};
	}

	/** Any number of accounts, by address. Those that do not exist are absent from the map. */
	async readAll(addresses: Iterable<Address>, signal?: AbortSignal): Promise<Map<Address, AccountBytes>> {
		const distinct = [...new Set(addresses)];
		const found = new Map<Address, AccountBytes>();
		await forEachBatch(distinct, MOST_ACCOUNTS_PER_READ, async (batch) => {
			const { accounts } = await this.readTogether(batch, signal);
			for (const account of accounts) if (account) found.set(account.address, account);
		});
		return found;
	}

	/** All accounts of a program that are exactly `size` bytes long. */
	async readProgram(program: Address, size: number, signal?: AbortSignal): Promise<AccountBytes[]> {
		const answer = await this.#options.rpc
			.getProgramAccounts(program, {
				commitment: "processed",
				encoding: "base64",
				filters: [{ dataSize: BigInt(size) }],
			})
			.send({ abortSignal: this.#signal(signal) });
		return answer.map(({ pubkey, account }) => ({
			address: pubkey,
			owner: account.owner,
			data: decode(account.data[0]),
		}));
	}

	#signal(signal: AbortSignal | undefined): AbortSignal {
		const timeout = AbortSignal.timeout(this.#options.timeoutMs);
		return signal ? AbortSignal.any([signal, timeout]) : timeout;
	}
}

/** Runs `work` over consecutive batches, a few at a time. The first failure stops further batches and is thrown. */
export async function forEachBatch<T>(
	items: readonly T[],
	size: number,
	work: (batch: T[]) => Promise<void>,
): Promise<void> {
	let next = 0;
	let failed = false;
	const worker = async (): Promise<void> => {
		while (next < items.length && !failed) {
			const batch = items.slice(next, next + size);
			next += size;
			try {
				await work(batch);
			} catch (error) {
				failed = true;
				throw error;
			}
		}
	};
	await Promise.all(Array.from({ length: CONCURRENT_READS }, worker));
}

function decode(text: Base64EncodedBytes): Uint8Array {
	return Buffer.from(text, "base64");
}
