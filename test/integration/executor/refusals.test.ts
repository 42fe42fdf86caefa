import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Catalog } from "../../../broker/contracts/feed.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import type { FlashLoan, SwapLeg } from "../../../core/strategy/order-intent.ts";
import type { Address } from "../../../core/types/address.ts";
import { encodeBase58 } from "../../../core/types/base58.ts";
import { systemClock } from "../../../libs/clock.ts";
import { StandInRisk } from "../../support/stand-in-risk.ts";
import { until as waitUntil } from "../../support/until.ts";
import { BONK, Desk, type RunningExecutor, USDC, until } from "./desk.ts";

let desk: Desk;
let executor: RunningExecutor;

beforeEach(async () => {
	desk = await Desk.open();
	executor = await desk.start();
	desk.node.sent.length = 0;
});

afterEach(() => desk.close());

const stranger = (index: number) => encodeBase58(new Uint8Array(32).fill(100 + index)) as Address;
const STRANGER = stranger(0);

async function expectRefusal(intent: unknown, code: string): Promise<string> {
	const ack = await executor.execute(intent);
	expect(ack).toMatchObject({ status: "refused", code });
	const status = await executor.status();
	expect(status).toMatchObject({ inFlight: 0, submitted: 0, refused: { [code]: 1 } });
	expect(desk.node.sent).toEqual([]);
	return ack.status === "refused" ? ack.detail : "";
}

describe("an executor refuses, and sends nothing", () => {
	test("garbage, in one clear phrase", async () => {
		for (const [garbage, word] of [
			[null, "intentId"],
			[{}, "intentId"],
			[{ ...desk.intent(), wallet: 7 }, "wallet"],
			[{ ...desk.intent(), blockhash: "O0" }, "blockhash"],
			[{ ...desk.intent(), lastValidBlockHeight: -1 }, "lastValidBlockHeight"],
			[{ ...desk.intent(), loan: { ...desk.intent().loan, amount: 5 } }, "loan.amount"],
			[{ ...desk.intent(), timings: { found: "now" } }, "timings.found"],
			// 44 letters of base58 that are 33 bytes.
			[{ ...desk.intent(), blockhash: "z".repeat(44) }, "expected 32"],
		] as const) {
			const ack = await executor.execute(garbage);
			expect(ack).toMatchObject({ status: "refused", code: "malformedIntent" });
			expect(ack.status === "refused" && ack.detail).toContain(word);
		}
		expect(desk.node.sent).toEqual([]);
	});

	test("what risk did not approve: forged, altered, or sealed with another key", async () => {
		const intent = desk.intent();
		const sealed = desk.risk.approve(intent);
		const other = await StandInRisk.open("a key that somebody guessed, and guessed wrong");
		const forgeries = [
			intent,
			{ ...sealed, computeUnitPriceMicroLamports: 1_001n },
			{ ...sealed, deadlineMicros: sealed.deadlineMicros + 60_000_000 },
			{ ...desk.intent(), seal: sealed.seal },
			other.approve(intent),
		];
		for (const forged of forgeries) {
			expect(await executor.executeAsIs(forged)).toMatchObject({ status: "refused", code: "notApproved" });
		}
		expect(await executor.status()).toMatchObject({ inFlight: 0, submitted: 0, refused: { notApproved: 5 } });
		expect(desk.node.sent).toEqual([]);
	});

	test("an approval that is played back after its deadline", async () => {
		const sealed = desk.risk.approve(desk.intent({ deadlineMicros: systemClock.epochMicros() - 1 }));
		expect(await executor.executeAsIs(sealed)).toMatchObject({ status: "refused", code: "deadlinePassed" });
		expect(desk.node.sent).toEqual([]);
	});

	test("what an older risk approved, also after a restart of the executor", async () => {
		const approved = desk.risk.approve(desk.intent());
		desk.leaseEpoch = 2;
		const isHeard = async () => {
			const intent = desk.intent({ riskEpoch: 2 });
			return (await executor.execute(intent)).status === "accepted" ? intent : null;
		};
		await executor.settlement(await waitUntil(isHeard, { what: "the new epoch" }));
		desk.node.sent.length = 0;
		expect(await executor.executeAsIs(approved)).toMatchObject({ status: "refused", code: "staleEpoch" });
		await executor.kill();
		desk.leaseEpoch = 1;
		const restarted = await desk.start({ ready: false });
		await until(() => restarted.readyCount > 0, "the restart");
		expect(await restarted.executeAsIs(desk.risk.approve(desk.intent()))).toMatchObject({ code: "staleEpoch" });
		expect(desk.node.sent).toEqual([]);
	});

	test("anything while risk gives no lease, and again when it stops giving one", async () => {
		desk.leaseEpoch = null;
		await waitUntil(async () => (await executor.status()).closedBecause?.includes("risk.lease_ms"), {
			what: "the lease to lapse",
		});
		await expectRefusal(desk.intent(), "leaseLapsed");
		desk.leaseEpoch = 1;
		await executor.ready();
		const ack = await executor.execute(desk.intent());
		expect(ack.status).toBe("accepted");
	});

	test("while trading is halted", async () => {
		desk.setTradingState("halted");
		expect(await expectRefusal(desk.intent(), "tradingHalted")).toContain("halted by test");
	});

	test("a state older than the one it knows changes nothing", async () => {
		desk.setTradingState("halted");
		const older = { ...desk.tradingState, state: "active", changedAtMicros: 0 };
		await executor.broker.broadcast("risk.state.changed", older);
		await executor.broker.broadcast("risk.state.changed", { state: "nonsense", changedAtMicros: 9e15 });
		await expectRefusal(desk.intent(), "tradingHalted");
	});

	test("after the deadline", async () => {
		const late = desk.intent({ deadlineMicros: systemClock.epochMicros() - 1 });
		await expectRefusal(late, "deadlinePassed");
	});

	test("for another wallet", async () => {
		expect(await expectRefusal(desk.intent({ wallet: STRANGER }), "wrongWallet")).toContain(desk.wallet);
	});

	test("a pool or a lender that no catalog knows", async () => {
		const intent = desk.intent();
		const [first, second] = intent.legs as [SwapLeg, SwapLeg];
		await expectRefusal({ ...intent, legs: [first, { ...second, pool: STRANGER }] }, "unknownPool");
		const other = desk.intent();
		await expectRefusal({ ...other, loan: { ...other.loan, reserve: STRANGER } }, "unknownReserve");
	});

	test("a leg that is not what its pool does", async () => {
		const intent = desk.intent();
		const [first, second] = intent.legs as [SwapLeg, SwapLeg];
		const turned: SwapLeg = { ...first, direction: first.direction === "aToB" ? "bToA" : "aToB" };
		expect(await expectRefusal({ ...intent, legs: [turned, second] }, "malformedIntent")).toContain(first.pool);
	});

	test("a loan fee below what the lender takes: the guard on chain would be too low", async () => {
		const intent = desk.intent();
		const loan = { ...(intent.loan as FlashLoan), fee: (intent.loan?.fee ?? 0n) - 1n };
		expect(await expectRefusal({ ...intent, loan }, "malformedIntent")).toContain("loan.fee");
	});

	test("a loan in another mint than the intent's", async () => {
		const lenders = desk.catalog.lenders.map((lender) => ({ ...lender, mint: BONK }));
		const catalog: Catalog = { ...desk.catalog, lenders };
		await executor.broker.broadcast("feed.lenders.changed", { shard: "elsewhere", lenders });
		await executor.broker.broadcast("feed.lenders.changed", { shard: catalog.shard, lenders });
		await expectRefusal(desk.intent(), "malformedIntent");
	});

	test("a route whose transaction is too large", async () => {
		const intent = desk.intent();
		const [first, second] = intent.legs as [SwapLeg, SwapLeg];
		const [cheap] = desk.catalog.pools as [PoolDescriptor];
		const further = [1, 2, 3, 4].map((index) => ({
			...cheap,
			address: stranger(index),
			vaultA: stranger(10 + index),
			vaultB: stranger(20 + index),
			swapAccounts: { ...cheap.swapAccounts, observationState: stranger(30 + index) },
		}));
		desk.replaceCatalog({ ...desk.catalog, catalogEpoch: 2, pools: [...desk.catalog.pools, ...further] });
		const through = further.map((pool, index): SwapLeg => {
			const isIn = index % 2 === 0;
			const [mintIn, mintOut] = isIn ? [USDC, BONK] : [BONK, USDC];
			const amounts = { amountIn: second.minimumAmountOut, minimumAmountOut: second.minimumAmountOut };
			const direction = pool.mintA === mintIn ? "aToB" : "bToA";
			return {
				...first,
				...amounts,
				expectedAmountOut: second.minimumAmountOut,
				pool: pool.address,
				mintIn,
				mintOut,
				direction,
			};
		});
		await expectRefusal({ ...intent, legs: [first, second, ...through] }, "transactionTooLarge");
	});

	test("what comes before it is ready, and when the trading state is not known", async () => {
		const catalog = desk.catalog;
		desk.replaceCatalog(null);
		const starting = await desk.start({ ready: false });
		await until(() => desk.node.requests.filter((method) => method === "getGenesisHash").length > 1, "its start");
		const intent = desk.intentOf(catalog);
		expect(await starting.execute(intent)).toMatchObject({ status: "refused", code: "recovering" });
		expect(await starting.execute(null)).toMatchObject({ status: "refused" });
		expect(await starting.status()).toMatchObject({ recovering: true });
		desk.tellsTradingState = false;
		const blind = await desk.start({ ready: false });
		desk.replaceCatalog(catalog);
		await blind.ready();
		const ack = await blind.execute(desk.intent());
		expect(ack).toMatchObject({ status: "refused", code: "tradingHalted" });
		expect(ack.status === "refused" && ack.detail).toContain("not known yet");
	});

	test("more than it may have in flight", async () => {
		desk.node.fault = (method) => (method === "sendTransaction" ? "lose" : "pass");
		const limit = desk.config.execution.max_in_flight;
		const acks = await Promise.all(Array.from({ length: limit + 3 }, () => executor.execute(desk.intent())));
		expect(acks.filter(({ status }) => status === "accepted")).toHaveLength(limit);
		const refused = acks.filter((ack) => ack.status === "refused" && ack.code === "atCapacity");
		expect(refused).toHaveLength(3);
	});
});

test("a pool that the feed learnt of since is taken after one look at the new catalog", async () => {
	const whole = desk.catalog;
	const intent = desk.intent();
	desk.replaceCatalog({ ...whole, catalogEpoch: 2, pools: whole.pools.slice(1) });
	executor = await desk.start();
	const readsBefore = desk.catalogReads;
	await expectRefusal({ ...intent, intentId: "0000000000000000" }, "unknownPool");
	expect(desk.catalogReads).toBe(readsBefore + 1);
	desk.replaceCatalog({ ...whole, catalogEpoch: 3 });
	expect(await executor.execute(intent)).toMatchObject({ status: "accepted" });
	expect((await executor.settlement(intent)).outcome).toBe("landed");
});
