import { SOL_MINT } from "../../../../core/execution/fill.ts";
import type { FlashLender } from "../../../../core/execution/flash-loan.ts";
import type { PoolDescriptor, VenueId } from "../../../../core/market/pool.ts";
import type { ReserveTick, Tick, TickBatchHeader } from "../../../../core/market/tick-batch.ts";
import type { Address } from "../../../../core/types/address.ts";
import { encodeTickBatch } from "../../../support/ticks.ts";

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

export const SOL = SOL_MINT;
export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
export const BONK = "DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263" as Address;

/** An address-like text of its own for every number. */
export function addressOf(number: number): Address {
	let text = "";
	for (let rest = number; text.length < 12; rest = Math.floor(rest / 58)) text += BASE58[rest % 58];
	return text.padEnd(44, "1") as Address;
}

export interface PoolParts {
	readonly number: number;
	readonly venue?: VenueId;
	readonly mintA?: Address;
	readonly mintB?: Address;
	/** Of a million. */
	readonly feeRate?: bigint;
}

/** A pool that the venues' own quotes can price. */
export function poolOf({ number, venue, mintA, mintB, feeRate }: PoolParts): PoolDescriptor {
	return {
		address: addressOf(number),
		venue: venue ?? "raydium-amm-v4",
		mintA: mintA ?? SOL,
		mintB: mintB ?? USDC,
		decimalsA: 9,
		decimalsB: 6,
		vaultA: addressOf(100_000 + number),
		vaultB: addressOf(200_000 + number),
		feeNumerator: feeRate ?? 2_500n,
		feeDenominator: 1_000_000n,
		parameters: {
			tradeFeeRate: feeRate ?? 2_500n,
			creatorFeeRate: 0n,
			enableCreatorFee: 0n,
			creatorFeeOn: 0n,
			protocolFeeRate: 120_000n,
			fundFeeRate: 40_000n,
		},
		swapAccounts: {},
	};
}

export function tickOf(change: Partial<ReserveTick> & { readonly poolIndex: number }): ReserveTick {
	return {
		kind: "reserves",
		slot: 100,
		reserveA: 1_000_000_000_000n,
		reserveB: 150_000_000_000n,
		openTimeSeconds: 0n,
		swapEnabled: true,
		stale: false,
		...change,
	};
}

export function batchOf(header: Partial<TickBatchHeader>, ticks: readonly Tick[]): Uint8Array {
	return encodeTickBatch(
		{
			catalogEpoch: 1,
			sequence: 1,
			slot: 100,
			receivedAtMicros: 1_000,
			decodedAtMicros: 1_001,
			snapshot: false,
			chainSeconds: 1_700_000_000,
			epoch: 0,
			...header,
		},
		ticks,
	);
}

export function lenderOf(change: Partial<FlashLender> = {}): FlashLender {
	return {
		kind: "klend",
		program: addressOf(900_000),
		reserve: addressOf(900_001),
		lendingMarket: addressOf(900_002),
		lendingMarketAuthority: addressOf(900_003),
		mint: USDC,
		supplyVault: addressOf(900_004),
		feeVault: addressOf(900_005),
		tokenProgram: addressOf(900_006),
		// 10 ppm.
		feeNumerator: (1n << 60n) / 100_000n,
		feeDenominator: 1n << 60n,
		minimumFee: 1n,
		availableAmount: 10_000_000_000_000n,
		...change,
	};
}
