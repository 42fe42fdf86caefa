import type { LoggerConfig } from "moleculer";

/** Widest level name, so that lines stand in columns. */
const LEVELS: Readonly<Record<number, string>> = {
	10: "TRACE",
	20: "DEBUG",
	30: "INFO ",
	40: "WARN ",
	50: "ERROR",
	60: "FATAL",
};

export interface LoggerSettings {
	readonly level: string;
	/** Lines for a person's terminal; otherwise one JSON object a line, for a collector. */
	readonly readable: boolean;
	/** Takes known secrets out of a finished line, just before it is written. A line stays as it is by default. */
	readonly redact?: (line: string) => string;
}

/** Pino on standard error: standard output belongs to the account of the trading. */
export function loggerOptions({ level, readable, redact = (line) => line }: LoggerSettings): LoggerConfig {
	const destination = {
		write(line: string) {
			if (!isEcho(line)) process.stderr.write(redact(readable ? readableLine(line) : line));
		},
	};
	return {
		type: "Pino",
		options: { level, pino: { options: { level, base: null }, destination } },
	} as LoggerConfig;
}

/**
 * Moleculer warns of every call to an actor that is not there, besides throwing the error that the caller handles: while
 * actors come up in any order, that is noise.
 */
function isEcho(line: string): boolean {
	return line.includes('"msg":"Service \'') && line.includes("' is not registered.\"");
}

/** Turns a line of pino's JSON into one for the terminal; a line that is no JSON stays as it is. */
export function readableLine(line: string): string {
	try {
		const { level, time, mod, svc, msg, err } = JSON.parse(line) as Record<string, unknown>;
		const clock = new Date(Number(time)).toISOString().slice(11, 19);
		const cause = (err as { message?: string } | undefined)?.message;
		return `${clock} ${LEVELS[Number(level)] ?? level} ${svc ?? mod ?? "mojo"}: ${msg ?? ""}${cause ? ` (${cause})` : ""}\n`;
	} catch {
		return line;
	}
}
