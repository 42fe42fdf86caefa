import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { until } from "../../support/until.ts";
import { RiskDesk } from "./risk-desk.ts";

let desk: RiskDesk;
let liar: Server;
let isLying: boolean;

/** Passes everything on to the desk's node, and adds a lamport to every balance while it lies. */
function makeLiar(): Server {
	return createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks).toString("utf8");
		const headers = { "content-type": "application/json" };
		const answer = await fetch(target, { method: "POST", body, headers }).catch(() => null);
		const text = await answer?.text().catch(() => null);
		if (!answer || typeof text !== "string") return void request.socket.destroy();
		const lies = isLying && body.includes("getMultipleAccounts");
		response.writeHead(answer.status, headers);
		response.end(
			lies ? text.replace(/"lamports":(\d+)/, (_, lamports) => `"lamports":${BigInt(lamports) + 1n}`) : text,
		);
	});
}

let target: string;

beforeEach(async () => {
	desk = await RiskDesk.open();
	isLying = false;
	target = desk.config.chain.rpc_url;
	liar = makeLiar();
	await new Promise<void>((listening) => liar.listen(0, "127.0.0.1", listening));
	const { port } = liar.address() as AddressInfo;
	Object.assign(desk.config, { chain: { ...desk.config.chain, rpc_urls: [`http://127.0.0.1:${port}`] } });
});

afterEach(async () => {
	await desk.close();
	liar.closeAllConnections();
	await new Promise((closed) => liar.close(closed));
});

const stateOf = (risk: Awaited<ReturnType<RiskDesk["start"]>>) => risk.bus.call("risk.tradingState");

test("two of risk's endpoints tell different balances: trading halts, and says who said what", async () => {
	const risk = await desk.start();
	expect(await stateOf(risk)).toMatchObject({ state: "active" });
	isLying = true;
	await until(async () => (await stateOf(risk)).state === "halted", { what: "the halt" });
	const { changedBy, reason } = await stateOf(risk);
	expect(changedBy).toBe("risk");
	expect(reason).toContain("Risk's RPC endpoints disagree: http://127.0.0.1:");
	expect(reason).toContain("is not the same");
});

test("two of an executor's endpoints tell different truths: trading halts, once", async () => {
	const risk = await desk.start();
	const detail = "a and b: the transaction x ended without an error here and with one there";
	risk.bus.broadcast("executor.chain.disagreed", { executor: "executor-1", detail });
	await until(async () => (await stateOf(risk)).state === "halted", { what: "the halt" });
	const halted = await stateOf(risk);
	expect(halted.reason).toBe(`The RPC endpoints of executor executor-1 disagree: ${detail}.`);
	risk.bus.broadcast("executor.chain.disagreed", { executor: "executor-2", detail: "x".repeat(5_000) });
	expect(await stateOf(risk)).toEqual(halted);
});
