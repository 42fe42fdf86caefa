import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type LocalChain, startLocalChain } from "./local-chain.ts";

/** The previous generation of clients, unmodified, from their own workspace; typed by what the tests use of them. */
const clients = createRequire(join(process.cwd(), "test/clients/package.json"));
const web3 = clients("@solana/web3.js") as Web3;
const token = clients("@solana/spl-token") as SplToken;

interface Key {
	toBase58(): string;
}
interface Keypair {
	readonly publicKey: Key;
}
interface Confirmed {
	readonly value: { readonly err: unknown };
}
interface Connection {
	requestAirdrop(to: Key, lamports: number): Promise<string>;
	getLatestBlockhash(): Promise<{ blockhash: string; lastValidBlockHeight: number }>;
	confirmTransaction(strategy: object, commitment: string): Promise<Confirmed>;
	getBalance(key: Key): Promise<number>;
	getTransaction(
		signature: string,
		options: object,
	): Promise<{ slot: number; meta: { err: unknown; fee: number; logMessages: string[] } } | null>;
	getParsedTransaction(
		signature: string,
		options: object,
	): Promise<{ transaction: { message: { accountKeys: { pubkey: Key; signer: boolean }[] } } } | null>;
	getSignaturesForAddress(key: Key): Promise<{ signature: string; err: unknown }[]>;
	getParsedTokenAccountsByOwner(
		owner: Key,
		filter: object,
	): Promise<{ value: { account: { data: { parsed: { info: { tokenAmount: { amount: string } } } } } }[] }>;
	onAccountChange(key: Key, listener: (account: { lamports: number }) => void, options: object): number;
	removeAccountChangeListener(id: number): Promise<void>;
	onSlotChange(listener: () => void): number;
	removeSlotChangeListener(id: number): Promise<void>;
	readonly _rpcWebSocket: { close(): void; setAutoReconnect(reconnect: boolean): void };
}
interface Web3 {
	readonly Connection: new (url: string, options: object) => Connection;
	readonly Keypair: { generate(): Keypair };
	readonly Transaction: new () => { add(instruction: unknown): unknown };
	readonly SystemProgram: { transfer(options: object): unknown };
	sendAndConfirmTransaction(connection: Connection, transaction: unknown, signers: Keypair[]): Promise<string>;
}
interface SplToken {
	createMint(connection: Connection, payer: Keypair, authority: Key, freeze: null, decimals: number): Promise<Key>;
	getOrCreateAssociatedTokenAccount(
		connection: Connection,
		payer: Keypair,
		mint: Key,
		owner: Key,
	): Promise<{ address: Key; amount: bigint }>;
	mintTo(...all: unknown[]): Promise<string>;
	transfer(...all: unknown[]): Promise<string>;
	getAccount(connection: Connection, address: Key): Promise<{ amount: bigint; mint: Key }>;
	getMint(connection: Connection, address: Key): Promise<{ supply: bigint; decimals: number }>;
}

let local: LocalChain;
let connection: Connection;
let payer: Keypair;

beforeAll(async () => {
	local = await startLocalChain();
	const options = { commitment: "confirmed", wsEndpoint: local.pubsubServer.url };
	connection = new web3.Connection(local.rpcServer.url, options);
	payer = web3.Keypair.generate();
	const signature = await connection.requestAirdrop(payer.publicKey, 5_000_000_000);
	const confirmed = await connection.confirmTransaction(
		{ signature, ...(await connection.getLatestBlockhash()) },
		"confirmed",
	);
	expect(confirmed.value.err).toBeNull();
});

afterAll(async () => {
	// The client would go on reconnecting to a server that has gone.
	connection._rpcWebSocket.setAutoReconnect(false);
	connection._rpcWebSocket.close();
	// Its watch over a blockhash's expiry sleeps a second at a time and ends only then.
	await new Promise((resolve) => setTimeout(resolve, 1_000));
	await local.close();
});

test("a transfer beyond the balance is refused by the preflight", async () => {
	const transfer = {
		fromPubkey: payer.publicKey,
		toPubkey: web3.Keypair.generate().publicKey,
		lamports: 9_000_000_000,
	};
	const transaction = new web3.Transaction().add(web3.SystemProgram.transfer(transfer));
	await expect(web3.sendAndConfirmTransaction(connection, transaction, [payer])).rejects.toThrow(
		"custom program error: 0x1",
	);
	expect(await connection.getBalance(payer.publicKey)).toBe(5_000_000_000);
});

test("a legacy transfer is confirmed, listed, read back, and heard of", async () => {
	const to = web3.Keypair.generate().publicKey;
	let tell = (_lamports: number): void => {};
	const heard = new Promise<number>((resolve) => {
		tell = resolve;
	});
	const listener = connection.onAccountChange(to, ({ lamports }) => tell(lamports), { commitment: "confirmed" });
	// The client subscribes in the background and in order: a slot heard means that the account is listened to.
	const slotListener = await new Promise<number>((resolve) => {
		const id: number = connection.onSlotChange(() => resolve(id));
	});
	await connection.removeSlotChangeListener(slotListener);
	const transfer = { fromPubkey: payer.publicKey, toPubkey: to, lamports: 2_000_000 };
	const transaction = new web3.Transaction().add(web3.SystemProgram.transfer(transfer));
	const signature = await web3.sendAndConfirmTransaction(connection, transaction, [payer]);
	expect(await heard).toBe(2_000_000);
	await connection.removeAccountChangeListener(listener);
	expect(await connection.getBalance(to)).toBe(2_000_000);
	const found = await connection.getTransaction(signature, { maxSupportedTransactionVersion: 0 });
	expect(found?.meta).toMatchObject({ err: null, fee: 5_000 });
	const parsed = await connection.getParsedTransaction(signature, { maxSupportedTransactionVersion: 0 });
	expect(parsed?.transaction.message.accountKeys[0]).toMatchObject({ signer: true });
	expect(await connection.getSignaturesForAddress(to)).toMatchObject([{ signature, err: null }]);
});

test("a mint, its accounts and a token transfer by spl-token", async () => {
	const friend = web3.Keypair.generate().publicKey;
	const mint = await token.createMint(connection, payer, payer.publicKey, null, 5);
	const mine = await token.getOrCreateAssociatedTokenAccount(connection, payer, mint, payer.publicKey);
	const theirs = await token.getOrCreateAssociatedTokenAccount(connection, payer, mint, friend);
	await token.mintTo(connection, payer, mint, mine.address, payer, 1_000_000n);
	await token.transfer(connection, payer, mine.address, theirs.address, payer, 400_000n);
	expect((await token.getAccount(connection, mine.address)).amount).toBe(600_000n);
	expect((await token.getAccount(connection, theirs.address)).amount).toBe(400_000n);
	expect(await token.getMint(connection, mint)).toMatchObject({ supply: 1_000_000n, decimals: 5 });
	const { value: owned } = await connection.getParsedTokenAccountsByOwner(friend, { mint });
	expect(owned.map((entry) => entry.account.data.parsed.info.tokenAmount.amount)).toEqual(["400000"]);
});
