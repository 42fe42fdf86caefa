import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { readReserveMarket } from "../../../core/market/reserve-market.ts";
import { venueById } from "../../../core/market/venues/index.ts";
import type { AccountMarket, PoolMarket, ReserveVenue } from "../../../core/market/venues/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import { ProgramAddresses } from "../../../libs/solana/program-address.ts";
import type { Chain } from "../chain/chain.ts";

/** The pools of the local chain as they are at this moment. */
export class MarketReader {
	readonly #chain: Chain;
	readonly #addresses = new ProgramAddresses();

	constructor(chain: Chain) {
		this.#chain = chain;
	}

	/** Null while the pool cannot be read. */
	read(pool: PoolDescriptor): PoolMarket | null {
		const venue = venueById(pool.venue);
		return venue.pricedBy === "reserves" ? this.#reserves(venue, pool) : this.#accounts(venue.open(pool), pool);
	}

	#reserves(venue: ReserveVenue, pool: PoolDescriptor): PoolMarket | null {
		const [account, vaultA, vaultB] = this.#bytes([pool.address, pool.vaultA, pool.vaultB]);
		if (!account || !vaultA || !vaultB) return null;
		return readReserveMarket(venue, pool, { pool: account, vaultA, vaultB });
	}

	#accounts(market: AccountMarket, pool: PoolDescriptor): PoolMarket | null {
		const [account] = this.#bytes([pool.address]);
		if (!account || !market.apply({ place: "pool", startIndex: 0, data: account })) return null;
		const wanted = market.wanted();
		const { programId } = venueById(pool.venue);
		const found = this.#bytes(wanted.map(({ seeds }) => this.#addresses.derive(programId, seeds)));
		for (const [index, { place, startIndex }] of wanted.entries()) {
			if (!market.apply({ place, startIndex, data: found[index] ?? null })) return null;
		}
		return market;
	}

	#bytes(addresses: readonly Address[]): readonly (Uint8Array | null)[] {
		const { accounts } = this.#chain.getMultipleAccounts(addresses, "processed");
		return accounts.map((account) => account?.data ?? null);
	}
}
