import { expect, test } from "@jest/globals";
import { loggerOptions, readableLine } from "../../../broker/logger.ts";

test("a line that is no JSON stays as it is", () => {
	expect(readableLine("plain\n")).toBe("plain\n");
});

test("a line names time, level, actor, message and cause", () => {
	const line = JSON.stringify({ level: 40, time: 0, svc: "feed", msg: "lost the chain", err: { message: "closed" } });
	expect(readableLine(line)).toBe("00:00:00 WARN  feed: lost the chain (closed)\n");
});

test("what a line lacks is left out", () => {
	expect(readableLine(JSON.stringify({ level: 35, time: 0 }))).toBe("00:00:00 35 mojo: \n");
});

test.each([
	[true, "00:00:00 ERROR risk: no\n"],
	[false, `${JSON.stringify({ level: 50, time: 0, mod: "risk", msg: "no" })}\n`],
])("readable: %s", (readable, expected) => {
	const { options } = loggerOptions({ level: "warn", readable }) as unknown as {
		options: { pino: { destination: { write(line: string): void } } };
	};
	const written: string[] = [];
	const original = process.stderr.write;
	process.stderr.write = ((text: string) => written.push(text) > 0) as typeof process.stderr.write;
	try {
		options.pino.destination.write(
			`${JSON.stringify({ level: 40, time: 0, msg: "Service 'risk.books' is not registered." })}\n`,
		);
		options.pino.destination.write(`${JSON.stringify({ level: 50, time: 0, mod: "risk", msg: "no" })}\n`);
	} finally {
		process.stderr.write = original;
	}
	expect(written).toEqual([expected]);
});

test.each([true, false])("a finished line passes the redaction just before it is written, readable: %s", (readable) => {
	const { options } = loggerOptions({
		level: "warn",
		readable,
		redact: (line) => line.replaceAll("hidden", "[redacted]"),
	}) as unknown as { options: { pino: { destination: { write(line: string): void } } } };
	const written: string[] = [];
	const original = process.stderr.write;
	process.stderr.write = ((text: string) => written.push(text) > 0) as typeof process.stderr.write;
	try {
		// An escape that only the readable line resolves.
		options.pino.destination.write('{"level":50,"time":0,"svc":"risk","msg":"hidden \\u0068idden"}\n');
		options.pino.destination.write("no JSON, hidden\n");
	} finally {
		process.stderr.write = original;
	}
	expect(written[0]).toContain("[redacted] ");
	if (readable) expect(written[0]).toBe("00:00:00 ERROR risk: [redacted] [redacted]\n");
	expect(written[1]).toBe("no JSON, [redacted]\n");
});
