import { expect, test } from "@jest/globals";
import { SOL_MINT } from "../../../../core/execution/fill.ts";
import { MintNames } from "../../../../services/risk/mint-names.ts";
import { BONK, USDC, WALLET } from "../../core/risk/risk-world.ts";

test("names come from the configuration, then the catalog, then the address; order likewise", () => {
	const names = new MintNames([
		{ mint: USDC, symbol: "USDC", decimals: 6 },
		{ mint: SOL_MINT, symbol: "SOL", decimals: 9 },
	]);
	expect([names.hasCatalog, names.market]).toEqual([false, { pools: [], lenders: [] }]);
	expect(names.of(BONK)).toEqual({ symbol: "DezX", decimals: 0 });
	names.learn({
		shard: "main",
		catalogEpoch: 1,
		pools: [],
		lenders: [],
		mints: [
			{ address: BONK, symbol: "BONK", decimals: 5, tokenProgram: BONK },
			{ address: USDC, symbol: "FAKE", decimals: 0, tokenProgram: BONK },
		],
	});
	expect(names.hasCatalog).toBe(true);
	expect(names.of(BONK)).toEqual({ symbol: "BONK", decimals: 5 });
	expect(names.of(USDC)).toEqual({ symbol: "USDC", decimals: 6 });
	expect(names.sorted([WALLET, BONK, SOL_MINT, USDC])).toEqual([USDC, SOL_MINT, WALLET, BONK]);
});
