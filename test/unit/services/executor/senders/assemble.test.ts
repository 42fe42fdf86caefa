import { afterEach, expect, test } from "@jest/globals";
import { loadConfig } from "../../../../../config/load.ts";
import type { Config } from "../../../../../config/schema.ts";
import type { Signature } from "../../../../../core/types/identifiers.ts";
import { systemClock } from "../../../../../libs/clock.ts";
import type { SolanaRpc } from "../../../../../libs/solana/rpc-router/rpc-router.ts";
import { assembleSender } from "../../../../../services/executor/senders/assemble.ts";
import { refuses, results, StandInRegion } from "../../../libs/block-engine/stand-in-region.ts";

const TIPPED = { signature: "5sig" as Signature, base64: "AQID", isTipped: true };
const PLAIN = { signature: "6sig" as Signature, base64: "BAUG", isTipped: false };
const regions: StandInRegion[] = [];

afterEach(async () => {
	await Promise.all(regions.splice(0).map((region) => region.close()));
});

async function desk(change: Partial<Config["block_engine"]>, respond = results("ab".repeat(32))) {
	const region = await StandInRegion.open(respond);
	regions.push(region);
	const config = loadConfig({ environment: {} });
	const byRpc: string[] = [];
	const troubles: string[] = [];
	const rpc = {
		sendTransaction: (bytes: string) => ({ send: async () => void byRpc.push(bytes) }),
	} as unknown as SolanaRpc;
	const { sender } = assembleSender({
		runtime: {
			config: {
				...config,
				chain: { ...config.chain, rpc_url: region.url },
				block_engine: { ...config.block_engine, ...change },
			},
			clock: systemClock,
		},
		rpc,
		abortSignal: new AbortController().signal,
		onTrouble: (what) => troubles.push(what),
	});
	const bundled = () => region.asked.map(({ params }) => (params[0] as string[])[0]);
	return { sender, byRpc, troubles, bundled };
}

test("without a block engine everything goes by RPC", async () => {
	const { sender, byRpc, bundled } = await desk({ chain_endpoint: false });
	await sender.send(TIPPED);
	await sender.send(PLAIN);
	expect([byRpc, bundled()]).toEqual([["AQID", "BAUG"], []]);
	expect(sender.name).toBe("rpc");
});

test("with one, what is tipped goes both ways, and the rest by RPC", async () => {
	const { sender, byRpc, bundled } = await desk({});
	await sender.send(TIPPED);
	await sender.send(PLAIN);
	expect([byRpc, bundled()]).toEqual([["AQID", "BAUG"], ["AQID"]]);
	expect(sender.name).toBe("block engine and rpc");
});

test("without also_rpc what is tipped goes by bundle alone", async () => {
	const { sender, byRpc, bundled } = await desk({ also_rpc: false });
	await sender.send(TIPPED);
	await sender.send(PLAIN);
	expect([byRpc, bundled()]).toEqual([["BAUG"], ["AQID"]]);
});

test("a block engine that refuses does not hold up RPC, and is told of", async () => {
	const { sender, byRpc, troubles } = await desk({}, refuses("no"));
	await sender.send(TIPPED);
	expect(byRpc).toEqual(["AQID"]);
	expect(troubles).toEqual([expect.stringMatching(/^sending 5sig over block engine: .*refused \(no\)$/)]);
});
