import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createKeyPairSignerFromBytes } from "@solana/web3.js";
import { openWallet, readKeyFile, type WalletError } from "../../../../libs/solana/keypair.ts";
import { createSigner } from "../../../../libs/solana/signer.ts";

let folder: string;
let path: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "wallet-"));
	path = join(folder, "wallet.json");
});

afterEach(() => {
	chmodSync(folder, 0o700);
	rmSync(folder, { recursive: true });
});

async function refusal(create = false): Promise<WalletError> {
	try {
		await openWallet(path, { create });
	} catch (error) {
		return error as WalletError;
	}
	throw new Error("the wallet was opened");
}

const write = (content: unknown, mode = 0o600) => writeFileSync(path, JSON.stringify(content), { mode });
const read = () => JSON.parse(readFileSync(path, "utf8")) as number[];

describe("refused key files", () => {
	test("missing: names the file and what to do", async () => {
		expect(await refusal()).toMatchObject({ name: "WalletError", code: "missing" });
		expect((await refusal()).message).toContain(path);
		expect(readdirSync(folder)).toEqual([]);
	});

	test("not JSON: without quoting the file", async () => {
		writeFileSync(path, "my secret words", { mode: 0o600 });
		const error = await refusal(true);
		expect(error.code).toBe("notJson");
		expect(inspect(error)).not.toContain("secret words");
	});

	test.each([
		["too short", Array(63).fill(1)],
		["too long", Array(65).fill(1)],
		["no byte", Array(64).fill(256)],
		["a fraction", Array(64).fill(0.5)],
		["text", Array(64).fill("1")],
		["an object", { key: 1 }],
		["null", null],
	])("wrong shape: %s", async (_name, content) => {
		write(content);
		expect(await refusal(true)).toMatchObject({ code: "wrongShape" });
	});

	test("a public half that does not belong to the secret half", async () => {
		await openWallet(path, { create: true });
		const numbers = read();
		numbers[40] = (numbers[40] as number) ^ 1;
		write(numbers);
		const error = await refusal();
		expect(error.code).toBe("mismatch");
		expect(error.message).toContain("backup");
	});

	test.each([0o640, 0o604, 0o620, 0o666])("readable by others (mode %o)", async (mode) => {
		await openWallet(path, { create: true });
		chmodSync(path, mode);
		const error = await refusal(true);
		expect(error.code).toBe("tooOpen");
		expect(error.message).toContain(`chmod 600 ${path}`);
	});

	test("unreadable: a folder in its place", async () => {
		mkdirSync(path, { mode: 0o700 });
		expect(await refusal(true)).toMatchObject({ code: "unreadable" });
	});

	test("cannot be made: its folder is a file", async () => {
		writeFileSync(join(folder, "file"), "");
		path = join(folder, "file", "wallet.json");
		const error = await refusal(true);
		expect(["notCreated", "unreadable"]).toContain(error.code);
		expect(error.message).toContain(path);
	});
});

describe("key files", () => {
	test("a made file is a Solana key file with mode 0600, and opens again as the same wallet", async () => {
		const made = await openWallet(path, { create: true });
		expect(statSync(path).mode & 0o777).toBe(0o600);
		expect(readdirSync(folder)).toEqual(["wallet.json"]);
		const official = await createKeyPairSignerFromBytes(Uint8Array.from(read()));
		expect(made.address).toBe(official.address);
		expect((await openWallet(path, { create: true })).address).toBe(made.address);
	});

	test("many that make the same file at once get the same wallet", async () => {
		const wallets = await Promise.all(Array.from({ length: 8 }, () => openWallet(path, { create: true })));
		expect(new Set(wallets.map(({ address }) => address)).size).toBe(1);
		expect(readdirSync(folder)).toEqual(["wallet.json"]);
	});

	test("shows its address and nothing else, however it is printed", async () => {
		const wallet = await openWallet(path, { create: true });
		expect(inspect(wallet, { depth: 9, showHidden: true })).toBe(`Wallet(${wallet.address})`);
		expect(JSON.stringify({ wallet })).toBe(JSON.stringify({ wallet: { address: wallet.address } }));
	});

	test("libsodium and Node sign the same, and the library agrees", async () => {
		const wallet = await openWallet(path, { create: true });
		expect(wallet.signedBy).toBe("sodium-native");
		const secret = Uint8Array.from(read());
		const fallback = await createSigner(secret, () => Promise.reject(new Error("no binary for this platform")));
		expect(fallback.by).toBe("node:crypto");
		const message = Uint8Array.from([1, 2, 3]);
		const [one, two] = [new Uint8Array(64), new Uint8Array(64)];
		wallet.sign(message, one);
		fallback.sign(message, two);
		expect(two).toEqual(one);
		const { keyPair } = await createKeyPairSignerFromBytes(secret);
		const valid = await crypto.subtle.verify("Ed25519", keyPair.publicKey, one, message);
		expect(valid).toBe(true);
	});
});

describe("the bytes of a key file", () => {
	test("are refused when missing, open to others or of two keys", async () => {
		await expect(readKeyFile(path)).rejects.toMatchObject({ code: "missing" });
		await openWallet(path, { create: true });
		chmodSync(path, 0o644);
		await expect(readKeyFile(path)).rejects.toMatchObject({ code: "tooOpen" });
		chmodSync(path, 0o600);
		const other = read();
		other[63] = (other[63] as number) ^ 1;
		write(other);
		await expect(readKeyFile(path)).rejects.toMatchObject({ code: "mismatch" });
	});

	test("are seed and public key", async () => {
		const wallet = await openWallet(path, { create: true });
		const secret = await readKeyFile(path);
		expect([...secret]).toEqual(read());
		expect(secret.subarray(32)).toEqual(Buffer.from(wallet.publicKey));
	});
});
