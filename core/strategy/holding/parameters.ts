import { SOL_MINT } from "../../execution/fill.ts";
import type { Address } from "../../types/address.ts";
import type { ComputeBudget } from "../network-cost.ts";
import type { PositionTerms } from "./position-desk.ts";

/** What every strategy that holds positions can be told, by the keys of the configuration. */
export const HOLDING_PARAMETERS = {
	position_size: {
		kind: "amounts",
		default: {},
		explanation:
			"What one position is bought with at most: one asset, in which all are paid for. Without it nothing is bought.",
	},
	minimum_liquidity: {
		kind: "amounts",
		default: {},
		explanation: "What a pool must hold of the asset of position_size to be bought from.",
	},
	max_positions: {
		kind: "count",
		default: 4,
		minimum: 1,
		maximum: 64,
		unit: "positions",
		explanation: "Positions at once, purchases in flight counted.",
	},
	max_impact_bps: {
		kind: "count",
		default: 50,
		minimum: 1,
		maximum: 5_000,
		unit: "bps",
		explanation: "How far below the pool's price a purchase's average may be, before its fee.",
	},
	slippage_bps: {
		kind: "count",
		default: 50,
		minimum: 0,
		maximum: 5_000,
		unit: "bps",
		explanation: "How much less than its quote a swap may bring; the chain refuses more.",
	},
	stop_loss_bps: {
		kind: "count",
		default: 300,
		minimum: 1,
		maximum: 10_000,
		unit: "bps",
		explanation: "A position that would bring so much less than it cost is sold. Pool fees of both ways count.",
	},
	max_holding_seconds: {
		kind: "count",
		default: 3_600,
		minimum: 1,
		maximum: 2_592_000,
		unit: "s",
		explanation: "A position is sold after so long.",
	},
	cool_down_seconds: {
		kind: "count",
		default: 600,
		minimum: 0,
		maximum: 86_400,
		unit: "s",
		explanation: "Rest of a mint after an attempt to buy or to sell it, before it is bought again.",
	},
	retry_seconds: {
		kind: "count",
		default: 2,
		minimum: 1,
		maximum: 3_600,
		unit: "s",
		explanation: "A sale that was denied or reverted is tried again so long after its attempt.",
	},
} as const;

/** The values of {@link HOLDING_PARAMETERS}: amounts in base units by mint. */
export interface HoldingSettings {
	readonly position_size: ReadonlyMap<Address, bigint>;
	readonly minimum_liquidity: ReadonlyMap<Address, bigint>;
	readonly max_positions: number;
	readonly max_impact_bps: number;
	readonly slippage_bps: number;
	readonly stop_loss_bps: number;
	readonly max_holding_seconds: number;
	readonly cool_down_seconds: number;
	readonly retry_seconds: number;
}

/** What the desk gives a strategy that holds positions. */
export interface HoldingSurroundings {
	readonly budget: ComputeBudget;
	readonly staleAfterSlots: number;
	/** The most that one intent may spend, by mint, base units. A mint without an entry is not spent at all. */
	readonly largestNotional: ReadonlyMap<Address, bigint>;
}

/** A parameter that does not go together with the others, and what is expected of it. */
export interface Refusal {
	readonly key: string;
	readonly expected: string;
}

/** The terms that all strategies with positions share, and what a purchase is measured by. */
export interface HoldingTerms extends PositionTerms {
	/** What a position is bought with at most, base units of the funding mint. */
	readonly positionSize: bigint;
	/** What a pool must hold of the funding mint to be bought from, base units. */
	readonly minimumLiquidity: bigint;
	/** How far below the pool's price a purchase's average may be, before its fee. */
	readonly maximumImpactBps: number;
}

/** Without a size nothing is bought; what is held is still sold. */
const NO_FUNDING: readonly [Address, bigint] = [SOL_MINT, 0n];

/** What is wrong with the settings together, or null. */
export function refuseHolding({ position_size, minimum_liquidity }: HoldingSettings): Refusal | null {
	if (position_size.size > 1) {
		return { key: "position_size", expected: `expected one asset, got ${position_size.size}` };
	}
	for (const size of position_size.values()) {
		if (size < 1n) return { key: "position_size", expected: "expected an amount above 0" };
	}
	const isMatching =
		minimum_liquidity.size === position_size.size &&
		[...position_size.keys()].every((mint) => minimum_liquidity.has(mint));
	if (isMatching) return null;
	return { key: "minimum_liquidity", expected: "expected an amount of the asset of position_size, and of no other" };
}

/**
 * The terms of whole settings.
 *
 * @throws RangeError when {@link refuseHolding} refuses them
 */
export function holdingTerms(settings: HoldingSettings, surroundings: HoldingSurroundings): HoldingTerms {
	const refusal = refuseHolding(settings);
	if (refusal !== null) throw new RangeError(`${refusal.key}: ${refusal.expected}`);
	const [fundingMint, size] = [...settings.position_size][0] ?? NO_FUNDING;
	const { budget, staleAfterSlots, largestNotional } = surroundings;
	const most = largestNotional.get(fundingMint) ?? 0n;
	const positionSize = size < most ? size : most;
	return {
		fundingMint,
		positionSize,
		minimumLiquidity: settings.minimum_liquidity.get(fundingMint) ?? 0n,
		// What may not be spent buys nothing.
		maximumPositions: positionSize > 0n ? settings.max_positions : 0,
		maximumImpactBps: settings.max_impact_bps,
		slippageBps: settings.slippage_bps,
		stopLossBps: settings.stop_loss_bps,
		maximumHoldingSeconds: settings.max_holding_seconds,
		coolDownSeconds: settings.cool_down_seconds,
		retrySeconds: settings.retry_seconds,
		budget,
		staleAfterSlots,
	};
}
