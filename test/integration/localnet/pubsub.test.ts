import { afterEach, expect, test } from "@jest/globals";
import { WebSocket } from "ws";
import type { Chain } from "../../../services/localnet/chain/chain.ts";
import { addressOf, signatureOf } from "../../../services/localnet/chain/keys.ts";
import { TOKEN_PROGRAM_KEY } from "../../../services/localnet/chain/well-known.ts";
import type { PubSubLimits } from "../../../services/localnet/pubsub/pubsub-server.ts";
import { until } from "../../support/until.ts";
import {
	fundedWallet,
	landed,
	newWallet,
	putMint,
	putTokenAccount,
	signedTransaction,
	signedTransfer,
	tokenTransfer,
	transfer,
} from "../../unit/services/localnet/chain/wallet.ts";
import { type LocalChain, startLocalChain } from "./local-chain.ts";

const SOL = 1_000_000_000n;
const opened: { local: LocalChain; clients: Client[] }[] = [];

async function start(limits: Partial<PubSubLimits> = {}): Promise<LocalChain> {
	const local = await startLocalChain({ slotDurationMs: 0, pubsub: { limits } });
	opened.push({ local, clients: [] });
	return local;
}

afterEach(async () => {
	for (const { local, clients } of opened.splice(0)) {
		for (const client of clients) client.socket.terminate();
		await local.close();
	}
});

// biome-ignore lint/suspicious/noExplicitAny: messages are as varied as the methods.
type Message = any;

/** A bare client: what it sent, what it got. */
class Client {
	readonly socket: WebSocket;
	readonly messages: Message[] = [];
	closeCode: number | null = null;
	#lastId = 0;

	constructor(url: string) {
		this.socket = new WebSocket(url);
		this.socket.on("message", (data) => this.messages.push(JSON.parse(String(data))));
		this.socket.on("close", (code) => {
			this.closeCode = code;
		});
		this.socket.on("error", () => {});
	}

	static async open(local: LocalChain): Promise<Client> {
		const client = new Client(local.pubsubServer.url);
		opened.find((entry) => entry.local === local)!.clients.push(client);
		await new Promise((resolve) => client.socket.once("open", resolve));
		return client;
	}

	async ask(method: string, ...params: unknown[]): Promise<Message> {
		const id = ++this.#lastId;
		this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
		await until(() => this.messages.some((message) => message.id === id), { what: `an answer to ${method}` });
		return this.messages.find((message) => message.id === id);
	}

	async subscribe(method: string, ...params: unknown[]): Promise<number> {
		const answer = await this.ask(method, ...params);
		if (answer.error !== undefined) throw new Error(answer.error.message);
		return answer.result;
	}

	of(method: string): Message[] {
		return this.messages.filter((message) => message.method === method).map((message) => message.params);
	}

	async heard(method: string, count = 1): Promise<Message[]> {
		await until(() => this.of(method).length >= count, { what: `${count} × ${method}` });
		return this.of(method);
	}
}

function advance(chain: Chain, slots: number): void {
	for (let slot = 0; slot < slots; slot++) chain.advanceSlot();
}

test("what is no subscription is answered with an error, and nothing breaks", async () => {
	const local = await start();
	const client = await Client.open(local);
	const wrong: [string, unknown[], number][] = [
		["accountSubscribe", [], -32_602],
		["accountSubscribe", ["x"], -32_602],
		["programSubscribe", [addressOf(TOKEN_PROGRAM_KEY), { filters: [{}] }], -32_602],
		["logsSubscribe", ["some"], -32_602],
		["logsSubscribe", [{ mentions: [] }], -32_602],
		["logsSubscribe", [{ mentions: ["x"] }], -32_602],
		["signatureSubscribe", ["x"], -32_602],
		["slotUnsubscribe", [99], -32_602],
		["blockSubscribe", ["all"], -32_601],
	];
	for (const [method, params, code] of wrong) {
		expect(await client.ask(method, ...params)).toMatchObject({ error: { code } });
	}
	const slots = await client.subscribe("slotSubscribe");
	expect(await client.ask("rootUnsubscribe", slots)).toMatchObject({ error: { code: -32_602 } });
	client.messages.length = 0;
	for (const text of ["{", "[]", "7", '{"jsonrpc":"2.0","method":"ping"}']) client.socket.send(text);
	client.socket.send(Buffer.of(1, 2));
	await until(() => client.messages.length >= 4, { what: "four errors" });
	expect(client.messages.map((message) => message.error.code)).toEqual([-32_700, -32_600, -32_600, -32_700]);
	expect((await fetch(`http://127.0.0.1:${local.pubsubServer.port}`)).status).toBe(426);
	const page = new WebSocket(local.pubsubServer.url, { origin: "https://example.com" });
	await expect(new Promise((_, reject) => page.once("error", reject))).rejects.toThrow("401");
});

test("an account is told of at each commitment, once, with what it then held", async () => {
	const local = await start();
	const { chain } = local;
	const client = await Client.open(local);
	const [from, to] = [fundedWallet(chain), newWallet()];
	const ids = new Map<number, string>();
	for (const commitment of ["processed", "confirmed", "finalized"]) {
		const config = { commitment, encoding: "base64" };
		ids.set(await client.subscribe("accountSubscribe", to.address, config), commitment);
	}
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	chain.advanceSlot();
	landed(chain.sendTransaction(signedTransfer(chain, from, to.key, 2n * SOL)));
	advance(chain, 40);
	const heard = await client.heard("accountNotification", 6);
	const told = heard.map(({ subscription, result }) => [
		ids.get(subscription),
		result.context.slot,
		result.value.lamports / 1e9,
	]);
	expect(told).toEqual([
		["processed", 1, 1],
		["confirmed", 1, 1],
		["processed", 2, 3],
		["confirmed", 2, 3],
		["finalized", 1, 1],
		["finalized", 2, 3],
	]);
});

test("an emptied account is told of as an empty one; large data never fails for its encoding", async () => {
	const local = await start();
	const { chain } = local;
	const client = await Client.open(local);
	const from = fundedWallet(chain, SOL);
	await client.subscribe("accountSubscribe", from.address, { commitment: "processed" });
	landed(chain.sendTransaction(signedTransfer(chain, from, newWallet().key, SOL - 5_000n)));
	const [gone] = await client.heard("accountNotification");
	expect(gone.result.value).toMatchObject({ lamports: 0, data: "", owner: "11111111111111111111111111111111" });
	chain.setAccount(from.address, { lamports: 1n, owner: from.address, data: Buffer.alloc(200) });
	const [, large] = await client.heard("accountNotification", 2);
	expect(large.result.value.data[1]).toBe("base64");
});

test("a program's accounts are told of as the filters say, all changes of a transaction together", async () => {
	const local = await start();
	const { chain } = local;
	const client = await Client.open(local);
	const owner = fundedWallet(chain);
	const mint = putMint(chain, 10n, 0);
	const [mine, theirs] = [putTokenAccount(chain, mint, owner.key, 10n), putTokenAccount(chain, mint, mint, 0n)];
	const token = addressOf(TOKEN_PROGRAM_KEY);
	const config = { commitment: "processed", encoding: "jsonParsed" };
	const all = await client.subscribe("programSubscribe", token, config);
	const filters = [{ memcmp: { offset: 32, bytes: owner.address } }];
	const own = await client.subscribe("programSubscribe", token, { ...config, filters });
	const instructions = [tokenTransfer(mine, theirs, owner, 4n)];
	landed(chain.sendTransaction(signedTransaction({ chain, signers: [owner], instructions })));
	const heard = await client.heard("programNotification", 3);
	const told = heard.map(({ subscription, result }) => [
		subscription,
		result.value.pubkey,
		result.value.account.data.parsed.info.tokenAmount.amount,
	]);
	expect(told).toHaveLength(3);
	expect(told).toEqual(
		expect.arrayContaining([
			[all, addressOf(mine), "6"],
			[all, addressOf(theirs), "4"],
			[own, addressOf(mine), "6"],
		]),
	);
});

test("a signature is told of once: when it gets there, or at once when it has", async () => {
	const local = await start();
	const { chain } = local;
	const client = await Client.open(local);
	const from = fundedWallet(chain);
	const wire = signedTransfer(chain, from, from.key, 1n);
	const signature = signatureOf(wire.toString("latin1", 1, 65) as never);
	const early = await client.subscribe("signatureSubscribe", signature, { commitment: "confirmed" });
	landed(chain.sendTransaction(wire));
	expect(client.of("signatureNotification")).toEqual([]);
	chain.advanceSlot();
	const late = await client.subscribe("signatureSubscribe", signature, { commitment: "confirmed" });
	const heard = await client.heard("signatureNotification", 2);
	expect(heard).toEqual([
		{ subscription: early, result: { context: { slot: 1 }, value: { err: null } } },
		{ subscription: late, result: { context: { slot: 1 }, value: { err: null } } },
	]);
	expect(local.pubsubServer.counters.subscriptions).toBe(0);
	expect(await client.ask("signatureUnsubscribe", early)).toMatchObject({ error: { code: -32_602 } });
	const failing = [transfer(from, newWallet().key, 99n * SOL)];
	const reverted = landed(chain.sendTransaction(signedTransaction({ chain, signers: [from], instructions: failing })));
	const failed = await client.subscribe("signatureSubscribe", reverted.signature, { commitment: "processed" });
	const [, , third] = await client.heard("signatureNotification", 3);
	expect(third).toMatchObject({ subscription: failed, result: { value: { err: { InstructionError: [0, {}] } } } });
});

test("logs of all transactions, and of those that name an account", async () => {
	const local = await start();
	const { chain } = local;
	const client = await Client.open(local);
	const [from, to] = [fundedWallet(chain), newWallet()];
	const all = await client.subscribe("logsSubscribe", "all", { commitment: "processed" });
	const own = await client.subscribe("logsSubscribe", { mentions: [to.address] }, { commitment: "processed" });
	const first = landed(chain.sendTransaction(signedTransfer(chain, from, from.key, 1n)));
	const second = landed(chain.sendTransaction(signedTransfer(chain, from, to.key, SOL)));
	const heard = await client.heard("logsNotification", 3);
	expect(heard.map(({ subscription, result }) => [subscription, result.value.signature])).toEqual([
		[all, first.signature],
		[all, second.signature],
		[own, second.signature],
	]);
	expect(heard[0].result.value.logs).toEqual(first.logs);
});

test("slots and roots, until unsubscribed", async () => {
	const local = await start();
	const client = await Client.open(local);
	const slots = await client.subscribe("slotSubscribe");
	await client.subscribe("rootSubscribe");
	advance(local.chain, 33);
	expect((await client.heard("slotNotification", 33)).at(-1).result).toEqual({ slot: 34, parent: 33, root: 2 });
	expect((await client.heard("rootNotification", 2)).map(({ result }) => result)).toEqual([1, 2]);
	expect(await client.ask("slotUnsubscribe", slots)).toMatchObject({ result: true });
	advance(local.chain, 1);
	await client.heard("rootNotification", 3);
	expect(client.of("slotNotification")).toHaveLength(33);
});

test("subscriptions, requests, connections and message sizes are limited", async () => {
	const limits = {
		maxSubscriptionsPerConnection: 2,
		maxRequestsPerSecond: 20,
		maxConnections: 2,
		maxPayloadBytes: 500,
	};
	const local = await start(limits);
	const [first, second] = [await Client.open(local), await Client.open(local)];
	await first.subscribe("slotSubscribe");
	await first.subscribe("rootSubscribe");
	expect(await first.ask("slotSubscribe")).toMatchObject({ error: { code: -32_029 } });
	expect(local.pubsubServer.counters).toMatchObject({ connections: 2, subscriptions: 2, refused: 1 });
	const third = await Client.open(local);
	await until(() => third.closeCode !== null, { what: "the third connection to be closed" });
	expect(third.closeCode).toBe(1013);
	for (let request = 0; request < 50; request++) first.socket.send("{}");
	await until(() => first.closeCode !== null, { what: "the flooding connection to be closed" });
	expect(first.closeCode).toBe(1008);
	second.socket.send(" ".repeat(501));
	await until(() => second.closeCode !== null, { what: "the oversized message's connection to be closed" });
	expect(second.closeCode).toBe(1009);
	await until(() => local.pubsubServer.counters.connections === 0, { what: "the connections to be gone" });
	expect(local.pubsubServer.counters.subscriptions).toBe(0);
});

test("a client that does not read is cut off; the others hear everything", async () => {
	const local = await start({ maxBufferedBytes: 4_000_000 });
	const { chain } = local;
	const [slow, quick] = [await Client.open(local), await Client.open(local)];
	const { address } = newWallet();
	for (const client of [slow, quick]) {
		await client.subscribe("accountSubscribe", address, { commitment: "processed", encoding: "base64" });
	}
	slow.socket.pause();
	for (let round = 1; local.pubsubServer.counters.slowConsumers === 0; round++) {
		if (round > 2_000) throw new Error("the slow consumer was never cut off");
		chain.setAccount(address, { lamports: BigInt(round), owner: address, data: Buffer.alloc(500_000) });
		await quick.heard("accountNotification", round);
	}
	expect(local.pubsubServer.counters.slowConsumers).toBe(1);
	await until(() => local.pubsubServer.counters.connections === 1, { what: "the slow connection to be gone" });
});

test("closing is quick for the clients too, and may be repeated", async () => {
	const local = await start();
	const client = await Client.open(local);
	await client.subscribe("slotSubscribe");
	await local.pubsubServer.close();
	await local.pubsubServer.close();
	await until(() => client.closeCode !== null, { what: "the client to notice" });
	local.chain.advanceSlot();
});
