import { describe, expect, test } from "@jest/globals";
import type { Address } from "@solana/web3.js";
import { witnessedHistory } from "../../../../../libs/solana/rpc-router/witnessed-history.ts";
import { FakeNet, type FakeRequest, rpcError, tooMany } from "./fake-net.ts";

const WALLET = "66oxfz49smnfcau6DKFe12V1e11YBU9pgfkLfrZH5LbL" as Address;

interface Told {
	readonly finalized?: number;
	readonly first?: number;
	readonly entries?: readonly { readonly signature: string; readonly slot: number }[];
}

/** Nodes that have finalized a slot, keep history from another on, and list these transactions, newest first. */
function tell(net: FakeNet, ...nodes: readonly Told[]): FakeNet {
	nodes.forEach(({ finalized = 200, first = 0, entries = [] }, index) => {
		net.node(index).react = ({ method, params }: FakeRequest) => {
			if (method === "getEpochInfo") return { absoluteSlot: finalized, blockHeight: finalized - 50 };
			if (method === "getFirstAvailableBlock") return first;
			const { minContextSlot, before, limit } = params[1] as {
				readonly minContextSlot: number;
				readonly before?: string;
				readonly limit: number;
			};
			if (minContextSlot > finalized) return rpcError(-32_016, "Minimum context slot has not been reached");
			const from = before ? entries.findIndex(({ signature }) => signature === before) + 1 : 0;
			return entries.slice(from, from + limit);
		};
	});
	return net;
}

const ask = (net: FakeNet, afterSlot = 100) =>
	witnessedHistory(net.router, { address: WALLET, afterSlot, signal: () => new AbortController().signal });

const entry = (signature: string, slot: number) => ({ signature, slot });

describe("what proves nothing", () => {
	test("a node whose history begins too late: it was restarted from a snapshot", async () => {
		await expect(ask(tell(new FakeNet(1), { first: 102 }))).rejects.toThrow(
			"https://node-0.example keeps history from slot 102 on and not from 101",
		);
		expect((await ask(tell(new FakeNet(1), { first: 101 }))).entries).toEqual([]);
	});

	test("one endpoint's word where several are configured", async () => {
		const net = tell(new FakeNet(2), {}, {});
		net.node(1).react = () => tooMany("60");
		await expect(ask(net)).rejects.toThrow("HTTP 429");
		await expect(ask(net)).rejects.toThrow("proven by 2 healthy RPC endpoints, and 1 can be asked now");
		const shortOne = tell(new FakeNet(3), {}, { first: 150 }, {});
		await expect(ask(shortOne)).rejects.toThrow("https://node-1.example keeps history from slot 150");
	});

	test("an answer from an older view than the head it spoke for: another node behind the same address", async () => {
		const net = tell(new FakeNet(1), {});
		const { react } = net.node(0);
		net.node(0).react = (request) =>
			request.method === "getEpochInfo" ? { absoluteSlot: 201, blockHeight: 151 } : react(request);
		await expect(ask(net)).rejects.toThrow(/minimum context slot/i);
	});

	test("a history without end", async () => {
		const net = tell(new FakeNet(1), {});
		const { react } = net.node(0);
		const page = Array.from({ length: 1_000 }, (_, index) => entry(`${index}`, 150));
		net.node(0).react = (request) => (request.method === "getSignaturesForAddress" ? page : react(request));
		await expect(ask(net)).rejects.toThrow("more than 100000 transactions since slot 100");
	});
});

describe("what is proven", () => {
	test("what one witness knows has happened; the lower height counts", async () => {
		const net = tell(
			new FakeNet(2),
			{ finalized: 210, entries: [entry("c", 180), entry("a", 150)] },
			{ finalized: 200, entries: [entry("b", 160), entry("a", 150)] },
		);
		const { entries, slot, blockHeight, witnesses } = await ask(net);
		expect(entries.map(({ signature }) => signature).sort()).toEqual(["a", "b", "c"]);
		expect([slot, blockHeight]).toEqual([200, 150]);
		expect(witnesses.map(({ name }) => name)).toEqual(["https://node-0.example", "https://node-1.example"]);
	});

	test("page by page, up to the slot that was asked about", async () => {
		const all = Array.from({ length: 2_500 }, (_, index) => entry(`s${index}`, 3_000 - index));
		const net = tell(new FakeNet(1), { finalized: 3_000, entries: all });
		expect((await ask(net, 900)).entries).toHaveLength(2_100);
		expect(net.node(0).count("getSignaturesForAddress")).toBe(3);
		expect((await ask(net, 0)).entries).toHaveLength(2_500);
	});

	test("the view is the finalized one", async () => {
		const net = tell(new FakeNet(1), {});
		await ask(net);
		const [request] = net.node(0).requests.filter(({ method }) => method === "getSignaturesForAddress");
		// The node's own default is finalized; the client library leaves that out.
		const options = request?.params[1] as { readonly commitment?: string; readonly minContextSlot: number };
		expect([options.commitment ?? "finalized", options.minContextSlot]).toEqual(["finalized", 200]);
	});
});
