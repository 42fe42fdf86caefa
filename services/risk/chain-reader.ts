import type { ChainTransaction } from "../../core/execution/chain-transaction.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from "../../core/market/token-account.ts";
import type { ChainBalances } from "../../core/risk/books.ts";
import type { TrackedAccount } from "../../core/risk/ledger-record.ts";
import type { Address } from "../../core/types/address.ts";
import { readAddress } from "../../core/types/base58.ts";
import { readUint64 } from "../../core/types/bytes.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import type { RpcRouter } from "../../libs/solana/rpc-router/rpc-router.ts";
import {
	type HistoryEntry,
	type WitnessedHistory,
	witnessedHistory,
} from "../../libs/solana/rpc-router/witnessed-history.ts";
import { readTransaction } from "../../libs/solana/transaction-reader.ts";

export interface ChainReaderOptions {
	readonly router: Pick<RpcRouter, "rpc" | "truth" | "witnesses" | "size">;
	readonly timeoutMs: number;
	/** Ends every request. */
	readonly signal: AbortSignal;
}

const TOKEN_PROGRAMS: readonly Address[] = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];
/** JSON-RPC's limits for `getMultipleAccounts`; for the history a page that one answer carries easily. */
const ACCOUNTS_PER_READ = 100;
const HISTORY_PAGE = 500;
/** More unknown transactions than this are no gap of an outage: a person must look. */
const MAXIMUM_HISTORY = 100_000;
/** Accounts of different reads belong together only if the node answered both at one slot; it is asked so often. */
const SAME_SLOT_ATTEMPTS = 5;
const LISTING_ATTEMPTS = 5;
/** spl-token, state.rs: `Account`. A frozen account is counted as any other: what it holds is the wallet's. */
const TOKEN_ACCOUNT_SIZE = 165;
const TOKEN_ACCOUNT_OFFSET = { mint: 0, amount: 64 } as const;

/** What risk reads of the chain, at commitment `confirmed`. Every method rejects as the RPC client does. */
export class ChainReader {
	readonly #options: ChainReaderOptions;

	constructor(options: ChainReaderOptions) {
		this.#options = options;
	}

	genesisHash(): Promise<string> {
		return this.#options.router.rpc.getGenesisHash().send(this.#bounds());
	}

	/** The slot that is being made, of which nothing is confirmed yet. */
	async processedSlot(): Promise<number> {
		return Number(await this.#options.router.rpc.getSlot({ commitment: "processed" }).send(this.#bounds()));
	}

	/** The height of the newest block, confirmed or not. */
	async processedHeight(): Promise<number> {
		return Number(await this.#options.router.rpc.getBlockHeight({ commitment: "processed" }).send(this.#bounds()));
	}

	/** Of earlier slots nothing can appear or vanish any more. */
	async finalizedSlot(): Promise<number> {
		return Number(await this.#options.router.rpc.getSlot({ commitment: "finalized" }).send(this.#bounds()));
	}

	/** The blocks that transactions are in, in the order asked for; null where the node's whole history has none. */
	async inclusions(
		signatures: readonly Signature[],
	): Promise<readonly ({ readonly slot: number; readonly isReverted: boolean } | null)[]> {
		if (signatures.length === 0) return [];
		const { value } = await this.#options.router.truth
			.getSignatureStatuses(signatures, { searchTransactionHistory: true })
			.send(this.#bounds());
		return value.map((status) => status && { slot: Number(status.slot), isReverted: status.err !== null });
	}

	/** A transaction with its effects, or null when the node does not have it. */
	transaction(signature: Signature): Promise<ChainTransaction | null> {
		const { abortSignal } = this.#bounds();
		return readTransaction(this.#options.router.truth, signature, { abortSignal });
	}

	/**
	 * The finalized history of an address beyond a slot, by as many endpoints as a proof of absence takes.
	 *
	 * @throws Error saying why it proves nothing now
	 */
	provenHistory(address: Address, afterSlot: number): Promise<WitnessedHistory> {
		return witnessedHistory(this.#options.router, { address, afterSlot, signal: () => this.#bounds().abortSignal });
	}

	/** The transactions of an address in slots beyond `afterSlot`, newest first, as far as the node has them. */
	async history(address: Address, afterSlot: number): Promise<HistoryEntry[]> {
		const found: HistoryEntry[] = [];
		let before: Signature | undefined;
		while (found.length < MAXIMUM_HISTORY) {
			const page = await this.#options.router.rpc
				.getSignaturesForAddress(address, {
					commitment: "confirmed",
					limit: HISTORY_PAGE,
					...(before ? { before } : {}),
				})
				.send(this.#bounds());
			for (const { signature, slot } of page) {
				if (Number(slot) <= afterSlot) return found;
				found.push({ signature: signature as Signature, slot: Number(slot) });
			}
			if (page.length < HISTORY_PAGE) return found;
			before = page.at(-1)?.signature as Signature;
		}
		throw new Error(
			`${address} has more than ${MAXIMUM_HISTORY} transactions since slot ${afterSlot}: ` +
				"move the risk folder aside to open the ledger anew at today's balances",
		);
	}

	/** The token accounts that a wallet owns, and what it holds, all of one slot. */
	async holdings(wallet: Address): Promise<{ balances: ChainBalances; accounts: readonly TrackedAccount[] }> {
		for (let attempt = 0; attempt < LISTING_ATTEMPTS; attempt++) {
			const accounts = await this.ownedAccounts(wallet);
			const balances = await this.balances(wallet, accounts);
			// An account that came or went in between would be missing from one of the two.
			const again = await this.ownedAccounts(wallet);
			if (again.length === accounts.length && again.every(({ account }, at) => account === accounts[at]?.account)) {
				return { balances, accounts };
			}
		}
		throw new Error(`the token accounts of ${wallet} change too fast to be counted: stop what else uses the wallet`);
	}

	/** What the wallet and its token accounts hold at one slot; lamports and wrapped SOL are one amount. */
	async balances(wallet: Address, accounts: readonly TrackedAccount[]): Promise<ChainBalances> {
		for (let attempt = 0; attempt < SAME_SLOT_ATTEMPTS; attempt++) {
			const reads: Promise<ChainBalances>[] = [];
			for (let at = -1; at < accounts.length; at += ACCOUNTS_PER_READ) {
				const part = accounts.slice(Math.max(0, at), at + ACCOUNTS_PER_READ);
				reads.push(this.#read(at < 0 ? wallet : null, part));
			}
			const answers = await Promise.all(reads);
			const slot = answers[0]?.slot ?? 0;
			if (answers.every((answer) => answer.slot === slot)) return { slot, amounts: sum(answers) };
		}
		throw new Error(`${accounts.length} token accounts could not be read at one slot: ask one node, not several`);
	}

	async #read(wallet: Address | null, accounts: readonly TrackedAccount[]): Promise<ChainBalances> {
		const addresses = [...(wallet ? [wallet] : []), ...accounts.map(({ account }) => account)];
		const { context, value } = await this.#options.router.truth
			.getMultipleAccounts(addresses, { commitment: "confirmed", encoding: "base64" })
			.send(this.#bounds());
		const amounts = new Map<Address, bigint>();
		const rows = [...value];
		if (wallet) amounts.set(SOL_MINT, BigInt(rows.shift()?.lamports ?? 0n));
		for (const [index, { mint }] of accounts.entries()) {
			const row = rows[index];
			const data = row ? Buffer.from(row.data[0], "base64") : null;
			// A closed account holds nothing, whatever its address is used for afterwards.
			const isToken =
				data !== null && data.length >= TOKEN_ACCOUNT_SIZE && TOKEN_PROGRAMS.includes(row?.owner as Address);
			const amount = isToken ? readUint64(data, TOKEN_ACCOUNT_OFFSET.amount) : 0n;
			amounts.set(mint, (amounts.get(mint) ?? 0n) + amount);
		}
		return { slot: Number(context.slot), amounts };
	}

	/** Every token account that a wallet owns, in the order of their addresses. */
	async ownedAccounts(wallet: Address): Promise<TrackedAccount[]> {
		const found: TrackedAccount[] = [];
		for (const programId of TOKEN_PROGRAMS) {
			const { value } = await this.#options.router.rpc
				.getTokenAccountsByOwner(wallet, { programId }, { commitment: "confirmed", encoding: "base64" })
				.send(this.#bounds());
			for (const { pubkey, account } of value) {
				const data = Buffer.from(account.data[0], "base64");
				if (data.length < TOKEN_ACCOUNT_SIZE) continue;
				found.push({ account: pubkey, mint: readAddress(data, TOKEN_ACCOUNT_OFFSET.mint) });
			}
		}
		return found.sort((a, b) => (a.account < b.account ? -1 : 1));
	}

	#bounds(): { abortSignal: AbortSignal } {
		const { signal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) };
	}
}

function sum(answers: readonly ChainBalances[]): ReadonlyMap<Address, bigint> {
	const amounts = new Map<Address, bigint>();
	for (const answer of answers) {
		for (const [mint, amount] of answer.amounts) amounts.set(mint, (amounts.get(mint) ?? 0n) + amount);
	}
	return amounts;
}
