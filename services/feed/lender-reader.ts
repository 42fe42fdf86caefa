import { getAddressEncoder, getProgramDerivedAddress } from "@solana/web3.js";
import {
	decodeReserve,
	type FlashLender,
	KLEND_PROGRAM,
	RESERVE_OFFSET,
	RESERVE_SIZE,
	type ReserveErrorCode,
} from "../../core/execution/flash-loan.ts";
import type { AccountBytes } from "../../core/market/venues/venue.ts";
import type { Address } from "../../core/types/address.ts";
import { readAddress } from "../../core/types/base58.ts";
import type { AccountReader } from "../../libs/solana/account-reader.ts";

export interface LenderRefusal {
	readonly reserve: Address;
	readonly code: ReserveErrorCode | "missing";
}

export interface Lenders {
	readonly lenders: readonly FlashLender[];
	readonly refusals: readonly LenderRefusal[];
}

/** Reads the configured flash lenders. The addresses their markets sign with are derived once and kept. */
export class LenderReader {
	readonly #reader: AccountReader;
	readonly #reserves: readonly Address[];
	/** By lending market: bounded by the number of reserves. */
	readonly #authorities = new Map<Address, Address>();

	constructor(reader: AccountReader, reserves: readonly Address[]) {
		this.#reader = reader;
		this.#reserves = [...new Set(reserves)];
	}

	/** Rejects when the node does. */
	async read(signal: AbortSignal): Promise<Lenders> {
		const accounts = await this.#reader.readAll(this.#reserves, signal);
		const lenders: FlashLender[] = [];
		const refusals: LenderRefusal[] = [];
		for (const reserve of this.#reserves) {
			const account = accounts.get(reserve);
			if (!account) {
				refusals.push({ reserve, code: "missing" });
				continue;
			}
			const lender = decodeReserve({ ...account, lendingMarketAuthority: await this.#authorityOf(account) });
			if (lender.ok) lenders.push(lender.value);
			else refusals.push({ reserve, code: lender.error.code });
		}
		return { lenders, refusals };
	}

	/** Kamino klend, utils/seeds.rs: `LENDING_MARKET_AUTH`. */
	async #authorityOf(account: AccountBytes): Promise<Address> {
		// Too short for a market: decodeReserve refuses it whatever stands here.
		if (account.data.length !== RESERVE_SIZE) return account.address;
		const market = readAddress(account.data, RESERVE_OFFSET.lendingMarket);
		const known = this.#authorities.get(market);
		if (known) return known;
		const [authority] = await getProgramDerivedAddress({
			programAddress: KLEND_PROGRAM,
			seeds: ["lma", getAddressEncoder().encode(market)],
		});
		if (this.#authorities.size >= this.#reserves.length) this.#authorities.clear();
		this.#authorities.set(market, authority);
		return authority;
	}
}

/** Whether two readings say the same. */
export function sameLenders(left: readonly FlashLender[], right: readonly FlashLender[]): boolean {
	return left.length === right.length && left.every((lender, index) => sameLender(lender, right[index]!));
}

function sameLender(left: FlashLender, right: FlashLender): boolean {
	return (Object.keys(left) as (keyof FlashLender)[]).every((key) => left[key] === right[key]);
}
