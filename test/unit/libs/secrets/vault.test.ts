import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { EnvironmentSecrets } from "../../../../libs/secrets/environment-secrets.ts";
import { FileSecrets } from "../../../../libs/secrets/file-secrets.ts";
import { InfisicalSecrets } from "../../../../libs/secrets/infisical-secrets.ts";
import { openSecrets, type SecretsSettings } from "../../../../libs/secrets/open-secrets.ts";
import { type OutputProcess, redactOutput } from "../../../../libs/secrets/redacted-output.ts";
import { secretsInUrl, Vault } from "../../../../libs/secrets/vault.ts";

const SECRET = "correct horse battery";
const provider = new EnvironmentSecrets({ PASS: SECRET });

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "vault-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("a secret that cannot be had", () => {
	test("is told with its place and the fix", async () => {
		await expect(new Vault({ provider }).resolve("secret:NONE")).rejects.toThrow(
			/NONE cannot be read from the environment: it does not exist/,
		);
	});

	test("a passphrase without a terminal, and a file that is open to others", async () => {
		const vault = new Vault({ provider });
		await expect(vault.passphrase("prompt", "the keystore")).rejects.toThrow(/security.passphrase_source/);
		await expect(vault.passphrase(`file:${join(folder, "none")}`, "x")).rejects.toThrow(/it does not exist/);
		writeFileSync(join(folder, "open"), SECRET, { mode: 0o644 });
		await expect(vault.passphrase(`file:${join(folder, "open")}`, "x")).rejects.toThrow(/other users/);
	});
});

test("whatever is read is known to the redactor, and to who must forget it", async () => {
	const read: string[] = [];
	const file = join(folder, "passphrase");
	writeFileSync(file, `${SECRET}\n`, { mode: 0o600 });
	for (const get of [
		(vault: Vault) => vault.resolve("secret:PASS"),
		(vault: Vault) => vault.resolve(SECRET),
		(vault: Vault) => vault.passphrase("secret:PASS", "x"),
		(vault: Vault) => vault.passphrase(`file:${file}`, "x"),
		(vault: Vault) => vault.passphrase("prompt", "x"),
	]) {
		const vault = new Vault({ provider, ask: async () => SECRET, onRead: (secret) => void read.push(secret) });
		expect(vault.redactor.redact(SECRET)).toBe(SECRET);
		expect(await get(vault)).toBe(SECRET);
		expect(vault.redactor.redact(`it is ${SECRET}!`)).toBe("it is [redacted]!");
	}
	expect(read).toEqual([SECRET, SECRET, SECRET, SECRET, SECRET]);
});

test("keys and passwords in addresses are secrets", () => {
	expect(secretsInUrl("no address")).toEqual([]);
	expect(secretsInUrl("http://127.0.0.1:8899")).toEqual([]);
	expect(secretsInUrl("nats://user:p%40ss@host:4222")).toEqual(["p@ss"]);
	expect(secretsInUrl("https://node.example/v2/0123456789abcdef0123?api-key=fedcba9876543210&x=1")).toEqual([
		"fedcba9876543210",
		"0123456789abcdef0123",
	]);
});

describe("the provider of the configuration", () => {
	const settings: SecretsSettings = {
		provider: "environment",
		folder: null,
		readable_by_others: false,
		infisical_site_url: "https://app.infisical.com",
		infisical_project_id: "p",
		infisical_environment: "prod",
		infisical_secret_path: "/",
		infisical_client_id: "i",
		infisical_client_secret: "s",
		timeout_ms: 100,
	};

	test.each([
		["folder", { provider: "file" }],
		["infisical_project_id", { provider: "infisical", infisical_project_id: null }],
		["infisical_client_id", { provider: "infisical", infisical_client_id: null }],
		["infisical_client_secret", { provider: "infisical", infisical_client_secret: null }],
	] as const)("names %s when it is missing", (key, change) => {
		expect(() => openSecrets({ ...settings, ...change }, {})).toThrow(`secrets.${key} is not set`);
	});

	test("is the one that is named", async () => {
		expect(await openSecrets(settings, { A: "value" }).read("A")).toEqual({ ok: true, value: "value" });
		expect(openSecrets({ ...settings, provider: "file", folder }, {})).toBeInstanceOf(FileSecrets);
		expect(openSecrets({ ...settings, provider: "infisical" }, {})).toBeInstanceOf(InfisicalSecrets);
	});
});

describe("the output of a process", () => {
	class Ended extends Error {}

	function fakeProcess() {
		const written: unknown[] = [];
		let crash: (error: unknown) => void = () => {};
		const stream = () => ({ write: (chunk: unknown) => written.push(chunk) > 0 });
		const output = {
			stdout: stream(),
			stderr: stream(),
			on: (_event: string, listener: (error: unknown) => void) => {
				crash = listener;
			},
			exit: (code: number) => {
				throw new Ended(String(code));
			},
		};
		return { output: output as unknown as OutputProcess, written, crash: (error: unknown) => crash(error) };
	}

	test("has no secret in it, as text or as bytes, also in its last words", () => {
		const vault = new Vault({ provider });
		vault.know(SECRET);
		const { output, written, crash } = fakeProcess();
		redactOutput(output, vault.redactor.redact);
		output.stdout.write(`a ${SECRET}\n`);
		output.stderr.write(Buffer.from(`b ${SECRET}\n`));
		const untouched = Buffer.from("c\n");
		output.stderr.write(untouched);
		expect(written).toEqual(["a [redacted]\n", "b [redacted]\n", untouched]);
		expect(() => crash(Object.assign(new Error(SECRET), { key: Buffer.from(SECRET) }))).toThrow(Ended);
		expect(String(written.at(-1))).toContain("an error that nobody expected");
		expect(String(written.at(-1))).not.toContain(SECRET);
	});
});
