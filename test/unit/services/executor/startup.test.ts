import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { SolanaRpc } from "../../../../libs/solana/rpc-router/rpc-router.ts";
import { assertModeFits, executorsFolder } from "../../../../services/executor/startup.ts";

const MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";

async function folderOf(genesisHash: string): Promise<string> {
	const rpc = { getGenesisHash: () => ({ send: async () => genesisHash }) } as unknown as SolanaRpc;
	return executorsFolder("data", rpc, () => ({ abortSignal: new AbortController().signal }));
}

test("on mainnet nothing but the mode in which people have to arm is taken", async () => {
	const mainnet = await folderOf(MAINNET);
	expect(() => assertModeFits("local", mainnet)).toThrow('set mode = "live"');
	expect(() => assertModeFits("live", mainnet)).not.toThrow();
	const embedded = await folderOf("7".repeat(44));
	expect(embedded).toBe(join("data", "77777777", "executor"));
	expect(() => assertModeFits("local", embedded)).not.toThrow();
});
