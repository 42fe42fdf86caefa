import type { WalletAccount } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import { type LookupTables, type MessageInstruction, type ReadMessage, readMessage } from "./message-reader.ts";
import { KEPT_ACCOUNT_BYTES, LOOKUP_TABLE_BYTES, rentOfAccount, rentOfBytes, TOKEN_ACCOUNT_BYTES } from "./rent.ts";
import {
	ASSOCIATED_TOKEN_PROGRAM,
	COMPUTE_BUDGET_PROGRAM,
	LOOKUP_TABLE_PROGRAM,
	SYSTEM_PROGRAM,
	TOKEN_INSTRUCTIONS,
	TOKEN_PROGRAMS,
	tokenInstructionOf,
} from "./signable-instructions.ts";
import { MEMO_PROGRAM } from "./well-known.ts";

/** Whose accounts a message may touch. */
export interface SigningContext {
	readonly wallet: Address;
	/** The wallet's own token accounts, also those that are only about to be made, and their mints. */
	readonly ownAccounts: ReadonlyMap<Address, Address>;
	/** Accounts of pools and lenders in the catalog that a swap or a loan may write to. */
	readonly counterparties: ReadonlySet<Address>;
	/** What venues' programs keep for the wallet and it may open at its cost; none unless given: trades open nothing. */
	readonly openable?: ReadonlyMap<Address, WalletAccount>;
	readonly lookupTables: LookupTables;
}

/** What differs from message to message of one shape. */
export interface MessageValues {
	readonly computeUnitLimit: number;
	readonly computeUnitPriceMicroLamports: bigint;
	readonly tipLamports: bigint;
	/** What enters the first swap, in base units of the funding mint; 0 where nothing is swapped. */
	readonly notional: bigint;
	/** A swap takes another amount than the one before it is sure to bring. */
	readonly brokenChain: boolean;
}

interface Offsets {
	computeUnitLimit: number;
	computeUnitPrice: number;
	tipLamports: number;
	/** Amount in, least amount out, of every swap. */
	readonly swaps: number[];
}

interface CheckedParts {
	readonly mask: Uint8Array;
	readonly offsets: Offsets;
	readonly fundingMint: Address | null;
	readonly rentLamports: bigint;
}

const BLOCKHASH_BYTES = 32;
const U64_BYTES = 8;
const U32_BYTES = 4;
const LONGEST_MEMO = 64;
const MOST_COMPUTE_UNITS = 1_400_000;
/** Tags of `ComputeBudgetInstruction` and the sizes of their data. */
const SET_LIMIT = { tag: 2, size: 5 };
const SET_PRICE = { tag: 3, size: 9 };
/** `SystemInstruction::Transfer`: u32 tag, u64 lamports. */
const TRANSFER = { tag: 2, size: 12, lamports: 4 };
/**
 * Address lookup table program (anza-xyz/solana-sdk, address-lookup-table-interface, `ProgramInstruction`): a table is
 * made, and entries are added to it. Nothing that was signed before may lose its table: it is never frozen,
 * deactivated or closed. Accounts of both: table, authority, payer, system program.
 */
const CREATE_TABLE = { tag: 0, size: 13 };
const EXTEND_TABLE = { tag: 2, count: 4, entries: 12 };
const TABLE_ACCOUNTS = 4;
const KEY_BYTES = 32;
const NO_OWN_ACCOUNT = "an instruction of the associated token program makes no token account of the wallet's own";

/** A message whose shape may be signed, with any values that the limits allow. */
export class CheckedMessage {
	/** Null where nothing is swapped. */
	readonly fundingMint: Address | null;
	/** What the accounts that it makes, or makes larger, take at most. */
	readonly rentLamports: bigint;
	readonly #offsets: Offsets;
	readonly #pristine: DataView;
	/** Zero bytes where a value stands. */
	readonly #mask: DataView;
	/** The message that was looked at last, and its view: a template's is the same buffer every time. */
	#message: Uint8Array;
	#view: DataView;

	/** Not for callers: use {@link checkMessage}. */
	constructor(message: Uint8Array, parts: CheckedParts) {
		this.fundingMint = parts.fundingMint;
		this.rentLamports = parts.rentLamports;
		this.#offsets = parts.offsets;
		this.#pristine = viewOf(message.slice());
		this.#mask = viewOf(parts.mask);
		this.#message = message;
		this.#view = viewOf(message);
	}

	/** Whether a message differs from the checked one in nothing but values. */
	isSame(message: Uint8Array): boolean {
		const pristine = this.#pristine;
		const mask = this.#mask;
		const length = pristine.byteLength;
		if (message.length !== length) return false;
		const view = this.#viewOf(message);
		let difference = 0;
		let at = 0;
		for (; at + U32_BYTES <= length; at += U32_BYTES) {
			difference |= (view.getUint32(at, true) ^ pristine.getUint32(at, true)) & mask.getUint32(at, true);
		}
		for (; at < length; at++) difference |= (view.getUint8(at) ^ pristine.getUint8(at)) & mask.getUint8(at);
		return difference === 0;
	}

	/** The values in a message of this shape. */
	valuesOf(message: Uint8Array): MessageValues {
		const view = this.#viewOf(message);
		const { computeUnitLimit, computeUnitPrice, tipLamports, swaps } = this.#offsets;
		let brokenChain = false;
		for (let at = 2; at < swaps.length; at += 2) {
			const brought = view.getBigUint64(swaps[at - 1] as number, true);
			if (view.getBigUint64(swaps[at] as number, true) !== brought) brokenChain = true;
		}
		return {
			computeUnitLimit: computeUnitLimit < 0 ? MOST_COMPUTE_UNITS : view.getUint32(computeUnitLimit, true),
			computeUnitPriceMicroLamports: computeUnitPrice < 0 ? 0n : view.getBigUint64(computeUnitPrice, true),
			tipLamports: tipLamports < 0 ? 0n : view.getBigUint64(tipLamports, true),
			notional: swaps.length === 0 ? 0n : view.getBigUint64(swaps[0] as number, true),
			brokenChain,
		};
	}

	#viewOf(message: Uint8Array): DataView {
		if (message !== this.#message) {
			this.#message = message;
			this.#view = viewOf(message);
		}
		return this.#view;
	}
}

/**
 * Whether a message does only what a trade, its preparations and its tip do: programs and their instructions from a
 * list, and no writable account of a stranger.
 *
 * @returns or one phrase that says what it does beyond
 */
export function checkMessage(
	message: Uint8Array,
	context: SigningContext,
	tipAccounts: ReadonlySet<Address>,
): Result<CheckedMessage, string> {
	const read = readMessage(message, context.lookupTables);
	if (!read.ok) return failure(`the message cannot be read: ${read.error}`);
	const check = new MessageCheck(read.value, context, tipAccounts);
	const problem = check.run();
	if (problem !== null) return failure(problem);
	const mask = new Uint8Array(message.length).fill(0xff);
	for (const [offset, length] of check.values) mask.fill(0, offset, offset + length);
	const { offsets, fundingMint, rentLamports } = check;
	return success(new CheckedMessage(message, { mask, offsets, fundingMint, rentLamports }));
}

class MessageCheck {
	readonly offsets: Offsets = { computeUnitLimit: -1, computeUnitPrice: -1, tipLamports: -1, swaps: [] };
	/** Where values stand: offset and length. */
	readonly values: [number, number][] = [];
	fundingMint: Address | null = null;
	rentLamports = 0n;
	readonly #message: ReadMessage;
	readonly #context: SigningContext;
	readonly #tipAccounts: ReadonlySet<Address>;
	/** Writable accounts that a checked instruction accounts for. */
	readonly #known = new Set<Address>();
	#loans = 0;

	constructor(message: ReadMessage, context: SigningContext, tipAccounts: ReadonlySet<Address>) {
		this.#message = message;
		this.#context = context;
		this.#tipAccounts = tipAccounts;
	}

	/** What is wrong with the message, or null. */
	run(): string | null {
		const { feePayer, signers, accounts, staticAccounts, instructions, blockhashOffset } = this.#message;
		const { wallet, ownAccounts, counterparties } = this.#context;
		if (feePayer !== wallet) return `${feePayer} would pay, not the wallet`;
		if (signers !== 1) return `${signers} signatures are asked for`;
		for (const { address } of accounts.slice(staticAccounts)) {
			// What a table holds is somebody's word until the chain looks: nothing may be paid out on it.
			if (address !== wallet && !ownAccounts.has(address) && !this.#tipAccounts.has(address)) continue;
			return `${address} is looked up in a table: the wallet's accounts and tip accounts stand in the message itself`;
		}
		this.values.push([blockhashOffset, BLOCKHASH_BYTES]);
		for (const instruction of instructions) {
			const problem = this.#instruction(instruction);
			if (problem !== null) return problem;
		}
		for (const { address, isWritable } of accounts) {
			if (!isWritable || address === wallet || ownAccounts.has(address)) continue;
			if (counterparties.has(address) || this.#known.has(address)) continue;
			return `${address} could be written to: it is neither the wallet's, nor a pool's or lender's of the catalog`;
		}
		if (this.#loans !== 0) return "a loan is not repaid";
		return null;
	}

	#instruction(instruction: MessageInstruction): string | null {
		const { program } = instruction;
		if (TOKEN_INSTRUCTIONS.has(program)) return this.#trade(instruction);
		switch (program) {
			case COMPUTE_BUDGET_PROGRAM:
				return this.#computeBudget(instruction);
			case MEMO_PROGRAM:
				return this.#memo(instruction);
			case SYSTEM_PROGRAM:
				return this.#tip(instruction);
			case ASSOCIATED_TOKEN_PROGRAM:
				return this.#tokenAccount(instruction);
			case LOOKUP_TABLE_PROGRAM:
				return this.#lookupTable(instruction);
			default:
				return `the program ${program} is not on the list`;
		}
	}

	#computeBudget({ data, offset }: MessageInstruction): string | null {
		const { offsets } = this;
		if (data[0] === SET_LIMIT.tag && data.length === SET_LIMIT.size && offsets.computeUnitLimit < 0) {
			offsets.computeUnitLimit = offset + 1;
			this.values.push([offset + 1, U32_BYTES]);
			return null;
		}
		if (data[0] === SET_PRICE.tag && data.length === SET_PRICE.size && offsets.computeUnitPrice < 0) {
			offsets.computeUnitPrice = offset + 1;
			this.values.push([offset + 1, U64_BYTES]);
			return null;
		}
		return "an instruction of the compute budget is neither its limit nor its price, or comes twice";
	}

	#memo({ accounts, data, offset }: MessageInstruction): string | null {
		if (accounts.length > 0 || data.length > LONGEST_MEMO) return "a memo is too long, or asks for accounts";
		this.values.push([offset, data.length]);
		return null;
	}

	/** The only lamports that leave the wallet by the system program. */
	#tip({ accounts, data, offset }: MessageInstruction): string | null {
		const [from, to] = accounts;
		const tag = data.length === TRANSFER.size ? viewOf(data).getUint32(0, true) : -1;
		if (tag !== TRANSFER.tag || accounts.length !== 2 || from?.address !== this.#context.wallet || !to) {
			return "an instruction of the system program is no transfer from the wallet";
		}
		if (!this.#tipAccounts.has(to.address)) {
			return `lamports would go to ${to.address}, which is no tip account (risk.tip_accounts)`;
		}
		if (this.offsets.tipLamports >= 0) return "two tips are paid";
		this.offsets.tipLamports = offset + TRANSFER.lamports;
		this.values.push([offset + TRANSFER.lamports, U64_BYTES]);
		this.#known.add(to.address);
		return null;
	}

	/**
	 * `Create` and `CreateIdempotent` of one of the wallet's own accounts, or of one that a venue's program keeps for it
	 * (spl-associated-token-account).
	 */
	#tokenAccount({ accounts, data }: MessageInstruction): string | null {
		const { wallet, ownAccounts, openable } = this.#context;
		const [payer, account, owner, mint, system, tokens] = accounts.map(({ address }) => address);
		if (account === undefined) return NO_OWN_ACCOUNT;
		const isCreate = data.length === 0 || (data.length === 1 && (data[0] === 0 || data[0] === 1));
		const kept = openable?.get(account)?.token;
		const isKept = kept && kept.owner === owner && kept.mint === mint && kept.tokenProgram === tokens;
		const isOwn = owner === wallet && ownAccounts.get(account) === mint;
		const isSound = system === SYSTEM_PROGRAM && TOKEN_PROGRAMS.has(tokens ?? "") && accounts.length === 6;
		if (!isCreate || payer !== wallet || !isSound || !(isOwn || isKept)) return NO_OWN_ACCOUNT;
		this.#open(account, TOKEN_ACCOUNT_BYTES);
		return null;
	}

	/** Payer, wallet and the account, in this order. */
	#opening(program: Address, accounts: MessageInstruction["accounts"]): string | null {
		const { wallet, openable } = this.#context;
		const [payer, user, account] = accounts.map(({ address }) => address);
		if (payer !== wallet || user !== wallet || account === undefined || openable?.get(account)?.token !== null) {
			return `an instruction of ${program} makes no account that it keeps for the wallet`;
		}
		this.#open(account, KEPT_ACCOUNT_BYTES);
		return null;
	}

	#open(account: Address, bytes: number): void {
		this.#known.add(account);
		this.rentLamports += rentOfAccount(bytes);
	}

	#lookupTable({ accounts, data }: MessageInstruction): string | null {
		const { wallet } = this.#context;
		const [table, authority, payer, system] = accounts.map(({ address }) => address);
		const isOwn = authority === wallet && payer === wallet && system === SYSTEM_PROGRAM;
		if (!isTableGrowth(data) || !isOwn || table === undefined || accounts.length !== TABLE_ACCOUNTS) {
			return "an instruction of the lookup table program neither makes nor extends a table of the wallet's own";
		}
		this.#known.add(table);
		this.rentLamports += tableRentOf(data);
		return null;
	}

	#trade({ program, accounts, data, offset }: MessageInstruction): string | null {
		const kind = tokenInstructionOf(program, data);
		if (!kind) return `an instruction of ${program} is neither a swap nor a flash loan`;
		for (const at of kind.amounts) this.values.push([offset + at, U64_BYTES]);
		if (kind.kind === "open") return this.#opening(program, accounts);
		if (kind.kind === "borrow") this.#loans++;
		if (kind.kind === "repay") this.#loans--;
		const own = accounts.map(({ address }) => this.#context.ownAccounts.get(address)).filter((mint) => mint);
		if (kind.kind !== "swap") {
			return own.length > 0 ? null : `a loan of ${program} is not for an account of the wallet`;
		}
		for (const at of kind.amounts) this.offsets.swaps.push(offset + at);
		const [paid, received] = kind.isPaidSecond ? [own[1], own[0]] : own;
		if (!paid || !received) return `a swap of ${program} does not lead from an account of the wallet to another`;
		this.fundingMint ??= paid;
		return null;
	}
}

function isTableGrowth(data: Uint8Array): boolean {
	if (data.length < EXTEND_TABLE.entries) return false;
	const view = viewOf(data);
	const tag = view.getUint32(0, true);
	if (tag === CREATE_TABLE.tag) return data.length === CREATE_TABLE.size;
	const entries = view.getBigUint64(EXTEND_TABLE.count, true);
	return (
		tag === EXTEND_TABLE.tag &&
		entries > 0n &&
		entries * BigInt(KEY_BYTES) === BigInt(data.length - EXTEND_TABLE.entries)
	);
}

/** What a table takes when it is made, or grows by its new entries; of data that {@link isTableGrowth}. */
function tableRentOf(data: Uint8Array): bigint {
	const isNew = viewOf(data).getUint32(0, true) === CREATE_TABLE.tag;
	return isNew ? rentOfAccount(LOOKUP_TABLE_BYTES) : rentOfBytes(data.length - EXTEND_TABLE.entries);
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
