import type { Catalog } from "../../broker/contracts/feed.ts";
import { type FlashLender, flashLoanFee } from "../../core/execution/flash-loan.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import { networkFeeLamports } from "../../core/strategy/network-cost.ts";
import type { OrderIntent, SwapLeg } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { Chain } from "../../services/localnet/chain/chain.ts";
import { clockAt } from "../support/chain-clock.ts";
import { marketOfAccounts } from "../support/reserve-market.ts";
import { drawsFor } from "./draws.ts";

export interface IntentMakerOptions {
	readonly seed: number;
	readonly chain: Chain;
	readonly catalog: Catalog;
	readonly clock: Clock;
	readonly fundingMint: Address;
	readonly deadlineMs: number;
}

/** `profit`: the chain takes it. `loss`: its guard fails. `moved`: its first leg asks for more than the pool gives. */
export type IntentKind = "profit" | "loss" | "moved";

const COMPUTE_UNIT_LIMIT = 300_000;
const COMPUTE_UNIT_PRICE = 1_000n;
const NETWORK_COST = 100n;
/** A first leg may give so much less than quoted: others trade in the same pool. */
const SLACK_BPS = 50n;
const SMALLEST_LOAN = 1_000_000;
const LARGEST_LOAN = 50_000_000;

/** Makes valid cycles, of which it is known beforehand what the chain will say to them. */
export class IntentMaker {
	readonly #options: IntentMakerOptions;
	readonly #pairs: readonly (readonly [cheap: PoolDescriptor, dear: PoolDescriptor])[];
	readonly #lenders: readonly FlashLender[];
	#made = 0;

	constructor(options: IntentMakerOptions) {
		this.#options = options;
		this.#lenders = options.catalog.lenders.filter(({ mint }) => mint === options.fundingMint);
		if (this.#lenders.length === 0) throw new Error("nobody lends the funding mint");
		this.#pairs = pairsOf(options.catalog.pools, options.fundingMint);
	}

	get made(): number {
		return this.#made;
	}

	next(): { readonly intent: OrderIntent; readonly kind: IntentKind } {
		const number = this.#made++;
		const draws = drawsFor(this.#options.seed, `intent ${number}`);
		const kind = draws.oneOf<IntentKind>({ profit: 70, loss: 20, moved: 10 });
		const [cheap, dear] = this.#pairs[draws.between(0, this.#pairs.length - 1)]!;
		const amount = BigInt(draws.between(SMALLEST_LOAN, LARGEST_LOAN));
		const intent = this.#cycle(kind === "loss" ? [dear, cheap] : [cheap, dear], { amount, kind, number });
		return { intent, kind };
	}

	#cycle(
		[out, back]: readonly [PoolDescriptor, PoolDescriptor],
		{ amount, kind, number }: { amount: bigint; kind: IntentKind; number: number },
	): OrderIntent {
		const { fundingMint, chain, clock, deadlineMs, seed } = this.#options;
		const lender = this.#lenders[number % this.#lenders.length]!;
		const fee = flashLoanFee(amount, lender);
		const quoted = this.#quote(out, fundingMint, amount);
		const bought = kind === "moved" ? (quoted * 101n) / 100n : (quoted * (10_000n - SLACK_BPS)) / 10_000n;
		const token = otherMint(out, fundingMint);
		const sold = this.#quote(back, token, bought);
		const least = amount + fee + NETWORK_COST + 1n;
		const expected = sold > least ? sold : least;
		const nowMicros = clock.epochMicros();
		const budget = { computeUnitLimit: COMPUTE_UNIT_LIMIT, computeUnitPriceMicroLamports: COMPUTE_UNIT_PRICE };
		return {
			intentId: intentId(seed, number),
			strategy: "sim",
			cycle: `sim ${number}`,
			fundingMint,
			loan: { reserve: lender.reserve, amount, fee },
			legs: [
				this.#leg(out, fundingMint, { amountIn: amount, minimum: bought, expected: bought > quoted ? bought : quoted }),
				this.#leg(back, token, { amountIn: bought, minimum: least, expected }),
			],
			expectedNetProfit: expected - amount - fee - NETWORK_COST,
			minimumProfit: 1n,
			networkCost: NETWORK_COST,
			...budget,
			maximumFeeLamports: networkFeeLamports(budget),
			tip: null,
			triggerSlot: chain.slot("processed"),
			deadlineMicros: nowMicros + deadlineMs * 1_000,
			timings: { received: nowMicros, found: nowMicros },
		};
	}

	#leg(
		pool: PoolDescriptor,
		mintIn: Address,
		amounts: { amountIn: bigint; minimum: bigint; expected: bigint },
	): SwapLeg {
		return {
			pool: pool.address,
			venue: pool.venue,
			direction: pool.mintA === mintIn ? "aToB" : "bToA",
			mintIn,
			mintOut: otherMint(pool, mintIn),
			amountIn: amounts.amountIn,
			minimumAmountOut: amounts.minimum,
			expectedAmountOut: amounts.expected,
			observedSlot: this.#options.chain.slot("processed"),
			arrays: [],
		};
	}

	#quote(pool: PoolDescriptor, mintIn: Address, amount: bigint): bigint {
		const { chain, clock } = this.#options;
		const bytes = (key: Address): Uint8Array => chain.getAccount(key)!.data;
		const accounts = { pool: bytes(pool.address), vaultA: bytes(pool.vaultA), vaultB: bytes(pool.vaultB) };
		const now = clockAt(BigInt(Math.floor(clock.epochMicros() / 1_000_000)));
		const quote = marketOfAccounts(pool, accounts).quoteExactIn(pool.mintA === mintIn ? "aToB" : "bToA", amount, now);
		if (!quote.ok) throw new Error(quote.error);
		return quote.value.amountOut;
	}
}

/** 16 of 0-9 and a-z, the same for the same number of the same run. */
function intentId(seed: number, number: number): IntentId {
	return `${seed.toString(36).padStart(8, "0")}${number.toString(36).padStart(8, "0")}` as IntentId;
}

function otherMint({ mintA, mintB }: PoolDescriptor, mint: Address): Address {
	return mintA === mint ? mintB : mintA;
}

/** Two pools on the same mints: the constant-product one was made the cheaper one. */
function pairsOf(pools: readonly PoolDescriptor[], fundingMint: Address) {
	const byToken = new Map<Address, PoolDescriptor[]>();
	for (const pool of pools) {
		const token = otherMint(pool, fundingMint);
		byToken.set(token, [...(byToken.get(token) ?? []), pool]);
	}
	const pairs = [...byToken.values()].filter(({ length }) => length === 2);
	return pairs.map((pair) => {
		const [cheap, dear] = pair.sort((a) => (a.venue === "raydium-cpmm" ? -1 : 1));
		return [cheap!, dear!] as const;
	});
}
