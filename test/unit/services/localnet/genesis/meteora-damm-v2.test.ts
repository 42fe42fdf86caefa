import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { MAX_SQRT_PRICE } from "../../../../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { meteoraDammV2 } from "../../../../../core/market/venues/meteora-damm-v2/venue.ts";
import { readUint64 } from "../../../../../core/types/bytes.ts";
import { dammV2PoolAccounts } from "../../../../../services/localnet/genesis/meteora-damm-v2.ts";
import { mintAccount } from "../../../../../services/localnet/genesis/token.ts";
import { clockAt } from "../../../../support/chain-clock.ts";

const SOL = "So11111111111111111111111111111111111111112" as Address;
const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v" as Address;
const USUAL = { mintA: SOL, mintB: USDC, amountA: 10n ** 13n, amountB: 15n * 10n ** 11n, feeNumerator: 2_500_000n };

describe("a DAMM v2 pool's genesis", () => {
	test.each([
		["nothing of A", { amountA: 0n }, /must be positive/],
		["nothing of B", { amountB: -1n }, /must be positive/],
		["a fee of all", { feeNumerator: 1_000_000_000n }, /must be from 0 to less than/],
		["a negative fee", { feeNumerator: -1n }, /must be from 0 to less than/],
		["a price beyond the highest", { amountA: 1n, amountB: MAX_SQRT_PRICE }, /square root price/],
		["a price below the lowest", { amountA: 1n << 70n, amountB: 1n }, /square root price/],
	])("refuses %s", async (_what, edit, message) => {
		await expect(dammV2PoolAccounts({ ...USUAL, ...edit })).rejects.toThrow(message);
	});

	test("is a pool that its venue describes, holds the amounts, and quotes near its price less the fee", async () => {
		const { pool, vaultA, vaultB, accounts } = await dammV2PoolAccounts(USUAL);
		const held = (address: Address) => accounts.find((account) => account.address === address);
		expect(readUint64(held(vaultA)?.data as Uint8Array, 64)).toBe(USUAL.amountA);
		expect(readUint64(held(vaultB)?.data as Uint8Array, 64)).toBe(USUAL.amountB);
		const account = held(pool);
		if (account === undefined) throw new Error("the pool is not among its accounts");
		const mints = [
			mintAccount({ address: SOL, decimals: 9, supply: 0n }),
			mintAccount({ address: USDC, decimals: 6, supply: 0n }),
		];
		const described = meteoraDammV2.describe(account, mints);
		if (!described.ok) throw new Error(described.error.detail);
		const market = meteoraDammV2.open(described.value);
		expect(market.apply({ place: "pool", startIndex: 0, data: account.data })).toBe(true);
		const quote = market.quoteExactIn("aToB", 10n ** 9n, clockAt(1_700_000_000n));
		if (!quote.ok) throw new Error(quote.error);
		// 150 USDC less 0.25 %, and 0.01 % of impact.
		expect(quote.value.amountOut).toBeGreaterThan(149_600_000n);
		expect(quote.value.amountOut).toBeLessThan(149_626_000n);
	});
});
