import { chmodSync, mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { EnvironmentSecrets } from "../../../../libs/secrets/environment-secrets.ts";
import { Vault } from "../../../../libs/secrets/vault.ts";
import { isToken, loadApiToken } from "../../../../services/gateway/api-token.ts";

const vault = new Vault({ provider: new EnvironmentSecrets({}) });
const folder = (): string => mkdtempSync(join(tmpdir(), "mojo-token-"));

describe("the API token", () => {
	test("one that was cut short on disk is refused, naming the file", async () => {
		const dataFolder = folder();
		writeFileSync(join(dataFolder, "api-token"), "short\n");
		await expect(loadApiToken({ configured: null, dataFolder, vault })).rejects.toThrow(
			/api-token is shorter than 16 characters: delete the file/,
		);
	});

	test("one that others may read is closed to them", async () => {
		const dataFolder = folder();
		const path = join(dataFolder, "api-token");
		writeFileSync(path, "0123456789abcdef\n");
		chmodSync(path, 0o644);
		expect(await loadApiToken({ configured: null, dataFolder, vault })).toEqual({
			token: "0123456789abcdef",
			madeAt: null,
		});
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test("two gateways that start at once keep the same", async () => {
		const dataFolder = join(folder(), "new");
		const load = () => loadApiToken({ configured: null, dataFolder, vault });
		const loaded = await Promise.all([load(), load(), load()]);
		expect(new Set(loaded.map(({ token }) => token)).size).toBe(1);
		expect(loaded.filter(({ madeAt }) => madeAt !== null)).toHaveLength(1);
		expect(readdirSync(dataFolder)).toEqual(["api-token"]);
	});

	test("the configured one wins and touches no disk", async () => {
		expect(await loadApiToken({ configured: "from the config", dataFolder: "/dev/null/x", vault })).toEqual({
			token: "from the config",
			madeAt: null,
		});
	});

	test("is compared whole", () => {
		expect(isToken("abc", "abc")).toBe(true);
		for (const given of ["", "ab", "abcd", "abC"]) expect(isToken(given, "abc")).toBe(false);
	});
});
