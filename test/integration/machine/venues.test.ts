import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Context, ServiceSchema } from "moleculer";
import type { RiskEvents } from "../../../broker/contracts/risk.ts";
import type { SwapLeg } from "../../../core/strategy/order-intent.ts";
import { Machine } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

let machine: Machine;

beforeEach(async () => {
	machine = await Machine.open();
});

afterEach(async () => {
	await machine.close();
});

test("cycles of two, three and four legs land over all venues of the local chain, and the books differ by nothing", async () => {
	const node = await machine.start();
	const approved = new Map<string, readonly SwapLeg[]>();
	const lengths = new Set<number>();
	const venues = new Set<string>();
	node.broker.createService({
		name: "listener",
		events: {
			"risk.intent.approved"({ params: { intent } }: Context<RiskEvents["risk.intent.approved"]>): void {
				approved.set(intent.intentId, intent.legs);
			},
			"risk.settlement.booked"({ params }: Context<RiskEvents["risk.settlement.booked"]>): void {
				const legs = approved.get(params.settlement.intentId);
				if (legs === undefined || params.settlement.outcome !== "landed") return;
				lengths.add(legs.length);
				for (const { venue } of legs) venues.add(venue);
			},
		},
	} as unknown as ServiceSchema);
	await until(() => [2, 3, 4].every((legs) => lengths.has(legs)) && venues.size >= 4, {
		what: "landed cycles of every length over four venues",
		timeoutMs: 150_000,
		everyMs: 100,
	});
	expect([...venues].sort()).toEqual(["meteora-damm-v2", "orca-whirlpool", "raydium-amm-v4", "raydium-cpmm"]);
	await node.bus.call("strategy.pause");
	await until(async () => (await node.bus.call("risk.status")).inFlight === 0, { what: "nothing in flight" });
	const { lines } = await node.bus.call("risk.books");
	expect(lines.length).toBeGreaterThan(1);
	for (const { difference } of lines) expect(difference).toBe(0n);
}, 180_000);
