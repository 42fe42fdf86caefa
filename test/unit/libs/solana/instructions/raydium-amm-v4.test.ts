import { describe, expect, test } from "@jest/globals";
import { AccountRole, type Address } from "@solana/web3.js";
import {
	AMM_SWAP_DATA_SIZE,
	type AmmSwapAccounts,
	SWAP_BASE_IN_OFFSET,
	SWAP_BASE_OUT_OFFSET,
	swapBaseIn,
	swapBaseOut,
} from "../../../../../libs/solana/instructions/raydium-amm-v4.ts";

const accounts: AmmSwapAccounts = {
	pool: "pool" as Address,
	coinVault: "coinVault" as Address,
	pcVault: "pcVault" as Address,
	userSource: "userSource" as Address,
	userDestination: "userDestination" as Address,
	userOwner: "userOwner" as Address,
};
const addresses = (list: readonly { readonly address: string }[]) => list.map(({ address }) => address);

describe("Raydium AMM v4 swap instructions", () => {
	test("carry tag and amounts at the exported offsets", () => {
		const exactIn = swapBaseIn({ ...accounts, amountIn: 0x0102n, minimumAmountOut: 0xffff_ffff_ffff_ffffn });
		const exactOut = swapBaseOut({ ...accounts, maximumAmountIn: 5n, amountOut: 6n });
		const view = (data: Uint8Array) => new DataView(data.buffer);
		expect([exactIn.data.length, exactOut.data.length]).toEqual([AMM_SWAP_DATA_SIZE, AMM_SWAP_DATA_SIZE]);
		expect([exactIn.data[0], exactOut.data[0]]).toEqual([9, 11]);
		expect(view(exactIn.data).getBigUint64(SWAP_BASE_IN_OFFSET.amountIn, true)).toBe(0x0102n);
		expect(view(exactIn.data).getBigUint64(SWAP_BASE_IN_OFFSET.minimumAmountOut, true)).toBe(0xffff_ffff_ffff_ffffn);
		expect(view(exactOut.data).getBigUint64(SWAP_BASE_OUT_OFFSET.maximumAmountIn, true)).toBe(5n);
		expect(view(exactOut.data).getBigUint64(SWAP_BASE_OUT_OFFSET.amountOut, true)).toBe(6n);
	});

	test("name 17 accounts, the pool standing in for the order book's", () => {
		const { accounts: list, programAddress } = swapBaseIn({ ...accounts, amountIn: 1n, minimumAmountOut: 1n });
		expect(programAddress).toBe("675kPX9MHTjS2zt1qfr1NYHuzeLXfQM9H24wFSUt1Mp8");
		expect(addresses(list)).toEqual([
			"TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
			"pool",
			"5Q544fKrFoe6tsEbD7S8EmxGTJYAKtTVhAW5Q5pge4j1",
			"pool",
			"coinVault",
			"pcVault",
			...new Array(8).fill("pool"),
			"userSource",
			"userDestination",
			"userOwner",
		]);
		expect(list[16]?.role).toBe(AccountRole.READONLY_SIGNER);
		expect([1, 4, 5, 14, 15].map((index) => list[index]?.role)).toEqual(new Array(5).fill(AccountRole.WRITABLE));
	});

	test("name 18 accounts with target orders, and the order book's own where they are given", () => {
		const names = [
			"openOrders",
			"marketProgram",
			"market",
			"bids",
			"asks",
			"eventQueue",
			"bookCoin",
			"bookPc",
			"signer",
		];
		const [openOrders, marketProgram, market, bids, asks, eventQueue, coinVault, pcVault, vaultSigner] = names as [
			Address,
			Address,
			Address,
			Address,
			Address,
			Address,
			Address,
			Address,
			Address,
		];
		const orderBook = { openOrders, marketProgram, market, bids, asks, eventQueue, coinVault, pcVault, vaultSigner };
		const targetOrders = "targetOrders" as Address;
		const swap = swapBaseOut({ ...accounts, orderBook, targetOrders, maximumAmountIn: 1n, amountOut: 1n });
		expect(addresses(swap.accounts).slice(3, 15)).toEqual([
			"openOrders",
			"targetOrders",
			"coinVault",
			"pcVault",
			...names.slice(1),
		]);
		expect(swap.accounts).toHaveLength(18);
	});
});
