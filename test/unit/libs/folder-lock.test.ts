import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { acquireFolderLock } from "../../../libs/folder-lock.ts";

const root = mkdtempSync(join(tmpdir(), "lock-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HOLDER = `
import { acquireFolderLock } from ${JSON.stringify(join(__dirname, "../../../libs/folder-lock.ts"))};
const lock = await acquireFolderLock(process.argv[1]);
console.log(lock.ok ? "held" : "refused");
setInterval(() => {}, 1_000);
`;

async function holder(folder: string) {
	const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", HOLDER, folder], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let errors = "";
	child.stderr.on("data", (text) => {
		errors += text;
	});
	const [line] = (await Promise.race([once(child.stdout, "data"), once(child, "exit")])) as [unknown];
	return { child, line: String(line).trim(), errors: () => errors };
}

test("a second taker in the same process is refused, and may take it after the release", async () => {
	const folder = join(root, "same");
	const first = await acquireFolderLock(folder);
	expect(await acquireFolderLock(folder)).toEqual({ ok: false, error: { pid: process.pid } });
	if (!first.ok) throw new Error("not taken");
	first.value.release();
	first.value.release();
	const again = await acquireFolderLock(folder);
	expect(again.ok).toBe(true);
	if (again.ok) again.value.release();
});

test("a folder held by another process is refused with its pid, and free after kill -9", async () => {
	const folder = join(root, "other");
	const { child, line, errors } = await holder(folder);
	expect({ line, errors: errors() }).toEqual({ line: "held", errors: "" });
	expect(await acquireFolderLock(folder)).toEqual({ ok: false, error: { pid: child.pid } });
	child.kill("SIGKILL");
	await once(child, "exit");
	const lock = await acquireFolderLock(folder);
	expect(lock.ok).toBe(true);
	if (lock.ok) lock.value.release();
});

test("a holder without a readable pid is still a holder", async () => {
	const folder = join(root, "garbled");
	const lock = await acquireFolderLock(folder);
	writeFileSync(join(folder, "folder.pid"), "garbage");
	expect(await acquireFolderLock(folder)).toEqual({ ok: false, error: { pid: 0 } });
	rmSync(join(folder, "folder.pid"));
	expect(await acquireFolderLock(folder)).toEqual({ ok: false, error: { pid: 0 } });
	if (lock.ok) lock.value.release();
});

test("a folder that cannot be made is one clear error", async () => {
	writeFileSync(join(root, "file"), "");
	await expect(acquireFolderLock(join(root, "file", "inner"))).rejects.toThrow(
		/cannot lock the folder .*file.inner: .* Make it writable for this user, or name another data_folder\./,
	);
});
