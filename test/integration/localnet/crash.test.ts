import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { Address } from "../../../core/types/address.ts";
import type { BundleId } from "../../../libs/block-engine/bundle-id.ts";
import { systemClock } from "../../../libs/clock.ts";
import { Chain } from "../../../services/localnet/chain/chain.ts";
import { newWallet } from "../../unit/services/localnet/chain/wallet.ts";

const folder = mkdtempSync(join(tmpdir(), "chain-crash-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the victim until it has said `lines` lines, then ends it as a crash would. @returns its whole lines. */
function runUntilKilled(receiver: string, lines: number, name = "crash-victim.ts"): Promise<string[]> {
	const victim = spawn(process.execPath, [join(process.cwd(), "test/integration/localnet", name), folder, receiver]);
	let said = "";
	let complaint = "";
	victim.stderr.on("data", (text) => {
		complaint += text;
	});
	victim.stdout.on("data", (text) => {
		said += text;
		if (said.split("\n").length > lines) victim.kill("SIGKILL");
	});
	return new Promise((resolve, reject) => {
		victim.once("error", reject);
		victim.once("close", (_code, signal) => {
			if (signal === "SIGKILL") resolve(said.split("\n").slice(0, -1));
			else reject(new Error(`the victim ended by itself: ${complaint}`));
		});
	});
}

test("kill -9 in the middle, time and again: all that was said to have landed has, to the lamport", async () => {
	const { address } = newWallet();
	let spoken = 0;
	for (const lines of [40, 250, 30]) {
		const said = await runUntilKilled(address, lines);
		const [count, lamports, signature] = said.at(-1)!.split(" ") as [string, string, string];
		const chain = Chain.open({ dataFolder: folder, slotDurationMs: 5, genesisSeed: "crash", clock: systemClock });
		// One more may have been kept than said; nothing said may be missing.
		const extra = chain.transactionCount - Number(count);
		expect(extra === 0 || extra === 1).toBe(true);
		expect(chain.getAccount(address)?.lamports).toBe(BigInt(lamports) + BigInt(extra) * 1_000_000n);
		expect(chain.getTransaction(signature as never)?.meta.err).toBeNull();
		expect(chain.transactionCount).toBeGreaterThan(spoken);
		spoken = chain.transactionCount;
		chain.close();
	}
});

test("kill -9 among bundles: each is there as a whole or not at all, and what was said to have landed is", async () => {
	for (const lines of [20, 35]) {
		const receiver = newWallet().address;
		const said = await runUntilKilled(receiver, lines, "bundle-victim.ts");
		const [payer, count, , id] = said.at(-1)!.split(" ") as [Address, string, string, BundleId];
		const chain = Chain.open({ dataFolder: folder, slotDurationMs: 5, genesisSeed: "crash", clock: systemClock });
		const received = chain.getAccount(receiver)!.lamports;
		// One more bundle may have been kept than said. The gift of bundle n is 1,000,000 + n, its tip 1,000 + n.
		const kept = BigInt(count) + (received === gifts(BigInt(count)) ? 0n : 1n);
		expect(received).toBe(gifts(kept));
		const tips = 1_000n * kept + (kept * (kept + 1n)) / 2n;
		expect(chain.getAccount(payer)!.lamports).toBe(100_000_000_000n - received - tips - 10_000n * kept);
		expect(chain.bundleStatus(id)).toMatchObject({ status: "Landed" });
		chain.close();
	}
});

function gifts(bundles: bigint): bigint {
	return 1_000_000n * bundles + (bundles * (bundles + 1n)) / 2n;
}
