import { type Address, getProgramDerivedAddress } from "@solana/web3.js";
import { FEE_DENOMINATOR, FEE_OFFSET } from "../../../core/market/venues/meteora-damm-v2/fee-parameters.ts";
import { integerSqrt } from "../../../core/market/venues/meteora-damm-v2/integers.ts";
import {
	DAMM_V2_AUTHORITY,
	DAMM_V2_PROGRAM,
	MAX_SQRT_PRICE,
	MIN_SQRT_PRICE,
	POOL_DISCRIMINATOR,
	POOL_OFFSET,
	POOL_SIZE,
} from "../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { addressBytes, type GenesisAccount, rentExemptLamports, tokenAccount } from "./token.ts";

export interface DammV2PoolGenesis {
	readonly mintA: Address;
	readonly mintB: Address;
	/** What the pool holds, in base units: their ratio is its price. */
	readonly amountA: bigint;
	readonly amountB: bigint;
	/** Parts of 10^9 of what leaves the pool. */
	readonly feeNumerator: bigint;
}

/** A pool's accounts to set, and the addresses by which it is found. */
export interface DammV2PoolAccounts {
	readonly pool: Address;
	readonly vaultA: Address;
	readonly vaultB: Address;
	readonly accounts: readonly GenesisAccount[];
}

/** Every fee goes to providers by four fifths: what the program's own pools pay (damm-v2, constants.rs). */
const PROTOCOL_FEE_PERCENT = 20;
const FEE_VERSION = 1;
const LAYOUT_VERSION = 1;
/** Fees from either token, whichever leaves. */
const COLLECT_BOTH_TOKENS = 0;

/**
 * The accounts of a DAMM v2 pool over all prices at a fixed fee (damm-v2, state/pool.rs `Pool`): its liquidity holds the
 * given amounts at the price of their ratio.
 *
 * @throws RangeError when an amount is not positive, the fee is all of the amount, or the price is beyond the program's
 */
export async function dammV2PoolAccounts(genesis: DammV2PoolGenesis): Promise<DammV2PoolAccounts> {
	const { mintA, mintB, amountA, amountB, feeNumerator } = genesis;
	if (amountA <= 0n || amountB <= 0n) throw new RangeError(`amounts ${amountA}, ${amountB}: both must be positive`);
	if (feeNumerator < 0n || feeNumerator >= FEE_DENOMINATOR) {
		throw new RangeError(`fee ${feeNumerator}: must be from 0 to less than ${FEE_DENOMINATOR}`);
	}
	const sqrtPrice = integerSqrt((amountB << 128n) / amountA);
	if (sqrtPrice <= MIN_SQRT_PRICE || sqrtPrice >= MAX_SQRT_PRICE) {
		throw new RangeError(`square root price ${sqrtPrice}: must be between ${MIN_SQRT_PRICE} and ${MAX_SQRT_PRICE}`);
	}
	const [mintABytes, mintBBytes] = [addressBytes(mintA), addressBytes(mintB)];
	const pool = await derive(["pool", CONFIGURATION, mintABytes, mintBBytes]);
	const poolBytes = addressBytes(pool);
	const vaultA = await derive(["token_vault", mintABytes, poolBytes]);
	const vaultB = await derive(["token_vault", mintBBytes, poolBytes]);
	const data = new Uint8Array(POOL_SIZE);
	data.set(POOL_DISCRIMINATOR);
	writeUint64(data, FEE_OFFSET.cliffFeeNumerator, feeNumerator);
	data[FEE_OFFSET.protocolFeePercent] = PROTOCOL_FEE_PERCENT;
	data.set(mintABytes, POOL_OFFSET.tokenAMint);
	data.set(mintBBytes, POOL_OFFSET.tokenBMint);
	data.set(addressBytes(vaultA), POOL_OFFSET.tokenAVault);
	data.set(addressBytes(vaultB), POOL_OFFSET.tokenBVault);
	writeUint128(data, POOL_OFFSET.liquidity, amountA * sqrtPrice);
	writeUint128(data, POOL_OFFSET.sqrtMinPrice, MIN_SQRT_PRICE);
	writeUint128(data, POOL_OFFSET.sqrtMaxPrice, MAX_SQRT_PRICE);
	writeUint128(data, POOL_OFFSET.sqrtPrice, sqrtPrice);
	data[POOL_OFFSET.collectFeeMode] = COLLECT_BOTH_TOKENS;
	data[POOL_OFFSET.feeVersion] = FEE_VERSION;
	data[POOL_OFFSET.layoutVersion] = LAYOUT_VERSION;
	writeUint64(data, POOL_OFFSET.tokenAAmount, amountA);
	writeUint64(data, POOL_OFFSET.tokenBAmount, amountB);
	return {
		pool,
		vaultA,
		vaultB,
		accounts: [
			{ address: pool, owner: DAMM_V2_PROGRAM, data, lamports: rentExemptLamports(POOL_SIZE) },
			tokenAccount({ address: vaultA, mint: mintA, owner: DAMM_V2_AUTHORITY, amount: amountA }),
			tokenAccount({ address: vaultB, mint: mintB, owner: DAMM_V2_AUTHORITY, amount: amountB }),
		],
	};
}

/** Stands where the original's addresses have a configuration's key. */
const CONFIGURATION = "local";

async function derive(seeds: (string | Uint8Array)[]): Promise<Address> {
	const [address] = await getProgramDerivedAddress({ programAddress: DAMM_V2_PROGRAM, seeds });
	return address;
}

function writeUint128(data: Uint8Array, offset: number, value: bigint): void {
	writeUint64(data, offset, BigInt.asUintN(64, value));
	writeUint64(data, offset + 8, value >> 64n);
}
