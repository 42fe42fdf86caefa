import type { Address } from "@solana/web3.js";
import { SYSTEM_PROGRAM_ADDRESS } from "@solana-program/system";
import type { ChainClock } from "../../../core/market/chain-clock.ts";
import { describePool } from "../../../core/market/describe-pool.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import type { AccountBytes } from "../../../core/market/venues/venue.ts";
import { seededRandom } from "../../../libs/random.ts";
import { poolArrays } from "../../../libs/solana/pool-arrays.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import { swapInstruction } from "../../../libs/solana/swaps/swap.ts";
import type { Chain } from "../chain/chain.ts";
import { addressOf } from "../chain/keys.ts";
import { SLOTS_PER_EPOCH } from "../chain/types.ts";
import { marketGenesis, mintOf, type PlannedReserve } from "./genesis.ts";
import { MarketReader } from "./market-reader.ts";
import { type ListedToken, type LocalVenue, type MarketPlan, type PlannedToken, planMarket } from "./plan.ts";
import { type ReferencePath, referencePath } from "./reference-price.ts";
import { TraderWallet } from "./trader-wallet.ts";
import { type TradedPool, type TraderOrder, Traders } from "./traders.ts";

export interface MarketOptions {
	readonly seed: number;
	readonly pools: number;
	readonly traders: number;
	readonly tradesPerSecond: number;
	readonly volatilityBps: number;
	readonly slotMs: number;
	readonly assets: readonly ListedToken[];
	readonly reserves: readonly PlannedReserve[];
}

/**
 * No single trade takes more than this share of a side of the curve that a pool follows at its price. A concentrated pool's
 * curve looks far deeper than the pool is: beyond its centre there is less.
 */
const MAXIMUM_SHARE: Readonly<Record<LocalVenue, number>> = {
	"raydium-cpmm": 0.02,
	"raydium-amm-v4": 0.02,
	"orca-whirlpool": 0.004,
	"meteora-damm-v2": 0.02,
};

/** Lamports a trader pays his fees from. */
const TRADER_LAMPORTS = 1_000_000_000_000_000n;

/** The local market: what is on the chain when it opens, and the bots that move it. */
export class Market {
	readonly #chain: Chain;
	readonly #plan: MarketPlan;
	readonly #wallets: readonly TraderWallet[];
	readonly #traders: Traders;
	readonly #addresses = new ProgramAddresses();

	private constructor(
		chain: Chain,
		options: MarketOptions,
		plan: MarketPlan,
		wallets: readonly TraderWallet[],
		pools: readonly PoolDescriptor[],
	) {
		this.#chain = chain;
		this.#plan = plan;
		this.#wallets = wallets;
		const paths = referencePaths(plan, options);
		const reader = new MarketReader(chain);
		this.#traders = new Traders({
			pools: pools.map((descriptor, index) => this.#tradedPool(descriptor, index, paths)),
			traders: options.traders,
			tradesPerSecond: options.tradesPerSecond,
			slotSeconds: options.slotMs / 1_000,
			randomFor: (slot, index) =>
				seededRandom(Math.imul(options.seed + 1, 0x85eb_ca6b) ^ Math.imul(slot, 8_191) ^ index),
			floor: {
				read: (pool) => reader.read(pool),
				clock: () => this.#clock(),
				swap: (order) => this.#swap(order),
			},
		});
	}

	/**
	 * Opens the market on a chain: writes its accounts when the chain is new, finds them when it is not.
	 *
	 * @throws Error when the chain was made with another seed, or another number of pools or traders
	 */
	static async open(chain: Chain, options: MarketOptions): Promise<Market> {
		const plan = planMarket(options.pools, options.assets, seededRandom(options.seed));
		const wallets = Array.from({ length: options.traders }, (_, index) => new TraderWallet(options.seed, index));
		const genesis = await marketGenesis({
			plan,
			reserves: options.reserves,
			traders: wallets.map(({ address }) => address),
		});
		if (chain.needsGenesis) {
			for (const { address, ...account } of genesis.accounts) chain.setAccount(address, account);
			const purse = { lamports: TRADER_LAMPORTS, owner: SYSTEM_PROGRAM_ADDRESS, data: new Uint8Array() };
			for (const { address } of wallets) chain.setAccount(address, purse);
		}
		const mints = plan.tokens.map(mintOf);
		await Promise.all(wallets.map((wallet) => wallet.prepare(mints)));
		const addresses = new ProgramAddresses();
		const pools = genesis.pools.map((address) => poolOf(chain, address, addresses));
		return new Market(chain, options, plan, wallets, pools);
	}

	/** The bots' swaps that the chain took, and those that it refused. */
	get activity(): { readonly sent: number; readonly refused: number } {
		return { sent: this.#traders.sent, refused: this.#traders.refused };
	}

	get poolCount(): number {
		return this.#plan.pools.length;
	}

	/** How many trades the bots have to make in a slot. */
	tradesDueIn(slot: number): number {
		return this.#traders.dueIn(slot);
	}

	/** Lets a bot make the `index`-th trade of a slot. */
	trade(slot: number, index: number): void {
		this.#traders.trade(slot, index);
	}

	#tradedPool(descriptor: PoolDescriptor, index: number, paths: ReadonlyMap<PlannedToken, ReferencePath>): TradedPool {
		const { base, quote, feeBps, venue } = this.#plan.pools[index]!;
		const [a, b] = descriptor.mintA === mintOf(base) ? [base, quote] : [quote, base];
		const scale = 10 ** (b.decimals - a.decimals);
		const dollars = (token: PlannedToken, seconds: number): number =>
			token.openingPrice * (paths.get(token)?.at(seconds) ?? 1);
		return {
			descriptor,
			feeBps,
			maximumShare: MAXIMUM_SHARE[venue],
			fairPrice: (seconds) => (dollars(a, seconds) / dollars(b, seconds)) * scale,
		};
	}

	#clock(): ChainClock {
		const slot = BigInt(this.#chain.slot("processed"));
		return { slot, epoch: slot / BigInt(SLOTS_PER_EPOCH), unixSeconds: BigInt(this.#chain.unixTimestamp) };
	}

	#swap({ trader, pool, direction, amountIn, arrays }: TraderOrder): boolean {
		const wallet = this.#wallets[trader]!;
		const [mintIn, mintOut] = direction === "aToB" ? [pool.mintA, pool.mintB] : [pool.mintB, pool.mintA];
		const named = poolArrays(this.#addresses, pool, arrays);
		if (named === null) return false;
		const instruction = swapInstruction({
			pool,
			direction,
			arrays: named,
			amountIn,
			// A bot takes any price: it is what others earn from.
			minimumAmountOut: 1n,
			owner: wallet.address,
			inputTokenAccount: wallet.tokenAccount(mintIn),
			outputTokenAccount: wallet.tokenAccount(mintOut),
		});
		const { blockhash, lastValidBlockHeight } = this.#chain.latestBlockhash("processed");
		const outcome = this.#chain.sendTransaction(wallet.sign([instruction], blockhash, lastValidBlockHeight));
		return outcome.landed && outcome.err === null;
	}
}

/** Every token but the dollar moves on a path of its own. */
function referencePaths(plan: MarketPlan, options: MarketOptions): ReadonlyMap<PlannedToken, ReferencePath> {
	const random = seededRandom(options.seed ^ 0x5bd1_e995);
	const moving = plan.tokens.filter(({ symbol }) => symbol !== "USDC");
	return new Map(moving.map((token) => [token, referencePath(options.volatilityBps, random)]));
}

function poolOf(chain: Chain, address: Address, addresses: ProgramAddresses): PoolDescriptor {
	const pool = accountBytes(chain, address);
	const described = describePool({
		pool,
		assets: [],
		account: (name) => accountBytes(chain, name),
		derive: (program, seeds) => addresses.derive(program, seeds),
	});
	if (!described.ok) throw new Error(`pool ${address} of the local market cannot be described: ${described.error}`);
	return described.value.pool;
}

function accountBytes(chain: Chain, address: Address): AccountBytes {
	const account = chain.getAccount(address);
	if (!account) {
		throw new Error(
			`the kept chain has no account ${address}: it was made with another localnet.seed or localnet.pools; ` +
				"set them back, or delete the data folder for a new chain",
		);
	}
	return { address, owner: addressOf(account.owner), data: account.data };
}
