import type { ChainClock } from "../../chain-clock.ts";
import { type TransferFeeSchedule, transferFeeAt } from "../../transfer-fee.ts";
import type {
	AccountMarket,
	Direction,
	MarketAccount,
	PoolMarket,
	Quote,
	QuoteResult,
	WantedAccount,
} from "../venue.ts";
import { afterSwap } from "./after-swap.ts";
import { keptParts } from "./base-fee.ts";
import { FEE_DENOMINATOR, ONE_IN_BASIS_POINTS } from "./fee-parameters.ts";
import { type DammV2Pool, type DammV2State, emptyState, readPoolState } from "./layout.ts";
import { type DammV2Quote, quoteExactIn, quoteExactOut } from "./quote.ts";

/** The pool's own account says all. */
const NOTHING_ELSE: readonly WantedAccount[] = [];

/** A pool at one moment. */
class DammV2Moment implements PoolMarket {
	protected readonly pool: DammV2Pool;
	protected readonly state: DammV2State;

	constructor(pool: DammV2Pool, state: DammV2State) {
		this.pool = pool;
		this.state = state;
	}

	get reserveA(): bigint {
		const { liquidity, sqrtPrice, reserveA } = this.state;
		if (this.pool.collectFeeMode === "compounding") return reserveA;
		return sqrtPrice === 0n ? 0n : liquidity / sqrtPrice;
	}

	get reserveB(): bigint {
		const { liquidity, sqrtPrice, reserveB } = this.state;
		return this.pool.collectFeeMode === "compounding" ? reserveB : (liquidity * sqrtPrice) >> 128n;
	}

	get swapEnabled(): boolean {
		return this.state.swapEnabled;
	}

	/** Of a pool that counts slots it is not told by a time: its quotes are refused until then. */
	get openTimeSeconds(): bigint {
		return this.pool.isTimedBySlot ? 0n : this.pool.activationPoint;
	}

	keptShare(direction: Direction, clock: ChainClock): number {
		const { pool, state } = this;
		const point = pool.isTimedBySlot ? clock.slot : clock.unixSeconds;
		if (point < pool.activationPoint) return 0;
		const parts = keptParts({ pool, state, point, isAToB: direction === "aToB" }, 1n, false);
		if (parts === null) return 0;
		const kept = Number(parts) / Number(FEE_DENOMINATOR);
		return kept * keptOfTransfer(pool.transferFeeA, clock.epoch) * keptOfTransfer(pool.transferFeeB, clock.epoch);
	}

	quoteExactIn(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return quoteExactIn({ pool: this.pool, state: this.state, direction, amount, clock });
	}

	quoteExactOut(direction: Direction, amount: bigint, clock: ChainClock): QuoteResult {
		return quoteExactOut({ pool: this.pool, state: this.state, direction, amount, clock });
	}

	/**
	 * Where a rate limiter may count, a second swap of the transaction finds the pool closed: the program wants to be the
	 * only one that names it.
	 */
	afterSwap(_direction: Direction, quote: Quote): PoolMarket {
		const { pool, state } = this;
		const after = afterSwap(pool, state, quote as DammV2Quote);
		if (state.fees.base.kind === "byAmount") after.swapEnabled = false;
		return new DammV2Moment(pool, after);
	}
}

/** A Meteora DAMM v2 pool, kept by the bytes of its account. */
export class DammV2Market extends DammV2Moment implements AccountMarket {
	constructor(pool: DammV2Pool) {
		super(pool, emptyState());
	}

	apply({ place, data }: MarketAccount): boolean {
		if (place !== "pool") return false;
		if (data !== null && readPoolState(data, this.pool, this.state) === null) return true;
		this.state.swapEnabled = false;
		this.state.liquidity = 0n;
		return false;
	}

	wanted(): readonly WantedAccount[] {
		return NOTHING_ELSE;
	}
}

function keptOfTransfer(schedule: TransferFeeSchedule | null, epoch: bigint): number {
	const fee = transferFeeAt(schedule, epoch);
	return fee === null ? 1 : 1 - Number(fee.basisPoints) / Number(ONE_IN_BASIS_POINTS);
}
