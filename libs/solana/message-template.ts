import {
	appendTransactionMessageInstructions,
	compileTransactionMessage,
	compressTransactionMessageUsingAddressLookupTables,
	createTransactionMessage,
	getCompiledTransactionMessageEncoder,
	type Instruction,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { LARGEST_TRANSACTION_BYTES, MOST_TRANSACTION_ACCOUNTS } from "../../core/execution/transaction-size.ts";
import type { Address } from "../../core/types/address.ts";
import { type Blockhash, INTENT_ID_LENGTH } from "../../core/types/identifiers.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { Base58 } from "./base58.ts";
import { type MessageLayout, readMessageLayout } from "./message-layout.ts";
import { type DataPosition, type Route, type RouteValues, type RouteWallet, routeInstructions } from "./route.ts";

/** A count of one, and one signature, before the message. */
export const MESSAGE_OFFSET = 1 + 64;

/** Why a route has no template. */
export interface TemplateError {
	readonly code: "transactionTooLarge";
	readonly detail: string;
}

/**
 * A whole transaction of one route, compiled once. An intent's values are written to their places, which leaves the
 * very bytes that a fresh compilation would give. One buffer, used again and again: the bytes are valid until the next
 * {@link patch}.
 */
export class MessageTemplate {
	/** Signature count, room for one signature, message. */
	readonly transaction: Uint8Array;
	/** The part that is signed. */
	readonly message: Uint8Array;
	/** The wallet's place for its signature. */
	readonly signature: Uint8Array;
	readonly legCount: number;
	/** {@link transaction}, the same memory. */
	readonly #buffer: Buffer;
	readonly #view: DataView;
	readonly #blockhash: number;
	readonly #computeUnitLimit: number;
	readonly #computeUnitPrice: number;
	readonly #memo: number;
	/** -1 where the route has no loan, or pays no tip. */
	readonly #borrowAmount: number;
	readonly #repayAmount: number;
	readonly #tipLamports: number;
	/** amountIn and minimumAmountOut of every leg, in turn. */
	readonly #legAmounts: readonly number[];

	/** Not for callers: use {@link compileTemplate}. */
	constructor(message: Uint8Array, positions: ReturnType<typeof routeInstructions>["positions"]) {
		const layout = readMessageLayout(message);
		this.transaction = new Uint8Array(MESSAGE_OFFSET + message.length);
		this.#buffer = Buffer.from(this.transaction.buffer);
		this.transaction[0] = 1;
		this.transaction.set(message, MESSAGE_OFFSET);
		this.signature = this.transaction.subarray(1, MESSAGE_OFFSET);
		this.message = this.transaction.subarray(MESSAGE_OFFSET);
		this.#view = new DataView(this.message.buffer, this.message.byteOffset, this.message.byteLength);
		this.legCount = positions.legs.length;
		this.#blockhash = layout.blockhash;
		this.#computeUnitLimit = place(layout, positions.computeUnitLimit, 4);
		this.#computeUnitPrice = place(layout, positions.computeUnitPrice, 8);
		this.#memo = place(layout, positions.memo, INTENT_ID_LENGTH);
		const { loan, tipLamports } = positions;
		this.#borrowAmount = loan ? place(layout, loan.borrowAmount, 8) : -1;
		this.#repayAmount = loan ? place(layout, loan.repayAmount, 8) : -1;
		this.#tipLamports = tipLamports ? place(layout, tipLamports, 8) : -1;
		this.#legAmounts = positions.legs.flatMap((leg) => [
			place(layout, leg.amountIn, 8),
			place(layout, leg.minimumAmountOut, 8),
		]);
	}

	/** The wire bytes as text. */
	get base64(): string {
		return this.#buffer.toString("base64");
	}

	/**
	 * Writes an intent's values. The caller has checked their ranges, and that the intent's legs are this route's.
	 *
	 * @param blockhash the 32 bytes of the intent's blockhash
	 * @throws RangeError when the intent has a loan or tip and the route has none, or the other way round
	 */
	patch(intent: RouteValues, blockhash: Uint8Array): void {
		const view = this.#view;
		if ((intent.loan === null) !== this.#borrowAmount < 0) throw new RangeError("the loan is not that of the route");
		if ((intent.tip === null) !== this.#tipLamports < 0) throw new RangeError("the tip is not that of the route");
		this.message.set(blockhash, this.#blockhash);
		view.setUint32(this.#computeUnitLimit, intent.computeUnitLimit, true);
		view.setBigUint64(this.#computeUnitPrice, intent.computeUnitPriceMicroLamports, true);
		for (let index = 0; index < INTENT_ID_LENGTH; index++) {
			this.message[this.#memo + index] = intent.intentId.charCodeAt(index);
		}
		if (intent.loan) {
			view.setBigUint64(this.#borrowAmount, intent.loan.amount, true);
			view.setBigUint64(this.#repayAmount, intent.loan.amount, true);
		}
		if (intent.tip) view.setBigUint64(this.#tipLamports, intent.tip.lamports, true);
		for (let index = 0, at = 0; index < this.legCount; index++) {
			const leg = intent.legs[index] as RouteValues["legs"][number];
			view.setBigUint64(this.#legAmounts[at++] as number, leg.amountIn, true);
			view.setBigUint64(this.#legAmounts[at++] as number, leg.minimumAmountOut, true);
		}
	}
}

/** The part of a lookup table that a message may use. */
export interface OfferedTable {
	readonly address: Address;
	/** In the table's order, from its beginning. */
	readonly entries: readonly Address[];
}

/**
 * Compiles a route for a wallet: hundreds of microseconds, so once a route and not once a trade. The same route, wallet
 * and table make the same message wherever it is compiled.
 *
 * @param table what the message looks up all in that it can; null: it names every account itself
 */
export function compileTemplate(
	route: Route,
	wallet: RouteWallet,
	table: OfferedTable | null = null,
): Result<MessageTemplate, TemplateError> {
	const { instructions, positions } = routeInstructions(route, wallet, {
		intentId: "0".repeat(INTENT_ID_LENGTH) as ApprovedIntent["intentId"],
		computeUnitLimit: 0,
		computeUnitPriceMicroLamports: 0n,
		loan: route.lender && { amount: 0n },
		tip: route.tipAccount && { lamports: 0n },
		legs: route.legs.map(() => ({ amountIn: 0n, minimumAmountOut: 0n })),
	});
	const named = instructions.flatMap(({ programAddress, accounts = [] }) => [
		programAddress,
		...accounts.map(({ address }) => address),
	]);
	const accounts = new Set([wallet.address, ...named]).size;
	const path = route.legs.map(({ pool }) => pool.address).join(", ");
	if (accounts > MOST_TRANSACTION_ACCOUNTS) {
		const detail = `the route through ${path} names ${accounts} accounts, at most ${MOST_TRANSACTION_ACCOUNTS} are loaded`;
		return failure({ code: "transactionTooLarge", detail });
	}
	const message = compileMessage({
		instructions,
		feePayer: wallet.address,
		blockhash: ANY_BLOCKHASH,
		lastValidBlockHeight: 0,
		lookupTable: table && withoutOwn(table, route, wallet),
	});
	const bytes = MESSAGE_OFFSET + message.length;
	if (bytes > LARGEST_TRANSACTION_BYTES) {
		return failure({
			code: "transactionTooLarge",
			detail: `the route through ${path} needs ${bytes} bytes ${table ? "with" : "without"} a lookup table, at most ${LARGEST_TRANSACTION_BYTES} are sent`,
		});
	}
	return success(new MessageTemplate(message, positions));
}

const BLOCKHASH_BYTES = 32;
const ANY_BLOCKHASH = "11111111111111111111111111111111" as Blockhash;

export interface MessageParts {
	readonly instructions: readonly Instruction[];
	readonly feePayer: Address;
	readonly blockhash: Blockhash;
	readonly lastValidBlockHeight: number;
	/** Accounts in it are looked up there, but for signers and programs. None unless given. */
	readonly lookupTable?: OfferedTable | null;
}

/** A v0 message, compiled from its instructions. */
export function compileMessage(parts: MessageParts): Uint8Array {
	const empty = setTransactionMessageFeePayer(parts.feePayer, createTransactionMessage({ version: 0 }));
	const bound = setTransactionMessageLifetimeUsingBlockhash(
		{ blockhash: parts.blockhash, lastValidBlockHeight: BigInt(parts.lastValidBlockHeight) },
		empty,
	);
	const whole = appendTransactionMessageInstructions(parts.instructions, bound);
	const { lookupTable } = parts;
	const message = lookupTable
		? compressTransactionMessageUsingAddressLookupTables(whole, {
				[lookupTable.address]: [...lookupTable.entries],
			})
		: whole;
	return Uint8Array.from(getCompiledTransactionMessageEncoder().encode(compileTransactionMessage(message)));
}

/**
 * A table in which the wallet, its token accounts and the tip account are not found: where a trade pays out stands in
 * the message itself, whatever anybody says of the table. Their places are kept, since the others' places count.
 */
function withoutOwn({ address, entries }: OfferedTable, { tipAccount }: Route, wallet: RouteWallet): OfferedTable {
	const own = new Set<Address | null>([wallet.address, ...wallet.tokenAccounts.values(), tipAccount]);
	// No instruction of a trade names the table itself.
	return { address, entries: entries.map((entry) => (own.has(entry) ? address : entry)) };
}

/** The 32 bytes of a blockhash. Many intents bind to the same one: the last is kept. */
export class BlockhashBytes {
	readonly #base58 = new Base58();
	#text = "";
	readonly #bytes = new Uint8Array(BLOCKHASH_BYTES);

	/**
	 * One buffer, used again and again: the bytes are valid until the next call.
	 *
	 * @throws RangeError when the text is not 32 bytes of base58
	 */
	of(blockhash: Blockhash): Uint8Array {
		if (blockhash === this.#text) return this.#bytes;
		// Not the new text's bytes until it is read to its end.
		this.#text = "";
		this.#base58.readHash(blockhash, this.#bytes);
		this.#text = blockhash;
		return this.#bytes;
	}
}

function place(layout: MessageLayout, position: DataPosition, bytes: number): number {
	const data = layout.instructionData[position.instruction];
	if (!data || position.offset + bytes > data.length) {
		throw new RangeError(`instruction ${position.instruction} has no ${bytes} bytes at ${position.offset}`);
	}
	return data.offset + position.offset;
}
