import { inspect } from "node:util";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeBase58 } from "../../../../core/types/base58.ts";
import { Redactor } from "../../../../libs/secrets/redactor.ts";

const KEY = Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 37 + 11) & 0xff));

/** Every way in which bytes are looked for, made here on its own. */
function encodings(bytes: Uint8Array): string[] {
	const buffer = Buffer.from(bytes);
	const hex = buffer.toString("hex");
	return [
		encodeBase58(bytes),
		buffer.toString("base64"),
		buffer.toString("base64url"),
		hex,
		hex.toUpperCase(),
		[...bytes].join(","),
		JSON.stringify(buffer),
		JSON.stringify(new Uint8Array(bytes)),
		JSON.stringify(JSON.stringify([...bytes])),
		JSON.stringify(JSON.stringify(new Uint8Array(bytes))),
		[...bytes].join(", "),
	];
}

/** Whether the list stands in the line as numbers of its own, rather than as a tail of longer ones. */
const holdsList = (line: string, list: string) => new RegExp(`(?<!\\d)${list.replace(/ /g, " ?")}(?!\\d)`).test(line);
const bare = (form: string) => form.replace(/=+$/, "");
const secretBytes = fc.uint8Array({ minLength: 8, maxLength: 80 });
const secretText = fc.string({ minLength: 8, maxLength: 60, unit: "binary" }).filter((text) => text.isWellFormed());
const around = fc.string({ maxLength: 40, unit: "grapheme-ascii" });

describe("no registered secret survives", () => {
	test("bytes, in any encoding", () => {
		fc.assert(
			fc.property(fc.array(secretBytes, { minLength: 1, maxLength: 4 }), around, around, (secrets, before, after) => {
				const redactor = new Redactor();
				for (const secret of secrets) expect(redactor.add(secret)).toBe(true);
				for (const secret of secrets) {
					const [list, ...forms] = [[...secret].join(","), ...encodings(secret)];
					for (const form of forms) {
						// A digit beside a list makes it the list of another byte.
						const line = redactor.redact(`${before}|${form}|${after}`);
						for (const survivor of forms) {
							if (/^[\d, ]+$/.test(survivor)) expect(holdsList(line, survivor)).toBe(false);
							else expect(line).not.toContain(bare(survivor));
						}
						expect(holdsList(line, list as string)).toBe(false);
					}
				}
			}),
			{ numRuns: 60 },
		);
	});

	test("text, bare and in JSON and in JSON within JSON", () => {
		fc.assert(
			fc.property(secretText, around, around, (secret, before, after) => {
				const redactor = new Redactor();
				fc.pre(redactor.add(secret));
				const once = JSON.stringify({ msg: `${before}${secret}${after}` });
				for (const line of [`${before}${secret}${after}\n`, once, JSON.stringify({ msg: once })]) {
					const clean = redactor.redact(line);
					expect(clean).not.toContain(secret);
					expect(clean).not.toContain(JSON.stringify(secret).slice(1, -1));
				}
				for (const form of encodings(Buffer.from(secret))) {
					if (!/^[\d, ]+$/.test(form)) expect(redactor.redact(`${before}|${form}|${after}`)).not.toContain(bare(form));
				}
			}),
		);
	});

	test("secrets that overlap or repeat themselves leave nothing of either", () => {
		const redactor = new Redactor();
		redactor.add("abcdefgh");
		redactor.add("efghijkl");
		redactor.add("xyxyxyxy");
		expect(redactor.redact("<abcdefghijkl>")).toBe("<[redacted]>");
		expect(redactor.redact("<xyxyxyxyxy>")).toBe("<[redacted]>");
	});

	test("a line that spells a secret again once it is cleaned is cleaned again", () => {
		const redactor = new Redactor();
		redactor.add("abcdefgh");
		redactor.add("cted]tail");
		expect(redactor.redact("abcdefghtail\n")).toBe("[reda[redacted]\n");
		// Each round makes the next one: the whole line goes.
		redactor.add("[reda[reda");
		redactor.add("[redacted]cted]");
		const line = redactor.redact("abcdefghtail\n");
		for (const secret of ["abcdefgh", "cted]tail", "[reda[reda", "[redacted]cted]"]) expect(line).not.toContain(secret);
		expect(line.endsWith("\n")).toBe(true);
	});

	test("a key, whole and by its seed", () => {
		const redactor = new Redactor();
		redactor.addKey(KEY);
		const seed = KEY.subarray(0, 32);
		for (const form of [...encodings(KEY), ...encodings(seed), inspect(KEY), inspect(new Uint8Array(KEY))]) {
			const line = redactor.redact(`${form}\n`);
			expect(line).not.toContain("48, 85, 122");
			expect(line).not.toContain("48,85,122");
			expect(line).not.toContain(seed.toString("hex").slice(0, 16));
			expect(line).not.toMatch(/0b 30 55 7a/);
			expect(line).not.toContain(form.slice(0, 40));
			expect(line.endsWith("\n")).toBe(true);
		}
	});
});

test("JSON lines stay JSON", () => {
	const redactor = new Redactor();
	redactor.addKey(KEY);
	redactor.add('a "quoted" \\ secret');
	const typed = new Uint8Array(KEY);
	const line = JSON.stringify({
		KEY,
		typed,
		list: [...KEY],
		msg: 'it is a "quoted" \\ secret',
		nested: JSON.stringify([typed]),
	});
	expect(JSON.parse(redactor.redact(line))).toEqual({
		KEY: { type: "Buffer", data: [0] },
		typed: { 0: 0 },
		list: [0],
		msg: "it is [redacted]",
		nested: '[{"0":0}]',
	});
});

test("a line without secrets stays as it is", () => {
	const redactor = new Redactor();
	const line = '{"level":30,"msg":"fill 12345678 at 1,2,3"}\n';
	expect(redactor.redact(line)).toBe(line);
	redactor.addKey(KEY);
	expect(redactor.redact(line)).toBe(line);
	expect(redactor.redact("")).toBe("");
});

test("bytes that are UTF-8 are found as their text", () => {
	const redactor = new Redactor();
	redactor.add(Buffer.from("passphrase words"));
	expect(redactor.redact("with passphrase words!")).toBe("with [redacted]!");
});

describe("bounds", () => {
	test("what is shorter than 8 bytes, or a piece of the mark, is not looked for, and said so", () => {
		const redactor = new Redactor();
		expect(redactor.add("1234567")).toBe(false);
		expect(redactor.add("redacted")).toBe(false);
		expect(redactor.redact("1234567 redacted")).toBe("1234567 redacted");
	});

	test("too many or too long is an error, the same again is not", () => {
		const redactor = new Redactor();
		for (let index = 0; index < 64; index++) redactor.add(`secret number ${index}`);
		expect(redactor.add("secret number 3")).toBe(true);
		expect(() => redactor.add("one more secret")).toThrow(RangeError);
		expect(() => new Redactor().add("x".repeat(1_025))).toThrow(RangeError);
	});

	test("the longest secret is found in every form", () => {
		const redactor = new Redactor();
		const longest = Buffer.from(Array.from({ length: 1_024 }, (_, index) => (index * 73 + (index >> 8)) & 0xff));
		expect(redactor.add(longest)).toBe(true);
		for (const form of encodings(longest)) {
			expect(redactor.redact(form).length).toBeLessThan(60);
			// A line beyond Latin-1 is searched by other machine code.
			expect(redactor.redact(`\u20ac${form}`).length).toBeLessThan(61);
		}
	});
});

test("a line that cannot be searched is not shown", () => {
	const redactor = new Redactor();
	const unsearchable = {
		length: 3,
		endsWith: () => false,
		toString() {
			throw new Error("the line with its secret");
		},
	} as unknown as string;
	redactor.add("my secret words");
	expect(redactor.redact(unsearchable)).toBe("[redacted] line");
});

test("printed, it shows nothing of what it knows", () => {
	const redactor = new Redactor();
	redactor.add("my secret words");
	expect(JSON.stringify(redactor)).toBe('{"secrets":1}');
	expect(inspect(redactor, { depth: 9, showHidden: true })).not.toContain("secret words");
});
