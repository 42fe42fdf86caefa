import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { HostedStrategyStatus } from "../../../broker/contracts/strategy.ts";
import type { Config } from "../../../config/schema.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import type { Address } from "../../../core/types/address.ts";
import { tokenAccount } from "../../../services/localnet/genesis/token.ts";
import { World } from "../../sim/world.ts";
import { until } from "../../support/until.ts";
import { newToken, openPool } from "./new-pool.ts";
import { withNewTokens } from "./new-token-limits.ts";

const PURSE = 1_000_000_000n;
const DEPTH = 1_000_000_000_000n;
const [GOOD, INFLATABLE, REMOVABLE] = [1, 2, 3];
const ANYBODY = newToken(200);

let world: World;
let ticker: NodeJS.Timeout;

function configured(config: Config): Config {
	return {
		...withNewTokens(config, [GOOD, INFLATABLE, REMOVABLE], "listing"),
		strategies: {
			...config.strategies,
			listing: {
				...config.strategies.listing,
				enabled: true,
				position_size: { USDC: "20" },
				minimum_liquidity: { USDC: "1000" },
				max_holding_seconds: 2,
				minimum_age_seconds: 0,
				// Risk may hear of the new pools a moment later, and deny the first intent.
				cool_down_seconds: 1,
			},
		},
	};
}

beforeEach(async () => {
	world = await World.open({ seed: 11, slotMs: 40, configure: configured });
	const usdc = usdcMint();
	const [purse] = await findAssociatedTokenPda({
		owner: world.wallet,
		mint: usdc,
		tokenProgram: TOKEN_PROGRAM_ADDRESS,
	});
	const { address: _, ...account } = tokenAccount({ address: purse, mint: usdc, owner: world.wallet, amount: PURSE });
	world.chain.setAccount(purse, account);
});

afterEach(async () => {
	clearInterval(ticker);
	await world.close();
});

function usdcMint(): Address {
	return world.config.assets.find(({ symbol }) => symbol === "USDC")!.mint as Address;
}

async function listing(): Promise<HostedStrategyStatus> {
	const { strategies } = await world.node("feed").bus.call("strategy.status");
	return strategies.find(({ name }) => name === "listing")!;
}

test("the token of a new pool is bought and sold again; one that could be inflated or drained is left alone", async () => {
	const settlements: Settlement[] = [];
	await world.startFeed("feed");
	const risk = await world.startRisk("risk");
	risk.broker.createService({
		name: "listener",
		events: {
			"risk.settlement.booked": ({ params }: { params: { settlement: Settlement } }) =>
				void settlements.push(params.settlement),
		},
	} as never);
	await world.startExecutor("executor-1");
	await until(async () => !(await risk.bus.call("risk.status")).recovering, { what: "risk's recovery" });
	const before = await risk.bus.call("feed.catalog");
	const usdc = usdcMint();
	const { pool } = await openPool(world.chain, { number: GOOD, usdc, depth: DEPTH, liquidityLeft: 0n });
	await openPool(world.chain, {
		number: INFLATABLE,
		usdc,
		depth: DEPTH,
		liquidityLeft: 0n,
		mintAuthority: ANYBODY,
	});
	const other = { number: REMOVABLE, usdc, depth: DEPTH, liquidityLeft: 500_000_000n };
	const lively = await openPool(world.chain, other);
	expect(before.pools.some(({ address }) => address === pool)).toBe(false);
	// Somebody gives that pool a little now and then: a market without news tells no time.
	let given = 0n;
	ticker = setInterval(() => {
		const vault = lively.accounts.find(({ address }) => address === lively.coinVault)!;
		const data = Buffer.from(vault.data);
		data.writeBigUInt64LE(DEPTH + ++given, 64);
		world.chain.setAccount(vault.address, { ...vault, data });
	}, 100);
	const landed = () => settlements.filter(({ outcome }) => outcome === "landed");
	await until(() => landed().length >= 2, { what: "a purchase and a sale", timeoutMs: 45_000 });
	const changes = landed().map(({ fill }) => fill?.changes.find(({ mint }) => mint === newToken(GOOD))?.fill ?? 0n);
	expect(changes[0]).toBeGreaterThan(0n);
	// All of it, and only of that token.
	expect(changes[1]).toBe(-changes[0]!);
	await until(async () => (await listing()).positions === 0, { what: "no position" });
	expect(await listing()).toMatchObject({ running: true, inFlight: 0 });
	const { lines } = await until(
		async () => {
			const books = await risk.bus.call("risk.books");
			const isSold = books.lines.some(({ symbol, chain }) => symbol === "NEW1" && chain === 0n);
			return isSold && books.lines.every(({ difference }) => difference === 0n) ? books : null;
		},
		{ what: "exact books" },
	);
	const held = (symbol: string) => lines.find((line) => line.symbol === symbol);
	expect(held("NEW1")?.chain ?? 0n).toBe(0n);
	expect(held("USDC")?.chain).toBeLessThan(PURSE);
	expect(landed()).toHaveLength(2);
}, 90_000);
