import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ArmingStatement } from "../../../../core/execution/arming.ts";
import { ArmingStore } from "../../../../libs/arming/arming-store.ts";

let folder: string;
let store: ArmingStore;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "arming-"));
	store = new ArmingStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const statement = (name: string, signedAtMicros: number): ArmingStatement => ({
	name,
	build: "a".repeat(64),
	config: "b".repeat(64),
	signedAtMicros,
	expiresAtMicros: signedAtMicros + 1_000,
	signature: "s".repeat(88),
});

const names = async () => (await store.read()).map(({ name, signedAtMicros }) => `${name} ${signedAtMicros}`);

describe("disarming", () => {
	test("words that were said before arm no more when they are heard again", async () => {
		await store.add(statement("anna", 5));
		await store.disarm(10);
		expect(await names()).toEqual([]);
		for (const word of [statement("anna", 5), statement("ben", 10), statement("carl", 11)]) await store.add(word);
		expect(await names()).toEqual(["carl 11"]);
		// Another executor of the machine, or the next start.
		store = new ArmingStore(folder);
		expect(await names()).toEqual(["carl 11"]);
	});

	test("an older one takes nothing of a newer one away", async () => {
		await store.disarm(10);
		await store.disarm(3);
		await store.add(statement("anna", 5));
		expect(await names()).toEqual([]);
	});

	test("when it cannot be understood nothing counts", async () => {
		await store.add(statement("anna", 5));
		writeFileSync(join(folder, "disarmed.json"), '{"disarmedAtMicros":"soon"}');
		expect(await names()).toEqual([]);
		writeFileSync(join(folder, "disarmed.json"), "{");
		expect(await names()).toEqual([]);
	});
});

test("a person has one word, the last one", async () => {
	for (const at of [1, 2]) await store.add(statement("anna", at));
	expect(await names()).toEqual(["anna 2"]);
});
