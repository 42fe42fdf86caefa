import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openKeystore } from "../../../../libs/keystore/keystore.ts";
import { CancelledError, type Terminal } from "../../../../libs/secrets/terminal.ts";
import { publicKeyOf } from "../../../../libs/solana/signer.ts";
import { runCommandLine } from "../../../../tools/cli/command-line.ts";

const PASSPHRASE = "correct horse battery staple";
const seed = Buffer.alloc(32, 7);
const SECRET = [...seed, ...publicKeyOf(seed)];

let folder: string;
let keystore: string;
let passphraseFile: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-cli-"));
	keystore = join(folder, "keystore.json");
	passphraseFile = join(folder, "passphrase");
	writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 });
});

afterEach(() => {
	rmSync(folder, { recursive: true });
});

/** A terminal whose person answers in this order; null presses Ctrl-C. */
async function run(words: readonly string[], answers: readonly (string | null)[] | "nobody" = "nobody") {
	let out = "";
	let errors = "";
	const left = answers === "nobody" ? [] : [...answers];
	const terminal: Terminal = {
		interactive: answers !== "nobody",
		write: (text) => {
			out += text;
		},
		say: (text) => {
			errors += text;
		},
		askSecret: async (question) => {
			errors += question;
			const answer = left.shift();
			if (answer === undefined) throw new Error("asked once too often");
			if (answer === null) throw new CancelledError("cancelled");
			return answer;
		},
	};
	const exitCode = await runCommandLine(words, terminal);
	for (const secret of [PASSPHRASE, seed.toString("hex"), "7,7,7,7"]) expect(out + errors).not.toContain(secret);
	return { exitCode, out, errors, unasked: left.length };
}

const at = (...words: string[]) => ["keystore", ...words, "--keystore", keystore];
const withFile = (...words: string[]) => [...at(...words), "--passphrase-file", passphraseFile];

describe("called wrongly: exit code 2, how to get help, and nothing made", () => {
	test.each([
		[["trade"]],
		[["--json"]],
		[["keystore"]],
		[["keystore", "delete"]],
		[["keystore", "create", "extra"]],
		[["keystore", "import"]],
		[["keystore", "import", "a", "b"]],
		[["keystore", "create", "--passphrase", "words"]],
		[["keystore", "create", "--verify"]],
		[["keystore", "create", "--keystore"]],
	])("%j", async (words) => {
		const { exitCode, out, errors } = await run(words);
		expect(exitCode).toBe(2);
		expect(out).toBe("");
		expect(errors).toMatch(words.includes("--json") ? /"code":"usage"/ : /mojo --help/);
	});

	test("no terminal and no passphrase file", async () => {
		const { exitCode, errors } = await run(at("create"));
		expect(exitCode).toBe(2);
		expect(errors).toContain("--passphrase-file");
		expect(existsSync(keystore)).toBe(false);
	});
});

describe("failed: exit code 1, one line, and nothing made", () => {
	test.each<[string, readonly (string | null)[], string]>([
		["a confirmation that differs", [PASSPHRASE, `${PASSPHRASE}.`], "differ"],
		["Ctrl-C", [null], "cancelled"],
		["Ctrl-C at the confirmation", [PASSPHRASE, null], "cancelled"],
		["a short passphrase", ["short", "short"], "too short"],
	])("%s", async (_name, answers, expected) => {
		const { exitCode, out, errors, unasked } = await run(at("create"), answers);
		expect(exitCode).toBe(1);
		expect(out).toBe("");
		expect(errors).toContain(expected);
		expect(unasked).toBe(0);
		expect(existsSync(keystore)).toBe(false);
	});

	test("a passphrase file that others can read", async () => {
		chmodSync(passphraseFile, 0o644);
		const { exitCode, errors } = await run(withFile("create"));
		expect(exitCode).toBe(1);
		expect(errors).toContain("chmod 600");
		expect(existsSync(keystore)).toBe(false);
	});

	test("an import of what is no key file", async () => {
		const { exitCode, errors } = await run([...withFile("import", join(folder, "nothing"))]);
		expect(exitCode).toBe(1);
		expect(errors).toContain("does not exist");
	});

	test("an error as JSON", async () => {
		const { exitCode, out, errors } = await run([...at("address"), "--json"]);
		expect(exitCode).toBe(1);
		expect(out).toBe("");
		expect(JSON.parse(errors)).toMatchObject({ error: { code: "missing" } });
	});
});

test.each([[[]], [["--help"]], [["keystore", "create", "-h"]]])("help on standard output: %j", async (words) => {
	const { exitCode, out, errors } = await run(words);
	expect(exitCode).toBe(0);
	expect(out).toContain("keystore import <key-file>");
	expect(errors).toBe("");
});

test("an import, its address, and the proof of it", async () => {
	const keyFile = join(folder, "id.json");
	writeFileSync(keyFile, JSON.stringify(SECRET), { mode: 0o600 });
	const made = await run(at("import", keyFile), [PASSPHRASE, PASSPHRASE]);
	expect(made.exitCode).toBe(0);
	const wallet = await openKeystore({ path: keystore, passphrase: PASSPHRASE });
	expect(made.out).toBe(`${wallet.address}\n`);
	expect(readFileSync(keyFile, "utf8")).toBe(JSON.stringify(SECRET));

	const shown = await run([...at("address"), "--json"]);
	expect(JSON.parse(shown.out)).toEqual({ address: wallet.address, keystore });
	expect(await run(at("address", "--verify"), [PASSPHRASE])).toMatchObject({ exitCode: 0, out: `${wallet.address}\n` });
	expect(await run(at("address", "--verify"), ["another passphrase"])).toMatchObject({ exitCode: 1, out: "" });
	expect(await run(withFile("create"))).toMatchObject({ exitCode: 1, out: "" });
});

test("a new key by passphrase file", async () => {
	const { exitCode, out } = await run([...withFile("create"), "--json"]);
	expect(exitCode).toBe(0);
	const wallet = await openKeystore({ path: keystore, passphrase: PASSPHRASE });
	expect(JSON.parse(out)).toEqual({ address: wallet.address, keystore });
});

test("an error that nobody foresaw is thrown", async () => {
	await expect(run(at("create"), [])).rejects.toThrow("asked once too often");
});
