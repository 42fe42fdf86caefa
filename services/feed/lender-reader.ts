import { getAddressEncoder, getProgramDerivedAddress } from "@solana/web3.js";
import type { FlashLender, ReserveErrorCode } from "../../core/execution/flash-loan.ts";
import { decodeReserve, lenderProgramOf } from "../../core/execution/lenders/reserve.ts";
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

	async #authorityOf(account: AccountBytes): Promise<Address> {
		const lender = lenderProgramOf(account.owner);
		// No lender, or no room for a market: decodeReserve refuses it whatever stands here.
		if (lender?.reserveSize !== account.data.length) return account.address;
		const market = readAddress(account.data, lender.lendingMarketOffset);
		const known = this.#authorities.get(market);
		if (known) return known;
		const [authority] = await getProgramDerivedAddress({
			programAddress: lender.program,
			seeds: [...lender.authoritySeeds, getAddressEncoder().encode(market)],
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
