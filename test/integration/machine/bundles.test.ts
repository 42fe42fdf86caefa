import { afterEach, expect, test } from "@jest/globals";
import { address, createSolanaRpc, signature } from "@solana/web3.js";
import type { BookLine } from "../../../broker/contracts/risk.ts";
import type { ApprovedIntent } from "../../../core/execution/approved-intent.ts";
import { SOL_MINT } from "../../../core/execution/fill.ts";
import type { Settlement } from "../../../core/execution/submission.ts";
import { BlockEngine } from "../../../libs/block-engine/block-engine.ts";
import { bundleIdOf } from "../../../libs/block-engine/bundle-id.ts";
import { MAINNET_TIP_ACCOUNTS } from "../../../libs/block-engine/tip-accounts.ts";
import { systemClock } from "../../../libs/clock.ts";
import { Machine, type MachineNode } from "../../support/machine.ts";
import { until } from "../../support/until.ts";

let machine: Machine;

afterEach(async () => {
	await machine.close();
});

/** What a node told of its trades. */
function watchTrades(node: MachineNode): { readonly intents: ApprovedIntent[]; readonly settlements: Settlement[] } {
	const intents: ApprovedIntent[] = [];
	const settlements: Settlement[] = [];
	node.broker.createService({
		name: "trade-watch",
		events: {
			"risk.intent.approved": ({ params }: { params: { intent: ApprovedIntent } }) => void intents.push(params.intent),
			"risk.settlement.booked": ({ params }: { params: { settlement: Settlement } }) =>
				void settlements.push(params.settlement),
		},
	} as never);
	return { intents, settlements };
}

/** @param tips what the books say in the end: a cut may be older than the last trade */
async function settledBooks(node: MachineNode, tips?: bigint) {
	await node.bus.call("strategy.pause");
	await until(async () => (await node.bus.call("risk.status")).inFlight === 0, { what: "nothing in flight" });
	const { landed } = await node.bus.call("risk.status");
	expect(landed).toBeGreaterThan(0);
	const solIn = (lines: readonly BookLine[]) => lines.find(({ mint }) => mint === SOL_MINT)!;
	if (tips !== undefined) {
		const isCut = async () => solIn((await node.bus.call("risk.books")).lines).tips === tips;
		await until(isCut, { what: `a cut of the books with ${tips} lamports of tips` });
	}
	const { lines } = await node.bus.call("risk.books");
	for (const line of lines) {
		expect(line.difference).toBe(0n);
		expect(line.chain).toBe(line.opening + line.fills - line.fees - line.tips - line.loanFees);
	}
	return solIn(lines);
}

test("by bundles alone: trades land with a tip inside, none reverts, and the books are exact", async () => {
	machine = await Machine.open({ MOJO__BLOCK_ENGINE__ALSO_RPC: "false", MOJO__LOCALNET__POOLS: "6" });
	const node = await machine.start();
	const { intents, settlements } = watchTrades(node);
	await until(() => settlements.filter(({ outcome }) => outcome === "landed").length >= 8, {
		what: "8 landed trades",
		timeoutMs: 60_000,
	});
	await settledBooks(node);
	const landed = settlements.filter(({ outcome }) => outcome === "landed");
	expect(settlements.filter(({ outcome }) => outcome === "reverted")).toEqual([]);
	const engine = new BlockEngine({
		urls: [machine.rpcUrl],
		clock: systemClock,
		timeoutMs: 5_000,
		abortSignal: new AbortController().signal,
	});
	const rpc = createSolanaRpc(machine.rpcUrl);
	let tips = 0n;
	for (const settlement of landed) {
		const statuses = await engine.getBundleStatuses([bundleIdOf([settlement.signature])]);
		expect(statuses).toMatchObject({ ok: true, value: [{ signatures: [settlement.signature] }] });
		const tip = settlement.fill!.changes.find(({ mint }) => mint === SOL_MINT)!.tip;
		const intent = intents.find(({ intentId }) => intentId === settlement.intentId)!;
		expect(tip).toBe(intent.tip!.lamports);
		expect(MAINNET_TIP_ACCOUNTS).toContain(intent.tip!.account);
		tips += tip;
		const sent = await rpc
			.getTransaction(signature(settlement.signature), { encoding: "json", maxSupportedTransactionVersion: 0 })
			.send();
		const { accountKeys } = sent!.transaction.message;
		const place = accountKeys.indexOf(address(intent.tip!.account));
		expect(sent!.meta!.postBalances[place]! - sent!.meta!.preBalances[place]!).toBe(tip);
	}
	expect((await settledBooks(node, tips)).tips).toBe(tips);
	const status = await node.bus.call("executor.status");
	expect(status.refused).not.toHaveProperty("transactionTooLarge");
	expect(status.refused).not.toHaveProperty("policyViolation");
	expect(status.bundles!.taken).toBeGreaterThanOrEqual(landed.length);
	// What landed measured its route: the next intent over it asks for less than the configured limit.
	expect(intents.some(({ computeUnitLimit }) => computeUnitLimit < 250_000)).toBe(true);
}, 120_000);

test("beside RPC: every trade lands once, and the books are exact", async () => {
	machine = await Machine.open();
	const node = await machine.start();
	const { settlements } = watchTrades(node);
	await until(() => settlements.filter(({ outcome }) => outcome === "landed").length >= 5, {
		what: "5 landed trades",
		timeoutMs: 60_000,
	});
	expect((await settledBooks(node)).tips).toBeGreaterThan(0n);
	expect(new Set(settlements.map(({ intentId }) => intentId)).size).toBe(settlements.length);
}, 120_000);

test("with the block engine down trades land by RPC, and their tips are in the books", async () => {
	machine = await Machine.open({
		MOJO__BLOCK_ENGINE__CHAIN_ENDPOINT: "false",
		MOJO__BLOCK_ENGINE__URLS: '["http://127.0.0.1:9", "http://127.0.0.1:10"]',
	});
	const node = await machine.start();
	const { settlements } = watchTrades(node);
	await until(() => settlements.filter(({ outcome }) => outcome === "landed").length >= 3, {
		what: "3 landed trades",
		timeoutMs: 60_000,
	});
	expect((await settledBooks(node)).tips).toBeGreaterThan(0n);
}, 120_000);

test("without a block engine nobody is tipped", async () => {
	machine = await Machine.open({ MOJO__BLOCK_ENGINE__CHAIN_ENDPOINT: "false" });
	const node = await machine.start();
	const { intents, settlements } = watchTrades(node);
	await until(() => settlements.filter(({ outcome }) => outcome === "landed").length >= 3, {
		what: "3 landed trades",
		timeoutMs: 60_000,
	});
	expect((await settledBooks(node)).tips).toBe(0n);
	expect(intents.every(({ tip }) => tip === null)).toBe(true);
}, 120_000);
