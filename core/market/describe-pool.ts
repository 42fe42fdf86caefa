import type { Address } from "../types/address.ts";
import { failure, type Result, success } from "../types/result.ts";
import { readMint } from "./mint-account.ts";
import type { MintDescriptor, PoolDescriptor } from "./pool.ts";
import { readTokenAccountMint } from "./token-account.ts";
import { venueByProgram } from "./venues/index.ts";
import type { AccountBytes, DecodeErrorCode, DeriveAddress, PoolReferences, Venue } from "./venues/venue.ts";

/** Why a pool is left out of the market. Closed, so that the reasons can be counted. */
export type SkipCode =
	| DecodeErrorCode
	| "missingPool"
	| "unknownVenue"
	| "mintNotAllowed"
	| "missingAccount"
	| "unusableMint"
	| "unusableVault"
	| "vaultOfAnotherMint"
	| "decimalsDiffer"
	| "beyondMaximum";

/** A token that the desk lists by name. */
export interface ListedAsset {
	readonly symbol: string;
	readonly mint: Address;
	readonly decimals: number;
}

export interface DescribePoolRequest {
	readonly pool: AccountBytes;
	readonly assets: readonly ListedAsset[];
	/** The accounts that {@link PoolReferences} name, as the chain holds them; undefined for one that does not exist. */
	readonly account: (address: Address) => AccountBytes | undefined;
	readonly derive: DeriveAddress;
}

export interface DescribedPool {
	readonly pool: PoolDescriptor;
	readonly mints: readonly [MintDescriptor, MintDescriptor];
}

const SHORT_SYMBOL_LENGTH = 4;

/** The accounts that must be read before {@link describePool}, or why the pool is none of ours. */
export function poolReferences(pool: AccountBytes): Result<PoolReferences, SkipCode> {
	const venue = venueByProgram(pool.owner);
	if (!venue) return failure("unknownVenue");
	const references = venue.references(pool);
	return references.ok ? references : failure(references.error.code);
}

/**
 * The whole static description of a pool and its two mints. What the pool account says is held against the mints and
 * vaults themselves, and against the decimals that the configuration gives: a limit in whole units would otherwise be
 * off by powers of ten.
 */
export function describePool(request: DescribePoolRequest): Result<DescribedPool, SkipCode> {
	const { pool, account } = request;
	const references = poolReferences(pool);
	if (!references.ok) return references;
	const configurations: AccountBytes[] = [];
	for (const address of references.value.configurations) {
		const configuration = account(address);
		if (!configuration) return failure("missingAccount");
		configurations.push(configuration);
	}
	const venue = venueByProgram(pool.owner)!;
	const described = venue.describe(pool, configurations);
	if (!described.ok) return failure(described.error.code);
	const { mintA, mintB, vaultA, vaultB, decimalsA, decimalsB } = described.value;
	const first = describeMint(request, mintA, decimalsA);
	if (!first.ok) return first;
	const second = describeMint(request, mintB, decimalsB);
	if (!second.ok) return second;
	// What the vaults of these hold is all that their quotes know.
	const hasTransferFee = first.value.hasTransferFee || second.value.hasTransferFee;
	if (venue.pricedBy === "reserves" && hasTransferFee) return failure("unsupported");
	const refusal = refuseVault(account(vaultA), mintA) ?? refuseVault(account(vaultB), mintB);
	if (refusal) return failure(refusal);
	return success({
		pool: withDerived(described.value, venue, request),
		mints: [first.value.descriptor, second.value.descriptor],
	});
}

function withDerived(pool: PoolDescriptor, venue: Venue, { derive }: DescribePoolRequest): PoolDescriptor {
	if (!venue.derivedAccounts) return pool;
	return { ...pool, swapAccounts: { ...pool.swapAccounts, ...venue.derivedAccounts(pool, derive) } };
}

function describeMint(
	request: DescribePoolRequest,
	address: Address,
	poolDecimals: number,
): Result<{ readonly descriptor: MintDescriptor; readonly hasTransferFee: boolean }, SkipCode> {
	const account = request.account(address);
	if (!account) return failure("missingAccount");
	const mint = readMint(account);
	if (!mint.ok) return failure("unusableMint");
	const { decimals, tokenProgram, transferFee } = mint.value;
	const listed = request.assets.find((asset) => asset.mint === address);
	if (decimals !== poolDecimals || (listed && listed.decimals !== decimals)) return failure("decimalsDiffer");
	const symbol = listed?.symbol ?? address.slice(0, SHORT_SYMBOL_LENGTH);
	return success({ descriptor: { address, symbol, decimals, tokenProgram }, hasTransferFee: transferFee !== null });
}

function refuseVault(vault: AccountBytes | undefined, mint: Address): SkipCode | undefined {
	if (!vault) return "missingAccount";
	const held = readTokenAccountMint(vault);
	if (!held.ok) return "unusableVault";
	return held.value === mint ? undefined : "vaultOfAnotherMint";
}
