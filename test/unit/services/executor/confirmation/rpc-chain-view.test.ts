import { describe, expect, test } from "@jest/globals";
import { createSolanaRpcFromTransport, type RpcTransport } from "@solana/web3.js";
import type { Signature } from "../../../../../core/types/identifiers.ts";
import { RpcChainView } from "../../../../../services/executor/confirmation/rpc-chain-view.ts";

interface Call {
	readonly method: string;
	readonly params: readonly [readonly string[], { readonly searchTransactionHistory?: boolean }?];
}

function viewOf(answer: (call: Call) => unknown, calls: Call[] = []): RpcChainView {
	const transport = async ({ payload }: { payload: Call }) => {
		calls.push(payload);
		return { jsonrpc: "2.0", id: 1, result: answer(payload) };
	};
	const rpc = createSolanaRpcFromTransport(transport as unknown as RpcTransport);
	return new RpcChainView({ rpc, timeoutMs: 1_000, abortSignal: new AbortController().signal });
}

const signatures = (count: number) => Array.from({ length: count }, (_, index) => `${index}` as Signature);
const status = (confirmationStatus: string) => ({ slot: 1n, confirmations: 0n, err: null, confirmationStatus });

describe("the chain by a node's answers", () => {
	test("an answer of a node behind the head proves nothing", async () => {
		const behind = viewOf(() => ({ context: { slot: 99n }, value: [null] }));
		expect([...(await behind.provenAbsent(signatures(1), { slot: 100, blockHeight: 90 }))]).toEqual([]);
	});

	test("absent by the whole history, as far as the node's answer reaches", async () => {
		const calls: Call[] = [];
		const view = viewOf(() => ({ context: { slot: 100n }, value: [null, status("finalized"), null] }), calls);
		const absent = await view.provenAbsent(signatures(3), { slot: 100, blockHeight: 90 });
		expect([...absent]).toEqual(["0", "2"]);
		expect(calls[0]?.params[1]).toEqual({ searchTransactionHistory: true });
	});

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
		expect(sights.slice(0, 4)).toEqual(["absent", "seen", "confirmed", "confirmed"]);
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
