import {
	type DescribedPool,
	describePool,
	type ListedAsset,
	poolReferences,
	type SkipCode,
} from "../../core/market/describe-pool.ts";
import type { MintDescriptor, PoolDescriptor } from "../../core/market/pool.ts";
import { isPoolAllowed, type PoolCandidate, selectPools } from "../../core/market/select-pools.ts";
import { VENUES, venueById } from "../../core/market/venues/index.ts";
import type { PoolReferences } from "../../core/market/venues/venue.ts";
import type { Address } from "../../core/types/address.ts";
import type { AccountReader } from "../../libs/solana/account-reader.ts";
import { ProgramAddresses } from "../../libs/solana/program-address.ts";

export interface DiscoveryOptions {
	readonly reader: AccountReader;
	readonly assets: readonly ListedAsset[];
	readonly allowUnlistedMints: boolean;
	readonly maximumPools: number;
}

/** How many pools were left out, by reason. */
export type Skipped = Readonly<Partial<Record<SkipCode, number>>>;

export interface FoundPools {
	readonly addresses: readonly Address[];
	readonly skipped: Skipped;
}

export interface DescribedMarket {
	readonly pools: readonly PoolDescriptor[];
	readonly mints: readonly MintDescriptor[];
	readonly skipped: Skipped;
}

/** Finds pools on the chain and describes them. Rejects when the node does. */
export class Discovery {
	readonly #options: DiscoveryOptions;
	readonly #addresses = new ProgramAddresses();
	readonly #listedMints: ReadonlySet<Address>;

	constructor(options: DiscoveryOptions) {
		this.#options = options;
		this.#listedMints = new Set(options.assets.map(({ mint }) => mint));
	}

	/** What a list of found pools depends on besides the chain. A list made under other criteria is not ours. */
	get criteria(): string {
		const { allowUnlistedMints, maximumPools } = this.#options;
		const venues = VENUES.map(({ id }) => id);
		return JSON.stringify({ venues, mints: [...this.#listedMints].sort(), allowUnlistedMints, maximumPools });
	}

	/** All pools of the known venues between allowed mints, up to the maximum. */
	async search(signal: AbortSignal): Promise<FoundPools> {
		const skipped = new SkipCounter();
		const candidates: PoolCandidate[] = [];
		for (const venue of VENUES) {
			for (const account of await this.#options.reader.readProgram(venue.programId, venue.poolAccountSize, signal)) {
				const references = venue.references(account);
				if (!references.ok) skipped.add(references.error.code);
				else candidates.push({ address: account.address, ...references.value });
			}
		}
		const { selected, notAllowed, leftOut } = selectPools(candidates, {
			listedMints: this.#listedMints,
			allowUnlistedMints: this.#options.allowUnlistedMints,
			maximumPools: this.#options.maximumPools,
		});
		skipped.add("mintNotAllowed", notAllowed);
		skipped.add("beyondMaximum", leftOut);
		return { addresses: selected, skipped: skipped.counts };
	}

	/** Reads pools and everything they refer to, and describes those that can be traded, in the order given. */
	async describe(addresses: readonly Address[], signal: AbortSignal): Promise<DescribedMarket> {
		const { reader, assets, allowUnlistedMints, maximumPools } = this.#options;
		const skipped = new SkipCounter();
		const wanted = [...new Set(addresses)].slice(0, maximumPools);
		skipped.add("beyondMaximum", new Set(addresses).size - wanted.length);
		const poolAccounts = await reader.readAll(wanted, signal);
		const referenced = new Set<Address>();
		for (const address of wanted) {
			const pool = poolAccounts.get(address);
			const references = pool && poolReferences(pool);
			if (references?.ok) for (const name of namesOf(references.value)) referenced.add(name);
		}
		const accounts = await reader.readAll(referenced, signal);
		const found: DescribedPool[] = [];
		for (const address of wanted) {
			const pool = poolAccounts.get(address);
			if (!pool) {
				skipped.add("missingPool");
				continue;
			}
			const described = describePool({
				pool,
				assets,
				account: (name) => accounts.get(name),
				derive: (program, seeds) => this.#addresses.derive(program, seeds),
			});
			if (!described.ok) {
				skipped.add(described.error);
				continue;
			}
			if (!isPoolAllowed(described.value.pool, { listedMints: this.#listedMints, allowUnlistedMints })) {
				skipped.add("mintNotAllowed");
				continue;
			}
			found.push(described.value);
		}
		const whole = await this.#withoutMissing(found, signal);
		skipped.add("missingAccount", found.length - whole.length);
		const mints = new Map(whole.flatMap((one) => one.mints.map((mint) => [mint.address, mint] as const)));
		return { pools: whole.map(({ pool }) => pool), mints: [...mints.values()], skipped: skipped.counts };
	}

	/** Pools whose swaps would make no account at a trader's cost. */
	async #withoutMissing(found: readonly DescribedPool[], signal: AbortSignal): Promise<readonly DescribedPool[]> {
		const needed = found.map(({ pool }) => venueById(pool.venue).neededAccounts?.(pool) ?? []);
		const addresses = new Set(needed.flat());
		if (addresses.size === 0) return found;
		const accounts = await this.#options.reader.readAll(addresses, signal);
		return found.filter((_, at) => needed[at]?.every((address) => accounts.get(address) !== undefined));
	}
}

function namesOf({ mintA, mintB, vaultA, vaultB, configurations }: PoolReferences): readonly Address[] {
	return [mintA, mintB, vaultA, vaultB, ...configurations];
}

class SkipCounter {
	readonly counts: Partial<Record<SkipCode, number>> = {};

	add(code: SkipCode, count = 1): void {
		if (count > 0) this.counts[code] = (this.counts[code] ?? 0) + count;
	}
}
