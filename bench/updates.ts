import { Book } from "../core/market/book.ts";
import { HeardClock } from "../core/market/chain-clock.ts";
import { MarketTable } from "../core/market/market-table.ts";
import type { PoolDescriptor, VenueId } from "../core/market/pool.ts";
import { type TickBatchHeader, TickBatchWriter } from "../core/market/tick-batch.ts";
import { readTokenAmount } from "../core/market/token-account.ts";
import { reserveVenueById } from "../core/market/venues/index.ts";
import type { ReserveVenue } from "../core/market/venues/venue.ts";
import { cyclicArbitrage } from "../core/strategy/cyclic/strategy.ts";
import type { Strategy } from "../core/strategy/strategy.ts";
import type { Address } from "../core/types/address.ts";
import type { Random } from "../core/types/clock.ts";
import type { IntentId } from "../core/types/identifiers.ts";
import { systemClock } from "../libs/clock.ts";
import { seededRandom } from "../libs/random.ts";
import type { Benchmark } from "./figure.ts";
import { anyAddress, lender, pool, poolAccount, USDC, vaultAccount } from "./market.ts";

const SEED = 23;
const EPOCH = 1;
const SLOT = 1_000;
/** Updates that arrive in one turn of the event loop. */
const BATCH = 64;
const ROUNDS = 400_000;
const GROWTH_ROUNDS = 10_000_000;
const WARM_UP_ROUNDS = 200_000;
/** A token is traded in so many pools, all against USDC: each pool takes part in the same number of cycles. */
const POOLS_A_TOKEN = 4;
const RESERVE = 1_000_000_000_000n;
const MICROS_PER_SECOND = 1_000_000;
const BYTES_PER_MEGABYTE = 1_000_000;
const VENUES: readonly VenueId[] = ["raydium-cpmm", "raydium-amm-v4"];

/** A swap as the chain tells it: the bytes of the three accounts that it changes. */
interface SwapBytes {
	readonly row: number;
	readonly accounts: readonly [pool: Uint8Array, vaultA: Uint8Array, vaultB: Uint8Array];
}

/** From bytes to checked cycles, over markets of two sizes that touch the same number of cycles an update. */
export const updates: Benchmark = {
	name: "market updates",
	figures: [
		{ key: "updatesPerSecond", what: "bytes → book → affected cycles checked", unit: "/s", atMost: null, atLeast: 1e6 },
		{ key: "updatesVsBareDecode", what: "… ÷ the same bytes only decoded", unit: "ratio", atMost: null, atLeast: 0.5 },
		{
			key: "updateCost10kVs100Pools",
			what: "cost of an update among 10,000 pools ÷ among 100, the same number of cycles touched",
			unit: "ratio",
			atMost: 1.2,
		},
		{ key: "updateHeapGrowthMegabytes", what: "heap after 10 M updates, less before", unit: "MB", atMost: 1 },
	],
	async measure(onProgress) {
		const random = seededRandom(SEED);
		const small = new UpdateLine(100, random);
		const large = new UpdateLine(10_000, random);
		for (const line of [small, large]) line.run(WARM_UP_ROUNDS);
		small.decode(WARM_UP_ROUNDS);
		const best = { small: Infinity, large: Infinity, decode: Infinity };
		// Taken in turns, so that a busy moment of the machine meets all three; the least is what the code costs.
		const turns = 6;
		for (let turn = 0; turn < turns; turn++) {
			best.small = Math.min(best.small, small.run(ROUNDS));
			best.decode = Math.min(best.decode, small.decode(ROUNDS));
			best.large = Math.min(best.large, large.run(ROUNDS));
			onProgress((turn + 1) / turns / 2);
		}
		const before = heapMegabytes();
		for (let done = 0; done < GROWTH_ROUNDS; done += ROUNDS) {
			small.run(ROUNDS);
			onProgress(0.5 + done / GROWTH_ROUNDS / 2);
		}
		return {
			updatesPerSecond: MICROS_PER_SECOND / best.small,
			updatesVsBareDecode: best.decode / best.small,
			updateCost10kVs100Pools: best.large / best.small,
			updateHeapGrowthMegabytes: Math.max(0, heapMegabytes() - before),
		};
	},
};

/** One market with its feed's table, its book and a strategy, in one process. */
class UpdateLine {
	readonly #pools: readonly PoolDescriptor[];
	readonly #venues: readonly ReserveVenue[];
	readonly #swaps: readonly SwapBytes[];
	readonly #table: MarketTable;
	readonly #writer = new TickBatchWriter();
	readonly #book: Book;
	readonly #clock = new HeardClock();
	readonly #strategy: Strategy;
	#sequence = 0;
	#next = 0;

	constructor(pools: number, random: Random) {
		let mint = USDC;
		this.#pools = Array.from({ length: pools }, (_, index) => {
			if (index % POOLS_A_TOKEN === 0) mint = anyAddress(random);
			return pool(random, VENUES[index % VENUES.length] as VenueId, [mint, USDC]);
		});
		this.#venues = this.#pools.map(({ venue }) => reserveVenueById(venue) as ReserveVenue);
		this.#table = new MarketTable(this.#pools);
		this.#book = new Book({ catalogEpoch: EPOCH, pools: this.#pools });
		this.#strategy = strategyOn(this.#book, lender(random, USDC));
		this.#swaps = Array.from({ length: ROUNDS / 16 }, () => this.#anySwap(random));
		for (const row of this.#pools.keys()) {
			this.#apply({ ...this.#anySwap(random), row });
			this.#table.setConnected(row, true);
		}
		this.#table.takeChanged(this.#writer);
		this.#writer.finish(this.#header(false));
		const pages: Uint8Array[] = [];
		for (let from: number | null = 0; from !== null; ) {
			from = this.#table.writeAll(this.#writer, from);
			pages.push(this.#writer.finish(this.#header(true)));
		}
		this.#book.heal(pages, this.#book.snapshotRequest());
	}

	/** Microseconds an update. */
	run(rounds: number): number {
		const started = systemClock.monotonicMicros();
		for (let done = 0; done < rounds; done += BATCH) {
			for (let at = 0; at < BATCH; at++) this.#apply(this.#nextSwap());
			this.#publish();
		}
		return (systemClock.monotonicMicros() - started) / rounds;
	}

	/** Microseconds for decoding what one update is made of, and nothing else. */
	decode(rounds: number): number {
		const started = systemClock.monotonicMicros();
		let sum = 0n;
		for (let done = 0; done < rounds; done++) {
			const { row, accounts } = this.#nextSwap();
			const state = this.#venues[row]!.readState(accounts[0]);
			if (!state.ok) throw new Error(state.error.detail);
			sum += readTokenAmount(accounts[1])! - state.value.owedA;
			sum += readTokenAmount(accounts[2])! - state.value.owedB;
		}
		if (sum === 0n) throw new Error("nothing was decoded");
		return (systemClock.monotonicMicros() - started) / rounds;
	}

	#nextSwap(): SwapBytes {
		this.#next = (this.#next + 1) % this.#swaps.length;
		return this.#swaps[this.#next] as SwapBytes;
	}

	#apply({ row, accounts }: SwapBytes): void {
		for (let account = 0; account < accounts.length; account++) {
			const data = accounts[account] as Uint8Array;
			this.#table.apply({ row, account, slot: SLOT, data, source: "notification" });
		}
	}

	#publish(): void {
		this.#table.takeChanged(this.#writer);
		const update = this.#book.apply(this.#writer.finish(this.#header(false)));
		if (update.status !== "applied") throw new Error(`the book says ${update.status}`);
		this.#clock.hear(update.header);
		const proposals = this.#strategy.onUpdate({ changed: update.changed, clock: this.#clock.now, nowMicros: 0 });
		if (proposals.length > 0) throw new Error("a market without gaps has no trade");
	}

	#header(snapshot: boolean): TickBatchHeader {
		return {
			catalogEpoch: EPOCH,
			sequence: ++this.#sequence,
			slot: SLOT,
			receivedAtMicros: 0,
			decodedAtMicros: 0,
			snapshot,
			chainSeconds: SLOT,
			epoch: 0,
		};
	}

	/** A swap that moves a price by less than the fees. */
	#anySwap(random: Random): SwapBytes {
		const row = random.nextUint32() % this.#pools.length;
		const moved = BigInt(random.nextUint32() % 1_000_000);
		const { venue } = this.#pools[row] as PoolDescriptor;
		return { row, accounts: [poolAccount(venue), vaultAccount(RESERVE + moved), vaultAccount(RESERVE - moved)] };
	}
}

function strategyOn(book: Book, funding: ReturnType<typeof lender>): Strategy {
	let ids = 0;
	const strategy = cyclicArbitrage({
		parameters: {
			funding: new Map<Address, { minimumProfit: bigint; maximumAmount: bigint }>([
				[USDC, { minimumProfit: 10_000n, maximumAmount: RESERVE }],
			]),
			minimumLegs: 2,
			maximumLegs: 4,
			budget: { computeUnitLimit: 300_000, computeUnitPriceMicroLamports: 1_000n },
			staleAfterSlots: 4,
			maximumCyclesPerPool: 256,
			maximumInFlight: 8,
			coolDownMicros: 0,
			inFlightTimeoutMicros: 90_000_000,
		},
		nextIntentId: () => (ids++).toString(36).padStart(16, "0") as IntentId,
	});
	strategy.adopt({ book, lenders: [funding] });
	return strategy;
}

/** @throws Error when Node was not asked for its collector: what is garbage would count as growth. */
function heapMegabytes(): number {
	if (globalThis.gc === undefined) throw new Error("measure by `npm run bench`, or with `node --expose-gc`");
	// Twice: what the first finds free may only be finalized by the second.
	globalThis.gc();
	globalThis.gc();
	return process.memoryUsage().heapUsed / BYTES_PER_MEGABYTE;
}
