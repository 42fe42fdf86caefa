import { SOL_MINT } from "../core/execution/fill.ts";
import type { FlashLender } from "../core/execution/flash-loan.ts";
import { FRACTION_BITS, KLEND_PROGRAM } from "../core/execution/lenders/klend/layout.ts";
import type { PoolDescriptor, VenueId } from "../core/market/pool.ts";
import { TOKEN_PROGRAM } from "../core/market/token-account.ts";
import { AMM_INFO_OFFSET, AMM_INFO_SIZE, AMM_STATUS } from "../core/market/venues/raydium-amm-v4/layout.ts";
import {
	FEE_RATE_DENOMINATOR,
	POOL_STATE_DISCRIMINATOR,
	POOL_STATE_SIZE,
} from "../core/market/venues/raydium-cpmm/layout.ts";
import type { Address } from "../core/types/address.ts";
import { encodeBase58 } from "../core/types/base58.ts";
import { writeUint64 } from "../core/types/bytes.ts";
import type { Random } from "../core/types/clock.ts";

/** A market of the shape that the local chain has by default: some pools of one pair over both venues, one lender a mint. */
export interface BenchMarket {
	readonly pools: readonly PoolDescriptor[];
	readonly lenders: readonly FlashLender[];
	readonly mints: readonly Address[];
}

export const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
/** What every pool holds when prices agree: SOL at 150 USDC. */
export const FAIR_SOL = 1_000_000_000_000n;
export const FAIR_USDC = 150_000_000_000n;

const POOLS = 6;
const FEE_RATE = 2_500n;
const TOKEN_ACCOUNT_SIZE = 165;
const TOKEN_AMOUNT_OFFSET = 64;
const TOKEN_STATE_OFFSET = 108;
const FLASH_FEE_PPM = 10n;
const PPM = 1_000_000n;

export function benchMarket(random: Random): BenchMarket {
	return {
		pools: Array.from({ length: POOLS }, (_, index) =>
			pool(random, index % 2 === 0 ? "raydium-cpmm" : "raydium-amm-v4"),
		),
		lenders: [lender(random, USDC), lender(random, SOL_MINT)],
		mints: [SOL_MINT, USDC],
	};
}

export function anyAddress(random: Random): Address {
	return encodeBase58(anyBytes(random, 32)) as Address;
}

export function anyBytes(random: Random, length: number): Uint8Array {
	return Uint8Array.from({ length }, () => random.nextUint32() & 0xff);
}

/** A pool's account as the chain tells it: open, and nothing owed. */
export function poolAccount(venue: VenueId): Uint8Array {
	if (venue === "raydium-cpmm") {
		const data = new Uint8Array(POOL_STATE_SIZE);
		data.set(POOL_STATE_DISCRIMINATOR);
		return data;
	}
	const data = new Uint8Array(AMM_INFO_SIZE);
	writeUint64(data, AMM_INFO_OFFSET.status, AMM_STATUS.swapOnly);
	return data;
}

/** A vault's token account as the chain tells it. */
export function vaultAccount(amount: bigint): Uint8Array {
	const data = new Uint8Array(TOKEN_ACCOUNT_SIZE);
	data[TOKEN_STATE_OFFSET] = 1;
	writeUint64(data, TOKEN_AMOUNT_OFFSET, amount);
	return data;
}

export function pool(
	random: Random,
	venue: VenueId,
	[mintA, mintB]: readonly [Address, Address] = [SOL_MINT, USDC],
): PoolDescriptor {
	return {
		address: anyAddress(random),
		venue,
		mintA,
		mintB,
		decimalsA: 9,
		decimalsB: 6,
		vaultA: anyAddress(random),
		vaultB: anyAddress(random),
		feeNumerator: FEE_RATE,
		feeDenominator: FEE_RATE_DENOMINATOR,
		parameters: {
			tradeFeeRate: FEE_RATE,
			protocolFeeRate: 120_000n,
			fundFeeRate: 40_000n,
			creatorFeeRate: 0n,
			enableCreatorFee: 0n,
			creatorFeeOn: 0n,
		},
		swapAccounts: {
			ammConfig: anyAddress(random),
			token0Program: TOKEN_PROGRAM,
			token1Program: TOKEN_PROGRAM,
			observationState: anyAddress(random),
		},
	};
}

export function lender(random: Random, mint: Address): FlashLender {
	return {
		kind: "klend",
		program: KLEND_PROGRAM,
		reserve: anyAddress(random),
		lendingMarket: anyAddress(random),
		lendingMarketAuthority: anyAddress(random),
		mint,
		supplyVault: anyAddress(random),
		feeVault: anyAddress(random),
		tokenProgram: TOKEN_PROGRAM,
		feeNumerator: ((1n << FRACTION_BITS) * FLASH_FEE_PPM) / PPM,
		feeDenominator: 1n << FRACTION_BITS,
		minimumFee: 1n,
		availableAmount: FAIR_SOL * 1_000n,
	};
}
