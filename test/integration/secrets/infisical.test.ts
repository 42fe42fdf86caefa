import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { InfisicalSecrets, type InfisicalSettings } from "../../../libs/secrets/infisical-secrets.ts";

const CLIENT_SECRET = "the client secret of the identity";
const VALUE = "the passphrase of the keystore";

interface Asked {
	readonly method: string;
	readonly path: string;
	readonly query: Readonly<Record<string, string>>;
	readonly authorization: string | undefined;
}

/** What the stub answers: status and body; null keeps the request waiting. */
type Answer = { readonly status: number; readonly body: unknown } | null;

let server: Server;
let asked: Asked[];
let waiting: ServerResponse[];
let logins: number;
let answer: (asked: Asked) => Answer;
let siteUrl: string;

beforeEach(async () => {
	asked = [];
	waiting = [];
	logins = 0;
	answer = () => ({ status: 200, body: { secret: { secretKey: "PASSPHRASE", secretValue: VALUE } } });
	server = createServer(async (request, response) => {
		const url = new URL(request.url ?? "/", "http://stub");
		const what: Asked = {
			method: request.method ?? "",
			path: url.pathname,
			query: Object.fromEntries(url.searchParams),
			authorization: request.headers.authorization,
		};
		const result = what.path === "/api/v1/auth/universal-auth/login" ? await login(request) : record(what);
		if (result === null) {
			waiting.push(response);
			return;
		}
		response.writeHead(result.status, { "content-type": "application/json" });
		response.end(typeof result.body === "string" ? result.body : JSON.stringify(result.body));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	siteUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
	server.closeAllConnections();
	await new Promise((resolve) => server.close(resolve));
});

/** Universal auth as the service does it: a token for the right credentials, else 401. */
async function login(request: IncomingMessage): Promise<Answer> {
	let text = "";
	for await (const chunk of request) text += chunk;
	const { clientId, clientSecret } = JSON.parse(text) as Record<string, string>;
	if (clientId !== "identity" || clientSecret !== CLIENT_SECRET) {
		return { status: 401, body: { statusCode: 401, message: "Invalid credentials", error: "Unauthorized" } };
	}
	logins++;
	return {
		status: 200,
		body: { accessToken: `token-${logins}`, expiresIn: 60, accessTokenMaxTTL: 60, tokenType: "Bearer" },
	};
}

function record(what: Asked): Answer {
	asked.push(what);
	return answer(what);
}

function secrets(changes: Partial<InfisicalSettings> = {}): InfisicalSecrets {
	return new InfisicalSecrets({
		siteUrl,
		projectId: "project",
		environment: "prod",
		secretPath: "/desk",
		clientId: "identity",
		clientSecret: CLIENT_SECRET,
		timeoutMs: 20_000,
		...changes,
	});
}

const refused = (error: string) => ({ ok: false, error });
const withStatus = (status: number, message?: string) => () => ({
	status,
	body: message === undefined ? "no JSON" : { statusCode: status, message },
});

describe("refused", () => {
	test.each(["http://infisical.example.com", "ftp://127.0.0.1", "no address"])("the address %s", (address) => {
		expect(() => secrets({ siteUrl: address })).toThrow(TypeError);
	});

	test("a name that is none, without asking", async () => {
		expect(await secrets().read("../other")).toEqual(refused("badName"));
		expect(asked).toEqual([]);
	});

	test("wrong credentials, and the next question logs in again", async () => {
		const provider = secrets({ clientSecret: "another" });
		expect(await provider.read("PASSPHRASE")).toEqual(refused("refused"));
		expect(await provider.read("PASSPHRASE")).toEqual(refused("refused"));
		expect(asked).toEqual([]);
	});

	test.each([
		[403, "PermissionDenied", "refused"],
		[404, "Secret with name 'PASSPHRASE' not found", "missing"],
		[404, undefined, "missing"],
		[400, "Bad request", "badAnswer"],
		[422, "Validation failure", "badAnswer"],
		[500, "Something went wrong", "unreachable"],
		[502, undefined, "unreachable"],
	])("status %i (%s): %s", async (status, message, expected) => {
		answer = withStatus(status, message);
		expect(await secrets().read("PASSPHRASE")).toEqual(refused(expected));
	});

	test("a status that a message pretends", async () => {
		answer = withStatus(500, "Request failed with status 404");
		expect(await secrets().read("PASSPHRASE")).toEqual(refused("unreachable"));
	});

	test.each<[string, unknown, string]>([
		["a page", "<html></html>", "badAnswer"],
		["no secret", {}, "badAnswer"],
		["no value", { secret: {} }, "badAnswer"],
		["a number", { secret: { secretValue: 7 } }, "badAnswer"],
		["nothing in it", { secret: { secretValue: "" } }, "empty"],
		["too long", { secret: { secretValue: "x".repeat(1_025) } }, "tooLarge"],
		["hidden", { secret: { secretValue: "<hidden-by-infisical>", secretValueHidden: true } }, "refused"],
	])("an answer that is no secret: %s", async (_name, body, expected) => {
		answer = () => ({ status: 200, body });
		expect(await secrets().read("PASSPHRASE")).toEqual(refused(expected));
	});

	test("a service that does not answer, within the limit", async () => {
		answer = () => null;
		expect(await secrets({ timeoutMs: 200 }).read("PASSPHRASE")).toEqual(refused("unreachable"));
		expect(asked.length).toBe(1);
		// The client goes on asking where the connection is lost, and rests where it is answered.
		for (const response of waiting) await new Promise<void>((resolve) => response.writeHead(404).end(resolve));
	});
});

test("a secret is asked for as the identity, in its project, environment and folder", async () => {
	expect(await secrets().read("PASSPHRASE")).toEqual({ ok: true, value: VALUE });
	expect(asked).toMatchObject([
		{
			method: "GET",
			path: "/api/v3/secrets/raw/PASSPHRASE",
			query: { workspaceId: "project", environment: "prod", secretPath: "/desk", viewSecretValue: "true" },
			authorization: "Bearer token-1",
		},
	]);
});

test("one login serves many questions, also at once", async () => {
	const provider = secrets();
	await Promise.all([provider.read("A"), provider.read("B")]);
	await provider.read("C");
	expect(logins).toBe(1);
	expect(asked.length).toBe(3);
});

test("an expired token is renewed by one login, and no more", async () => {
	const provider = secrets();
	await provider.read("PASSPHRASE");
	answer = ({ authorization }) =>
		authorization === "Bearer token-2"
			? { status: 200, body: { secret: { secretValue: VALUE } } }
			: { status: 401, body: { statusCode: 401, message: "Token expired" } };
	expect(await provider.read("PASSPHRASE")).toEqual({ ok: true, value: VALUE });
	expect(logins).toBe(2);
	answer = withStatus(401, "Token revoked");
	expect(await provider.read("PASSPHRASE")).toEqual(refused("refused"));
	expect(logins).toBe(3);
});

test("printed, it shows the place and no credentials", () => {
	const provider = secrets();
	expect(provider.place).toBe(`Infisical at ${siteUrl}`);
	expect(inspect(provider, { depth: 9, showHidden: true }) + JSON.stringify(provider)).not.toContain(CLIENT_SECRET);
});
