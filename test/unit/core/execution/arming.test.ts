import { describe, expect, test } from "@jest/globals";
import {
	type ArmingStatement,
	armingOf,
	isArmingStatement,
	LONGEST_ARMING_MICROS,
	objectionTo,
	statementText,
} from "../../../../core/execution/arming.ts";

const NOW = 1_800_000_000_000_000;
const MINUTE = 60_000_000;
const ARMS = { build: "ab".repeat(32), config: "cd".repeat(32) };

function statement(changes: Partial<ArmingStatement> = {}): ArmingStatement {
	const times = { signedAtMicros: NOW, expiresAtMicros: NOW + MINUTE };
	return { name: "anna", ...ARMS, ...times, signature: "s".repeat(88), ...changes };
}

describe("the shape of a statement", () => {
	test.each([
		["nothing", undefined],
		["null", null],
		["a text", "armed"],
		["no name", { ...statement(), name: 7 }],
		["a name that is too long", statement({ name: "a".repeat(65) })],
		["no build", { ...statement(), build: undefined }],
		["a build with something before it", statement({ build: `0${ARMS.build}` })],
		["a build with something behind it", statement({ build: `${ARMS.build}0` })],
		["a build that is no hash", statement({ build: "g".repeat(64) })],
		["no configuration", { ...statement(), config: undefined }],
		["a configuration with something before it", statement({ config: `0${ARMS.config}` })],
		["a configuration with something behind it", statement({ config: `${ARMS.config}0` })],
		["a configuration that is no hash", statement({ config: "g".repeat(64) })],
		["no beginning", { ...statement(), signedAtMicros: "now" }],
		["no end", { ...statement(), expiresAtMicros: Number.NaN }],
		["no signature", { ...statement(), signature: undefined }],
		["a signature that is no text", { ...statement(), signature: { length: 88 } }],
		["a signature that is too short", statement({ signature: "s".repeat(87) })],
		["a signature that is too long", statement({ signature: "s".repeat(89) })],
	])("%s is none", (_name, value) => {
		expect(isArmingStatement(value)).toBe(false);
	});

	test("a whole one is, with the longest name, too", () => {
		expect(isArmingStatement(statement())).toBe(true);
		expect(isArmingStatement(statement({ name: "a".repeat(64) }))).toBe(true);
	});
});

describe("a statement that does not count", () => {
	test.each([
		[{ build: ARMS.config }, "anna armed another build"],
		[{ config: ARMS.build }, "anna armed another configuration"],
		[{ expiresAtMicros: NOW + LONGEST_ARMING_MICROS + 1 }, "anna armed for more than 24 hours"],
		[
			{ signedAtMicros: NOW + MINUTE + 1, expiresAtMicros: NOW + 2 * MINUTE },
			"anna armed in the future: compare the clocks",
		],
		[{ signedAtMicros: NOW - 2, expiresAtMicros: NOW }, "what anna armed has run out"],
	])("%j", (changes, objection) => {
		expect(objectionTo(statement(changes), ARMS, NOW)).toBe(objection);
	});

	test("each of them counts up to its limit", () => {
		const ends = [{ expiresAtMicros: NOW + LONGEST_ARMING_MICROS }, { expiresAtMicros: NOW + 1 }];
		const early = { signedAtMicros: NOW + MINUTE, expiresAtMicros: NOW + 2 * MINUTE };
		for (const changes of [{}, ...ends, early]) expect(objectionTo(statement(changes), ARMS, NOW)).toBeNull();
		expect(LONGEST_ARMING_MICROS).toBe(86_400_000_000);
	});
});

describe("how it stands", () => {
	test("one person alone arms nothing", () => {
		expect(armingOf([], ARMS)).toEqual({ ...ARMS, armedUntilMicros: null, people: [] });
		expect(armingOf([statement()], ARMS)).toEqual({ ...ARMS, armedUntilMicros: null, people: ["anna"] });
	});

	test("it is armed while two agree: until the second last end", () => {
		const until = (name: string, micros: number) => statement({ name, expiresAtMicros: NOW + micros });
		const { armedUntilMicros, people } = armingOf([until("anna", 5), until("ben", 9), until("cleo", 7)], ARMS);
		expect([armedUntilMicros, people]).toEqual([NOW + 7, ["anna", "ben", "cleo"]]);
	});
});

test("a person signs every field, each on a line of its own", () => {
	const { signature: _, ...rest } = statement();
	expect(statementText(rest)).toBe(
		["mojo.arming.1", "anna", ARMS.build, ARMS.config, String(NOW), String(NOW + MINUTE)].join("\n"),
	);
});
