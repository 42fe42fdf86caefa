import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { configHash } from "../../../../config/fingerprint.ts";
import { loadConfig } from "../../../../config/load.ts";
import { buildHash } from "../../../../libs/arming/build-hash.ts";

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "build-"));
	for (const part of ["broker", "config", "core", "libs", "mixins", "programs", "services"]) {
		mkdirSync(join(folder, part, "inner"), { recursive: true });
		writeFileSync(join(folder, part, "inner", "file.ts"), `export const part = "${part}";\n`);
	}
	for (const file of ["moleculer.config.ts", "moleculer.config.js", "package.json", "package-lock.json"]) {
		writeFileSync(join(folder, file), file);
	}
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the hash of the build", () => {
	test("is another when a file changes, goes, comes or is renamed", () => {
		const hashes = new Set([buildHash(folder)]);
		const step = (change: () => void) => {
			change();
			hashes.add(buildHash(folder));
		};
		step(() => writeFileSync(join(folder, "core/inner/file.ts"), "export const part = 1;\n"));
		step(() => writeFileSync(join(folder, "package-lock.json"), "{}"));
		step(() => writeFileSync(join(folder, "programs/one.so"), ""));
		step(() => cpSync(join(folder, "libs/inner/file.ts"), join(folder, "libs/other.ts")));
		step(() => rmSync(join(folder, "libs/inner/file.ts")));
		expect(hashes.size).toBe(6);
	});

	test("is the same elsewhere, whatever else lies beside the program", () => {
		const copy = mkdtempSync(join(tmpdir(), "build-copy-"));
		cpSync(folder, copy, { recursive: true });
		writeFileSync(join(copy, "core", "notes.md"), "x");
		expect(buildHash(copy)).toBe(buildHash(folder));
		rmSync(copy, { recursive: true });
	});

	test("of a program that is not whole is none", () => {
		rmSync(join(folder, "package-lock.json"));
		expect(() => buildHash(folder)).toThrow(/package-lock/);
	});

	test("of this program is one", () => {
		expect(buildHash()).toMatch(/^[0-9a-f]{64}$/);
	});
});

describe("the hash of the configuration", () => {
	const hash = (environment: Record<string, string>) => configHash(loadConfig({ environment }));

	test("is another when anything of trading changes", () => {
		const hashes = [
			{},
			{ MOJO__RISK__MAX_IN_FLIGHT: "3" },
			{ MOJO__SECURITY__MAX_TIP_LAMPORTS: "7" },
			{ MOJO__CHAIN__RPC_URL: "http://127.0.0.1:1" },
			{ MOJO__EXECUTION__DRY_RUN: "true" },
		].map(hash);
		expect(new Set(hashes).size).toBe(hashes.length);
	});

	test("is the same on every machine of a desk, and says nothing of secrets", () => {
		const same = {
			MOJO_DATA_FOLDER: "/elsewhere",
			MOJO_NODE_ID: "two",
			MOJO_API_TOKEN: "0123456789abcdef",
			MOJO_APPROVAL_KEY: "0123456789abcdef0123456789abcdef",
			MOJO_KEYSTORE: "/keystore.json",
			NATS_URL: "nats://user:password@127.0.0.1:4222",
		};
		expect(hash(same)).toBe(hash({}));
	});
});
