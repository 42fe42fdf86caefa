import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Terminal } from "../../../../libs/secrets/terminal.ts";
import { runCommandLine } from "../../../../tools/cli/command-line.ts";

const TOKEN = "a token of the API";
const SOL = "So11111111111111111111111111111111111111112";
const USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v";
const ORDER = {
	orderId: "abcdefghij01",
	side: "sell",
	type: "limit",
	timeInForce: "gtc",
	baseMint: SOL,
	quoteMint: USDC,
	amount: "1500000000",
	limitPrice: "150",
	stopPrice: null,
	status: "resting",
	spent: "500000000",
	received: "75000001",
	isFinal: true,
	reversals: 0,
	end: null,
};
const SUBMIT = ["order", "submit", "limit", "sell", "SOL/USDC", "--amount", "1.5", "--limit-price", "150"];

let folder: string;
let environment: NodeJS.ProcessEnv;
let server: Server | null = null;
let asked: {
	readonly method: string;
	readonly path: string;
	readonly token: string | undefined;
	readonly body: string;
}[];
let answer: { status: number; body: unknown };

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "mojo-order-cli-"));
	environment = { ...process.env };
	// Nobody listens on port 9.
	Object.assign(process.env, { MOJO_DATA_FOLDER: folder, MOJO_API_TOKEN: TOKEN, MOJO__NETWORKING__HTTP_PORT: "9" });
	asked = [];
	answer = { status: 200, body: ORDER };
});

afterEach(async () => {
	process.env = environment;
	await new Promise<void>((done) => (server ? server.close(() => done()) : done()));
	server = null;
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
			const { method = "", url: path = "", headers } = request;
			asked.push({ method, path, token: headers.authorization, body });
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

const refusal = (message: string) => ({ error: { code: "conflict", message } });

describe("called wrongly", () => {
	test.each([
		[["order"], "needs submit, list"],
		[["order", "buy"], 'unknown command "order buy"'],
		[["order", "submit"], "needs market, limit"],
		[["order", "submit", "iceberg", "buy", "SOL/USDC", "--amount", "1"], "needs market, limit"],
		[["order", "submit", "market", "short", "SOL/USDC", "--amount", "1"], "needs buy or sell"],
		[["order", "submit", "market", "buy", "SOL", "--amount", "1"], "BASE/QUOTE"],
		[["order", "submit", "market", "buy", "SOL/USDC/BONK", "--amount", "1"], "BASE/QUOTE"],
		[["order", "submit", "market", "buy", "SOL/USDC", "now", "--amount", "1"], "one word too many"],
		[["order", "submit", "market", "buy", "SOL/USDC"], "--amount or --base-units"],
		[["order", "submit", "market", "buy", "SOL/USDC", "--amount", "1", "--base-units", "1"], "--amount or"],
		[["order", "submit", "market", "buy", "SOL/USDC", "--amount", "1", "--life", "forever"], "--life is one of"],
		[["order", "submit", "market", "buy", "SOL/USDC", "--amount", "1", "--timeout-ms", "soon"], "whole number"],
		[["order", "submit", "market", "buy", "SOL/USDC", "--amount", "1", "--state", "open"], "--state does not"],
		[["order", "submit", "market", "buy", "SOL/USDC", "--amount", "0.0000001"], "at most 6 places of USDC"],
		[["order", "submit", "market", "sell", "WIF/USDC", "--amount", "1"], "--base-units"],
		[["order", "list", "abcdefghij01"], "options only"],
		[["order", "list", "--amount", "1"], "--amount does not belong"],
		[["order", "cancel"], "one order id"],
		[["order", "show", "a", "b"], "one order id"],
		[["order", "positions", "SOL"], "no more words"],
		[["order", "list", "--fast"], "--fast"],
	])("%j: exit code 2, and nothing is asked", async (words, why) => {
		await serve();
		expect(await run(...words)).toMatchObject({ exitCode: 2, out: "", errors: expect.stringContaining(why) });
		expect(asked).toEqual([]);
	});
});

describe("what does not come about", () => {
	test("a refusal: exit code 1 with the desk's reason, also as JSON", async () => {
		await serve();
		answer = { status: 409, body: refusal("insufficientFunds: the wallet holds 7") };
		const { exitCode, errors } = await run(...SUBMIT);
		expect([exitCode, errors]).toEqual([1, "mojo: insufficientFunds: the wallet holds 7.\n"]);
		expect(JSON.parse((await run("order", "cancel", "abcdefghij01", "--json")).errors)).toEqual({
			error: { code: "refused", message: "insufficientFunds: the wallet holds 7." },
		});
		answer = { status: 401, body: refusal("ask with the header Authorization") };
		expect(JSON.parse((await run("order", "list", "--json")).errors).error.code).toBe("unauthorized");
	});

	test("nobody answers: an order's fate is not known, and the same name asks again safely", async () => {
		const first = await run(...SUBMIT);
		expect(first.exitCode).toBe(1);
		expect(first.errors).toMatch(/does not answer.*--id cli-[0-9a-z]{12} makes no second one/);
		expect((await run(...SUBMIT, "--id", "mine")).errors).toContain("--id mine makes no second one");
		expect(await run("order", "list")).toMatchObject({ exitCode: 1, errors: expect.stringContaining("Start it") });
		await serve();
		answer = { status: 504, body: refusal("the order desk did not answer") };
		expect((await run(...SUBMIT, "--id", "mine")).errors).toContain("did not answer. Whether the order was taken");
	});

	test("without a token there is nothing to show", async () => {
		delete process.env["MOJO_API_TOKEN"];
		await serve();
		expect((await run("order", "list")).errors).toContain("no API token");
		expect(asked).toEqual([]);
	});
});

describe("submit", () => {
	test("whole units become the base units of what is given; a name of its own goes along", async () => {
		await serve();
		answer = { status: 201, body: ORDER };
		const { exitCode, out } = await run(...SUBMIT);
		expect([exitCode, out]).toEqual([
			0,
			"abcdefghij01  resting    sell SOL/USDC limit gtc  limit 150  0.5 of 1.5 SOL  for 75.000001 USDC\n",
		]);
		expect(asked).toMatchObject([{ method: "POST", path: "/api/orders", token: `Bearer ${TOKEN}` }]);
		expect(JSON.parse(asked[0]!.body)).toEqual({
			clientOrderId: expect.stringMatching(/^cli-[0-9a-z]{12}$/),
			type: "limit",
			side: "sell",
			baseMint: "SOL",
			quoteMint: "USDC",
			amount: "1500000000",
			limitPrice: "150",
		});
	});

	test.each([
		[["market", "buy", "SOL/USDC", "--amount", "20", "--life", "fok"], { amount: "20000000", timeInForce: "fok" }],
		[["market", "sell", `${SOL}/${USDC}`, "--amount", "2", "--life", "ioc"], { amount: "2000000000", baseMint: SOL }],
		[
			["stop", "sell", "SOL/USDC", "--base-units", "7", "--stop-price", "140", "--life", "day", "--slippage-bps", "9"],
			{ type: "stop", amount: "7", stopPrice: "140", timeInForce: "day", slippageBps: 9 },
		],
		[
			["stop-limit", "buy", "SOL/USDC", "--amount", "1", "--stop-price", "160", "--limit-price", "161", "--id", "mine"],
			{ type: "stopLimit", amount: "1000000", stopPrice: "160", limitPrice: "161", clientOrderId: "mine" },
		],
		[["limit", "buy", "SOL/USDC", "--amount", "1", "--limit-price", "1", "--timeout-ms", "500"], { timeoutMs: 500 }],
	])("%j", async (words, sent) => {
		await serve();
		expect((await run("--json", "order", "submit", ...words)).exitCode).toBe(0);
		expect(JSON.parse(asked[0]!.body)).toMatchObject(sent);
	});
});

describe("what there is", () => {
	test("orders, one a line, and what a fork may take back or took back", async () => {
		await serve();
		answer.body = [
			{ ...ORDER, status: "filled", isFinal: false, end: { code: "filled", detail: "whole" } },
			{ ...ORDER, side: "buy", status: "cancelled", reversals: 1, end: { code: "reversed", detail: "a fork" } },
			{ ...ORDER, type: "stop", limitPrice: null, stopPrice: "140", baseMint: "unlisted" },
		];
		const { out } = await run("order", "list", "--state", "ended", "--limit", "3");
		expect(asked[0]).toMatchObject({
			method: "GET",
			path: "/api/orders?state=ended&limit=3",
			token: `Bearer ${TOKEN}`,
		});
		const [whole, lost, strange] = out.split("\n");
		expect(whole).toContain("not final yet");
		expect(whole).not.toContain("(filled");
		expect(lost).toContain("500 of 1500 USDC  for 0.075000001 SOL  (reversed: a fork)  taken back by forks: 1");
		expect(strange).toContain("sell unlisted/USDC stop gtc  stop 140  500000000 of 1500000000 unlisted");
		expect(JSON.parse((await run("order", "list", "--json")).out)).toEqual(answer.body);
		answer.body = [];
		expect((await run("order", "list")).out).toBe("no orders\n");
	});

	test("one order, its cancellation, the positions", async () => {
		await serve();
		expect(JSON.parse((await run("order", "show", ORDER.orderId)).out)).toEqual(ORDER);
		answer.body = { ...ORDER, status: "cancelled" };
		expect((await run("order", "cancel", ORDER.orderId)).out).toBe("order abcdefghij01 is cancelled\n");
		answer = { status: 202, body: { ...ORDER, status: "working" } };
		expect((await run("order", "cancel", ORDER.orderId)).out).toContain("may still fill");
		answer = { status: 202, body: { ...ORDER, status: "filled" } };
		expect((await run("order", "cancel", ORDER.orderId)).out).toContain("if a fork takes that back");
		expect(asked.map(({ method, path }) => [method, path])).toEqual([
			["GET", "/api/orders/abcdefghij01"],
			["DELETE", "/api/orders/abcdefghij01"],
			["DELETE", "/api/orders/abcdefghij01"],
			["DELETE", "/api/orders/abcdefghij01"],
		]);
		const position = { symbol: "SOL", decimals: 9, balance: "-2500000000", reserved: "0" };
		answer = { status: 200, body: [position, { ...position, decimals: 0 }] };
		expect((await run("order", "positions")).out).toBe(
			"SOL       -2.5  reserved 0\nSOL       -2500000000  reserved 0\n",
		);
	});

	test("the help tells all of it", async () => {
		for (const words of [["order", "--help"], ["--help"]]) expect((await run(...words)).out).toContain("stop-limit");
	});
});
