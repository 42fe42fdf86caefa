import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { writeFileDurably } from "../../../libs/files.ts";

const root = mkdtempSync(join(tmpdir(), "files-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test("a failed replacement leaves the old content and no litter", async () => {
	const path = join(root, "failing");
	mkdirSync(path);
	writeFileSync(join(path, "inside"), "old");
	await expect(writeFileDurably(path, "new")).rejects.toThrow();
	expect(readFileSync(join(path, "inside"), "utf8")).toBe("old");
	expect(readdirSync(root)).toEqual(["failing"]);
});

test("replaces content, makes the folder, and sets the mode", async () => {
	const path = join(root, "inner", "secret");
	await writeFileDurably(path, "one");
	await writeFileDurably(path, new Uint8Array([0x74, 0x77, 0x6f]));
	expect(readFileSync(path, "utf8")).toBe("two");
	expect(statSync(path).mode & 0o777).toBe(0o600);
	await writeFileDurably(path, "three", { mode: 0o644 });
	expect(statSync(path).mode & 0o777).toBe(0o644);
	expect(readdirSync(join(root, "inner"))).toEqual(["secret"]);
});
