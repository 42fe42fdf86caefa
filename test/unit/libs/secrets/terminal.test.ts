import { EventEmitter } from "node:events";
import { describe, expect, test } from "@jest/globals";
import { CancelledError, ProcessTerminal, type TerminalStreams } from "../../../../libs/secrets/terminal.ts";

/** A keyboard: what it sends arrives as a terminal in raw mode hands it over. */
function keyboard(isTTY = true) {
	const stdin = new EventEmitter() as EventEmitter & { isTTY: boolean; raw: boolean; flowing: boolean };
	Object.assign(stdin, {
		isTTY,
		raw: false,
		flowing: false,
		setRawMode: (raw: boolean) => {
			stdin.raw = raw;
		},
		resume: () => {
			stdin.flowing = true;
		},
		pause: () => {
			stdin.flowing = false;
		},
	});
	const written = { out: "", errors: "" };
	const streams = {
		stdin,
		stdout: { write: (text: string) => (written.out += text) },
		stderr: { write: (text: string) => (written.errors += text) },
	} as unknown as TerminalStreams;
	return { stdin, written, terminal: new ProcessTerminal(streams), type: (keys: string) => stdin.emit("data", keys) };
}

describe("a hidden question", () => {
	test.each([
		["a line", ["words\r"], "words"],
		["key by key", ["w", "o", "\n"], "wo"],
		["backspace", ["wx\u007fo\b\b\b\brds\r"], "rds"],
		["clear the line", ["wrong\u0015words\r"], "words"],
		["arrows and function keys", ["wo\u001b[D\u001b[1;5C\u001bOPrds\r"], "words"],
		["letters beyond ASCII", ["caf\u00e9 \u{1f511}x\u007f\u007f\r"], "caf\u00e9 "],
		["ended by Ctrl-D", ["words\u0004"], "words"],
		["nothing", ["\r"], ""],
		["too much", ["x".repeat(2_000), "\r"], "x".repeat(1_024)],
	])("%s", async (_name, pieces, expected) => {
		const { terminal, type, stdin, written } = keyboard();
		const answer = terminal.askSecret("Passphrase: ");
		expect([stdin.raw, stdin.flowing]).toEqual([true, true]);
		for (const piece of pieces) type(piece);
		expect(await answer).toBe(expected);
		expect([stdin.raw, stdin.flowing, stdin.listenerCount("data")]).toEqual([false, false, 0]);
		expect(written).toEqual({ out: "", errors: "Passphrase: \n" });
	});

	test.each(["\u0003", "words\u0003", "\u0004"])("given up with %j: the terminal is as it was", async (keys) => {
		const { terminal, type, stdin } = keyboard();
		const answer = terminal.askSecret("Passphrase: ");
		type(keys);
		await expect(answer).rejects.toBeInstanceOf(CancelledError);
		expect([stdin.raw, stdin.listenerCount("data")]).toEqual([false, 0]);
	});

	test("both lines pasted at once", async () => {
		const { terminal, type, stdin } = keyboard();
		const first = terminal.askSecret("Passphrase: ");
		type("words\r\nwords\r\n");
		expect(await first).toBe("words");
		expect(await terminal.askSecret("Again: ")).toBe("words");
		expect(stdin.raw).toBe(false);
	});

	test("a line begun before the question", async () => {
		const { terminal, type } = keyboard();
		const first = terminal.askSecret("Passphrase: ");
		type("words\rwo");
		expect(await first).toBe("words");
		const second = terminal.askSecret("Again: ");
		type("rds\r");
		expect(await second).toBe("words");
	});
});

test("results and talk go apart, and a pipe is no person", () => {
	const { terminal, written } = keyboard(false);
	expect(terminal.interactive).toBe(false);
	terminal.write("result");
	terminal.say("talk");
	expect(written).toEqual({ out: "result", errors: "talk" });
});
