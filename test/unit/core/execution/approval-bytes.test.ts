import { describe, expect, test } from "@jest/globals";
import { ApprovalEncoder, MOST_APPROVAL_BYTES } from "../../../../core/execution/approval-encoding.ts";
import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import { APPROVED } from "./approved-example.ts";

/** The layout once more, part by part: what two builds of the program have to agree on. */
const count = (value: number) => value.toString(16).padStart(4, "0");
const text = (value: string) => count(value.length) + Buffer.from(value, "latin1").toString("hex");
const amount = (value: bigint) => value.toString(16).padStart(16, "0");
const number = (value: number) => {
	const bytes = Buffer.alloc(8);
	bytes.writeDoubleBE(value);
	return bytes.toString("hex");
};
const SAME = "ffff";
const head = text("mojo.approval.3") + text("0123456789abcdef");
const [USDC, BONK] = ["U".repeat(44), "B".repeat(44)];

function encoded(changes: Partial<ApprovedIntent> = {}): string {
	const encoder = new ApprovalEncoder();
	const length = encoder.encode({ ...APPROVED, ...changes });
	return Buffer.from(encoder.bytes.subarray(0, Math.max(0, length))).toString("hex");
}

const legs = [
	count(2),
	text("P".repeat(44)) + text("raydium-cpmm") + text("bToA") + SAME + text(BONK),
	amount(1_000n) + amount(900n) + amount(900n) + number(1) + count(2) + number(-5_632) + number(0),
	text("Q".repeat(44)) + text("raydium-amm-v4") + text("aToB") + SAME + SAME,
	amount(900n) + amount(1_012n) + amount(1_100n) + number(1) + count(1) + number(7),
].join("");
const costs = amount(98n) + amount(10n) + amount(1n) + number(200_000) + amount(7n) + amount(6_400n);
const loan = count(1) + text("R".repeat(44)) + amount(1_000n) + amount(1n);
const tip = count(1) + text("T".repeat(44)) + amount(5n);
const bound = number(1) + number(1_000_000) + text("W".repeat(44)) + text("H".repeat(44)) + number(150) + number(3);
const table = count(1) + text("L".repeat(44)) + number(40);
const end = bound + table;

describe("the bytes of an approved intent", () => {
	test("every field at its place, texts with their length, a known mint with its mark", () => {
		const names = text("test") + text("there and back") + text(USDC);
		expect(encoded()).toBe(head + names + loan + legs + costs + tip + end);
		expect(encoded({ loan: null, tip: null })).toBe(head + names + count(0) + legs + costs + count(0) + end);
		expect(encoded({ lookupTable: null })).toBe(head + names + loan + legs + costs + tip + bound + count(0));
	});

	test("bytes up to 255 stay bytes; a text with any other letter takes two each, and says so", () => {
		const rest = text("there and back") + text(USDC) + loan + legs + costs + tip + end;
		expect(encoded({ strategy: "aÿ" })).toBe(`${head}000261ff${rest}`);
		expect(encoded({ strategy: "aЖ" })).toBe(`${head}800200610416${rest}`);
	});

	test("a mint that is none of those before is written out", () => {
		const [first, second] = APPROVED.legs;
		const other = "O".repeat(44) as typeof APPROVED.fundingMint;
		const told = encoded({ legs: [first!, { ...second!, mintIn: other, mintOut: other }] });
		expect(told).toContain(`${text("aToB")}${text(other)}${text(other)}${amount(900n)}`);
	});

	test("fills its room to the last byte", () => {
		const others = encoded({ blockhash: "" as typeof APPROVED.blockhash }).length / 2;
		const short = (length: number) => ({ ...APPROVED, blockhash: "" as never, cycle: "x".repeat(length) });
		const most = MOST_APPROVAL_BYTES - others + "there and back".length;
		expect(new ApprovalEncoder().encode(short(most))).toBe(MOST_APPROVAL_BYTES);
		expect(new ApprovalEncoder().encode(short(most + 1))).toBe(-1);
		const used = new ApprovalEncoder();
		expect([used.encode(short(most)), used.encode(short(most))]).toEqual([MOST_APPROVAL_BYTES, MOST_APPROVAL_BYTES]);
	});
});
