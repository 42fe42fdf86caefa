import { deserialize, serialize } from "node:v8";
import { type AccountKey, type SignatureKey, signatureOf } from "./keys.ts";
import type { TransactionErrorJson } from "./transaction-error.ts";
import type { LandedTransaction, TransactionDetail, TransactionMeta } from "./types.ts";

/** One landed transaction. Its details are packed: unpacked they would cost twice the memory, on the garbage-collected heap. */
export class TransactionRecord implements LandedTransaction {
	readonly sequence: number;
	readonly slot: number;
	readonly unixTimestamp: number;
	readonly signatureKey: SignatureKey;
	readonly err: TransactionErrorJson | null;
	readonly memo: string | null;
	readonly wire: Buffer;
	readonly #packedMeta: Buffer;
	readonly #mentions: readonly Mentions[];

	constructor(fields: NewTransaction, sequence: number, mentions: readonly Mentions[]) {
		this.sequence = sequence;
		this.slot = fields.slot;
		this.unixTimestamp = fields.unixTimestamp;
		this.signatureKey = fields.signatureKey;
		this.err = fields.meta.err;
		this.memo = fields.memo;
		this.wire = fields.wire;
		this.#packedMeta = packed(fields.meta);
		this.#mentions = mentions;
	}

	mentions(): readonly AccountKey[] {
		return this.#mentions.map((mentions) => mentions.key);
	}

	logs(): readonly string[] {
		return this.meta().logs;
	}

	meta(): TransactionMeta {
		return deserialize(this.#packedMeta) as TransactionMeta;
	}

	detail(): TransactionDetail {
		const { slot, unixTimestamp, memo, wire } = this;
		return { signature: signatureOf(this.signatureKey), slot, unixTimestamp, memo, wire, meta: this.meta() };
	}

	/** Takes the record out of the lists of the accounts that it names. */
	unlist(index: Map<AccountKey, Mentions>): void {
		for (const mentions of this.#mentions) {
			mentions.dropOldest();
			if (mentions.isEmpty()) index.delete(mentions.key);
		}
	}

	/** The same for the newest record. */
	unlistNewest(index: Map<AccountKey, Mentions>): void {
		for (const mentions of this.#mentions) {
			mentions.dropNewest();
			if (mentions.isEmpty()) index.delete(mentions.key);
		}
	}
}

export interface NewTransaction {
	readonly slot: number;
	readonly unixTimestamp: number;
	readonly signatureKey: SignatureKey;
	readonly memo: string | null;
	readonly wire: Buffer;
	readonly meta: TransactionMeta;
	readonly accountKeys: readonly AccountKey[];
}

export interface AddressQuery {
	/** Newest slot to answer with. */
	readonly maxSlot: number;
	readonly limit: number;
	/** Answer with what is older than this one. */
	readonly before?: SignatureKey;
	/** Answer with what is newer than this one. */
	readonly until?: SignatureKey;
}

/** The newest landed transactions, by signature and by account. Bounded: the oldest leaves when a new one comes. */
export class TransactionHistory {
	readonly #capacity: number;
	readonly #ring: TransactionRecord[] = [];
	readonly #bySignature = new Map<SignatureKey, TransactionRecord>();
	readonly #byAccount = new Map<AccountKey, Mentions>();
	#nextSequence: number;
	#completeFromSlot: number;

	/** `completeFromSlot`: no transaction of this slot or a later one landed before. */
	constructor(capacity: number, nextSequence: number, completeFromSlot = 0) {
		if (!(Number.isSafeInteger(capacity) && capacity > 0)) throw new RangeError(`history of ${capacity} transactions`);
		this.#capacity = capacity;
		this.#nextSequence = nextSequence;
		this.#completeFromSlot = completeFromSlot;
	}

	/** The first slot of which, and of all later ones, every transaction is kept. */
	get completeFromSlot(): number {
		return this.#completeFromSlot;
	}

	/** The number that the next transaction gets; counts all that ever landed. */
	get nextSequence(): number {
		return this.#nextSequence;
	}

	get size(): number {
		return this.#bySignature.size;
	}

	add(fields: NewTransaction): TransactionRecord {
		const position = this.#nextSequence % this.#capacity;
		const oldest = this.#ring[position];
		if (oldest !== undefined) {
			oldest.unlist(this.#byAccount);
			this.#completeFromSlot = Math.max(this.#completeFromSlot, oldest.slot + 1);
			if (this.#bySignature.get(oldest.signatureKey) === oldest) this.#bySignature.delete(oldest.signatureKey);
		}
		const mentions = fields.accountKeys.map((key) => this.#mentionsOf(key));
		const record = new TransactionRecord(fields, this.#nextSequence, mentions);
		for (const list of mentions) list.append(record.sequence);
		this.#ring[position] = record;
		this.#bySignature.set(record.signatureKey, record);
		this.#nextSequence++;
		return record;
	}

	/** Forgets the transactions from a sequence on, whose number the next one gets. @returns them, oldest first */
	rewind(sequence: number): TransactionRecord[] {
		const records = this.range(sequence, this.#nextSequence);
		for (const record of records.toReversed()) {
			record.unlistNewest(this.#byAccount);
			delete this.#ring[record.sequence % this.#capacity];
			this.#bySignature.delete(record.signatureKey);
		}
		this.#nextSequence = sequence;
		return records;
	}

	get(signature: SignatureKey): TransactionRecord | null {
		return this.#bySignature.get(signature) ?? null;
	}

	/** The kept transactions of a sequence range, oldest first. */
	range(firstSequence: number, endSequence: number): TransactionRecord[] {
		const records: TransactionRecord[] = [];
		for (let sequence = firstSequence; sequence < endSequence; sequence++) {
			const record = this.#at(sequence);
			if (record !== null) records.push(record);
		}
		return records;
	}

	/** Newest first. An unknown `before` or `until` is as if it were older than everything kept. */
	ofAccount(key: AccountKey, query: AddressQuery): TransactionRecord[] {
		const records: TransactionRecord[] = [];
		const before = query.before === undefined ? Number.POSITIVE_INFINITY : (this.get(query.before)?.sequence ?? -1);
		const until = query.until === undefined ? -1 : (this.get(query.until)?.sequence ?? -1);
		for (const sequence of this.#byAccount.get(key)?.newestFirst() ?? []) {
			if (sequence >= before) continue;
			if (sequence <= until || records.length >= query.limit) break;
			const record = this.#at(sequence);
			if (record !== null && record.slot <= query.maxSlot) records.push(record);
		}
		return records;
	}

	#at(sequence: number): TransactionRecord | null {
		const record = this.#ring[sequence % this.#capacity];
		return record?.sequence === sequence ? record : null;
	}

	#mentionsOf(key: AccountKey): Mentions {
		const known = this.#byAccount.get(key);
		if (known !== undefined) return known;
		const mentions = new Mentions(key);
		this.#byAccount.set(key, mentions);
		return mentions;
	}
}

/** The sequences of the transactions that name an account: a queue in an array. */
class Mentions {
	readonly key: AccountKey;
	#sequences: number[] = [];
	#first = 0;

	constructor(key: AccountKey) {
		this.key = key;
	}

	append(sequence: number): void {
		this.#sequences.push(sequence);
	}

	dropOldest(): void {
		this.#first++;
		if (this.#first > 64 && this.#first * 2 > this.#sequences.length) {
			this.#sequences = this.#sequences.slice(this.#first);
			this.#first = 0;
		}
	}

	dropNewest(): void {
		this.#sequences.pop();
	}

	isEmpty(): boolean {
		return this.#first >= this.#sequences.length;
	}

	*newestFirst(): Generator<number> {
		for (let index = this.#sequences.length - 1; index >= this.#first; index--) yield this.#sequences[index]!;
	}
}

/** A copy of exactly the packed length: the serializer's own buffer has room to spare. */
function packed(meta: TransactionMeta): Buffer {
	const bytes = serialize(meta);
	const copy = Buffer.allocUnsafeSlow(bytes.length);
	bytes.copy(copy);
	return copy;
}
