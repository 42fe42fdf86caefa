import { describe, expect, test } from "@jest/globals";
import { failure } from "../../../../core/types/result.ts";
import { compileTemplate } from "../../../../libs/solana/message-template.ts";
import { TemplateCache } from "../../../../libs/solana/template-cache.ts";
import { exampleRoute, exampleWallet } from "./example-route.ts";

const compile = () => compileTemplate(exampleRoute(), exampleWallet());

describe("template cache", () => {
	test("keeps no failure", () => {
		const cache = new TemplateCache(2);
		const tooLarge = failure({ code: "transactionTooLarge" as const, detail: "" });
		expect(cache.get("a", () => tooLarge)).toBe(tooLarge);
		expect(cache.size).toBe(0);
		expect(cache.get("a", compile).ok).toBe(true);
	});

	test("compiles a route once", () => {
		const cache = new TemplateCache(2);
		const first = cache.get("a", compile);
		expect(cache.get("a", compile)).toEqual(first);
		expect(cache.compiled).toBe(1);
	});

	test("is bounded: the route that was not used for longest goes, and is counted", () => {
		const cache = new TemplateCache(2);
		cache.get("a", compile);
		cache.get("b", compile);
		expect(cache.isFull).toBe(true);
		cache.get("a", compile);
		cache.get("c", compile);
		expect([cache.has("a"), cache.has("b"), cache.has("c")]).toEqual([true, false, true]);
		expect([cache.size, cache.evicted, cache.compiled]).toEqual([2, 1, 3]);
		cache.clear();
		expect(cache.size).toBe(0);
	});
});
