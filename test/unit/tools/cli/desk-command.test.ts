import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Terminal } from "../../../../libs/secrets/terminal.ts";
import { runCommandLine } from "../../../../tools/cli/command-line.ts";
import { Person } from "../../../support/people.ts";

const TOKEN = "a token of the API";

let folder: string;
let environment: NodeJS.ProcessEnv;
let server: Server | null = null;
let asked: { readonly path: string; readonly token: string | undefined; readonly body: string }[];
let answer: { status: number; body: unknown };

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-desk-cli-"));
	environment = { ...process.env };
	// Nobody listens on port 9.
	Object.assign(process.env, { MOJO_DATA_FOLDER: folder, MOJO_API_TOKEN: TOKEN, MOJO__NETWORKING__HTTP_PORT: "9" });
	asked = [];
	answer = { status: 200, body: {} };
});

afterEach(async () => {
	process.env = environment;
	await new Promise<void>((done) => (server ? server.close(() => done()) : done()));
	server = null;
	chmodSync(folder, 0o700);
	rmSync(folder, { recursive: true, force: true });
});

/** A gateway that answers what the test says. */
async function serve(): Promise<void> {
	server = createServer((request, response) => {
		let body = "";
		request.on("data", (data) => {
			body += data;
		});
		request.on("end", () => {
			asked.push({ path: request.url ?? "", token: request.headers.authorization, body });
			response.writeHead(answer.status, { "content-type": "application/json", connection: "close" });
			response.end(JSON.stringify(answer.body));
		});
	});
	await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
	process.env["MOJO__NETWORKING__HTTP_PORT"] = String((server.address() as AddressInfo).port);
}

async function run(...words: string[]) {
	let out = "";
	let errors = "";
	const terminal: Terminal = {
		interactive: false,
		write: (text) => {
			out += text;
		},
		say: (text) => {
			errors += text;
		},
		askSecret: () => Promise.reject(new Error("nobody is there")),
	};
	const exitCode = await runCommandLine(words, terminal);
	expect(out + errors).not.toContain(TOKEN);
	return { exitCode, out, errors };
}

const haltFile = () => join(folder, "HALT");

describe("called wrongly", () => {
	test.each([
		[["halt", "now"]],
		[["keystore", "address", "--reason", "x"]],
		[["arm"]],
		[["arm", "--as", "ann"]],
		[["arm", "--as", "ann", "--key", "k", "--hours", "25"]],
		[["arm", "--as", "ann", "--key", "k", "--hours", "0"]],
	])("%j: exit code 2, and nothing done", async (words) => {
		expect(await run(...words)).toMatchObject({ exitCode: 2, out: "" });
		expect(existsSync(haltFile())).toBe(false);
	});

	test("a configuration that is wrong", async () => {
		process.env["MOJO__MODE"] = "paper";
		expect(await run("halt")).toMatchObject({ exitCode: 2, errors: expect.stringContaining("mode") });
	});
});

describe("halt", () => {
	test("works with everything dead, and says that nobody was told", async () => {
		const { exitCode, out } = await run("halt", "--reason", "drill");
		expect(exitCode).toBe(0);
		expect(JSON.parse(readFileSync(haltFile(), "utf8"))).toMatchObject({ reason: "drill" });
		expect(out).toContain("trading is halted");
		expect(out).toContain("was not reached");
		expect(await run("status", "--json")).toMatchObject({ exitCode: 0, out: expect.stringContaining('"halted"') });
	});

	test("tells the running system, too", async () => {
		await serve();
		expect(JSON.parse((await run("halt", "--json")).out)).toEqual({
			tradingState: "halted",
			haltFile: haltFile(),
			notTold: null,
		});
		expect(asked).toEqual([{ path: "/api/halt", token: `Bearer ${TOKEN}`, body: '{"reason":"mojo halt"}' }]);
	});

	test("a data folder that cannot be written: an error that says whether the running system was told", async () => {
		writeFileSync(join(folder, "file"), "");
		process.env["MOJO_DATA_FOLDER"] = join(folder, "file");
		expect(await run("halt")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("does not answer") });
		await serve();
		expect(await run("halt")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("was told") });
	});
});

describe("resume", () => {
	test("removes the file, and fails as long as risk was not asked", async () => {
		writeFileSync(haltFile(), "");
		expect(await run("resume")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("not asked to resume") });
		expect(existsSync(haltFile())).toBe(false);
		await serve();
		answer = { status: 409, body: { error: { message: "trading stays halted: remove the other file" } } };
		expect(await run("resume")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("the other file") });
		answer = { status: 200, body: { state: "active" } };
		expect(await run("resume")).toMatchObject({ exitCode: 0, out: "trading is active\n" });
	});

	test("without a token there is nobody to ask", async () => {
		delete process.env["MOJO_API_TOKEN"];
		expect(await run("resume")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("no API token") });
		writeFileSync(join(folder, "api-token"), `${TOKEN}\n`);
		expect(await run("resume")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("does not answer") });
	});
});

test("status shows what the running system says, and why it says nothing", async () => {
	expect(await run("status")).toMatchObject({ exitCode: 0, out: expect.stringContaining("nobody tells") });
	await serve();
	answer = { status: 200, body: { tradingState: "active", slot: 7 } };
	expect((await run("status")).out).toContain('"slot": 7');
	answer = { status: 503, body: null };
	expect((await run("status")).out).toContain("status 503");
});

describe("arming", () => {
	const ann = new Person("ann");
	const bob = new Person("bob");
	const keyFile = (person: Person) => {
		const path = join(folder, person.name);
		writeFileSync(path, JSON.stringify([...person.secret]), { mode: 0o600 });
		return path;
	};

	beforeEach(() => {
		const people = [ann, bob].map(({ name, key }) => `{ name = "${name}", key = "${key}" }`);
		process.env["MOJO__SECURITY__ARMING_PEOPLE"] = `[${people.join(", ")}]`;
	});

	test("a stranger, another's key, and a key file that is none arm nothing", async () => {
		const eve = new Person("eve");
		for (const [name, file, why] of [
			["eve", keyFile(eve), "not listed"],
			["ann", keyFile(eve), "not that of ann"],
			["ann", join(folder, "none"), "does not exist"],
		] as const) {
			expect(await run("arm", "--as", name, "--key", file)).toMatchObject({
				exitCode: 1,
				errors: expect.stringContaining(why),
			});
		}
		expect(existsSync(join(folder, "arming.json"))).toBe(false);
	});

	test("two people arm, and one takes it back", async () => {
		await serve();
		const first = JSON.parse((await run("arm", "--as", "ann", "--key", keyFile(ann), "--json")).out);
		expect(first).toMatchObject({ people: ["ann"], missing: 1, armedUntil: null, notTold: null });
		const { out } = await run("arm", "--as", "bob", "--key", keyFile(bob), "--hours", "1");
		expect(out).toContain("armed by ann, bob\narmed until 2");
		expect(asked.map(({ path }) => path)).toEqual(["/api/arm", "/api/arm"]);
		expect(JSON.parse(asked[1]?.body ?? "")).toMatchObject({ name: "bob", build: first.build, config: first.config });
		expect((await run("disarm")).out).toContain("armed by nobody\nnot armed: 2 more");
		expect(asked.at(-1)?.path).toBe("/api/disarm");
	});

	test("works without the running system, and says so", async () => {
		const { exitCode, out } = await run("arm", "--as", "ann", "--key", keyFile(ann));
		expect([exitCode, out]).toEqual([0, expect.stringContaining("was not reached")]);
	});
});
