import type { PoolDescriptor, VenueId } from "../market/pool.ts";
import {
	DAMM_V2_AUTHORITY,
	DAMM_V2_EVENT_AUTHORITY,
	DAMM_V2_PROGRAM,
} from "../market/venues/meteora-damm-v2/pool-account.ts";
import { DLMM_EVENT_AUTHORITY, DLMM_PROGRAM } from "../market/venues/meteora-dlmm/accounts.ts";
import { BITMAP_EXTENSION_INDEX } from "../market/venues/meteora-dlmm/market.ts";
import { WHIRLPOOL_PROGRAM } from "../market/venues/orca-whirlpool/accounts.ts";
import {
	PUMP_FEE_PROGRAM,
	PUMPSWAP_FEE_CONFIG,
	PUMPSWAP_GLOBAL_CONFIG,
} from "../market/venues/pumpswap/fee-schedule.ts";
import { NO_ADDRESS, PUMPSWAP_PROGRAM } from "../market/venues/pumpswap/layout.ts";
import {
	isCashbackCoin,
	PUMPSWAP_EVENT_AUTHORITY,
	PUMPSWAP_GLOBAL_VOLUME,
} from "../market/venues/pumpswap/swap-accounts.ts";
import { AMM_AUTHORITY, RAYDIUM_AMM_V4_PROGRAM } from "../market/venues/raydium-amm-v4/layout.ts";
import { RAYDIUM_CLMM_PROGRAM } from "../market/venues/raydium-clmm/pool-account.ts";
import { CPMM_AUTHORITY, RAYDIUM_CPMM_PROGRAM } from "../market/venues/raydium-cpmm/layout.ts";
import type { Direction } from "../market/venues/venue.ts";
import type { Address } from "../types/address.ts";
import { ASSOCIATED_TOKEN_PROGRAM, SYSTEM_PROGRAM } from "./signable-instructions.ts";
import { INSTRUCTIONS_SYSVAR, SPL_TOKEN, TOKEN_2022 } from "./well-known.ts";

/** What a swap through a venue takes of a transaction. */
export interface SwapFootprint {
	readonly program: Address;
	/** Accounts that the instruction lists, with arrays of these first indexes. */
	accounts(pool: PoolDescriptor, arrays: readonly number[], direction: Direction): number;
	/** Bytes of its data. */
	data(direction: Direction): number;
	/** Arrays that every swap names. */
	readonly leastArrays: number;
	/** What it names beside programs that every trade calls, its own, its arrays and the wallet's accounts. */
	named(pool: PoolDescriptor, direction: Direction): readonly Address[];
	/** What it names of that which its program keeps for the wallet: the same name for the same account. Absent: nothing. */
	kept?(pool: PoolDescriptor, direction: Direction): readonly string[];
}

/** Tick arrays in the fixed part of a Whirlpool's account list: an array that is missing is named by another one's name. */
const WHIRLPOOL_FIXED_ARRAYS = 3;

export const SWAP_FOOTPRINTS: Readonly<Record<VenueId, SwapFootprint>> = {
	"raydium-cpmm": {
		program: RAYDIUM_CPMM_PROGRAM,
		accounts: () => 13,
		data: () => 24,
		leastArrays: 0,
		named(pool) {
			const { ammConfig, token0Program, token1Program, observationState } = pool.swapAccounts;
			return [
				CPMM_AUTHORITY,
				...mintsAndVaults(pool),
				...known(ammConfig, token0Program, token1Program, observationState),
			];
		},
	},
	"raydium-amm-v4": {
		program: RAYDIUM_AMM_V4_PROGRAM,
		accounts: () => 17,
		data: () => 17,
		leastArrays: 0,
		named: ({ address, vaultA, vaultB }) => [AMM_AUTHORITY, SPL_TOKEN, address, vaultA, vaultB],
	},
	"raydium-clmm": {
		program: RAYDIUM_CLMM_PROGRAM,
		accounts: (_pool, arrays) => 13 + arrays.length,
		data: () => 41,
		leastArrays: 1,
		named(pool) {
			const { ammConfig, observationState } = pool.swapAccounts;
			return [SPL_TOKEN, TOKEN_2022, ...mintsAndVaults(pool), ...known(ammConfig, observationState)];
		},
	},
	"orca-whirlpool": {
		program: WHIRLPOOL_PROGRAM,
		accounts: (_pool, arrays) => 12 + Math.max(arrays.length, WHIRLPOOL_FIXED_ARRAYS),
		data: () => 43,
		leastArrays: 1,
		named(pool) {
			const { tokenProgramA, tokenProgramB, oracle } = pool.swapAccounts;
			return [...mintsAndVaults(pool), ...known(tokenProgramA, tokenProgramB, oracle)];
		},
	},
	"meteora-damm-v2": {
		program: DAMM_V2_PROGRAM,
		accounts: (pool) => (isRateLimited(pool) ? 15 : 14),
		data: () => 24,
		leastArrays: 0,
		named(pool) {
			const { tokenAProgram, tokenBProgram } = pool.swapAccounts;
			return [
				DAMM_V2_AUTHORITY,
				DAMM_V2_EVENT_AUTHORITY,
				...mintsAndVaults(pool),
				...known(tokenAProgram, tokenBProgram),
				...(isRateLimited(pool) ? [INSTRUCTIONS_SYSVAR] : []),
			];
		},
	},
	"meteora-dlmm": {
		program: DLMM_PROGRAM,
		// The bitmap extension has a place of its own, which another key takes when there is none.
		accounts: (_pool, arrays) => 16 + arrays.length - (arrays[0] === BITMAP_EXTENSION_INDEX ? 1 : 0),
		data: () => 28,
		leastArrays: 1,
		named(pool) {
			const { oracle, tokenXProgram, tokenYProgram } = pool.swapAccounts;
			return [DLMM_EVENT_AUTHORITY, ...mintsAndVaults(pool), ...known(oracle, tokenXProgram, tokenYProgram)];
		},
	},
	pumpswap: {
		program: PUMPSWAP_PROGRAM,
		accounts(pool, _arrays, direction) {
			const [plain, cashback] = direction === "aToB" ? [23, 2] : [25, 1];
			return plain + (isCashbackCoin(pool) ? cashback : 0) + (hasCreator(pool) ? 1 : 0);
		},
		data: (direction) => (direction === "aToB" ? 24 : 25),
		leastArrays: 0,
		named(pool, direction) {
			const { swapAccounts: its } = pool;
			return [
				SYSTEM_PROGRAM,
				ASSOCIATED_TOKEN_PROGRAM,
				PUMPSWAP_GLOBAL_CONFIG,
				PUMPSWAP_FEE_CONFIG,
				PUMP_FEE_PROGRAM,
				PUMPSWAP_EVENT_AUTHORITY,
				...(direction === "aToB" ? [] : [PUMPSWAP_GLOBAL_VOLUME]),
				...mintsAndVaults(pool),
				...known(its.baseTokenProgram, its.quoteTokenProgram, its.protocolFeeRecipient, its.protocolFeeAccount),
				...known(its.buybackFeeRecipient, its.buybackFeeAccount, its.creatorVault, its.creatorVaultAuthority),
				...(hasCreator(pool) ? known(its.poolV2) : []),
			];
		},
		kept(pool, direction) {
			const isCashback = isCashbackCoin(pool);
			const volume = direction === "bToA" || isCashback ? ["pumpswap volume"] : [];
			return isCashback ? [...volume, `pumpswap cashback ${pool.mintB}`] : volume;
		},
	},
};

function mintsAndVaults({ address, mintA, mintB, vaultA, vaultB }: PoolDescriptor): readonly Address[] {
	return [mintA, mintB, address, vaultA, vaultB];
}

function known(...addresses: readonly (Address | undefined)[]): readonly Address[] {
	return addresses.filter((address) => address !== undefined);
}

function isRateLimited({ parameters }: PoolDescriptor): boolean {
	return parameters.isRateLimited === 1n;
}

function hasCreator({ swapAccounts }: PoolDescriptor): boolean {
	return swapAccounts.coinCreator !== NO_ADDRESS;
}
