import type { ChainClock } from "./chain-clock.ts";
import type { PoolDescriptor } from "./pool.ts";
import { readTokenAmount } from "./token-account.ts";
import type { Direction, PoolMarket, Quote, QuoteResult, ReserveState, ReserveVenue } from "./venues/venue.ts";

/** The bytes of the three accounts behind a pool that is priced by its reserves. */
export interface ReserveAccounts {
	readonly pool: Uint8Array;
	readonly vaultA: Uint8Array;
	readonly vaultB: Uint8Array;
}

/** The market of a pool by the bytes of its accounts; null when they cannot be read. */
export function readReserveMarket(
	venue: ReserveVenue,
	pool: PoolDescriptor,
	accounts: ReserveAccounts,
): ReserveMarket | null {
	const read = venue.readState(accounts.pool);
	const heldA = readTokenAmount(accounts.vaultA);
	const heldB = readTokenAmount(accounts.vaultB);
	if (!read.ok || heldA === null || heldB === null) return null;
	const { owedA, owedB, swapEnabled, openTimeSeconds } = read.value;
	const state = { reserveA: heldA - owedA, reserveB: heldB - owedB, swapEnabled, openTimeSeconds };
	return new ReserveMarket(venue, pool, { state });
}

/** What a market is priced by at this moment. */
export interface StateSource {
	readonly state: ReserveState;
}

/** The market of a pool that is priced by its reserves, wherever these come from. */
export class ReserveMarket implements PoolMarket {
	readonly #venue: ReserveVenue;
	readonly #pool: PoolDescriptor;
	readonly #source: StateSource;

	constructor(venue: ReserveVenue, pool: PoolDescriptor, source: StateSource) {
		this.#venue = venue;
		this.#pool = pool;
		this.#source = source;
	}

	get reserveA(): bigint {
		return this.#source.state.reserveA;
	}

	get reserveB(): bigint {
		return this.#source.state.reserveB;
	}

	get swapEnabled(): boolean {
		return this.#source.state.swapEnabled;
	}

	get openTimeSeconds(): bigint {
		return this.#source.state.openTimeSeconds;
	}

	keptShare(direction: Direction): number {
		const its = this.#venue.keptShare?.(this.#pool, this.#source.state, direction);
		if (its !== undefined) return its;
		const { feeNumerator, feeDenominator } = this.#pool;
		return 1 - Number(feeNumerator) / Number(feeDenominator);
	}

	quoteExactIn(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return this.#venue.quoteExactIn({ pool: this.#pool, state: this.#source.state, direction, amount, clock });
	}

	quoteExactOut(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return this.#venue.quoteExactOut({ pool: this.#pool, state: this.#source.state, direction, amount, clock });
	}

	afterSwap(direction: Direction, quote: Quote): PoolMarket {
		const state = this.#venue.afterSwap({ pool: this.#pool, state: this.#source.state, direction, quote });
		return new ReserveMarket(this.#venue, this.#pool, { state });
	}
}
