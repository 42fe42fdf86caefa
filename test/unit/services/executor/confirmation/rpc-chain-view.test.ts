import { describe, expect, test } from "@jest/globals";
import { createSolanaRpcFromTransport, type RpcTransport } from "@solana/web3.js";
import type { Address } from "../../../../../core/types/address.ts";
import type { Signature } from "../../../../../core/types/identifiers.ts";
import type { SolanaRpc } from "../../../../../libs/solana/rpc-router/rpc-router.ts";
import type { AbsenceQuestion } from "../../../../../services/executor/confirmation/chain-view.ts";
import { RpcChainView } from "../../../../../services/executor/confirmation/rpc-chain-view.ts";

const WALLET = "66oxfz49smnfcau6DKFe12V1e11YBU9pgfkLfrZH5LbL" as Address;

interface Call {
	readonly method: string;
	readonly params: readonly [readonly string[], { readonly searchTransactionHistory?: boolean }?];
}

type Answer = (call: Call) => unknown;

function rpcOf(answer: Answer, calls: Call[]): SolanaRpc {
	const transport = async ({ payload }: { payload: Call }) => {
		calls.push(payload);
		return { jsonrpc: "2.0", id: 1, result: answer(payload) };
	};
	return createSolanaRpcFromTransport(transport as unknown as RpcTransport) as SolanaRpc;
}

/** A view of one node, or of several of which the first is the best. */
function viewOf(answers: Answer | readonly Answer[], calls: Call[] = []): RpcChainView {
	const nodes = (Array.isArray(answers) ? answers : [answers]) as readonly Answer[];
	const witnesses = nodes.map((answer, index) => ({ name: `node ${index}`, rpc: rpcOf(answer, calls) }));
	const rpc = witnesses[0]?.rpc as SolanaRpc;
	return new RpcChainView({
		router: { rpc, truth: rpc, size: nodes.length, witnesses: () => witnesses },
		timeoutMs: 1_000,
		abortSignal: new AbortController().signal,
	});
}

const signatures = (count: number) => Array.from({ length: count }, (_, index) => `${index}` as Signature);
const status = (confirmationStatus: string) => ({ slot: 1n, confirmations: 0n, err: null, confirmationStatus });

describe("proof of absence", () => {
	const question = (id: number, changes: Partial<AbsenceQuestion> = {}): AbsenceQuestion => ({
		signature: `${id}` as Signature,
		wallet: WALLET,
		lastValidBlockHeight: 149,
		sinceSlot: 120,
		...changes,
	});
	/** A node that has finalized slot 200 and height 150. */
	const node =
		(told: { first?: bigint; listed?: readonly number[]; known?: readonly number[]; height?: bigint } = {}): Answer =>
		({ method, params }) => {
			if (method === "getEpochInfo") return { absoluteSlot: 200n, blockHeight: told.height ?? 150n };
			if (method === "getFirstAvailableBlock") return told.first ?? 0n;
			if (method === "getSignaturesForAddress") {
				return (told.listed ?? []).map((id) => ({ signature: `${id}`, slot: 150n, err: null, memo: null }));
			}
			const known = new Set(told.known?.map(String));
			return { context: { slot: 233n }, value: params[0].map((id) => (known.has(id) ? status("finalized") : null)) };
		};
	const proven = async (view: RpcChainView, ...questions: readonly AbsenceQuestion[]) => [
		...(await view.provenAbsent(questions)),
	];

	test("at its last valid height a transaction may be in the next block", async () => {
		const view = viewOf(node());
		expect(await proven(view, question(1), question(2, { lastValidBlockHeight: 150 }))).toEqual(["1"]);
	});

	test("listed in the wallet's history, or known by its status, is not absent", async () => {
		const view = viewOf(node({ listed: [1], known: [2] }));
		expect(await proven(view, question(1), question(2), question(3))).toEqual(["3"]);
	});

	test("a node without history back to when it was made proves nothing", async () => {
		await expect(proven(viewOf(node({ first: 121n })), question(1))).rejects.toThrow("history from slot 121");
		expect(await proven(viewOf(node({ first: 120n })), question(1))).toEqual(["1"]);
	});

	test("one that does not say since when needs the whole history, and leaves the others their proof", async () => {
		const { sinceSlot: _, ...undated } = question(1);
		await expect(proven(viewOf(node({ first: 5n })), undated)).rejects.toThrow("history from slot 5");
		expect(await proven(viewOf(node()), undated, question(2))).toEqual(["1", "2"]);
	});

	test("of several endpoints two have to agree, each by its own finalized height", async () => {
		expect(await proven(viewOf([node(), node()]), question(1))).toEqual(["1"]);
		expect(await proven(viewOf([node(), node({ listed: [1] })]), question(1))).toEqual([]);
		expect(await proven(viewOf([node(), node({ known: [1] })]), question(1))).toEqual([]);
		expect(await proven(viewOf([node(), node({ height: 149n })]), question(1))).toEqual([]);
	});

	test("no question, no request; by statuses of the whole history, at most 256 at a time", async () => {
		const calls: Call[] = [];
		const view = viewOf(node(), calls);
		expect(await proven(view)).toEqual([]);
		expect(calls).toEqual([]);
		const questions = Array.from({ length: 300 }, (_, id) => question(id));
		expect(await proven(view, ...questions)).toHaveLength(300);
		const asked = calls.filter(({ method }) => method === "getSignatureStatuses");
		expect(asked.map(({ params }) => [params[0].length, params[1]?.searchTransactionHistory])).toEqual([
			[256, true],
			[44, true],
		]);
	});
});

describe("the chain by a node's answers", () => {
	test("sights, in requests of at most 256", async () => {
		const calls: Call[] = [];
		const kinds = [null, status("processed"), status("confirmed"), status("finalized")];
		const view = viewOf(
			({ params }) => ({ context: { slot: 1n }, value: params[0].map((text) => kinds[Number(text) % 4]) }),
			calls,
		);
		const sights = await view.sights(signatures(300));
		expect(calls.map(({ params }) => params[0].length)).toEqual([256, 44]);
		expect(sights).toHaveLength(300);
		expect(sights.slice(0, 4)).toEqual(["absent", "seen", "confirmed", "finalized"]);
	});

	test("a transaction is asked of two nodes where there are two: a fill is booked by it", async () => {
		const [calls, truths]: [Call[], Call[]] = [[], []];
		const view = new RpcChainView({
			router: { rpc: rpcOf(() => null, calls), truth: rpcOf(() => null, truths), size: 2, witnesses: () => [] },
			timeoutMs: 1_000,
			abortSignal: new AbortController().signal,
		});
		expect(await view.transaction("x" as Signature)).toBeNull();
		expect([calls.length, truths.map(({ method }) => method)]).toEqual([0, ["getTransaction"]]);
	});

	test("the finalized head", async () => {
		const calls: Call[] = [];
		const info = { absoluteSlot: 7n, blockHeight: 5n, epoch: 0n, slotIndex: 7n, slotsInEpoch: 9n };
		expect(await viewOf(() => info, calls).finalizedHead()).toEqual({ slot: 7, blockHeight: 5 });
		// The node's own default is finalized; the client library leaves that out.
		const [call] = calls as unknown as [{ readonly params: readonly [{ readonly commitment?: string }?] }];
		expect(call.params[0]?.commitment ?? "finalized").toBe("finalized");
	});
});
