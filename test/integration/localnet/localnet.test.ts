import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { address, createSolanaRpc } from "@solana/web3.js";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import { VENUES } from "../../../core/market/venues/index.ts";
import { systemClock } from "../../../libs/clock.ts";
import { systemRandom } from "../../../libs/random.ts";
import { openWallet } from "../../../libs/solana/keypair.ts";
import { Localnet } from "../../../services/localnet/localnet.ts";
import { freePorts } from "../../support/ports.ts";
import { until } from "../../support/until.ts";

let folder: string;
const running: Localnet[] = [];

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-localnet-"));
});

afterEach(async () => {
	await Promise.all(running.splice(0).map((localnet) => localnet.stop()));
	rmSync(folder, { recursive: true, force: true });
});

async function configure(overrides: Record<string, string> = {}): Promise<Config> {
	const [rpc, ws] = await freePorts(2);
	return loadConfig({
		environment: {
			MOJO_DATA_FOLDER: join(folder, "data"),
			MOJO_WALLET: join(folder, "wallet.json"),
			MOJO__LOCALNET__RPC_PORT: String(rpc),
			MOJO__LOCALNET__WS_PORT: String(ws),
			MOJO__LOCALNET__SLOT_MS: "20",
			MOJO__LOCALNET__TRADES_PER_SECOND: "50",
			...overrides,
		},
	});
}

async function start(config: Config): Promise<Localnet> {
	const localnet = await Localnet.start({ config, clock: systemClock, random: systemRandom, onNotice: () => {} });
	running.push(localnet);
	return localnet;
}

/** Pool accounts by address, without the market moving. */
async function poolBytes(localnet: Localnet): Promise<Map<string, string>> {
	const rpc = createSolanaRpc(`http://127.0.0.1:${localnet.status().rpcPort}`);
	const found = new Map<string, string>();
	for (const { programId, poolAccountSize } of VENUES) {
		const filters = [{ dataSize: BigInt(poolAccountSize) }];
		const accounts = await rpc.getProgramAccounts(programId, { encoding: "base64", filters }).send();
		for (const { pubkey, account } of accounts) found.set(pubkey, account.data[0]);
	}
	return found;
}

describe("refusals", () => {
	test("a folder in use names the process that has it", async () => {
		await start(await configure());
		const second = await configure();
		await expect(start(second)).rejects.toThrow(`is run by process ${process.pid}`);
	});

	test("a kept chain of another market says which settings to set back", async () => {
		const first = await start(await configure());
		await first.stop();
		await expect(start(await configure({ MOJO__LOCALNET__POOLS: "18" }))).rejects.toThrow(
			"localnet.seed or localnet.pools",
		);
		// Nothing stays locked behind a refusal.
		await start(await configure());
	});

	test.each([
		["MOJO__LOCALNET__RPC_PORT", "localnet.rpc_port"],
		["MOJO__LOCALNET__WS_PORT", "localnet.ws_port"],
	])("a busy %s names its key and leaves nothing open", async (variable, key) => {
		const first = await start(await configure());
		const { rpcPort } = first.status();
		const second = await configure({ MOJO_DATA_FOLDER: join(folder, "other"), [variable]: String(rpcPort) });
		await expect(start(second)).rejects.toThrow(key);
		await first.stop();
		await start(second);
	});

	test("a folder of programs that is not there is named", async () => {
		const config = await configure({ MOJO_PROGRAMS_FOLDER: join(folder, "nowhere") });
		await expect(start(config)).rejects.toThrow("localnet.programs_folder");
	});
});

test("a new chain has its market and a wallet that holds what it is given; the bots trade on it", async () => {
	const config = await configure();
	const localnet = await start(config);
	const rpc = createSolanaRpc(`http://127.0.0.1:${localnet.status().rpcPort}`);
	const wallet = await openWallet(config.security.wallet_path, { create: false });
	for (const commitment of ["processed", "confirmed", "finalized"] as const) {
		const balance = await rpc.getBalance(address(wallet.address), { commitment }).send();
		expect(balance.value).toBe(10_000_000_000n);
	}
	const programId = address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
	const tokens = await rpc
		.getTokenAccountsByOwner(address(wallet.address), { programId }, { encoding: "base64" })
		.send();
	const amounts = tokens.value.map(({ account }) => Buffer.from(account.data[0], "base64").readBigUInt64LE(64));
	expect(amounts.toSorted((one, other) => Number(one - other))).toEqual([10_000_000_000n, 20_000_000_000n]);
	expect((await poolBytes(localnet)).size).toBe(15);
	await until(() => localnet.status().botSwaps > 10, { what: "swaps of the bots" });
	expect(localnet.status().botRefusals).toBe(0);
});

test("tokens that nobody listed cannot be given to the wallet", async () => {
	const config = await configure({ MOJO__LOCALNET__WALLET_TOKENS: '{ WIF = "1" }' });
	await expect(start(config)).rejects.toThrow(
		'localnet.wallet_tokens: WIF = "1" is no amount of an asset that is listed',
	);
});

test("the same seed makes the same market, another seed another", async () => {
	const still = { MOJO__LOCALNET__TRADES_PER_SECOND: "0", MOJO__LOCALNET__POOLS: "20" };
	const markets: Map<string, string>[] = [];
	for (const [name, seed] of [
		["a", "5"],
		["b", "5"],
		["c", "6"],
	] as const) {
		mkdirSync(join(folder, name));
		const environment = { ...still, MOJO_DATA_FOLDER: join(folder, name), MOJO__LOCALNET__SEED: seed };
		markets.push(await poolBytes(await start(await configure(environment))));
	}
	const [a, b, c] = markets as [Map<string, string>, Map<string, string>, Map<string, string>];
	expect(a.size).toBe(20);
	expect(b).toEqual(a);
	expect(c).not.toEqual(a);
});

test("a chain that is kept goes on where it was; one that is not begins anew", async () => {
	const kept = await start(await configure());
	await until(() => kept.status().slot > 20, { what: "twenty slots" });
	const { genesisHash, slot } = kept.status();
	await kept.stop();
	const again = await start(await configure());
	expect(again.status().genesisHash).toBe(genesisHash);
	expect(again.status().slot).toBeGreaterThanOrEqual(slot);
	const fleeting = await start(await configure({ MOJO__LOCALNET__PERSIST: "false" }));
	expect(fleeting.status().genesisHash).not.toBe(genesisHash);
});

test("a wallet that is new to a kept chain is funded by an airdrop", async () => {
	const first = await start(await configure());
	await first.stop();
	const config = await configure({ MOJO_WALLET: join(folder, "another.json") });
	const localnet = await start(config);
	const wallet = await openWallet(config.security.wallet_path, { create: false });
	const rpc = createSolanaRpc(`http://127.0.0.1:${localnet.status().rpcPort}`);
	const balance = await rpc.getBalance(address(wallet.address), { commitment: "processed" }).send();
	expect(balance.value).toBe(10_000_000_000n);
});
