import { setTimeout as sleep } from "node:timers/promises";
import type { MarketTable } from "../../core/market/market-table.ts";
import type { SlotClock } from "../../core/market/slot-clock.ts";
import type { Clock, Random } from "../../core/types/clock.ts";
import { type AccountReader, forEachBatch, MOST_ACCOUNTS_PER_READ } from "../../libs/solana/account-reader.ts";
import { Backoff } from "../../libs/solana/backoff.ts";
import type { ProgramAddresses } from "../../libs/solana/program-address.ts";
import { PubsubClient } from "../../libs/solana/pubsub.ts";
import { readAccountNotification, readSlotNotification } from "../../libs/solana/pubsub-message.ts";
import { type WatchedAccount, WatchedAccounts } from "./watched-accounts.ts";

/** Counted over all connections of a feed. */
export interface FeedCounters {
	updates: number;
	outOfOrder: number;
	undecodable: number;
	reconnects: number;
	refused: number;
}

export interface FeedConnectionOptions {
	readonly url: string;
	readonly clock: Clock;
	readonly random: Random;
	readonly reconnectMinMs: number;
	readonly reconnectMaxMs: number;
	readonly staleAfterSlots: number;
	/** The table's rows that come over this connection. */
	readonly rows: readonly number[];
	readonly table: MarketTable;
	readonly addresses: ProgramAddresses;
	readonly reader: AccountReader;
	/** The newest slot over all connections. */
	readonly slotClock: SlotClock;
	readonly counters: FeedCounters;
	/** Rejects when the node cannot be asked; false when it serves another chain than the catalog's. */
	readonly isSameChain: () => Promise<boolean>;
	readonly onSlot: (slot: number, receivedAtMicros: number) => void;
	/** Rows of the table changed, by bytes that arrived at that moment. */
	readonly onChanged: (receivedAtMicros: number) => void;
	/** A pool's account says something else than its description. */
	readonly onOutdated: () => void;
	readonly onFresh: () => void;
	readonly onStale: (reason: string) => void;
	/** The chain is another one, or went back: nothing that is known holds. */
	readonly onLost: (reason: string) => void;
	readonly onTrouble: (reason: string) => void;
}

/** A server that does not even answer pings for so long is dropped: noticed within two seconds. */
const SILENCE_MS = 1_500;
/** The time that a server is given to take a connection and to answer a subscription. */
const ANSWER_MS = 5_000;
/** A connection without slots is dropped after so many times the span that makes it stale. */
const DROP_AFTER_SPANS = 3;
/** A node that answers from before what we saw is asked again so often before the chain counts as gone back. */
const MOST_READS_BEHIND = 20;
/** Bounds of the watch's rest: the span shrinks as soon as a faster chain's pace is known. */
const SHORTEST_WATCH_MS = 5;
const LONGEST_WATCH_MS = 200;

/**
 * One PubSub connection and the pools that come over it. Its pools are fresh only while slots keep coming, and after
 * any gap only once all their accounts were read anew and a slot was heard since.
 */
export class FeedConnection {
	readonly #options: FeedConnectionOptions;
	readonly #client: PubsubClient;
	readonly #watched: WatchedAccounts;
	/** Accounts that are followed since a moment ago, and not read yet. */
	#unread: WatchedAccount[] = [];
	#isReadingLate = false;
	readonly #refusedRows = new Set<number>();
	#isFresh = false;
	#isRead = false;
	#isReading = false;
	#hasSlot = false;
	#aliveAtMicros = 0;
	/**
	 * Answers from before this slot are too old: newer ones were shown already, or changes up to the first slot heard on
	 * this connection were never told.
	 */
	#leastSlot = -1;
	/** Changes whenever what a read began with no longer holds. */
	#turn = 0;
	#watch: NodeJS.Timeout | undefined;
	#pause: NodeJS.Timeout | undefined;
	#isStopped = false;

	constructor(options: FeedConnectionOptions) {
		this.#options = options;
		this.#client = new PubsubClient({
			url: options.url,
			clock: options.clock,
			random: options.random,
			reconnectMinMs: options.reconnectMinMs,
			reconnectMaxMs: options.reconnectMaxMs,
			silenceMs: SILENCE_MS,
			answerMs: ANSWER_MS,
			aliveBy: "pongs",
			maximumSubscriptions: options.rows.reduce((sum, row) => sum + options.table.capacityOf(row), 1),
			onConnected: () => this.#connected(),
			onDisconnected: (reason) => this.#disconnected(reason),
			onAttemptFailed: (reason) => {
				this.#forgetConnection();
				options.onTrouble(reason);
			},
		});
		this.#watched = new WatchedAccounts({
			rows: options.rows,
			table: options.table,
			client: this.#client,
			addresses: options.addresses,
			onNotification: (watched, result, receivedAtMicros) => this.#updated(watched, result, receivedAtMicros),
			onRefused: ({ row, address }, reason) => {
				options.counters.refused++;
				this.#refusedRows.add(row);
				options.onTrouble(`accountSubscribe of ${address} refused: ${reason}`);
			},
			onFollowed: (watched) => {
				this.#unread.push(watched);
				if (!this.#isReadingLate) void this.#readLate();
			},
		});
	}

	get isFresh(): boolean {
		return this.#isFresh;
	}

	start(): void {
		this.#client.subscribe({
			method: "slotSubscribe",
			params: [],
			onNotification: (result, receivedAtMicros) => this.#heardSlot(result, receivedAtMicros),
			onRefused: (_, reason) => this.#options.onTrouble(`slotSubscribe refused: ${reason}`),
		});
		this.#watched.start();
		this.#client.start();
	}

	/** Ends at once. Idempotent. */
	stop(): void {
		this.#isStopped = true;
		this.#turn++;
		clearTimeout(this.#watch);
		clearTimeout(this.#pause);
		this.#client.close();
	}

	#updated({ row, account: number }: WatchedAccount, result: unknown, receivedAtMicros: number): void {
		const { table, counters, onChanged, onOutdated } = this.#options;
		const account = readAccountNotification(result);
		if (!account) {
			counters.undecodable++;
			// Something happened to the account and nobody knows what: read everything again.
			this.#client.drop("an account notification that cannot be read");
			return;
		}
		const { slot, data } = account;
		switch (table.apply({ row, account: number, slot, data, source: "notification" })) {
			case "applied":
				counters.updates++;
				this.#watched.follow(row);
				onChanged(receivedAtMicros);
				break;
			case "undecodable":
				counters.undecodable++;
				onChanged(receivedAtMicros);
				break;
			case "outdated":
				counters.updates++;
				onChanged(receivedAtMicros);
				onOutdated();
				break;
			default:
				counters.outOfOrder++;
		}
	}

	#heardSlot(result: unknown, receivedAtMicros: number): void {
		const { slotClock, staleAfterSlots, clock, onSlot } = this.#options;
		const slot = readSlotNotification(result);
		if (slot === null || !this.#client.connected) return;
		// A node that lags behind the others of this feed is as good as silent.
		if (slot + staleAfterSlots < slotClock.slot) return;
		this.#aliveAtMicros = clock.monotonicMicros();
		if (!this.#hasSlot) this.#leastSlot = Math.max(this.#leastSlot, slot);
		this.#hasSlot = true;
		onSlot(slot, receivedAtMicros);
		if (this.#isRead) this.#becomeFresh();
		else if (!this.#isReading) void this.#readAgain();
	}

	#connected(): void {
		this.#aliveAtMicros = this.#options.clock.monotonicMicros();
		this.#hasSlot = false;
		this.#watchSlots();
		void this.#readAgain();
	}

	#disconnected(reason: string): void {
		this.#options.counters.reconnects++;
		clearTimeout(this.#watch);
		this.#forgetConnection();
		this.#becomeStale(reason);
	}

	#forgetConnection(): void {
		const { rows, table } = this.#options;
		for (const row of rows) table.forget(row);
		this.#unread = [];
		this.#hasSlot = false;
		this.#refusedRows.clear();
	}

	/** Looks again at the moment at which silence would begin to mean something. */
	#watchSlots(): void {
		const { clock, slotClock, staleAfterSlots } = this.#options;
		clearTimeout(this.#watch);
		const spanMicros = slotClock.silenceMicros(staleAfterSlots);
		const quietMicros = clock.monotonicMicros() - this.#aliveAtMicros;
		if (quietMicros >= spanMicros * DROP_AFTER_SPANS) {
			this.#client.drop(`no slot for ${Math.round(quietMicros / 1_000)} ms`);
			return;
		}
		if (quietMicros >= spanMicros && this.#hasSlot) {
			this.#becomeStale(`no slot for ${Math.round(quietMicros / 1_000)} ms`);
		}
		const nextMicros = quietMicros < spanMicros ? spanMicros : spanMicros * DROP_AFTER_SPANS;
		const restMs = Math.max(SHORTEST_WATCH_MS, Math.ceil((nextMicros - quietMicros) / 1_000));
		this.#watch = setTimeout(() => this.#watchSlots(), Math.min(restMs, LONGEST_WATCH_MS));
	}

	#becomeStale(reason: string): void {
		const { rows, table, clock, slotClock, onChanged, onStale } = this.#options;
		this.#turn++;
		clearTimeout(this.#pause);
		this.#isReading = false;
		this.#isRead = false;
		this.#hasSlot = false;
		this.#leastSlot = slotClock.slot;
		if (!this.#isFresh) return;
		this.#isFresh = false;
		for (const row of rows) table.setConnected(row, false);
		onChanged(clock.epochMicros());
		onStale(reason);
	}

	#becomeFresh(): void {
		if (this.#isFresh || !this.#isRead || !this.#hasSlot) return;
		this.#isFresh = true;
		const { rows, table, clock, onChanged, onFresh } = this.#options;
		for (const row of rows) table.setConnected(row, !this.#refusedRows.has(row));
		onChanged(clock.epochMicros());
		onFresh();
	}

	/**
	 * Reads every account until it has worked, the connection is gone, or the chain proves to be another. Before a slot was
	 * heard, it only looks whether it is the chain that it was: what is missed is known to the first slot and no further.
	 */
	async #readAgain(): Promise<void> {
		const turn = ++this.#turn;
		const reads = this.#hasSlot ? this.#watched.reads() : this.#watched.reads().slice(0, 1);
		const isBackfill = this.#hasSlot;
		const { reconnectMinMs, reconnectMaxMs, random, onLost, onTrouble } = this.#options;
		const backoff = new Backoff({ minMs: reconnectMinMs, maxMs: reconnectMaxMs, random });
		this.#isReading = true;
		for (let behind = 0; ; ) {
			const outcome = await this.#readOnce(reads, turn);
			if (turn !== this.#turn || this.#isStopped) return;
			if (outcome === "read") break;
			if (outcome === "behind") behind++;
			if (outcome === "anotherChain" || behind >= MOST_READS_BEHIND) {
				onLost(behind > 0 ? "the chain went back behind slots that were seen" : "the node serves another chain");
				return;
			}
			onTrouble(outcome === "behind" ? "the node answers from before what was seen" : outcome);
			await new Promise<void>((wake) => {
				this.#pause = setTimeout(wake, backoff.nextMs());
			});
			if (turn !== this.#turn || this.#isStopped) return;
		}
		this.#isReading = false;
		this.#isRead = isBackfill;
		if (isBackfill) this.#becomeFresh();
		else if (this.#hasSlot) void this.#readAgain();
	}

	/** One round over all accounts: what came of it, or the node's complaint. */
	async #readOnce(
		reads: readonly (readonly WatchedAccount[])[],
		turn: number,
	): Promise<"read" | "behind" | "anotherChain" | (string & {})> {
		const { isSameChain } = this.#options;
		try {
			if (!(await isSameChain())) return "anotherChain";
			let isBehind = false;
			await forEachBatch(reads, 1, async ([accounts]) => {
				if (isBehind || turn !== this.#turn) return;
				if (!(await this.#readTogether(accounts ?? [], turn))) isBehind = true;
			});
			return isBehind ? "behind" : "read";
		} catch (error) {
			return (error as Error).message;
		}
	}

	/** Accounts out of one bank. False when that bank is older than what was seen. */
	async #readTogether(watched: readonly WatchedAccount[], turn: number): Promise<boolean> {
		const { reader, table, clock, counters, onChanged, onOutdated } = this.#options;
		const { slot, accounts } = await reader.readTogether(watched.map(({ address }) => address));
		if (turn !== this.#turn) return true;
		if (slot < this.#leastSlot) return false;
		for (const [index, one] of watched.entries()) {
			if (!this.#watched.isWatched(one)) continue;
			const { row, account } = one;
			const data = accounts[index]?.data;
			if (data === undefined) table.miss(row, account, slot);
			else {
				const outcome = table.apply({ row, account, slot, data, source: "read" });
				if (outcome === "undecodable") counters.undecodable++;
				if (outcome === "outdated") onOutdated();
			}
			this.#watched.follow(row);
		}
		onChanged(clock.epochMicros());
		return true;
	}

	/** Reads what came to be followed; what a lost connection interrupts is read with everything else on the next one. */
	async #readLate(): Promise<void> {
		const { reconnectMinMs, reconnectMaxMs, random, onTrouble } = this.#options;
		const backoff = new Backoff({ minMs: reconnectMinMs, maxMs: reconnectMaxMs, random });
		this.#isReadingLate = true;
		while (this.#unread.length > 0 && !this.#isStopped) {
			const batch = this.#unread.slice(0, MOST_ACCOUNTS_PER_READ);
			try {
				if (await this.#readTogether(batch, this.#turn)) {
					this.#unread = this.#unread.filter((one) => !batch.includes(one));
					continue;
				}
			} catch (error) {
				onTrouble((error as Error).message);
			}
			await sleep(backoff.nextMs());
		}
		this.#isReadingLate = false;
	}
}
