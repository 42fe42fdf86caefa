import { createCipheriv, scryptSync } from "node:crypto";
import {
	chmodSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createKeyPairSignerFromBytes } from "@solana/web3.js";
import {
	createKeystore,
	importKeystore,
	type OpenKeystoreOptions,
	openKeystore,
	readKeystoreAddress,
} from "../../../../libs/keystore/keystore.ts";
import type { KeystoreError } from "../../../../libs/keystore/keystore-error.ts";
import {
	authenticatedHeader,
	DEFAULT_COST,
	formatKeystore,
	isSaneCost,
	type KeystoreBody,
	type ScryptCost,
} from "../../../../libs/keystore/keystore-format.ts";
import { publicKeyOf } from "../../../../libs/solana/signer.ts";

const CHEAP: ScryptCost = { n: 2 ** 14, r: 8, p: 1 };
const PASSPHRASE = "correct horse battery staple";
const seed = Buffer.from(Array.from({ length: 32 }, (_, index) => index * 7 + 1));
const SECRET = Buffer.concat([seed, publicKeyOf(seed)]);

let folder: string;
let path: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-keystore-"));
	path = join(folder, "keys", "keystore.json");
});

afterEach(() => {
	rmSync(folder, { recursive: true });
});

const make = (secret: Uint8Array = SECRET) => importKeystore({ path, passphrase: PASSPHRASE, secret, cost: CHEAP });
const open = (options: Partial<OpenKeystoreOptions> = {}) => openKeystore({ path, passphrase: PASSPHRASE, ...options });
const stored = () => JSON.parse(readFileSync(path, "utf8")) as KeystoreBody & { checksum: string };

async function refusal(attempt: () => Promise<unknown>): Promise<KeystoreError> {
	try {
		await attempt();
	} catch (error) {
		return error as KeystoreError;
	}
	throw new Error("it was accepted");
}

/** Replaces fields and writes a checksum that fits, as one would who changes a keystore on purpose. */
function forge(change: (body: KeystoreBody) => KeystoreBody): void {
	const { checksum: _, ...body } = stored();
	writeFileSync(path, formatKeystore(change(body)));
}

describe("refused", () => {
	test("a missing keystore", async () => {
		expect(await refusal(open)).toMatchObject({ name: "KeystoreError", code: "missing" });
		expect((await refusal(open)).message).toContain("mojo keystore create");
	});

	test("a wrong passphrase", async () => {
		await make();
		for (const passphrase of ["correct horse battery stapl", "", `${PASSPHRASE} `]) {
			expect(await refusal(() => open({ passphrase }))).toMatchObject({ code: "wrongPassphrase" });
		}
	});

	test.each([0o640, 0o604, 0o620])("mode %o", async (mode) => {
		await make();
		chmodSync(path, mode);
		expect(await refusal(open)).toMatchObject({ code: "tooOpen" });
		expect(await refusal(() => readKeystoreAddress(path))).toMatchObject({ code: "tooOpen" });
	});

	test("a folder in its place", async () => {
		chmodSync(folder, 0o700);
		expect(await refusal(() => openKeystore({ path: folder, passphrase: PASSPHRASE }))).toMatchObject({
			code: "unreadable",
		});
	});

	test("text that is no JSON, without quoting it", async () => {
		await make();
		writeFileSync(path, "my secret words");
		const error = await refusal(open);
		expect(error.code).toBe("notJson");
		expect(inspect(error)).not.toContain("secret words");
	});

	test("a file that is too long", async () => {
		await make();
		writeFileSync(path, " ".repeat(10_000));
		expect(await refusal(open)).toMatchObject({ code: "wrongShape" });
	});

	test.each([2, 0, "1", null])("version %p", async (version) => {
		await make();
		writeFileSync(path, JSON.stringify({ ...stored(), version }));
		expect(await refusal(open)).toMatchObject({ code: "unknownVersion" });
	});

	test.each([
		["null", null],
		["an array", [1, 2]],
		["a Solana key file", [...SECRET]],
		["nothing in it", {}],
		["an unknown field", { extra: 1 }],
		["another cipher", { cipher: { name: "aes-256-cbc", nonce: "00", tag: "00", secret: "00" } }],
		["an address of other letters", { address: "0".repeat(44) }],
	])("another shape: %s", async (name, change) => {
		await make();
		const whole = name === "nothing in it" || change === null || Array.isArray(change);
		writeFileSync(path, JSON.stringify(whole ? change : { ...stored(), ...change }));
		expect(await refusal(open)).toMatchObject({ code: "wrongShape" });
	});

	test.each<ScryptCost>([
		{ n: 2 ** 13, r: 8, p: 1 },
		{ n: 2 ** 21, r: 8, p: 1 },
		{ n: 2 ** 14 + 1, r: 8, p: 1 },
		{ n: 2 ** 40, r: 1, p: 1 },
		{ n: 2 ** 14, r: 0, p: 1 },
		{ n: 2 ** 14, r: 33, p: 1 },
		{ n: 2 ** 14, r: 8, p: 0 },
		{ n: 2 ** 14, r: 8, p: 17 },
		{ n: 2 ** 20, r: 16, p: 1 },
		{ n: -(2 ** 14), r: 8, p: 1 },
	])("absurd parameters: %p", async (cost) => {
		expect(isSaneCost(cost)).toBe(false);
		await make();
		forge((body) => ({ ...body, kdf: { ...body.kdf, ...cost } }));
		expect(await refusal(open)).toMatchObject({ code: "absurdParameters" });
		expect(await refusal(() => importKeystore({ path, passphrase: PASSPHRASE, secret: SECRET, cost }))).toMatchObject({
			code: "absurdParameters",
		});
	});

	test("any one changed byte of the file, before a key is derived", async () => {
		await make();
		const good = readFileSync(path);
		const original = stored();
		for (let offset = 0; offset < good.length; offset++) {
			const bad = Buffer.from(good);
			bad[offset] = (bad[offset] as number) ^ 1;
			writeFileSync(path, bad);
			const error = await refusal(async () => {
				expect(await readKeystoreAddress(path)).toBe(original.address);
				// White space between the fields may change; the content has not.
				expect(stored()).toEqual(original);
				throw Object.assign(new Error(), { code: "unchanged" });
			});
			expect(["damaged", "notJson", "wrongShape", "unknownVersion", "absurdParameters", "unchanged"]).toContain(
				error.code,
			);
		}
	});

	const flipped = (hex: string) => (hex[0] === "0" ? "1" : "0") + hex.slice(1);
	test.each<[string, (body: KeystoreBody) => KeystoreBody]>([
		["address", (body) => ({ ...body, address: "So11111111111111111111111111111111111111112" })],
		["cost", (body) => ({ ...body, kdf: { ...body.kdf, n: 2 ** 15 } })],
		["salt", (body) => ({ ...body, kdf: { ...body.kdf, salt: flipped(body.kdf.salt) } })],
		["nonce", (body) => ({ ...body, cipher: { ...body.cipher, nonce: flipped(body.cipher.nonce) } })],
		["tag", (body) => ({ ...body, cipher: { ...body.cipher, tag: flipped(body.cipher.tag) } })],
		["secret", (body) => ({ ...body, cipher: { ...body.cipher, secret: flipped(body.cipher.secret) } })],
	])("a forged %s, though its checksum fits", async (_name, change) => {
		await make();
		forge(change);
		expect(await refusal(open)).toMatchObject({ code: "wrongPassphrase" });
	});

	test("a key of another address, encrypted by one who knows the passphrase", async () => {
		await make();
		const other = Buffer.concat([Buffer.alloc(32, 9), publicKeyOf(Buffer.alloc(32, 9))]);
		forge((body) => {
			const { n, r, p, salt } = body.kdf;
			const key = scryptSync(PASSPHRASE, Buffer.from(salt, "hex"), 32, { N: n, r, p });
			const cipher = createCipheriv("aes-256-gcm", key, Buffer.from(body.cipher.nonce, "hex"));
			cipher.setAAD(authenticatedHeader(body));
			const secret = Buffer.concat([cipher.update(other), cipher.final()]).toString("hex");
			return { ...body, cipher: { ...body.cipher, secret, tag: cipher.getAuthTag().toString("hex") } };
		});
		expect(await refusal(open)).toMatchObject({ code: "wrongSecret" });
	});

	test("a short passphrase for a new keystore", async () => {
		expect(await refusal(() => createKeystore({ path, passphrase: "elevenchars" }))).toMatchObject({
			code: "weakPassphrase",
		});
		expect(readdirSync(folder)).toEqual([]);
	});

	test.each([
		["halves of two keys", Buffer.concat([seed, publicKeyOf(Buffer.alloc(32, 9))])],
		["too short", SECRET.subarray(1)],
	])("a damaged key: %s", async (_name, secret) => {
		expect(await refusal(() => make(secret))).toMatchObject({ code: "wrongSecret" });
		expect(existsSync(path)).toBe(false);
	});

	test("a path that is taken: the keystore there stays", async () => {
		await make();
		const before = readFileSync(path, "utf8");
		expect(await refusal(make)).toMatchObject({ code: "exists" });
		expect(readFileSync(path, "utf8")).toBe(before);
		expect(readdirSync(join(folder, "keys"))).toEqual(["keystore.json"]);
	});

	test("a folder that cannot be made", async () => {
		writeFileSync(join(folder, "keys"), "a file");
		expect(await refusal(make)).toMatchObject({ code: "notWritten" });
		expect(await refusal(open)).toMatchObject({ code: "unreadable" });
	});
});

test("an imported key signs as the key did, and its secret reaches only whom it must", async () => {
	const address = await make();
	const expected = await createKeyPairSignerFromBytes(SECRET);
	expect(address).toBe(expected.address);
	expect(await readKeystoreAddress(path)).toBe(address);
	expect(statSync(path).mode & 0o777).toBe(0o600);

	let kept: Uint8Array = Buffer.alloc(0);
	let copy: Uint8Array = Buffer.alloc(0);
	const wallet = await open({
		onSecret: (secret) => {
			kept = secret;
			copy = Buffer.from(secret);
		},
	});
	expect(wallet.address).toBe(address);
	expect(Buffer.from(copy)).toEqual(SECRET);
	// Wiped once the signer has its own copy.
	expect(Buffer.from(kept)).toEqual(Buffer.alloc(64));
	const signature = Buffer.alloc(64);
	wallet.sign(Buffer.from("message"), signature);
	const verifier = await crypto.subtle.verify("Ed25519", expected.keyPair.publicKey, signature, Buffer.from("message"));
	expect(verifier).toBe(true);
	expect(inspect(wallet)).toBe(`Wallet(${address})`);
});

test("the file holds the key in no readable form", async () => {
	await make();
	const text = readFileSync(path, "utf8");
	for (const form of [seed.toString("hex"), seed.toString("base64"), [...seed].join(",")]) {
		expect(text).not.toContain(form);
	}
});

test("a new key is another each time, encrypted at the recommended cost", async () => {
	const first = await createKeystore({ path, passphrase: PASSPHRASE });
	expect(stored().kdf).toMatchObject(DEFAULT_COST);
	expect((await open()).address).toBe(first);
	const second = await createKeystore({ path: `${path}.2`, passphrase: PASSPHRASE, cost: CHEAP });
	expect(second).not.toBe(first);
});

test("the same key and passphrase encrypt to another file each time", async () => {
	await make();
	const first = stored();
	rmSync(path);
	await make();
	expect(stored().kdf.salt).not.toBe(first.kdf.salt);
	expect(stored().cipher.secret).not.toBe(first.cipher.secret);
});

test("a passphrase typed in another Unicode form opens the keystore", async () => {
	await importKeystore({ path, passphrase: "caf\u00e9 caf\u00e9 caf\u00e9", secret: SECRET, cost: CHEAP });
	const wallet = await open({ passphrase: "cafe\u0301 cafe\u0301 cafe\u0301" });
	expect(wallet.address).toBe(stored().address);
});
