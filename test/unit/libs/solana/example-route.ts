import { randomBytes } from "node:crypto";
import fc from "fast-check";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { FlashLender } from "../../../../core/execution/flash-loan.ts";
import { KLEND_PROGRAM } from "../../../../core/execution/lenders/klend/layout.ts";
import type { PoolDescriptor, VenueId } from "../../../../core/market/pool.ts";
import { PUMPSWAP_FEE_CONFIG, PUMPSWAP_GLOBAL_CONFIG } from "../../../../core/market/venues/pumpswap/fee-schedule.ts";
import type { Direction } from "../../../../core/market/venues/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../core/types/base58.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";
import type { Route, RouteLeg, RouteWallet } from "../../../../libs/solana/route.ts";

export const TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const TOKEN_2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb" as Address;

export function anyAddress(): Address {
	return encodeBase58(randomBytes(32)) as Address;
}

export const USDC = anyAddress();
export const BONK = anyAddress();

export function examplePool(venue: VenueId, mintA = BONK, mintB = USDC): PoolDescriptor {
	return {
		address: anyAddress(),
		venue,
		mintA,
		mintB,
		decimalsA: 5,
		decimalsB: 6,
		vaultA: anyAddress(),
		vaultB: anyAddress(),
		feeNumerator: 25n,
		feeDenominator: 10_000n,
		parameters: {},
		swapAccounts: SWAP_ACCOUNTS[venue](),
	};
}

const raydiumAccounts = () => ({
	ammConfig: anyAddress(),
	token0Program: TOKEN_PROGRAM,
	token1Program: TOKEN_PROGRAM,
	observationState: anyAddress(),
});

/** What the feed puts into a descriptor of each venue. */
const SWAP_ACCOUNTS: Readonly<Record<VenueId, () => Readonly<Record<string, Address>>>> = {
	"raydium-cpmm": raydiumAccounts,
	"raydium-amm-v4": raydiumAccounts,
	"raydium-clmm": () => ({ ammConfig: anyAddress(), observationState: anyAddress() }),
	"orca-whirlpool": () => ({ tokenProgramA: TOKEN_PROGRAM, tokenProgramB: TOKEN_2022, oracle: anyAddress() }),
	"meteora-dlmm": () => ({
		bitmapExtension: anyAddress(),
		oracle: anyAddress(),
		tokenXProgram: TOKEN_PROGRAM,
		tokenYProgram: TOKEN_2022,
	}),
	pumpswap: () => ({
		globalConfig: PUMPSWAP_GLOBAL_CONFIG,
		feeConfig: PUMPSWAP_FEE_CONFIG,
		baseTokenProgram: TOKEN_2022,
		quoteTokenProgram: TOKEN_PROGRAM,
		coinCreator: anyAddress(),
		protocolFeeRecipient: anyAddress(),
		buybackFeeRecipient: anyAddress(),
		protocolFeeAccount: anyAddress(),
		buybackFeeAccount: anyAddress(),
		creatorVaultAuthority: anyAddress(),
		creatorVault: anyAddress(),
		poolV2: anyAddress(),
	}),
	"meteora-damm-v2": () => ({ authority: anyAddress(), tokenAProgram: TOKEN_2022, tokenBProgram: TOKEN_PROGRAM }),
};

/** A leg through a new pool, with so many arrays. */
export function exampleLeg(venue: VenueId, direction: Direction, arrays = 0): RouteLeg {
	return { pool: examplePool(venue), direction, arrays: Array.from({ length: arrays }, anyAddress) };
}

export function exampleLender(mint = USDC): FlashLender {
	return {
		program: KLEND_PROGRAM,
		reserve: anyAddress(),
		lendingMarket: anyAddress(),
		lendingMarketAuthority: anyAddress(),
		mint,
		supplyVault: anyAddress(),
		feeVault: anyAddress(),
		tokenProgram: TOKEN_PROGRAM,
		kind: "klend",
		feeNumerator: 0n,
		feeDenominator: 1n << 60n,
		minimumFee: 1n,
		availableAmount: 1_000_000n,
	};
}

export function exampleRoute(): Route {
	return {
		lender: exampleLender(),
		legs: [
			{ pool: examplePool("raydium-cpmm"), direction: "bToA", arrays: [] },
			{ pool: examplePool("raydium-amm-v4"), direction: "aToB", arrays: [] },
		],
		tipAccount: anyAddress(),
	};
}

export function exampleWallet(address = anyAddress()): RouteWallet {
	return {
		address,
		tokenAccounts: new Map([
			[USDC, anyAddress()],
			[BONK, anyAddress()],
		]),
	};
}

const amount = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const intentId = fc
	.array(fc.constantFrom(..."0123456789abcdefghijklmnopqrstuvwxyz"), { minLength: 16, maxLength: 16 })
	.map((letters) => letters.join("") as IntentId);

/** Any values a template may be patched with, for a route of two legs. */
export const anyValues = fc.record({
	intentId,
	blockhash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => encodeBase58(bytes) as Blockhash),
	computeUnitLimit: fc.nat({ max: 0xffff_ffff }),
	computeUnitPriceMicroLamports: amount,
	loan: fc.record({ amount }),
	tip: fc.record({ lamports: amount }),
	legs: fc.array(fc.record({ amountIn: amount, minimumAmountOut: amount }), { minLength: 2, maxLength: 2 }),
});

export type ExampleValues = typeof anyValues extends fc.Arbitrary<infer T> ? T : never;

/** Values as an approved intent, as far as signing reads it. */
export function asIntent(values: ExampleValues): ApprovedIntent {
	return values as unknown as ApprovedIntent;
}
