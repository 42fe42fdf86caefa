import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { RiskLease } from "../../../core/risk/lease.ts";
import { loadApprovalKey } from "../../../libs/approval-key.ts";
import { ApprovalSeal } from "../../../libs/approval-seal.ts";
import { createMessageMac, TAG_BYTES } from "../../../libs/message-mac.ts";
import { EnvironmentSecrets } from "../../../libs/secrets/environment-secrets.ts";
import { Vault } from "../../../libs/secrets/vault.ts";
import { APPROVED, alterations } from "../core/execution/approved-example.ts";

const vault = new Vault({
	provider: new EnvironmentSecrets({ KEY: "a secret of the environment, long enough", SHORT: "x" }),
});
const KEY = "the key that risk and its executors share";
const withoutSodium = () => Promise.reject(new Error("no binary for this platform"));

describe.each([
	["libsodium", undefined],
	["our own code", withoutSodium],
])("seals by %s", (_by, load) => {
	let seal: ApprovalSeal;
	let sealed: typeof APPROVED;

	beforeEach(async () => {
		seal = new ApprovalSeal(await createMessageMac(KEY, load));
		sealed = { ...APPROVED, seal: seal.of(APPROVED) };
	});

	test.each([
		["no seal", ""],
		["another length", "AAAA"],
		["another seal", Buffer.alloc(TAG_BYTES).toString("base64")],
		["no base64", "!".repeat(44)],
		["no text", undefined],
	])("%s opens nothing", (_what, given) => {
		expect(seal.isGenuine({ ...sealed, seal: given as string })).toBe(false);
		expect(seal.isGenuineLease({ epoch: 1, expiresAtMicros: 1, seal: given as string })).toBe(false);
	});

	test.each(alterations(APPROVED))("an altered %s opens nothing", (_path, altered) => {
		expect(seal.isGenuine({ ...altered, seal: sealed.seal })).toBe(false);
	});

	test("one bit of the seal is enough", () => {
		for (let bit = 0; bit < 8 * TAG_BYTES; bit++) {
			const tag = Buffer.from(sealed.seal, "base64");
			tag[bit >> 3] = (tag[bit >> 3] as number) ^ (1 << (bit & 7));
			expect(seal.isGenuine({ ...sealed, seal: tag.toString("base64") })).toBe(false);
		}
	});

	test("another key opens nothing", async () => {
		const other = new ApprovalSeal(await createMessageMac(`${KEY}.`, load));
		expect(other.isGenuine(sealed)).toBe(false);
		expect(seal.isGenuine({ ...APPROVED, seal: other.of(APPROVED) })).toBe(false);
	});

	test("what cannot be sealed is not, and is not genuine", () => {
		const tooLarge = { ...sealed, cycle: "x".repeat(5_000) };
		expect(() => seal.of(tooLarge)).toThrow(RangeError);
		expect(seal.isGenuine(tooLarge)).toBe(false);
	});

	test("what risk sealed is genuine, again and again", () => {
		expect([seal.isGenuine(sealed), seal.isGenuine(sealed)]).toEqual([true, true]);
		expect(seal.isGenuine({ ...sealed, timings: { received: 5 } })).toBe(true);
	});

	test("a lease is bound to its epoch and its end", () => {
		const lease: RiskLease = { epoch: 3, expiresAtMicros: 9, seal: seal.ofLease({ epoch: 3, expiresAtMicros: 9 }) };
		expect(seal.isGenuineLease(lease)).toBe(true);
		expect(seal.isGenuineLease({ ...lease, epoch: 4 })).toBe(false);
		expect(seal.isGenuineLease({ ...lease, expiresAtMicros: 10 })).toBe(false);
	});
});

test("seals are the same with libsodium and without", async () => {
	const [one, other] = await Promise.all([createMessageMac(KEY), createMessageMac(KEY, withoutSodium)]);
	expect([one.by, other.by]).toEqual(["sodium-native", "own"]);
	expect(new ApprovalSeal(one).of(APPROVED)).toBe(new ApprovalSeal(other).of(APPROVED));
	expect(other.isAuthentic(Buffer.from("x"), Buffer.alloc(3))).toBe(false);
});

describe("the approval key", () => {
	let folder: string;

	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "mojo-key-"));
	});

	afterEach(() => rmSync(folder, { recursive: true }));

	test("one that was cut short is refused, naming the file and the setting", async () => {
		writeFileSync(join(folder, "approval-key"), "short\n");
		const loading = loadApprovalKey({ configured: null, dataFolder: folder, vault });
		await expect(loading).rejects.toThrow(/approval-key is shorter than 32 characters.*security\.approval_key/);
	});

	test("is made once, closed to others, and shared by all who start at once", async () => {
		const dataFolder = join(folder, "new");
		const load = () => loadApprovalKey({ configured: null, dataFolder, vault });
		const keys = new Set(await Promise.all([load(), load(), load()]));
		expect(keys.size).toBe(1);
		const path = join(dataFolder, "approval-key");
		expect(keys.has(readFileSync(path, "utf8").trim())).toBe(true);
		expect(statSync(path).mode & 0o777).toBe(0o600);
	});

	test("the configured one wins and touches no disk", async () => {
		expect(await loadApprovalKey({ configured: KEY, dataFolder: "/dev/null/x", vault })).toBe(KEY);
	});

	test("comes from the secrets provider where it is named, and is long enough", async () => {
		const load = (configured: string) => loadApprovalKey({ configured, dataFolder: "/dev/null/x", vault });
		expect(await load("secret:KEY")).toBe("a secret of the environment, long enough");
		await expect(load("secret:NONE")).rejects.toThrow(/secret NONE cannot be read from the environment/);
		await expect(load("secret:SHORT")).rejects.toThrow(/at least 32 characters/);
	});
});
