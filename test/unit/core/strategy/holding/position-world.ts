import type { Fill, Settlement } from "../../../../../core/execution/submission.ts";
import { Book } from "../../../../../core/market/book.ts";
import type { PoolDescriptor } from "../../../../../core/market/pool.ts";
import type { ReserveTick } from "../../../../../core/market/tick-batch.ts";
import { findMalformation } from "../../../../../core/risk/intent-shape.ts";
import type { HoldingCounters } from "../../../../../core/strategy/holding/holdings.ts";
import type { SwapLeg } from "../../../../../core/strategy/order-intent.ts";
import type { IntentProposal, Strategy } from "../../../../../core/strategy/strategy.ts";
import type { Address } from "../../../../../core/types/address.ts";
import type { IntentId, Signature } from "../../../../../core/types/identifiers.ts";
import { addressOf, batchOf, poolOf, USDC } from "../../market/market-fixture.ts";

export const START_SECONDS = 1_700_000_000;
/** What a pool of the tests holds of its token; its price is then a matter of USDC. */
export const TOKENS = 1_000_000_000_000n;

/** The mint of the token with that number. */
export function mintOf(number: number): Address {
	return addressOf(5_000 + number);
}

/** A pool of that token against USDC. */
export function tokenPool(number: number, mint = mintOf(number)): PoolDescriptor {
	return poolOf({ number, mintA: mint, mintB: USDC });
}

type Trader = Strategy & { readonly counters: HoldingCounters };
export type Change = Partial<ReserveTick> & { readonly poolIndex: number; readonly usdc?: bigint };

export function settlementOf(
	intentId: IntentId,
	outcome: Settlement["outcome"],
	changes: readonly (readonly [Address, bigint])[] = [],
): Settlement {
	const signature = `s-${intentId}` as Signature;
	const fill: Fill = {
		intentId,
		signature,
		slot: 101,
		reverted: outcome === "reverted",
		error: outcome === "reverted" ? "6005" : null,
		legs: [],
		changes: changes.map(([mint, amount]) => ({
			mint,
			fill: amount,
			loanFee: 0n,
			networkFee: 0n,
			tip: 0n,
			balanceAfter: 0n,
		})),
		computeUnits: 40_000,
	};
	return { intentId, outcome, signature, fill: outcome === "expired" ? null : fill, executor: "test", timings: {} };
}

/** A strategy that holds positions, on a simulated market: what it proposes lands, or not, as a test says. */
export class PositionWorld<S extends Trader> {
	readonly strategy: S;
	readonly #make: (nextIntentId: () => IntentId) => S;
	book: Book;
	#sequence = 1;
	#ids = 0;
	#epoch = 1;
	seconds = START_SECONDS;
	slot = 100;
	/** Everything that was ever proposed. */
	readonly proposals: IntentProposal[] = [];

	constructor(
		pools: readonly PoolDescriptor[],
		make: (nextIntentId: () => IntentId) => S,
		prepare?: (strategy: S) => void,
	) {
		this.#make = make;
		this.strategy = this.#make(() => (this.#ids++).toString(36).padStart(16, "0") as IntentId);
		prepare?.(this.strategy);
		this.book = new Book({ catalogEpoch: 1, pools });
		this.#open([]);
	}

	/** Another catalog; rows are as told, or of 1,000 tokens at 150 USDC. */
	adopt(pools: readonly PoolDescriptor[], changes: readonly Change[] = []): void {
		this.book = new Book({ catalogEpoch: ++this.#epoch, pools });
		this.#open(changes);
	}

	#open(changes: readonly Change[]): void {
		this.strategy.adopt({ book: this.book, lenders: [] });
		const ticks = this.book.rows.map((_, poolIndex) => {
			const change = changes.find((candidate) => candidate.poolIndex === poolIndex);
			return this.#tick(change ?? { poolIndex });
		});
		this.#sequence = 1;
		const header = { snapshot: true, sequence: 1, catalogEpoch: this.#epoch, slot: this.slot };
		this.book.heal([batchOf(header, ticks)], this.book.snapshotRequest());
	}

	#tick({ usdc, ...change }: Change): ReserveTick {
		const row = this.book.rows[change.poolIndex];
		const isKnown = row !== undefined && row.reserveA > 0n;
		return {
			kind: "reserves",
			slot: this.slot,
			reserveA: isKnown ? row.reserveA : TOKENS,
			reserveB: usdc ?? (isKnown ? row.reserveB : 150_000_000_000n),
			openTimeSeconds: 0n,
			swapEnabled: true,
			stale: false,
			...change,
		};
	}

	/** The market changes, and the strategy looks at it; every proposal must be whole. */
	update(
		changes: readonly Change[] = [],
		{ seconds = 0, chainSlot }: { seconds?: number; chainSlot?: number } = {},
	): readonly IntentProposal[] {
		this.seconds += seconds;
		this.slot++;
		const ticks = changes.map((change) => this.#tick(change));
		const header = { sequence: ++this.#sequence, catalogEpoch: this.#epoch, slot: this.slot };
		const applied = this.book.apply(batchOf(header, ticks));
		const proposals = this.strategy.onUpdate({
			changed: applied.status === "applied" ? applied.changed : [],
			clock: { slot: BigInt(chainSlot ?? this.slot), epoch: 0n, unixSeconds: BigInt(this.seconds) },
			nowMicros: this.seconds * 1_000_000,
		});
		for (const proposal of proposals) {
			const problem = findMalformation({ ...proposal, deadlineMicros: 1, timings: {} });
			if (problem) throw new Error(problem);
			this.proposals.push(proposal);
		}
		return proposals;
	}

	/** Ticks were lost: until a snapshot comes the book is stale. */
	loseTicks(): void {
		this.#sequence += 5;
	}

	/** The intent lands; it brings what its last swap expected, or what is told. */
	land(proposal: IntentProposal | undefined, received?: bigint): void {
		const legs = proposal?.legs ?? [];
		const [first, last] = [legs[0] as SwapLeg, legs.at(-1) as SwapLeg];
		this.settle(proposal, "landed", [
			[first.mintIn, -first.amountIn],
			[last.mintOut, received ?? last.expectedAmountOut],
		]);
	}

	settle(
		proposal: IntentProposal | undefined,
		outcome: Settlement["outcome"],
		changes: readonly (readonly [Address, bigint])[] = [],
	): void {
		const { intentId } = proposal as IntentProposal;
		this.strategy.settled?.(settlementOf(intentId, outcome, changes));
		this.strategy.ended(intentId);
	}
}
