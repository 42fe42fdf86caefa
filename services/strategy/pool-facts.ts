import { address, type Base64EncodedBytes, type Base64EncodedDataResponse } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { PoolDescriptor, VenueId } from "../../core/market/pool.ts";
import { AMM_INFO_OFFSET } from "../../core/market/venues/raydium-amm-v4/layout.ts";
import { POOL_STATE_OFFSET } from "../../core/market/venues/raydium-cpmm/layout.ts";
import type { ListingFacts } from "../../core/strategy/listing/facts.ts";
import type { Address } from "../../core/types/address.ts";
import { readAddress } from "../../core/types/base58.ts";
import { readUint64 } from "../../core/types/bytes.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";

export interface PoolFactsOptions {
	readonly rpc: SolanaRpc;
	readonly pool: PoolDescriptor;
	/** Mints that pools pay with: those are not judged. Of two such both are. */
	readonly quoteMints: ReadonlySet<Address>;
	readonly signal: AbortSignal;
}

interface Account {
	readonly owner: string;
	readonly data: Uint8Array;
}

interface MintFacts {
	readonly mintAuthorityRevoked: boolean;
	readonly freezeAuthorityRevoked: boolean;
	readonly supply: bigint;
}

/** Where a pool's account tells of its liquidity: `lp_mint`, what of it was ever handed out and not taken back, and when it opens. */
interface LiquidityOffsets {
	readonly lpMint: number;
	readonly lpSupply: number;
	readonly openTime: number;
}

const OFFSETS: Readonly<Partial<Record<VenueId, LiquidityOffsets>>> = {
	"raydium-cpmm": POOL_STATE_OFFSET,
	"raydium-amm-v4": {
		lpMint: AMM_INFO_OFFSET.lpMint,
		lpSupply: AMM_INFO_OFFSET.lpAmount,
		openTime: AMM_INFO_OFFSET.poolOpenTime,
	},
};

/** SPL Token `Mint`: authority 0, supply 36, freeze authority 46; a `COption` begins with a u32 (`state::Mint`). */
const MINT_BYTES = 82;
const SUPPLY_OFFSET = 36;
const FREEZE_AUTHORITY_OFFSET = 46;
/** SPL Token `Account`: owner 32. */
const OWNER_OFFSET = 32;
const OWNER_END = 64;
/** What one answer of `getSignaturesForAddress` holds at most. */
const MOST_SIGNATURES = 1_000;
const BASIS_POINTS = 10_000n;

/**
 * What the chain tells of a pool's token, or null when it does not tell enough: a venue whose liquidity is no token, a
 * mint of another program or with extensions, or numbers that do not fit each other. Rejects when it cannot be asked.
 */
export async function readPoolFacts(options: PoolFactsOptions): Promise<ListingFacts | null> {
	const { pool, quoteMints } = options;
	const offsets = OFFSETS[pool.venue];
	if (offsets === undefined) return null;
	const both = [pool.mintA, pool.mintB];
	const tokens = both.filter((mint) => !quoteMints.has(mint));
	const judged = tokens.length > 0 ? tokens : both;
	const [account, ...mintAccounts] = await accountsOf([pool.address, ...judged], options);
	if (!account) return null;
	const lockedLiquidityBps = await lockedShare(account, offsets, options);
	if (lockedLiquidityBps === null) return null;
	const mints = mintAccounts.map((one) => mintFactsOf(one ?? null));
	let topHolderBps = 0;
	for (const [at, mint] of mints.entries()) {
		if (mint === null || mint.supply === 0n) return null;
		topHolderBps = Math.max(topHolderBps, await topShare(judged[at] as Address, mint.supply, options));
	}
	return {
		mintAuthorityRevoked: mints.every((mint) => mint?.mintAuthorityRevoked === true),
		freezeAuthorityRevoked: mints.every((mint) => mint?.freezeAuthorityRevoked === true),
		lockedLiquidityBps,
		topHolderBps,
		createdAtSeconds: await createdAt(account, offsets, options),
	};
}

/** What was burned of the tokens of the liquidity: the pool counts those that it handed out, the mint those that are left. */
async function lockedShare(
	{ data }: Account,
	{ lpMint, lpSupply }: LiquidityOffsets,
	options: PoolFactsOptions,
): Promise<number | null> {
	const [account] = await accountsOf([readAddress(data, lpMint)], options);
	const mint = mintFactsOf(account ?? null);
	const handedOut = readUint64(data, lpSupply);
	if (mint === null || handedOut === 0n || mint.supply > handedOut) return null;
	return Number(((handedOut - mint.supply) * BASIS_POINTS) / handedOut);
}

/** The share of the one who has most on the largest accounts together, the pool's own left out; rounded up. */
async function topShare(mint: Address, supply: bigint, options: PoolFactsOptions): Promise<number> {
	const { rpc, pool, signal } = options;
	const { value } = await rpc
		.getTokenLargestAccounts(address(mint), { commitment: "confirmed" })
		.send({ abortSignal: signal });
	const others = value.filter((one) => one.address !== pool.vaultA && one.address !== pool.vaultB);
	if (others.length === 0) return 0;
	const accounts = await accountsOf(
		others.map((one) => one.address as string as Address),
		options,
	);
	const held = new Map<string, bigint>();
	for (const [at, one] of others.entries()) {
		const owner = accounts[at]?.data.subarray(OWNER_OFFSET, OWNER_END);
		const holder = owner ? Buffer.from(owner).toString("hex") : one.address;
		held.set(holder, (held.get(holder) ?? 0n) + BigInt(one.amount));
	}
	const most = [...held.values()].reduce((largest, amount) => (amount > largest ? amount : largest), 0n);
	return Number((most * BASIS_POINTS + supply - 1n) / supply);
}

/** When the pool opened; of one that does not say, its first transaction, if one answer reaches back to it. */
async function createdAt(
	{ data }: Account,
	{ openTime }: LiquidityOffsets,
	{ rpc, pool, signal }: PoolFactsOptions,
): Promise<bigint | null> {
	const opened = readUint64(data, openTime);
	if (opened > 0n) return opened;
	const signatures = await rpc
		.getSignaturesForAddress(address(pool.address), { limit: MOST_SIGNATURES, commitment: "confirmed" })
		.send({ abortSignal: signal });
	if (signatures.length >= MOST_SIGNATURES) return null;
	return signatures.at(-1)?.blockTime ?? null;
}

function mintFactsOf(account: Account | null): MintFacts | null {
	// Extensions of newer mints can take or freeze what others hold: only those without are told apart here.
	if (account === null || account.owner !== TOKEN_PROGRAM_ADDRESS || account.data.length !== MINT_BYTES) return null;
	const { data } = account;
	const isNone = (at: number) => data.subarray(at, at + 4).every((byte) => byte === 0);
	return {
		mintAuthorityRevoked: isNone(0),
		freezeAuthorityRevoked: isNone(FREEZE_AUTHORITY_OFFSET),
		supply: readUint64(data, SUPPLY_OFFSET),
	};
}

async function accountsOf(
	addresses: readonly Address[],
	{ rpc, signal }: Pick<PoolFactsOptions, "rpc" | "signal">,
): Promise<readonly (Account | null)[]> {
	const { value } = await rpc
		.getMultipleAccounts(
			addresses.map((one) => address(one)),
			{ encoding: "base64", commitment: "confirmed" },
		)
		.send({ abortSignal: signal });
	return value.map((one) => one && { owner: one.owner, data: bytesOf(one.data) });
}

function bytesOf([text]: Base64EncodedDataResponse): Uint8Array {
	return Buffer.from(text satisfies Base64EncodedBytes, "base64");
}
