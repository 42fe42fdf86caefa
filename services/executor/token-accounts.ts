import { setTimeout as sleep } from "node:timers/promises";
import { type Base64EncodedWireTransaction, createNoopSigner } from "@solana/web3.js";
import { findAssociatedTokenPda, getCreateAssociatedTokenIdempotentInstruction } from "@solana-program/token";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { MintDescriptor } from "../../core/market/pool.ts";
import type { Address } from "../../core/types/address.ts";
import { memo, SETUP_MEMO } from "../../libs/solana/memo.ts";
import { compileMessage, MESSAGE_OFFSET } from "../../libs/solana/message-template.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";
import type { SigningGate } from "./signing-gate.ts";

export interface TokenAccountsOptions {
	readonly rpc: SolanaRpc;
	readonly wallet: PolicedWallet;
	readonly mints: readonly MintDescriptor[];
	readonly timeoutMs: number;
	/** Waiting time between looks at the chain. */
	readonly pollIntervalMs: number;
	readonly abortSignal: AbortSignal;
	readonly gate: Pick<SigningGate, "isKnown" | "refusal">;
	/** Makes durable what was signed; rejects when that is not certain. */
	readonly keep: (spending: SignedSpending) => Promise<void>;
	readonly onTrouble: (what: string) => void;
}

/** Accounts made by one transaction: each brings two keys, and the transaction has 1,232 bytes. */
const ACCOUNTS_PER_TRANSACTION = 8;
/** What one `getMultipleAccounts` takes. */
const ACCOUNTS_PER_READ = 100;

/** A transaction of this life that is not seen to have landed or died. */
interface Outstanding {
	readonly lastValidBlockHeight: bigint;
}

/**
 * Makes sure that the wallet has its associated token account for every mint, by ordinary transactions of its own, and
 * waits until all of them are confirmed. Repeats until it succeeds or is aborted; several executors may do it at once.
 * While trading is halted nothing is signed here either: then it returns without what is missing.
 *
 * @returns token account by mint, of those that are there
 * @throws AbortError when it is aborted
 */
export async function ensureTokenAccounts(options: TokenAccountsOptions): Promise<Map<Address, Address>> {
	const { wallet, mints, abortSignal, gate, onTrouble, pollIntervalMs } = options;
	const accounts = new Map<Address, Address>();
	for (const { address, tokenProgram } of mints) {
		const [account] = await findAssociatedTokenPda({ owner: wallet.address, mint: address, tokenProgram });
		accounts.set(address, account);
	}
	const outstanding = new Map<Address, Outstanding>();
	for (;;) {
		abortSignal.throwIfAborted();
		try {
			const missing = await missingOf(options, accounts);
			if (missing.length === 0 || (gate.isKnown && gate.refusal !== null)) {
				for (const { address } of missing) accounts.delete(address);
				return accounts;
			}
			await create(options, accounts, missing, outstanding);
		} catch (error) {
			abortSignal.throwIfAborted();
			onTrouble(`the token accounts of ${wallet.address} could not be made yet: ${(error as Error).message}`);
		}
		await sleep(pollIntervalMs, undefined, { signal: abortSignal });
	}
}

async function missingOf(
	options: TokenAccountsOptions,
	accounts: ReadonlyMap<Address, Address>,
): Promise<MintDescriptor[]> {
	const missing: MintDescriptor[] = [];
	for (let first = 0; first < options.mints.length; first += ACCOUNTS_PER_READ) {
		const batch = options.mints.slice(first, first + ACCOUNTS_PER_READ);
		const { value } = await options.rpc
			.getMultipleAccounts(
				batch.map(({ address }) => accounts.get(address) as Address),
				{ commitment: "confirmed", encoding: "base64", dataSlice: { offset: 0, length: 0 } },
			)
			.send(request(options));
		batch.forEach((mint, index) => {
			if (!value[index]) missing.push(mint);
		});
	}
	return missing;
}

async function create(
	options: TokenAccountsOptions,
	accounts: ReadonlyMap<Address, Address>,
	missing: readonly MintDescriptor[],
	outstanding: Map<Address, Outstanding>,
): Promise<void> {
	const { rpc } = options;
	const blockHeight = await rpc.getBlockHeight({ commitment: "confirmed" }).send(request(options));
	// What was sent and can still land is waited for: a second transaction would cost a second fee.
	const unsent = missing.filter(({ address }) => {
		const sent = outstanding.get(address);
		return !sent || sent.lastValidBlockHeight < blockHeight;
	});
	for (let first = 0; first < unsent.length; first += ACCOUNTS_PER_TRANSACTION) {
		const batch = unsent.slice(first, first + ACCOUNTS_PER_TRANSACTION);
		const { value: lifetime } = await rpc.getLatestBlockhash({ commitment: "confirmed" }).send(request(options));
		// No step of waiting lies between this look and the signature.
		if (options.gate.refusal !== null) return;
		const { transaction, spending } = sign(options.wallet, accounts, {
			blockhash: lifetime.blockhash,
			instructions: [
				memo(SETUP_MEMO),
				...batch.map(({ address, tokenProgram }) =>
					getCreateAssociatedTokenIdempotentInstruction({
						payer: createNoopSigner(options.wallet.address),
						ata: accounts.get(address) as Address,
						owner: options.wallet.address,
						mint: address,
						tokenProgram,
					}),
				),
			],
		});
		// A restart counts it, also when nobody learns whether it arrived.
		await options.keep(spending);
		if (options.gate.refusal !== null) return;
		// With preflight: a wallet that cannot pay is told so in words.
		await rpc
			.sendTransaction(transaction, { encoding: "base64", preflightCommitment: "confirmed", maxRetries: 3n })
			.send(request(options));
		for (const { address } of batch) outstanding.set(address, lifetime);
	}
}

type Parts = Pick<Parameters<typeof compileMessage>[0], "instructions" | "blockhash">;

function sign(
	wallet: PolicedWallet,
	accounts: ReadonlyMap<Address, Address>,
	parts: Parts,
): { readonly transaction: Base64EncodedWireTransaction; readonly spending: SignedSpending } {
	const message = compileMessage({ ...parts, feePayer: wallet.address, lastValidBlockHeight: 0 });
	const bytes = Buffer.alloc(MESSAGE_OFFSET + message.length);
	bytes[0] = 1;
	bytes.set(message, MESSAGE_OFFSET);
	const ownAccounts = new Map([...accounts].map(([mint, account]) => [account, mint]));
	const checked = wallet.check(message, { ownAccounts, counterparties: new Set(), lookupTables: new Map() });
	const spending = wallet.sign(message, bytes.subarray(1, MESSAGE_OFFSET), checked);
	return { transaction: bytes.toString("base64") as Base64EncodedWireTransaction, spending };
}

function request({ abortSignal, timeoutMs }: TokenAccountsOptions): { readonly abortSignal: AbortSignal } {
	return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
}
