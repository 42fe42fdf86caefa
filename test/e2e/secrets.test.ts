import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { encodeBase58 } from "../../core/types/base58.ts";
import { importKeystore } from "../../libs/keystore/keystore.ts";
import { generateSeed, publicKeyOf } from "../../libs/solana/signer.ts";
import { Desk } from "../support/product.ts";
import { until } from "../support/until.ts";

const ROOT = resolve(__dirname, "../..");
/** As many characters of a secret in a row are as good as the secret. */
const PART = 16;
const PARTS_OF_A_LIST = 8;

let desk: Desk;
let child: ChildProcess | null = null;

beforeEach(async () => {
	desk = await Desk.open();
});

afterEach(async () => {
	if (child && child.exitCode === null) {
		const ended = new Promise((done) => child?.once("close", done));
		child.kill("SIGKILL");
		await ended;
	}
	await desk.close();
});

/** Everything that would give a secret away: in every encoding, whole or in parts. */
function traces(secret: Uint8Array): string[] {
	const bytes = Buffer.from(secret);
	const texts = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex"), encodeBase58(bytes)];
	if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) texts.push(bytes.toString("latin1"));
	const found = texts.flatMap((text) =>
		Array.from({ length: Math.max(1, text.length - PART + 1) }, (_, at) => text.slice(at, at + PART)),
	);
	for (let at = 0; at + PARTS_OF_A_LIST <= bytes.length; at++) {
		found.push(
			[...bytes.subarray(at, at + PARTS_OF_A_LIST)].join(","),
			[...bytes.subarray(at, at + PARTS_OF_A_LIST)].join(", "),
		);
	}
	return found;
}

test("a whole process prints and serves none of its secrets, also when it crashes with them in its hands", async () => {
	const seed = generateSeed();
	const key = Buffer.concat([seed, publicKeyOf(seed)]);
	const passphrase = `passphrase ${randomBytes(12).toString("hex")}`;
	const token = randomBytes(24).toString("base64url");
	const approvalKey = randomBytes(32).toString("base64url");
	const keystore = join(desk.folder, "keystore.json");
	const folder = join(desk.folder, "secrets");
	mkdirSync(folder, { mode: 0o700 });
	writeFileSync(join(folder, "passphrase"), `${passphrase}\n`, { mode: 0o600 });
	writeFileSync(join(folder, "approval-key"), approvalKey, { mode: 0o600 });
	await importKeystore({ path: keystore, passphrase, secret: key, cost: { n: 2 ** 14, r: 8, p: 1 } });

	// Stands for a mistake anywhere in the process: an error that carries what it should not.
	const mistake = join(desk.folder, "mistake.mjs");
	const said = { passphrase, token, approvalKey, key: [...key], seed: seed.toString("hex"), text: encodeBase58(key) };
	writeFileSync(
		mistake,
		`process.on("SIGPROF", () => { throw Object.assign(new Error(${JSON.stringify(JSON.stringify(said))}), { key: Buffer.from([${[...key]}]), cause: new Error(${JSON.stringify(passphrase)}) }); });`,
	);
	let printed = "";
	child = spawn(join(ROOT, "node_modules/.bin/moleculer-runner"), ["--repl", "services"], {
		cwd: ROOT,
		env: {
			PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
			HOME: desk.folder,
			...desk.environment,
			NODE_OPTIONS: `--import ${mistake}`,
			MOJO_LOG_LEVEL: "debug",
			MOJO_KEYSTORE: keystore,
			MOJO_PASSPHRASE_SOURCE: "secret:passphrase",
			MOJO_APPROVAL_KEY: "secret:approval-key",
			MOJO__SECRETS__PROVIDER: "file",
			MOJO__SECRETS__FOLDER: folder,
			MOJO_API_TOKEN: token,
		} as NodeJS.ProcessEnv,
		stdio: ["pipe", "pipe", "pipe"],
	});
	for (const stream of [child.stdout, child.stderr]) {
		stream?.on("data", (data) => {
			printed += data;
		});
	}

	await desk.statusWhen("a landed trade", ({ executor }) => executor.landed >= 1);
	let served = "";
	for (const path of ["/api/status", "/api/health", "/api/positions", "/api/intents", "/metrics"]) {
		served += await (await fetch(`http://127.0.0.1:${desk.ports.http}${path}`)).text();
	}
	served += await (await desk.post("/api/halt", `${token}x`, { reason: token })).text();
	served += await (await desk.post("/api/halt", token, { reason: "test" })).text();
	for (const command of ["env", "config", "info", "status", "services -d", "nodes -d", "call risk.status"]) {
		child.stdin?.write(`${command}\n`);
	}
	await until(() => printed.includes("mojo-hft") || printed.includes("books USDC"), { what: "the commands' answers" });
	await new Promise((wake) => setTimeout(wake, 1_000));
	const crashed = new Promise((done) => child?.once("close", done));
	child.kill("SIGPROF");
	expect(await crashed).toBe(1);

	expect(printed).toContain("an error that nobody expected");
	expect(printed).toContain("[redacted]");
	expect(printed).toContain("books USDC");
	expect(served).toContain("mojo_");
	for (const secret of [...[passphrase, token, approvalKey].map((text) => Buffer.from(text)), key, seed]) {
		const given = traces(secret).filter((trace) => printed.includes(trace) || served.includes(trace));
		// Not the texts themselves: this is printed, too.
		expect(given.length).toBe(0);
	}
}, 120_000);
