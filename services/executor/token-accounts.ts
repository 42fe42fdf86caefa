import { setTimeout as sleep } from "node:timers/promises";
import { type Base64EncodedWireTransaction, createNoopSigner, type Instruction } from "@solana/web3.js";
import { findAssociatedTokenPda, getCreateAssociatedTokenIdempotentInstruction } from "@solana-program/token";
import type { SigningContext } from "../../core/execution/message-check.ts";
import type { SignedSpending } from "../../core/execution/signer-spending.ts";
import type { MintDescriptor } from "../../core/market/pool.ts";
import type { WalletAccount } from "../../core/market/venues/venue.ts";
import type { Address } from "../../core/types/address.ts";
import { memo, SETUP_MEMO } from "../../libs/solana/memo.ts";
import { compileMessage, MESSAGE_OFFSET } from "../../libs/solana/message-template.ts";
import type { PolicedWallet } from "../../libs/solana/policed-wallet.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";
import { SWAP_BUILDERS } from "../../libs/solana/swaps/swap.ts";
import type { SigningGate } from "./signing-gate.ts";

export interface AccountMakingOptions {
	readonly rpc: SolanaRpc;
	readonly wallet: PolicedWallet;
	readonly timeoutMs: number;
	/** Waiting time between looks at the chain. */
	readonly pollIntervalMs: number;
	readonly abortSignal: AbortSignal;
	readonly gate: Pick<SigningGate, "isKnown" | "refusal">;
	/** Makes durable what was signed; rejects when that is not certain. */
	readonly keep: (spending: SignedSpending) => Promise<void>;
	readonly onTrouble: (what: string) => void;
}

export interface TokenAccountsOptions extends AccountMakingOptions {
	readonly mints: readonly MintDescriptor[];
}

export interface KeptAccountsOptions extends AccountMakingOptions {
	readonly kept: readonly WalletAccount[];
}

/** Accounts that are wanted, what makes each of them, and what the signer has to know of them. */
interface Wanted {
	readonly accounts: readonly { readonly address: Address; readonly make: () => Instruction }[];
	readonly context: Pick<SigningContext, "ownAccounts" | "openable">;
	/** What the log calls them. */
	readonly name: string;
	/** Also when a transaction was signed for them, and refused. */
	readonly isEssential: boolean;
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
	const { wallet, mints } = options;
	const byMint = new Map<Address, Address>();
	for (const { address, tokenProgram } of mints) {
		const [account] = await findAssociatedTokenPda({ owner: wallet.address, mint: address, tokenProgram });
		byMint.set(address, account);
	}
	const accounts = mints.map(({ address: mint, tokenProgram }) => {
		const address = byMint.get(mint) as Address;
		return { address, make: () => tokenAccount(wallet, address, { mint, tokenProgram, owner: wallet.address }) };
	});
	const there = await ensure(options, {
		accounts,
		context: { ownAccounts: new Map([...byMint].map(([mint, account]) => [account, mint])) },
		name: "token accounts",
		isEssential: true,
	});
	return new Map([...byMint].filter(([, account]) => there.has(account)));
}

/**
 * The same for what venues' programs keep for the wallet, or their swaps would make it at a cost that no trade reckons
 * with. Rejects when a transaction for them was refused: trading elsewhere goes on, and its caps are not used up by it.
 *
 * @returns those that are there
 */
export async function ensureKeptAccounts(options: KeptAccountsOptions): Promise<ReadonlySet<Address>> {
	const { wallet, kept } = options;
	return await ensure(options, {
		accounts: kept.map(({ venue, address, token }) => ({
			address,
			make: () => {
				const instruction = token
					? tokenAccount(wallet, address, token)
					: SWAP_BUILDERS[venue].open?.(wallet.address, address);
				if (!instruction) throw new Error(`nothing here makes ${address} of ${venue}`);
				return instruction as Instruction;
			},
		})),
		context: { ownAccounts: new Map(), openable: new Map(kept.map((one) => [one.address, one])) },
		name: "accounts that venues keep",
		isEssential: false,
	});
}

function tokenAccount(
	{ address: wallet }: PolicedWallet,
	ata: Address,
	token: NonNullable<WalletAccount["token"]>,
): Instruction {
	return getCreateAssociatedTokenIdempotentInstruction({ payer: createNoopSigner(wallet), ata, ...token });
}

async function ensure(options: AccountMakingOptions, wanted: Wanted): Promise<Set<Address>> {
	const { wallet, abortSignal, gate, onTrouble, pollIntervalMs } = options;
	const outstanding = new Map<Address, Outstanding>();
	const progress = { isSigned: false };
	for (;;) {
		abortSignal.throwIfAborted();
		try {
			const missing = await missingOf(options, wanted);
			if (missing.length === 0 || (gate.isKnown && gate.refusal !== null)) {
				const there = new Set(wanted.accounts.map(({ address }) => address));
				for (const { address } of missing) there.delete(address);
				return there;
			}
			progress.isSigned = false;
			await create(options, { wanted, missing, outstanding, progress });
		} catch (error) {
			abortSignal.throwIfAborted();
			const what = `the ${wanted.name} of ${wallet.address} could not be made yet: ${(error as Error).message}`;
			if (progress.isSigned && !wanted.isEssential) throw new Error(what);
			onTrouble(what);
		}
		await sleep(pollIntervalMs, undefined, { signal: abortSignal });
	}
}

async function missingOf(options: AccountMakingOptions, { accounts }: Wanted): Promise<Wanted["accounts"]> {
	const missing: Wanted["accounts"][number][] = [];
	for (let first = 0; first < accounts.length; first += ACCOUNTS_PER_READ) {
		const batch = accounts.slice(first, first + ACCOUNTS_PER_READ);
		const { value } = await options.rpc
			.getMultipleAccounts(
				batch.map(({ address }) => address),
				{ commitment: "confirmed", encoding: "base64", dataSlice: { offset: 0, length: 0 } },
			)
			.send(request(options));
		batch.forEach((account, index) => {
			if (!value[index]) missing.push(account);
		});
	}
	return missing;
}

interface Making {
	readonly wanted: Wanted;
	readonly missing: Wanted["accounts"];
	readonly outstanding: Map<Address, Outstanding>;
	readonly progress: { isSigned: boolean };
}

async function create(
	options: AccountMakingOptions,
	{ wanted, missing, outstanding, progress }: Making,
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
		const { transaction, spending } = sign(options.wallet, wanted.context, {
			blockhash: lifetime.blockhash,
			instructions: [memo(SETUP_MEMO), ...batch.map(({ make }) => make())],
		});
		progress.isSigned = true;
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
	context: Wanted["context"],
	parts: Parts,
): { readonly transaction: Base64EncodedWireTransaction; readonly spending: SignedSpending } {
	const message = compileMessage({ ...parts, feePayer: wallet.address, lastValidBlockHeight: 0 });
	const bytes = Buffer.alloc(MESSAGE_OFFSET + message.length);
	bytes[0] = 1;
	bytes.set(message, MESSAGE_OFFSET);
	const checked = wallet.check(message, { ...context, counterparties: new Set(), lookupTables: new Map() });
	const spending = wallet.sign(message, bytes.subarray(1, MESSAGE_OFFSET), checked);
	return { transaction: bytes.toString("base64") as Base64EncodedWireTransaction, spending };
}

function request({ abortSignal, timeoutMs }: AccountMakingOptions): { readonly abortSignal: AbortSignal } {
	return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
}
