import { describe, expect, test } from "@jest/globals";
import type { SystemStatus } from "../../../../broker/contracts/monitor.ts";
import {
	COLUMNS,
	formatAmount,
	formatSigned,
	printBooks,
	profitOf,
	startLines,
	statusLine,
	TerminalAccount,
} from "../../../../services/monitor/console.ts";
import { bookLine, books, intent, SIGNATURE, SOL, settlement, stateRecord, USDC } from "./peers.ts";

const STATUS: SystemStatus = {
	mode: "local",
	tradingState: "active",
	slot: 447_552_123,
	uptimeSeconds: 30,
	feed: { pools: 6, updates: 1, stalePools: 0 },
	strategy: { opportunities: 41, intents: 30, strategies: [] },
	risk: { approved: 25, denied: 5, deniedByCode: {}, uses: [], throttled: [] },
	executor: { submitted: 24, landed: 20, reverted: 2, expired: 1, reversed: 0, unknown: 0 },
	books: books().lines,
	latencyMicros: { receivedToSigned: { p50: 312, p99: 900, count: 20 } },
	booksSlot: 1,
	inFlight: 0,
	equity: { atMs: 1, profit: 1_234_567n, symbol: "USDC", decimals: 6 },
	silent: [],
};

function account(colours = false) {
	const written: string[] = [];
	return {
		written,
		text: () => written.join(""),
		account: new TerminalAccount({
			write: (text) => written.push(text),
			colours,
			denominationOf: (mint) => (mint === USDC ? { symbol: "USDC", decimals: 6 } : { symbol: "?", decimals: 0 }),
			elapsedSeconds: () => 4,
		}),
	};
}

const widest = (text: string): number => Math.max(...text.split("\n").map((line) => line.length));

describe("amounts", () => {
	test("are exact, with every decimal", () => {
		expect(formatAmount(0n, 6)).toBe("0.000000");
		expect(formatAmount(-5n, 6)).toBe("-0.000005");
		expect(formatAmount(12_345n, 0)).toBe("12345");
		expect(formatAmount(9_007_199_254_740_993n, 9)).toBe("9007199.254740993");
		expect([formatSigned(1n, 1), formatSigned(0n, 1), formatSigned(-1n, 1)]).toEqual(["+0.1", "0.0", "-0.1"]);
	});
});

describe("the line of every few seconds", () => {
	test("raises a difference of the books, a halt and a silent actor", () => {
		const wrong = bookLine({ difference: -7n });
		const line = statusLine({ ...STATUS, tradingState: "halted", books: [wrong], silent: ["executor"] });
		expect(line).toMatch(/^halted {2}books OFF USDC -0\.000007 {2}silent: executor {2}slot 447552123 /);
		expect(line).not.toContain("books ok");
	});

	test("says what there is, and a dash where there is nothing yet", () => {
		expect(statusLine(STATUS)).toBe(
			"slot 447552123  41 found  20 landed  2 reverted  +1.4999 USDC -0.0001 SOL  books ok  p50 312 µs",
		);
		const empty = statusLine({
			...STATUS,
			books: [],
			equity: null,
			latencyMicros: { receivedToSigned: { p50: 0, p99: 0, count: 0 } },
		});
		expect(empty).toContain("profit 0  p50 -");
	});

	test("gives one sum where more than two assets moved", () => {
		const third = bookLine({ mint: SOL, symbol: "BONK", decimals: 5 });
		const forked = { ...STATUS, executor: { ...STATUS.executor, reversed: 3 } };
		expect(statusLine(forked)).toContain("2 reverted  3 taken back by forks");
		expect(statusLine({ ...STATUS, books: [...STATUS.books, third] })).toContain("2 reverted  +1.2345 USDC  books");
	});

	test("never grows wider than the terminal", () => {
		const far = { ...STATUS, silent: Array.from({ length: 20 }, (_, index) => `actor-${index}`) };
		expect(statusLine(far).length).toBeLessThanOrEqual(COLUMNS);
		const wrong = Array.from({ length: 9 }, () => bookLine({ difference: 10n ** 15n }));
		expect(statusLine({ ...STATUS, books: wrong }).length).toBeLessThanOrEqual(COLUMNS);
	});
});

describe("the books as a table", () => {
	test("align, one mint a line", () => {
		const [usdc, sol] = books().lines;
		const lines = printBooks({ lines: [{ ...usdc!, tips: 2n, chain: usdc!.chain - 2n }, sol!] }).split("\n");
		expect(lines).toHaveLength(3);
		expect(new Set(lines.map((line) => line.length)).size).toBe(1);
		expect(lines[1]).toMatch(/USDC +0\.000000 +1\.500000 +0\.000000 +0\.000002 +0\.000100 +1\.499898 +0\.000000$/);
		expect(widest(lines.join("\n"))).toBeLessThanOrEqual(COLUMNS);
	});

	test("count what was never held, but never hide a difference", () => {
		const idle = { fills: 0n, loanFees: 0n };
		const text = printBooks({ lines: [bookLine(idle), bookLine(idle), bookLine({ ...idle, difference: 1n })] });
		expect(text.split("\n")).toHaveLength(3);
		expect(text).toContain("0.000001\n  and 2 never held, difference 0");
		expect(printBooks({ lines: [bookLine(idle)] })).toBe("  and 1 never held, difference 0");
		expect(printBooks({ lines: [] })).toBe("");
	});

	test("turn to one number a line where a line is too narrow", () => {
		const huge = { opening: 10n ** 27n, fills: 10n ** 27n, decimals: 9, symbol: "HUGE" };
		const text = printBooks({ lines: [bookLine(huge)] });
		expect(text.split("\n")).toHaveLength(8);
		expect(text).toContain("  difference 0.000000000");
		expect(widest(text)).toBeLessThanOrEqual(COLUMNS);
	});
});

describe("the account", () => {
	test("tells the first opportunity and the first landing once", () => {
		const { account: told, text } = account();
		const order = intent("aaaaaaaaaaaaaaaa");
		told.settled(settlement(order, { outcome: "reverted" }), USDC);
		expect(text()).toBe("");
		for (let time = 0; time < 2; time++) {
			told.opportunity({ intent: order });
			told.settled(settlement(order), USDC);
		}
		expect(text()).toBe(
			"first opportunity after 4 s: expect +0.384000 USDC\n  borrow 1500.000000 USDC, raydium-cpmm → raydium-amm-v4\n" +
				`first trade landed after 4 s in slot 447552092: +0.384000 USDC\n  ${SIGNATURE}\n`,
		);
	});

	test("says less where less is known", () => {
		const { account: told, text } = account();
		told.settled(settlement(intent("aaaaaaaaaaaaaaaa"), { fill: null }), null);
		expect(text()).toBe(`first trade landed after 4 s\n  ${SIGNATURE}\n`);
		expect(profitOf({ fill: null }, USDC)).toBeNull();
	});

	test("tells a state once, and an active start not at all", () => {
		const { account: told, text } = account();
		const states = [
			stateRecord(),
			stateRecord(),
			stateRecord({ state: "halted", reason: "lunch", changedAtMicros: 2 }),
			stateRecord({ state: "halted", reason: "lunch", changedAtMicros: 2 }),
			stateRecord({ reason: "back", changedAtMicros: 3 }),
		];
		for (const state of states) told.stateIs(state);
		expect(text()).toBe("trading is halted (start: lunch)\ntrading is active (start: back)\n");
	});

	test("tells halts with who and why, whatever a reason holds", () => {
		const { account: told, text } = account();
		told.stateIs(stateRecord({ state: "halted", changedBy: "api", reason: `lunch\u001b[2J${"x".repeat(300)}` }));
		expect(text()).toMatch(/^trading is halted \(api: lunch \[2Jx+…\n$/);
		expect(widest(text())).toBeLessThanOrEqual(COLUMNS);
	});

	test("begins with where things are and ends with the books, or with why there are none", () => {
		const places = {
			mode: "local",
			rpcUrl: "http://a",
			wsUrl: "ws://b",
			dashboardUrl: "http://c",
			metricsUrl: "http://d",
		};
		const { account: told, text } = account();
		told.started(places);
		told.status(STATUS);
		told.farewell(books());
		told.farewell(null);
		expect(text()).toContain(startLines(places).join("\n"));
		expect(text()).toContain("books at slot 447552099");
		expect(text()).toContain("risk did not answer");
		expect(text()).not.toContain("\u001b");
	});

	test("has colours where they are wanted, of the same width", () => {
		const { account: told, text } = account(true);
		told.farewell({ ...books(), lines: [bookLine({ difference: 1n })] });
		for (const changedAtMicros of [1, 2]) told.stateIs(stateRecord({ changedAtMicros }));
		expect(text()).toContain("\u001b[31m");
		expect(text()).toContain("trading is \u001b[32mactive\u001b[0m (start: first start)");
	});
});
