import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createSolanaRpc, getAddressEncoder, getProgramDerivedAddress } from "@solana/web3.js";
import {
	SOLEND_FLASH_LOANS_DISABLED,
	SOLEND_PROGRAM,
	SOLEND_RESERVE_OFFSET,
	SOLEND_RESERVE_SIZE,
} from "../../../core/execution/lenders/solend/layout.ts";
import type { AccountBytes } from "../../../core/market/venues/venue.ts";
import type { Address } from "../../../core/types/address.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import { AccountReader } from "../../../libs/solana/account-reader.ts";
import { LenderReader } from "../../../services/feed/lender-reader.ts";
import { anyAddress, USDC } from "../../unit/core/market/market-accounts.ts";
import { MarketOnChain } from "./market-on-chain.ts";

const LENDING_MARKET = anyAddress();

function solendReserve({
	feeWad = 3n * 10n ** 15n,
	...change
}: Partial<AccountBytes> & { readonly feeWad?: bigint } = {}): AccountBytes {
	const data = new Uint8Array(SOLEND_RESERVE_SIZE);
	data[SOLEND_RESERVE_OFFSET.version] = 1;
	data.set(getAddressEncoder().encode(LENDING_MARKET), SOLEND_RESERVE_OFFSET.lendingMarket);
	data.set(getAddressEncoder().encode(USDC), SOLEND_RESERVE_OFFSET.liquidityMint);
	writeUint64(data, SOLEND_RESERVE_OFFSET.availableAmount, 77n);
	writeUint64(data, SOLEND_RESERVE_OFFSET.flashLoanFeeWad, feeWad);
	return { address: anyAddress(), owner: SOLEND_PROGRAM, data, ...change };
}

let market: MarketOnChain;

beforeAll(async () => {
	market = new MarketOnChain("lender-reader");
	await market.open();
});

afterAll(() => market.close());

function read(reserves: readonly Address[]) {
	const rpc = createSolanaRpc(market.urls.rpc_url);
	return new LenderReader(new AccountReader({ rpc, timeoutMs: 2_000 }), reserves).read(AbortSignal.timeout(5_000));
}

test("what cannot lend is named with its reason", async () => {
	const missing = anyAddress();
	const stranger = solendReserve({ owner: anyAddress() });
	const short = solendReserve({ data: new Uint8Array(3) });
	const off = solendReserve({ feeWad: SOLEND_FLASH_LOANS_DISABLED });
	market.put(stranger, short, off);
	const { lenders, refusals } = await read([missing, stranger.address, short.address, off.address]);
	expect(lenders).toEqual([]);
	expect(refusals).toEqual([
		{ reserve: missing, code: "missing" },
		{ reserve: stranger.address, code: "wrongOwner" },
		{ reserve: short.address, code: "wrongSize" },
		{ reserve: off.address, code: "flashLoansDisabled" },
	]);
});

test("reserves of both programs are read by their owner, each with its market's own authority", async () => {
	const reserve = solendReserve();
	market.put(reserve);
	await market.putLender(10n ** 12n);
	const { lenders, refusals } = await read([market.reserve, reserve.address]);
	expect(refusals).toEqual([]);
	expect(lenders.map(({ kind }) => kind)).toEqual(["klend", "solend"]);
	const [authority] = await getProgramDerivedAddress({
		programAddress: SOLEND_PROGRAM,
		seeds: [getAddressEncoder().encode(LENDING_MARKET)],
	});
	expect(lenders[1]).toMatchObject({
		lendingMarket: LENDING_MARKET,
		lendingMarketAuthority: authority,
		mint: USDC,
		availableAmount: 77n,
	});
});
