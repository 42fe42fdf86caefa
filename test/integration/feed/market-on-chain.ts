import type { Catalog, MarketFreshness, SlotAdvanced } from "../../../broker/contracts/feed.ts";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import type { PoolFee } from "../../../core/execution/fee-policy.ts";
import type { FlashLender } from "../../../core/execution/flash-loan.ts";
import { FRACTION_BITS, RESERVE_OFFSET } from "../../../core/execution/lenders/klend/layout.ts";
import { type ReserveTick, readTickBatchHeader, type TickBatchHeader } from "../../../core/market/tick-batch.ts";
import type { AccountBytes } from "../../../core/market/venues/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { systemClock } from "../../../libs/clock.ts";
import { seededRandom } from "../../../libs/random.ts";
import { MarketFeed } from "../../../services/feed/market-feed.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { lendingMarketAccounts } from "../../../services/localnet/genesis/klend.ts";
import type { GenesisAccount } from "../../../services/localnet/genesis/token.ts";
import { type PubSubLimits, PubSubServer } from "../../../services/localnet/pubsub/pubsub-server.ts";
import { RpcServer } from "../../../services/localnet/rpc/rpc-server.ts";
import { ticksOf } from "../../support/ticks.ts";
import { anyAddress, type PoolFixture, USDC } from "../../unit/core/market/market-accounts.ts";

export const SLOT_MS = 40;

/** A chain with its servers, on ports that stay the same when the servers are closed and opened again. */
export class MarketOnChain {
	readonly reserve = anyAddress();
	chain: Chain;
	#rpc: RpcServer | null = null;
	#pubsub: PubSubServer | null = null;
	pubsubLimits: Partial<PubSubLimits> = {};
	#rpcPort = 0;
	#wsPort = 0;

	constructor(seed: string) {
		this.chain = MarketOnChain.#open(seed);
	}

	static #open(seed: string): Chain {
		return Chain.open({ dataFolder: null, slotDurationMs: SLOT_MS, genesisSeed: seed, clock: systemClock });
	}

	/** Opens both servers, or those that are closed. */
	async open(): Promise<void> {
		const { chain } = this;
		this.#rpc ??= await RpcServer.start({ chain, port: this.#rpcPort, clock: systemClock });
		this.#rpcPort = this.#rpc.port;
		await this.openPubsub();
	}

	async openPubsub(): Promise<void> {
		const { chain, pubsubLimits: limits } = this;
		this.#pubsub ??= await PubSubServer.start({ chain, port: this.#wsPort, clock: systemClock, limits });
		this.#wsPort = this.#pubsub.port;
	}

	get urls(): { readonly rpc_url: string; readonly ws_url: string } {
		return { rpc_url: `http://127.0.0.1:${this.#rpcPort}`, ws_url: `ws://127.0.0.1:${this.#wsPort}` };
	}

	async closePubsub(): Promise<void> {
		await this.#pubsub?.close();
		this.#pubsub = null;
	}

	async closeRpc(): Promise<void> {
		await this.#rpc?.close();
		this.#rpc = null;
	}

	async close(): Promise<void> {
		await this.closeRpc();
		await this.closePubsub();
		this.chain.close();
	}

	/** Another chain takes the place of this one, at the same addresses. */
	async replaceChain(seed: string): Promise<void> {
		await this.close();
		this.chain = MarketOnChain.#open(seed);
		this.chain.start();
		await this.open();
	}

	/** An account that is no more. */
	remove(account: AccountBytes): void {
		this.chain.setAccount(account.address, { owner: SYSTEM, data: new Uint8Array(0), lamports: 0n });
	}

	put(...accounts: readonly AccountBytes[]): void {
		for (const { address, owner, data } of accounts) {
			this.chain.setAccount(address, { owner, data, lamports: 10n ** 10n });
		}
	}

	putPools(...pools: readonly PoolFixture[]): void {
		for (const { accounts } of pools) this.put(...accounts.values());
	}

	/** Sets what a pool's vaults hold, in base units, as one swap would: both in one turn. */
	move(pool: PoolFixture, amountA: bigint, amountB: bigint): void {
		this.put(
			withNumber(pool.accounts.get(pool.vaultA)!, 64, amountA),
			withNumber(pool.accounts.get(pool.vaultB)!, 64, amountB),
		);
	}

	async putLender(availableAmount: bigint): Promise<void> {
		const { accounts } = await lendingMarketAccounts({
			lendingMarket: anyAddress(),
			owner: anyAddress(),
			reserves: [
				{
					reserve: this.reserve,
					symbol: "USDC",
					mint: USDC,
					decimals: 6,
					availableAmount,
					flashFeeScaled: 1n << (FRACTION_BITS - 10n),
				},
			],
		});
		this.put(...(accounts as readonly GenesisAccount[]));
	}

	setAvailable(amount: bigint): void {
		const row = this.chain.getAccount(this.reserve)!;
		const account = { address: this.reserve, owner: row.owner as string as Address, data: row.data };
		this.put(withNumber({ ...account, owner: KLEND }, RESERVE_OFFSET.totalAvailableAmount, amount));
	}
}

const SYSTEM = "11111111111111111111111111111111" as Address;
const KLEND = "KLend2g3cP87fffoy8q1mQqGKjrxjC8boSyAYavgmjD" as Address;

export function withNumber(account: AccountBytes, offset: number, value: bigint): AccountBytes {
	const data = Uint8Array.from(account.data);
	writeUint64(data, offset, value);
	return { ...account, data };
}

/** The development configuration on a test's chain. */
export function feedConfig(
	market: MarketOnChain,
	folder: string,
	pipeline: Partial<Config["data_pipeline"]> = {},
): Config {
	const config = loadConfig({ environment: { MOJO_DATA_FOLDER: folder } });
	return {
		...config,
		chain: { ...config.chain, ...market.urls },
		data_pipeline: { ...config.data_pipeline, reconnect_min_ms: 5, reconnect_max_ms: 50, ...pipeline },
		flash_loans: { reserves: [market.reserve] },
	};
}

/** A feed and everything that it told. */
export class FeedUnderTest {
	readonly feed: MarketFeed;
	readonly batches: { readonly header: TickBatchHeader; readonly ticks: readonly ReserveTick[] }[] = [];
	readonly slots: SlotAdvanced[] = [];
	readonly freshness: MarketFreshness[] = [];
	readonly catalogs: Catalog[] = [];
	readonly lenders: (readonly FlashLender[])[] = [];
	readonly fees: (readonly PoolFee[])[] = [];
	readonly log: string[] = [];

	constructor(config: Config, searchAgainMs = 60_000) {
		this.feed = new MarketFeed({
			config,
			clock: systemClock,
			random: seededRandom(1),
			logger: { info: (line) => this.log.push(line), warn: (line) => this.log.push(line) },
			searchAgainMs,
			listener: {
				onBatch: (batch) => this.batches.push(decode(batch)),
				onSlot: (head) => this.slots.push(head),
				onFreshness: (freshness) => this.freshness.push(freshness),
				onCatalog: (catalog) => this.catalogs.push(catalog),
				onLenders: (lenders) => this.lenders.push(lenders),
				onFees: (fees) => this.fees.push(fees),
			},
		});
	}

	get isFresh(): boolean {
		return this.feed.status().connected && this.feed.status().stalePools === 0;
	}

	/** The last tick of a pool, by what was published. */
	tickOf(pool: PoolFixture): ReserveTick | undefined {
		const row = this.feed.catalog().pools.findIndex(({ address }) => address === pool.address);
		return this.batches
			.filter(({ header }) => header.catalogEpoch === this.feed.catalog().catalogEpoch)
			.flatMap(({ ticks }) => ticks)
			.findLast(({ poolIndex }) => poolIndex === row);
	}
}

export function decode(batch: Uint8Array): { header: TickBatchHeader; ticks: ReserveTick[] } {
	const header = readTickBatchHeader(batch);
	if (!header.ok) throw new Error(header.error);
	const ticks = ticksOf(batch).map((tick) => {
		if (tick.kind !== "reserves") throw new Error(`a pool with reserves has no ${tick.kind} tick`);
		return tick;
	});
	return { header: header.value, ticks };
}

/** Waits until something holds; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
	while (!condition()) await new Promise((wake) => setTimeout(wake, 3));
}
