import { expect, test } from "@jest/globals";
import { SOL_MINT } from "../../core/execution/fill.ts";
import { systemClock } from "../../libs/clock.ts";
import type { RpcAnswer, RpcCall, Treatment } from "../support/rpc-gate.ts";
import { until } from "../support/until.ts";
import { drawsFor } from "./draws.ts";
import { IntentMaker } from "./intent-maker.ts";
import { checkInvariants, untilQuiet } from "./invariants.ts";
import { Observer } from "./observer.ts";
import { World } from "./world.ts";

const SEED = 7;
const INTENTS = 40;
const EXECUTORS = ["executor-1", "executor-2"] as const;

/** A node that denies half of what has landed, as if it had looked everywhere. */
function denies({ method, params }: RpcCall): Treatment {
	const isDenied = (signature: unknown) => drawsFor(SEED, `lie about ${signature}`).happens(0.5);
	if (method === "getTransaction" && isDenied(params[0])) return { tell: () => ({ result: null }) };
	if (method === "getSignatureStatuses") {
		const signatures = params[0] as readonly string[];
		return {
			tell: ({ result }): RpcAnswer => {
				const { context, value } = result as { context: unknown; value: readonly unknown[] };
				return { result: { context, value: value.map((status, at) => (isDenied(signatures[at]) ? null : status)) } };
			},
		};
	}
	if (method !== "getSignaturesForAddress") return {};
	return {
		tell: ({ result }) => ({
			result: (result as readonly { signature: string }[]).filter(({ signature }) => !isDenied(signature)),
		}),
	};
}

/** A node that tells a lamport more than there is. */
function embellishes({ method }: RpcCall): Treatment {
	if (method !== "getMultipleAccounts") return {};
	return {
		tell: ({ result }) => {
			const { context, value } = result as { context: unknown; value: readonly ({ lamports: number } | null)[] };
			const accounts = value.map((row, at) => (row && at === 0 ? { ...row, lamports: row.lamports + 1 } : row));
			return { result: { context, value: accounts } };
		},
	};
}

async function open(): Promise<{ world: World; observer: Observer }> {
	const world = await World.open({ seed: SEED, slotMs: 20, endpointsPerNode: 3 });
	const observer = new Observer();
	await world.startFeed("feed");
	observer.listen(await world.startRisk("risk"));
	for (const name of EXECUTORS) await world.startExecutor(name);
	const { bus } = world.node("risk");
	await until(async () => !(await bus.call("risk.status")).recovering, { what: "risk's recovery" });
	return { world, observer };
}

/** Submits intents until enough are approved or trading is halted. */
async function trade(world: World, observer: Observer): Promise<void> {
	const { bus } = world.node("risk");
	const catalog = await bus.call("feed.catalog");
	const fundingMint = catalog.lenders.find(({ mint }) => mint !== SOL_MINT)!.mint;
	const { chain } = world;
	const maker = new IntentMaker({ seed: SEED, chain, catalog, clock: systemClock, fundingMint, deadlineMs: 700 });
	while (observer.approved.size < INTENTS && observer.halts.length === 0) {
		void bus.call("risk.submitIntent", maker.next().intent).catch(() => {});
		await new Promise((wake) => setTimeout(wake, 25));
	}
}

async function settle(world: World, observer: Observer): Promise<void> {
	for (const { rpc } of world.endpoints.values()) rpc.treat = () => ({});
	const { bus } = world.node("risk");
	if (observer.halts.length > 0) await bus.call("risk.resume", { by: "sim", reason: "the node that lied is gone" });
	await untilQuiet(
		world,
		world.node("risk"),
		EXECUTORS.map((name) => world.node(name)),
	);
	await checkInvariants(world, world.node("risk"), observer, { mayHalt: true });
}

test("one of three endpoints denies what landed: nothing is believed expired, nothing happens twice, the books are exact", async () => {
	const { world, observer } = await open();
	try {
		for (const name of ["risk", ...EXECUTORS]) world.endpoints.get(`${name}/2`)!.rpc.treat = denies;
		await trade(world, observer);
		await settle(world, observer);
		expect([...observer.booked.values()].flat().filter(({ outcome }) => outcome === "expired")).toEqual([]);
	} finally {
		await world.close();
	}
}, 120_000);

test("one of three endpoints tells another balance: trading halts, and goes on exactly when the node is gone", async () => {
	const { world, observer } = await open();
	try {
		world.endpoints.get("risk/2")!.rpc.treat = embellishes;
		await trade(world, observer);
		await until(() => observer.halts.length > 0, { what: "a halt by risk" });
		await settle(world, observer);
	} finally {
		await world.close();
	}
}, 120_000);
