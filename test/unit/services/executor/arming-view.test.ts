import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { LONGEST_ARMING_MICROS } from "../../../../core/execution/arming.ts";
import { ArmingStore } from "../../../../libs/arming/arming-store.ts";
import { isSignedByPerson } from "../../../../libs/arming/statement.ts";
import { ArmingView } from "../../../../services/executor/arming-view.ts";
import { Person } from "../../../support/people.ts";

const HOUR_MICROS = 3_600_000_000;
const arms = { build: "ab".repeat(32), config: "cd".repeat(32) };
const ann = new Person("ann");
const bob = new Person("bob");
const eve = new Person("eve");

let folder: string;
let store: ArmingStore;
let nowMicros: number;
let monotonicMicros: number;

beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "arming-"));
	store = new ArmingStore(folder);
	[nowMicros, monotonicMicros] = [1_000_000 * HOUR_MICROS, 5_000];
});

afterEach(() => rmSync(folder, { recursive: true }));

function view(changes: { isDryRun?: boolean; people?: readonly { name: string; key: string }[]; build?: string } = {}) {
	return new ArmingView({
		people: changes.people ?? [ann, bob],
		arms: { ...arms, ...(changes.build && { build: changes.build }) },
		store,
		clock: { epochMicros: () => nowMicros, monotonicMicros: () => monotonicMicros },
		isDryRun: changes.isDryRun ?? false,
	});
}

const says = (person: Person, changes = {}) => person.arm(arms, { signedAtMicros: nowMicros, ...changes });

async function lackAfter(...statements: unknown[]): Promise<string | null> {
	const armed = view();
	for (const statement of statements) await armed.offer(await statement);
	await armed.reload();
	return armed.lack;
}

describe("nobody signs", () => {
	test("before anybody has armed", async () => {
		expect(view().lack).toContain("until two people arm");
		expect(await lackAfter()).toContain("until two people arm");
	});

	test("by the word of one, also when he says it twice", async () => {
		expect(await lackAfter(says(ann), says(ann, { signedAtMicros: nowMicros + 1 }))).not.toBeNull();
	});

	test("by the word of a stranger, also in another's name, and of nobody", async () => {
		expect(await lackAfter(says(ann), says(eve))).not.toBeNull();
		expect(await lackAfter(says(ann), says(eve, { name: "bob" }))).not.toBeNull();
		expect(await lackAfter(says(ann), null, {}, { name: "bob" }, [1])).not.toBeNull();
	});

	test("by two names of one person", async () => {
		const people = [ann, { name: "anna", key: ann.key }];
		const armed = view({ people });
		await armed.offer(await says(ann));
		await armed.offer(await says(ann, { name: "anna" }));
		expect(armed.lack).not.toBeNull();
	});

	test.each([
		["another build", { build: "00".repeat(32) }, "another build"],
		["another configuration", { config: "00".repeat(32) }, "another configuration"],
		["more than a day", { expiresAtMicros: 1_000_000 * HOUR_MICROS + LONGEST_ARMING_MICROS + 1 }, "24 hours"],
		["tomorrow", { signedAtMicros: 1_000_001 * HOUR_MICROS }, "in the future"],
		["yesterday", { signedAtMicros: 999_980 * HOUR_MICROS }, "run out"],
	])("by a word about %s", async (_what, changes, why) => {
		const statement = await says(bob, changes);
		expect(await lackAfter(says(ann), statement)).toContain(why);
	});

	test("by a word that was altered", async () => {
		const statement = await says(bob);
		for (const altered of [
			{ ...statement, expiresAtMicros: statement.expiresAtMicros + 1 },
			{ ...statement, signature: `A${statement.signature.slice(1, -4)}AAA=` },
		]) {
			expect(isSignedByPerson(altered, [ann, bob])).toBe(false);
			writeFileSync(store.path, JSON.stringify([await says(ann), altered]));
			const armed = view();
			await armed.reload();
			expect(armed.lack).toContain("not signed by a person");
		}
	});

	test("by a file that cannot be understood, or a key that is none", async () => {
		for (const text of ["", "{}", "null", "[1,2]"]) {
			writeFileSync(store.path, text);
			const armed = view();
			await armed.reload();
			expect(armed.lack).not.toBeNull();
		}
		expect(isSignedByPerson(await says(ann), [{ name: "ann", key: "0" }])).toBe(false);
	});

	test("in a dry run, armed or not", async () => {
		const armed = view({ isDryRun: true });
		await armed.offer(await says(ann));
		await armed.offer(await says(bob));
		expect(armed.lack).toContain("execution.dry_run");
	});
});

describe("armed by two people", () => {
	test("it is, until the first word runs out, on either clock", async () => {
		const armed = view();
		await armed.offer(await says(ann));
		await armed.offer(await says(bob, { expiresAtMicros: nowMicros + 10 }));
		expect(armed.status).toMatchObject({ ...arms, armedUntilMicros: nowMicros + 10, people: ["ann", "bob"] });
		expect(armed.lack).toBeNull();
		nowMicros += 10;
		expect(armed.lack).not.toBeNull();
		nowMicros -= 5;
		expect(armed.lack).toBeNull();
		monotonicMicros += 10;
		expect(armed.lack).not.toBeNull();
		await armed.reload();
		expect(armed.lack).not.toBeNull();
	});

	test("it is after a restart, and not after another build or another configuration", async () => {
		expect(await lackAfter(says(ann), says(bob))).toBeNull();
		const restarted = view();
		await restarted.reload();
		expect(restarted.lack).toBeNull();
		const rebuilt = view({ build: "00".repeat(32) });
		await rebuilt.reload();
		expect(rebuilt.lack).toContain("another build");
	});

	test("it stays so, whatever somebody else says in their names", async () => {
		const armed = view();
		await armed.offer(await says(ann));
		await armed.offer(await says(bob));
		await armed.offer(await says(eve, { name: "bob" }));
		await armed.offer({ ...(await says(bob)), expiresAtMicros: 0 });
		expect(armed.lack).toBeNull();
	});

	test("it is not any more once it is taken back, for good", async () => {
		const armed = view();
		await armed.offer(await says(ann));
		await armed.offer(await says(bob));
		await armed.withdraw();
		expect([armed.lack === null, await store.read()]).toEqual([false, []]);
	});
});
