import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { AMM_INFO_OFFSET } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import type { ListingFacts } from "../../../core/strategy/listing/facts.ts";
import type { Address } from "../../../core/types/address.ts";
import { readAddress } from "../../../core/types/base58.ts";
import { mintAccount, tokenAccount } from "../../../services/localnet/genesis/token.ts";
import { readPoolFacts } from "../../../services/strategy/pool-facts.ts";
import { poolOf } from "../../unit/core/market/market-fixture.ts";
import { type LocalChain, startLocalChain } from "../localnet/local-chain.ts";
import { type NewPool, newToken, openPool } from "../machine/new-pool.ts";

const USDC = newToken(100);
const TOKEN = newToken(1);
const DEPTH = 1_000_000n;
const SOMEBODY = newToken(201);

let local: LocalChain;

beforeEach(async () => {
	local = await startLocalChain({ slotDurationMs: 0 });
	set(mintAccount({ address: USDC, decimals: 6, supply: DEPTH, mintAuthority: SOMEBODY }));
});
afterEach(() => local.close());

function set({ address, ...account }: ReturnType<typeof mintAccount>): void {
	local.chain.setAccount(address, account);
}

function give(number: number, owner: Address, amount: bigint): void {
	set(tokenAccount({ address: newToken(number), mint: TOKEN, owner, amount }));
}

async function open(change: Partial<NewPool> = {}): Promise<PoolDescriptor> {
	const made = await openPool(local.chain, { number: 1, usdc: USDC, depth: DEPTH, liquidityLeft: 0n, ...change });
	const { pool: address, coinVault: vaultA, pcVault: vaultB } = made;
	return { ...poolOf({ number: 0 }), address, venue: "raydium-amm-v4", mintA: TOKEN, mintB: USDC, vaultA, vaultB };
}

function read(pool: PoolDescriptor, quoteMints: readonly Address[] = [USDC]): Promise<ListingFacts | null> {
	const signal = AbortSignal.timeout(10_000);
	return readPoolFacts({ rpc: local.rpc as never, pool, quoteMints: new Set(quoteMints), signal });
}

test("a venue whose liquidity is no token tells too little", async () => {
	expect(await read({ ...(await open()), venue: "another" as never })).toBeNull();
});

test("and so do a pool and a mint that are not there, a mint that can do more, and numbers that do not fit", async () => {
	const pool = await open();
	expect(await read({ ...pool, address: newToken(77) })).toBeNull();
	expect(await read({ ...pool, mintA: newToken(77) })).toBeNull();
	const mint = mintAccount({ address: TOKEN, decimals: 6, supply: DEPTH });
	set({ ...mint, data: Buffer.concat([mint.data, Buffer.alloc(100)]) });
	expect(await read(pool)).toBeNull();
	set(mintAccount({ address: TOKEN, decimals: 6, supply: 0n }));
	expect(await read(pool)).toBeNull();
	expect(await read(await open({ number: 2, liquidityLeft: 1_000_000_001n }))).toBeNull();
});

test("authorities, burned liquidity and the time of the opening are read from their accounts", async () => {
	const openedAt = BigInt(local.chain.unixTimestamp);
	expect(await read(await open())).toEqual({
		mintAuthorityRevoked: true,
		freezeAuthorityRevoked: true,
		lockedLiquidityBps: 10_000,
		topHolderBps: 0,
		createdAtSeconds: openedAt,
	});
	const pool = await open({ liquidityLeft: 1n, mintAuthority: SOMEBODY });
	// One token of 10^9 can be taken out: rounded down.
	expect(await read(pool)).toMatchObject({ mintAuthorityRevoked: false, lockedLiquidityBps: 9_999 });
	const freezable = mintAccount({ address: TOKEN, decimals: 6, supply: DEPTH });
	freezable.data[46] = 1;
	set(freezable);
	expect(await read(pool)).toMatchObject({ mintAuthorityRevoked: true, freezeAuthorityRevoked: false });
});

test("the largest holder is a person with all accounts, not the pool, and not an account", async () => {
	const pool = await open();
	give(50, SOMEBODY, 60_000n);
	give(51, SOMEBODY, 40_001n);
	give(52, newToken(202), 90_000n);
	// Rounded up.
	expect(await read(pool)).toMatchObject({ topHolderBps: 1_001 });
});

test("a pool that does not say when it opened, and that nothing has happened to, is of no known age", async () => {
	const pool = await open();
	const { accounts } = await local.rpc
		.getMultipleAccounts([pool.address as never], { encoding: "base64", commitment: "processed" })
		.send()
		.then(({ value }) => ({ accounts: value }));
	const data = Buffer.from(accounts[0]!.data[0], "base64");
	data.writeBigUInt64LE(0n, AMM_INFO_OFFSET.poolOpenTime);
	set({ address: pool.address, owner: accounts[0]!.owner as string as Address, data, lamports: 10_000_000n });
	expect(readAddress(data, AMM_INFO_OFFSET.coinVaultMint)).toBe(TOKEN);
	expect(await read(pool)).toMatchObject({ createdAtSeconds: null, lockedLiquidityBps: 10_000 });
});

test("of two mints that pools pay with, and of two that they do not, both are judged", async () => {
	const pool = await open();
	for (const quotes of [[USDC, TOKEN], []]) {
		expect(await read(pool, quotes)).toMatchObject({ mintAuthorityRevoked: false, freezeAuthorityRevoked: true });
	}
});
