import { beforeEach, expect, test } from "@jest/globals";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { KnownTable } from "../../../../core/execution/lookup-table.ts";
import { poolAccounts } from "../../../../core/execution/transaction-size.ts";
import { pumpSwap } from "../../../../core/market/venues/pumpswap/venue.ts";
import type { Address } from "../../../../core/types/address.ts";
import { IntentSigner } from "../../../../libs/solana/intent-signer.ts";
import { Wallet } from "../../../../libs/solana/keypair.ts";
import { CatalogView } from "../../../../services/executor/catalog-view.ts";
import { RouteTemplates } from "../../../../services/executor/route-templates.ts";
import { policed } from "../../../support/policed.ts";
import { derive, key, WRAPPED_SOL, wholePool } from "../../core/market/venues/pumpswap/accounts.ts";
import { anyAddress, examplePool } from "../../libs/solana/example-route.ts";

const COIN = key(20);
const pump = wholePool({ isCashbackCoin: true });
const raydium = examplePool("raydium-cpmm", COIN, WRAPPED_SOL);
const TABLE: KnownTable = { address: anyAddress(), entries: [pump, raydium].flatMap(poolAccounts) };
const legOf = ({ address: pool, venue }: typeof pump, direction: "aToB" | "bToA") => {
	const [mintIn, mintOut] = direction === "aToB" ? [COIN, WRAPPED_SOL] : [WRAPPED_SOL, COIN];
	return { pool, venue, direction, mintIn, mintOut, amountIn: 1n, minimumAmountOut: 1n, arrays: [] };
};
const intentThrough = (...legs: readonly ReturnType<typeof legOf>[]) =>
	({
		loan: null,
		tip: null,
		lookupTable: { address: TABLE.address, count: TABLE.entries.length },
		fundingMint: WRAPPED_SOL,
		legs,
	}) as unknown as ApprovedIntent;

let keptAccounts: Set<Address>;
let catalog: CatalogView;
let templates: RouteTemplates;
let kept: readonly Address[];

beforeEach(() => {
	const sign = (_message: Uint8Array, signature: Uint8Array) => void signature.fill(1);
	const wallet = policed(new Wallet(new Uint8Array(32).fill(9), { by: "node:crypto", sign }), [WRAPPED_SOL]);
	keptAccounts = new Set();
	catalog = new CatalogView();
	catalog.set({ shard: "main", catalogEpoch: 1, pools: [pump, raydium], mints: [], lenders: [] });
	kept = (pumpSwap.walletAccounts?.(pump, wallet.address, derive) ?? []).map(({ address }) => address);
	templates = new RouteTemplates({
		wallet,
		tokenAccounts: new Map([
			[COIN, anyAddress()],
			[WRAPPED_SOL, anyAddress()],
		]),
		keptAccounts,
		catalog,
		tables: {
			current: null,
			offered: () => ({ ok: true, value: TABLE }),
			read: async () => {},
			demand: () => {},
		},
		signer: new IntentSigner(wallet),
		refreshCatalog: async () => {},
	});
});

test("a route through PumpSwap is refused while any account that it keeps for the wallet is not there", () => {
	const intent = intentThrough(legOf(raydium, "bToA"), legOf(pump, "aToB"));
	expect(kept).toHaveLength(2);
	for (const address of [kept[0], kept[1]] as readonly Address[]) {
		const refused = templates.prepareFor(intent);
		expect(refused).toMatchObject({ ok: false, error: { code: "unknownPool" } });
		expect(!refused.ok && refused.error.detail).toBe(`pumpswap does not keep ${address} for the wallet yet`);
		expect(templates.size).toBe(0);
		keptAccounts.add(address);
	}
	const prepared = templates.prepareFor(intent);
	expect(prepared.ok && prepared.value.route.legs.map(({ pool }) => pool.venue)).toEqual(["raydium-cpmm", "pumpswap"]);
});

test("other routes do not wait for it", () => {
	const other = examplePool("raydium-cpmm", COIN, WRAPPED_SOL);
	catalog.set({ shard: "main", catalogEpoch: 2, pools: [raydium, other, pump], mints: [], lenders: [] });
	expect(templates.prepareFor(intentThrough(legOf(raydium, "bToA"), legOf(other, "aToB")))).toMatchObject({ ok: true });
});

test("the catalog tells once what is kept for a wallet, whatever many pools name it", () => {
	const more = [1, 2, 3].map((number) => ({ ...pump, address: key(100 + number) }));
	const plain = { ...wholePool(), address: key(99) };
	catalog.set({ shard: "main", catalogEpoch: 3, pools: [pump, raydium, plain, ...more], mints: [], lenders: [] });
	const told = catalog.keptAccounts(new Wallet(new Uint8Array(32).fill(9), { by: "node:crypto", sign() {} }).address);
	expect(told.map(({ address }) => address)).toEqual(kept);
	expect(catalog.keptAccountsOf(raydium, key(1))).toEqual([]);
});
