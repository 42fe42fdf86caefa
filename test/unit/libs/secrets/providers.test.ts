import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { EnvironmentSecrets } from "../../../../libs/secrets/environment-secrets.ts";
import { FileSecrets, readSecretFile } from "../../../../libs/secrets/file-secrets.ts";
import { explainSecretError, type SecretsProvider } from "../../../../libs/secrets/secrets-provider.ts";

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-secrets-"));
});

afterEach(() => {
	rmSync(folder, { recursive: true });
});

const refused = (error: string) => ({ ok: false, error });
const given = (value: string) => ({ ok: true, value });

/** The mode is set apart: the one at creation is masked. */
function put(name: string, content: string | Uint8Array, mode = 0o600): string {
	const path = join(folder, name);
	writeFileSync(path, content);
	chmodSync(path, mode);
	return path;
}

describe.each<[string, () => SecretsProvider]>([
	["environment", () => new EnvironmentSecrets({})],
	["file", () => new FileSecrets({ folder })],
])("%s", (_name, make) => {
	test.each(["", "..", ".hidden", "../passphrase", "a/b", "/etc/passwd", "a b", "a\0b", "-x", "x".repeat(129)])(
		"refuses the name %j",
		async (name) => {
			expect(await make().read(name)).toEqual(refused("badName"));
		},
	);

	test("says that a secret is missing", async () => {
		expect(await make().read("passphrase")).toEqual(refused("missing"));
	});
});

describe("environment", () => {
	const secrets = new EnvironmentSecrets({ SET: "value\n", EMPTY: "", LONG: "x".repeat(1_025), UNSET: undefined });

	test("refuses what is empty, too long, unset or inherited", async () => {
		expect(await secrets.read("EMPTY")).toEqual(refused("empty"));
		expect(await secrets.read("LONG")).toEqual(refused("tooLarge"));
		expect(await secrets.read("UNSET")).toEqual(refused("missing"));
		expect(await secrets.read("constructor")).toEqual(refused("missing"));
	});

	test("gives the value as it is, and shows none when printed", async () => {
		expect(await secrets.read("SET")).toEqual(given("value\n"));
		expect(inspect(secrets, { depth: 9 }) + JSON.stringify(secrets)).not.toContain("value");
	});
});

describe("files", () => {
	const read = (name: string, readableByOthers = false) => new FileSecrets({ folder, readableByOthers }).read(name);

	test.each([0o640, 0o604, 0o620, 0o602, 0o601])("refuses mode %o", async (mode) => {
		put("passphrase", "words", mode);
		expect(await read("passphrase")).toEqual(refused("tooOpen"));
	});

	test.each([0o464, 0o446])("refuses mode %o, writable by others, even where others may read", async (mode) => {
		put("passphrase", "words", mode);
		expect(await read("passphrase", true)).toEqual(refused("tooOpen"));
	});

	test("takes mode 0444 where others may read", async () => {
		put("passphrase", "words", 0o444);
		expect(await read("passphrase", true)).toEqual(given("words"));
	});

	test("refuses a folder, and a pipe without waiting for a writer", async () => {
		mkdirSync(join(folder, "sub"), { mode: 0o700 });
		expect(await read("sub")).toEqual(refused("unreadable"));
		execFileSync("mkfifo", ["-m", "600", join(folder, "pipe")]);
		expect(await read("pipe")).toEqual(refused("unreadable"));
	});

	test("refuses a link to nowhere, to itself, and a path through a file", async () => {
		symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
		expect(await read("dangling")).toEqual(refused("missing"));
		symlinkSync(join(folder, "loop"), join(folder, "loop"));
		expect(await read("loop")).toEqual(refused("unreadable"));
		expect(await readSecretFile(join(put("plain", "x"), "below"))).toEqual(refused("missing"));
	});

	test("refuses what is empty or too long, and takes the longest", async () => {
		put("empty", "");
		put("line", "\n");
		put("long", "x".repeat(1_025));
		put("longest", "x".repeat(1_024));
		expect(await read("empty")).toEqual(refused("empty"));
		expect(await read("line")).toEqual(refused("empty"));
		expect(await read("long")).toEqual(refused("tooLarge"));
		expect(await read("longest")).toEqual(given("x".repeat(1_024)));
	});

	test.each([
		["words", "words"],
		["words\n", "words"],
		["words\r\n", "words"],
		["words\n\n", "words\n"],
		[" words ", " words "],
		["caf\u00e9", "caf\u00e9"],
	])("reads %j as %j", async (content, expected) => {
		put("passphrase", content);
		expect(await read("passphrase")).toEqual(given(expected));
	});

	test("follows a link, as Kubernetes lays its secrets out", async () => {
		put("real", "words");
		symlinkSync("real", join(folder, "passphrase"));
		expect(await read("passphrase")).toEqual(given("words"));
	});
});

test("an error is one sentence with the place, the name and what to do", () => {
	const provider = new FileSecrets({ folder });
	expect(explainSecretError(provider, "passphrase", "tooOpen")).toBe(
		`The secret passphrase cannot be read from the folder ${folder}: other users can read or change it. ` +
			"Take their rights away (chmod 600, or 400) and think of it as known.",
	);
	expect(explainSecretError(provider, "../x", "badName")).not.toContain("../x");
});
