import type { Catalog } from "../../broker/contracts/feed.ts";
import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { type FlashLender, flashLoanFee } from "../../core/execution/flash-loan.ts";
import { type WantedEntries, wantedEntries } from "../../core/execution/lookup-table.ts";
import type { RefusalCode } from "../../core/execution/submission.ts";
import { SWAP_FOOTPRINTS } from "../../core/execution/swap-footprint.ts";
import { tipAccountOf } from "../../core/execution/tip.ts";
import { cycleName } from "../../core/market/cycle.ts";
import type { MintDescriptor, PoolDescriptor } from "../../core/market/pool.ts";
import { venueById } from "../../core/market/venues/index.ts";
import type { DeriveAddress, WalletAccount } from "../../core/market/venues/venue.ts";
import type { FlashLoan, SwapLeg } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import { type Failure, failure, type Result, success } from "../../core/types/result.ts";
import { poolArrays } from "../../libs/solana/pool-arrays.ts";
import { ProgramAddresses } from "../../libs/solana/program-address.ts";
import type { Route, RouteLeg } from "../../libs/solana/route.ts";
import type { Refusal } from "./refusal.ts";

const NO_ARRAYS: readonly Address[] = [];
const NOTHING_KEPT: readonly WalletAccount[] = [];

/** The pools, mints and lenders that the feed shards told of. */
export class CatalogView {
	readonly #catalogs = new Map<string, Catalog>();
	readonly #pools = new Map<Address, PoolDescriptor>();
	readonly #mints = new Map<Address, MintDescriptor>();
	readonly #lenders = new Map<Address, FlashLender>();
	readonly #tipAccounts: readonly Address[];
	readonly #addresses = new ProgramAddresses();
	#wantedEntries: WantedEntries | null = null;

	/** @param tipAccounts whom trades tip; empty: nobody */
	constructor(tipAccounts: readonly Address[] = []) {
		this.#tipAccounts = tipAccounts;
	}

	get mints(): readonly MintDescriptor[] {
		return [...this.#mints.values()];
	}

	/** What the venues' programs keep for a wallet, and swaps through these pools write to. */
	keptAccounts(wallet: Address): readonly WalletAccount[] {
		const kept = new Map<Address, WalletAccount>();
		for (const pool of this.#pools.values()) {
			for (const account of this.keptAccountsOf(pool, wallet)) kept.set(account.address, account);
		}
		return [...kept.values()];
	}

	keptAccountsOf(pool: PoolDescriptor, wallet: Address): readonly WalletAccount[] {
		const derive: DeriveAddress = (program, seeds) => this.#addresses.derive(program, seeds);
		return venueById(pool.venue).walletAccounts?.(pool, wallet, derive) ?? NOTHING_KEPT;
	}

	/** What a lookup table for these markets holds. */
	get wantedEntries(): WantedEntries {
		this.#wantedEntries ??= wantedEntries([...this.#pools.values()], [...this.#lenders.values()]);
		return this.#wantedEntries;
	}

	/** Takes a shard's catalog. @returns whether anything became different */
	set(catalog: Catalog): boolean {
		const known = this.#catalogs.get(catalog.shard);
		if (known && known.catalogEpoch === catalog.catalogEpoch && known.pools.length === catalog.pools.length)
			return false;
		this.#catalogs.set(catalog.shard, catalog);
		this.#wantedEntries = null;
		this.#pools.clear();
		this.#mints.clear();
		this.#lenders.clear();
		for (const { pools, mints, lenders } of this.#catalogs.values()) {
			for (const pool of pools) this.#pools.set(pool.address, pool);
			for (const mint of mints) this.#mints.set(mint.address, mint);
			for (const lender of lenders) this.#lenders.set(lender.reserve, lender);
		}
		return true;
	}

	/** Takes what a shard's lenders ask for now. */
	setLenders(shard: string, lenders: readonly FlashLender[]): void {
		const catalog = this.#catalogs.get(shard);
		if (!catalog) return;
		this.#catalogs.set(shard, { ...catalog, lenders });
		for (const lender of lenders) if (this.#lenders.has(lender.reserve)) this.#lenders.set(lender.reserve, lender);
	}

	/** The route of an intent, or why this executor does not go it. */
	route(intent: ApprovedIntent): Result<Route, Refusal> {
		const lender = intent.loan ? this.#lender(intent.loan, intent.fundingMint) : success(null);
		if (!lender.ok) return lender;
		const legs: RouteLeg[] = [];
		for (const leg of intent.legs) {
			const found = this.#leg(leg);
			if (!found.ok) return found;
			legs.push(found.value);
		}
		return success({ lender: lender.value, legs, tipAccount: intent.tip?.account ?? null });
	}

	/**
	 * Two-legged routes over every lender's mint: out through one pool, back through another of the same pair. Swaps that
	 * name arrays are left out: which ones is known with the price only.
	 */
	*twoLeggedRoutes(): Generator<Route> {
		const byPair = new Map<string, PoolDescriptor[]>();
		for (const pool of this.#pools.values()) {
			if (SWAP_FOOTPRINTS[pool.venue].leastArrays > 0) continue;
			const pair = [pool.mintA, pool.mintB].sort().join();
			const pools = byPair.get(pair);
			if (pools) pools.push(pool);
			else byPair.set(pair, [pool]);
		}
		for (const lender of this.#lenders.values()) {
			for (const pools of byPair.values()) {
				for (const out of pools) {
					if (out.mintA !== lender.mint && out.mintB !== lender.mint) break;
					for (const back of pools) {
						if (back === out) continue;
						const legs = [legFrom(out, lender.mint), legTo(back, lender.mint)];
						yield { lender, legs, tipAccount: this.#tipAccount(lender.mint, legs) };
					}
				}
			}
		}
	}

	/** Whom strategies tip over this route. */
	#tipAccount(mint: Address, legs: readonly RouteLeg[]): Address | null {
		if (this.#tipAccounts.length === 0) return null;
		const pools = legs.map(({ pool }) => pool.address);
		return tipAccountOf(cycleName(mint, pools), this.#tipAccounts);
	}

	#lender({ reserve, amount, fee }: FlashLoan, fundingMint: Address): Result<FlashLender, Refusal> {
		const lender = this.#lenders.get(reserve);
		if (!lender) return refuse("unknownReserve", `reserve ${reserve} is in no catalog`);
		if (lender.mint !== fundingMint) {
			return refuse("malformedIntent", `reserve ${reserve} lends ${lender.mint}, not ${fundingMint}`);
		}
		const asked = flashLoanFee(amount, lender);
		if (fee < asked) {
			return refuse("malformedIntent", `loan.fee: the lender takes ${asked}, the intent reckons with ${fee}`);
		}
		return success(lender);
	}

	#leg(leg: SwapLeg): Result<RouteLeg, Refusal> {
		const pool = this.#pools.get(leg.pool);
		if (!pool) return refuse("unknownPool", `pool ${leg.pool} is in no catalog`);
		const [mintIn, mintOut] = leg.direction === "aToB" ? [pool.mintA, pool.mintB] : [pool.mintB, pool.mintA];
		if (pool.venue !== leg.venue || mintIn !== leg.mintIn || mintOut !== leg.mintOut) {
			return refuse(
				"malformedIntent",
				`pool ${pool.address} of ${pool.venue} swaps ${mintIn} to ${mintOut} with ${leg.direction}, not what the leg says`,
			);
		}
		const { leastArrays } = SWAP_FOOTPRINTS[pool.venue];
		if (leg.arrays.length < leastArrays) {
			const detail = `a swap through pool ${pool.address} of ${pool.venue} names at least ${leastArrays} arrays`;
			return refuse("malformedIntent", detail);
		}
		const arrays = poolArrays(this.#addresses, pool, leg.arrays);
		if (arrays === null) return refuse("malformedIntent", `pool ${pool.address} of ${pool.venue} has no arrays`);
		return success({ pool, direction: leg.direction, arrays });
	}
}

/** One name for a route, whoever describes it. */
export function routeKey({ lender, legs, tipAccount }: Route): string {
	let key: string = `${lender?.reserve ?? ""}+${tipAccount ?? ""}`;
	for (const { pool, direction, arrays } of legs) {
		key += direction === "aToB" ? `>${pool.address}` : `<${pool.address}`;
		for (const array of arrays) key += `:${array}`;
	}
	return key;
}

function legFrom(pool: PoolDescriptor, mint: Address): RouteLeg {
	return { pool, direction: pool.mintA === mint ? "aToB" : "bToA", arrays: NO_ARRAYS };
}

function legTo(pool: PoolDescriptor, mint: Address): RouteLeg {
	return { pool, direction: pool.mintB === mint ? "aToB" : "bToA", arrays: NO_ARRAYS };
}

function refuse(code: RefusalCode, detail: string): Failure<Refusal> {
	return failure({ code, detail });
}
