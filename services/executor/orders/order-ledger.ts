import type { OrderId, OrderRequest, OrderTerms } from "../../../core/orders/order.ts";
import { advanceOrder, type OrderEvent } from "../../../core/orders/order-machine.ts";
import { acceptedOrder, isEnded, isSettled, type OrderState } from "../../../core/orders/order-state.ts";
import { Journal } from "../../../libs/journal/journal.ts";
import type { OpenSegment } from "../../../libs/journal/segment-file.ts";

export interface OrderLedgerOptions {
	readonly folder: string;
	/** Settled orders that are remembered, and with them their callers' ids. */
	readonly keptEnded: number;
	readonly maximumSegmentBytes?: number;
	/** How journal files are opened; tests give a disk that fails. */
	readonly openSegment?: OpenSegment;
	/** An order is new or became different; its record may not be durable yet. */
	readonly onChanged: (order: OrderState) => void;
}

/** One entry of the journal. */
type OrderRecord =
	| { readonly type: "accepted"; readonly terms: OrderTerms }
	| { readonly type: "event"; readonly orderId: OrderId; readonly event: OrderEvent }
	| { readonly type: "checkpoint"; readonly version: 1 | 2; readonly orders: readonly OrderState[] };

/** What orders in checkpoints of version 1 do not have. */
const BEFORE_FINALITY = { unproven: null, reversals: 0 };
const MAXIMUM_SEGMENT_BYTES = 4 * 1024 * 1024;

/**
 * The orders and their journal: what is in memory is a fold of what is on disk. Changes are seen at once and their
 * promises resolve when they are durable; nothing leaves the desk before that.
 */
export class OrderLedger {
	readonly #options: OrderLedgerOptions;
	/** Oldest first. */
	readonly #orders = new Map<OrderId, OrderState>();
	readonly #byClientId = new Map<string, OrderId>();
	readonly #journal: Journal;
	#open = 0;
	#unproven = 0;
	#unsettled = 0;

	private constructor(options: OrderLedgerOptions, journal: Journal) {
		this.#options = options;
		this.#journal = journal;
	}

	/**
	 * Opens the journal and reads the orders.
	 *
	 * @throws JournalError when it is damaged or cannot be read; Error when a record cannot follow those before it
	 */
	static async open(options: OrderLedgerOptions): Promise<OrderLedger> {
		let ledger: OrderLedger | null = null;
		const { journal, records } = await Journal.open({
			folder: options.folder,
			maximumSegmentBytes: options.maximumSegmentBytes ?? MAXIMUM_SEGMENT_BYTES,
			...(options.openSegment && { openSegment: options.openSegment }),
			checkpoint: () => ledger?.checkpoint(),
		});
		ledger = new OrderLedger(options, journal);
		try {
			for (const record of records) ledger.#apply(record as OrderRecord);
		} catch (error) {
			await journal.close();
			throw error;
		}
		return ledger;
	}

	/** Why no records are taken, or null. */
	get failure(): string | null {
		return this.#journal.dead?.message ?? null;
	}

	get openCount(): number {
		return this.#open;
	}

	/** Orders whose newest attempt's end a fork can still take back, ended ones among them. */
	get unprovenCount(): number {
		return this.#unproven;
	}

	/** Orders of which something can still become: open ones, and ended ones that a fork can open again. */
	get unsettledCount(): number {
		return this.#unsettled;
	}

	get size(): number {
		return this.#orders.size;
	}

	/** Oldest first. */
	get orders(): Iterable<OrderState> {
		return this.#orders.values();
	}

	get(orderId: OrderId): OrderState | undefined {
		return this.#orders.get(orderId);
	}

	byClientId(clientOrderId: NonNullable<OrderRequest["clientOrderId"]>): OrderState | undefined {
		const orderId = this.#byClientId.get(clientOrderId);
		return orderId === undefined ? undefined : this.#orders.get(orderId);
	}

	/**
	 * Takes an order in. Resolves when it is durable.
	 *
	 * @throws JournalError when the disk fails: then nobody has the order, now or after a restart
	 */
	async accept(terms: OrderTerms): Promise<void> {
		const durable = this.#journal.append({ type: "accepted", terms } satisfies OrderRecord);
		// Only what the journal took may be folded in; a disk that fails later ends the whole desk.
		if (this.#journal.dead === null) this.#put(acceptedOrder(terms));
		await durable;
	}

	/**
	 * Tells what happened to an order, which changes at once; resolves when that is durable.
	 *
	 * @throws Error when the event cannot follow, or the order is not known; JournalError when the disk fails
	 */
	async record(orderId: OrderId, event: OrderEvent): Promise<void> {
		const order = this.#orders.get(orderId);
		if (!order) throw new Error(`order ${orderId} is not known`);
		const advanced = advanceOrder(order, event);
		if (!advanced.ok) throw new Error(advanced.error.detail);
		const durable = this.#journal.append({ type: "event", orderId, event } satisfies OrderRecord);
		if (this.#journal.dead === null) this.#put(advanced.value);
		await durable;
	}

	checkpoint(): OrderRecord {
		return { type: "checkpoint", version: 2, orders: [...this.#orders.values()] };
	}

	close(): Promise<void> {
		return this.#journal.close();
	}

	#apply(record: OrderRecord): void {
		switch (record.type) {
			case "accepted":
				this.#put(acceptedOrder(record.terms));
				return;
			case "event": {
				const order = this.#orders.get(record.orderId);
				const advanced = order && advanceOrder(order, record.event);
				if (!advanced?.ok) {
					throw new Error(
						`the journal of orders tells ${record.event.type} of ${record.orderId}, which cannot follow: ` +
							"run the version that wrote it, or move the folder aside",
					);
				}
				this.#put(asWritten(advanced.value, record.event));
				return;
			}
			case "checkpoint":
				for (const order of record.orders) this.#put({ ...BEFORE_FINALITY, ...order });
				return;
			default:
				throw new Error(
					`the journal of orders has a record of type ${JSON.stringify((record as { type?: unknown } | null)?.type)}, ` +
						"which this version does not know: run the version that wrote it",
				);
		}
	}

	#put(order: OrderState): void {
		const { orderId, clientOrderId } = order.terms;
		const before = this.#orders.get(orderId);
		if (before === undefined && clientOrderId !== null) this.#byClientId.set(clientOrderId, orderId);
		this.#open += change(before, order, (one) => !isEnded(one));
		this.#unproven += change(before, order, (one) => one.unproven !== null);
		this.#unsettled += change(before, order, (one) => !isSettled(one));
		this.#orders.set(orderId, order);
		if (isSettled(order)) this.#forgetOldest();
		this.#options.onChanged(order);
	}

	/** The oldest settled orders make room. */
	#forgetOldest(): void {
		if (this.#orders.size - this.#unsettled <= this.#options.keptEnded) return;
		for (const [orderId, order] of this.#orders) {
			if (!isSettled(order)) continue;
			this.#orders.delete(orderId);
			if (order.terms.clientOrderId !== null) this.#byClientId.delete(order.terms.clientOrderId);
			return;
		}
	}
}

function change(before: OrderState | undefined, after: OrderState, is: (order: OrderState) => boolean): number {
	return Number(is(after)) - Number(before !== undefined && is(before));
}

/** The ends of attempts that versions before 2 wrote without the slot of their block: nobody waits for their finality. */
function asWritten(order: OrderState, event: OrderEvent): OrderState {
	const isOld = event.type === "attemptEnded" && order.unproven !== null && order.unproven.end.slot === undefined;
	return isOld ? { ...order, unproven: null } : order;
}
