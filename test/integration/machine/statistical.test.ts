import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { HostedStrategyStatus } from "../../../broker/contracts/strategy.ts";
import type { Config } from "../../../config/schema.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import type { Address } from "../../../core/types/address.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { AmmPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import { tokenAccount } from "../../../services/localnet/genesis/token.ts";
import { World } from "../../sim/world.ts";
import { until } from "../../support/until.ts";
import { newToken, openPool } from "./new-pool.ts";
import { withNewTokens } from "./new-token-limits.ts";

const PURSE = 1_000_000_000n;
const DEPTH = 1_000_000_000_000n;
const [FIRST, SECOND] = [1, 2];
const LOOKBACK_SECONDS = 60;
/** Several of the feed's looks at the chain's clock. */
const SAMPLE_SECONDS = 5;
const CHAIN_SPEED = 10;
const MILLION = 1_000_000;
/** Offset of a token account's amount (spl-token, state.rs `Account`). */
const AMOUNT = 64;

let world: World;
let ticker: NodeJS.Timeout;
/** What the first token costs beside what it should, in millionths. */
let offset = 0;

function configured(config: Config): Config {
	return {
		...withNewTokens(config, [FIRST, SECOND], "statistical"),
		strategies: {
			...config.strategies,
			statistical: {
				...config.strategies.statistical,
				enabled: true,
				position_size: { USDC: "20" },
				minimum_liquidity: { USDC: "1000" },
				mints: [newToken(FIRST), newToken(SECOND)],
				lookback_seconds: [LOOKBACK_SECONDS],
				sample_seconds: SAMPLE_SECONDS,
				stop_z: 100,
				// One purchase is what is looked at.
				cool_down_seconds: 3_600,
			},
		},
	};
}

beforeEach(async () => {
	offset = 0;
	world = await World.open({ seed: 12, slotMs: 40, chainSpeed: CHAIN_SPEED, configure: configured });
	const mint = usdcMint();
	const [purse] = await findAssociatedTokenPda({ owner: world.wallet, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
	const { address: _, ...account } = tokenAccount({ address: purse, mint, owner: world.wallet, amount: PURSE });
	world.chain.setAccount(purse, account);
	const pools = await Promise.all(
		[FIRST, SECOND].map((number) => openPool(world.chain, { number, usdc: mint, depth: DEPTH, liquidityLeft: 0n })),
	);
	let step = 0;
	// Both go up and down by a percent together, and apart from each other by a fifth of one.
	ticker = setInterval(() => {
		step++;
		const together = 10_000 * Math.sin(step / 7);
		const apart = 2_000 * Math.sin(step * 1.7);
		setPrice(pools[0]!, MILLION + Math.round(together + apart) + offset);
		setPrice(pools[1]!, MILLION + Math.round(together));
	}, 50);
});

const pause = (milliseconds: number) => new Promise((wake) => setTimeout(wake, milliseconds));

afterEach(async () => {
	clearInterval(ticker);
	await world.close();
});

/** Somebody else's trades: what a pool asks for its token, in millionths of a USDC. */
function setPrice({ accounts, pcVault }: AmmPoolAccounts, millionths: number): void {
	const vault = accounts.find(({ address }) => address === pcVault)!;
	const data = Uint8Array.from(vault.data);
	writeUint64(data, AMOUNT, (DEPTH * BigInt(millionths)) / BigInt(MILLION));
	world.chain.setAccount(pcVault, { ...vault, data });
}

function usdcMint(): Address {
	return world.config.assets.find(({ symbol }) => symbol === "USDC")!.mint as Address;
}

async function statistical(): Promise<HostedStrategyStatus> {
	const { strategies } = await world.node("feed").bus.call("strategy.status");
	return strategies.find(({ name }) => name === "statistical")!;
}

test("of two tokens that go together the one that fell behind is bought, and sold when it is back, with a profit", async () => {
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
	const landed = () => settlements.filter(({ outcome }) => outcome === "landed");
	/** So long after it was opened, or after a price jumped, the market is again one that goes together. */
	const calm = () => pause((LOOKBACK_SECONDS / CHAIN_SPEED) * 1_500);
	await calm();
	expect(settlements).toEqual([]);
	// A price that stays away soon counts as where it belongs: who missed it gets another.
	for (let attempts = 0; landed().length === 0 && attempts < 4; attempts++) {
		offset = -40_000;
		await pause(2_000);
		offset = 0;
		if (landed().length === 0) await calm();
	}
	await until(() => landed().length >= 2, { what: "a purchase and a sale", timeoutMs: 20_000 });
	const changes = landed().map(({ fill }) => fill?.changes.find(({ mint }) => mint === newToken(FIRST))?.fill ?? 0n);
	expect(changes[0]).toBeGreaterThan(0n);
	// All of it, and none of the other.
	expect(changes[1]).toBe(-changes[0]!);
	await until(async () => (await statistical()).positions === 0, { what: "no position" });
	const { lines } = await until(
		async () => {
			const books = await risk.bus.call("risk.books");
			const isSold = books.lines.some(({ symbol, chain }) => symbol === "NEW1" && chain === 0n);
			return isSold && books.lines.every(({ difference }) => difference === 0n) ? books : null;
		},
		{ what: "exact books" },
	);
	const held = (symbol: string) => lines.find((line) => line.symbol === symbol)?.chain ?? 0n;
	expect(held("NEW2")).toBe(0n);
	expect(held("USDC")).toBeGreaterThan(PURSE);
	expect(landed()).toHaveLength(2);
}, 90_000);
