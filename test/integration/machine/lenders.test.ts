import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { address, createSolanaRpc } from "@solana/web3.js";
import type { Context, ServiceSchema } from "moleculer";
import type { RiskEvents } from "../../../broker/contracts/risk.ts";
import type { LenderKind } from "../../../core/execution/flash-loan.ts";
import type { FlashLoan } from "../../../core/strategy/order-intent.ts";
import { Machine } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

const LANDED_EACH = 2;

let machine: Machine;

beforeEach(async () => {
	machine = await Machine.open();
});

afterEach(async () => {
	await machine.close();
});

test("small loans come from Save, larger ones from klend, and the books hold what either took to the unit", async () => {
	const node = await machine.start();
	const approved = new Map<string, FlashLoan>();
	const landed: FlashLoan[] = [];
	node.broker.createService({
		name: "listener",
		events: {
			"risk.intent.approved"({ params: { intent } }: Context<RiskEvents["risk.intent.approved"]>): void {
				if (intent.loan) approved.set(intent.intentId, intent.loan);
			},
			"risk.settlement.booked"({ params }: Context<RiskEvents["risk.settlement.booked"]>): void {
				const loan = approved.get(params.settlement.intentId);
				if (loan && params.settlement.outcome === "landed") landed.push(loan);
			},
		},
	} as unknown as ServiceSchema);
	await until(async () => (await node.bus.call("risk.status")).landed > 0, { what: "a trade", timeoutMs: 40_000 });
	const { lenders } = await node.bus.call("feed.catalog");
	const kindOf = (reserve: string) => lenders.find((lender) => lender.reserve === reserve)?.kind;
	const loansOf = (kind: LenderKind) => landed.filter(({ reserve }) => kindOf(reserve) === kind);
	await until(() => (["klend", "solend"] as const).every((kind) => loansOf(kind).length >= LANDED_EACH), {
		what: "landed loans of both lenders",
		timeoutMs: 60_000,
		everyMs: 100,
	});
	await node.bus.call("strategy.pause");
	await until(async () => (await node.bus.call("risk.status")).inFlight === 0, { what: "nothing in flight" });

	expect(lenders.map(({ kind }) => kind).sort()).toEqual(["klend", "klend", "solend", "solend"]);
	const liquidity = new Map(
		lenders.filter(({ kind }) => kind === "solend").map(({ mint, availableAmount }) => [mint, availableAmount]),
	);
	for (const { reserve, amount } of landed) {
		const { kind, mint } = lenders.find((lender) => lender.reserve === reserve)!;
		expect(amount <= liquidity.get(mint)!).toBe(kind === "solend");
	}

	const rpc = createSolanaRpc(machine.rpcUrl);
	const settledAt = await rpc.getSlot({ commitment: "processed" }).send();
	const { lines } = await until(
		async () => {
			const books = await node.bus.call("risk.books");
			return books.slot > settledAt && books.inFlight === 0 ? books : null;
		},
		{ what: "a cut of the books after the last trade" },
	);
	for (const { mint, difference, loanFees } of lines) {
		expect(difference).toBe(0n);
		const vaults = lenders.filter((lender) => lender.mint === mint).map(({ feeVault }) => address(feeVault));
		const options = { commitment: "confirmed" } as const;
		const held = await Promise.all(vaults.map((vault) => rpc.getTokenAccountBalance(vault, options).send()));
		expect(held.reduce((sum, { value }) => sum + BigInt(value.amount), 0n)).toBe(loanFees);
	}
	expect(lines.reduce((sum, { loanFees }) => sum + loanFees, 0n)).toBeGreaterThan(0n);
}, 120_000);
