import { describe, expect, test } from "@jest/globals";
import { isOwnHost } from "../../../../services/gateway/own-host.ts";

const NAMES = new Set(["desk.example"]);

describe("the host that a request was meant for", () => {
	test.each([
		undefined,
		"",
		"evil.example",
		"evil.example:3000",
		"desk.example.evil.example",
		"localhost.evil",
		"127.0.0.1.evil",
		"[evil]",
		"::1x",
	])("%s is somebody else's", (host) => {
		expect(isOwnHost(host, NAMES)).toBe(false);
	});

	test.each([
		"127.0.0.1",
		"127.0.0.1:3000",
		"10.0.0.7:80",
		"[::1]:3000",
		"[::1]",
		"localhost:3000",
		"LOCALHOST",
		"desk.example",
		"Desk.Example:443",
	])("%s is this server's", (host) => {
		expect(isOwnHost(host, NAMES)).toBe(true);
	});
});
