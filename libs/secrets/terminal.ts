import type { ReadStream } from "node:tty";

/** What a command sees of the person in front of it. */
export interface Terminal {
	/** Whether someone can be asked. */
	readonly interactive: boolean;
	/** Results, for the next program of a pipe. */
	write(text: string): void;
	/** Everything for a person. */
	say(text: string): void;
	/**
	 * Asks for a line that is not shown.
	 *
	 * @throws CancelledError when the person gives up
	 */
	askSecret(question: string): Promise<string>;
}

/** The person pressed Ctrl-C, or ended the input. */
export class CancelledError extends Error {
	override readonly name = "CancelledError";
}

/** The part of a process that a terminal needs. */
export interface TerminalStreams {
	readonly stdin: Pick<ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause">;
	readonly stdout: { write(text: string): unknown };
	readonly stderr: { write(text: string): unknown };
}

const MAXIMUM_CHARACTERS = 1_024;
const CANCEL = "\u0003";
const END_OF_INPUT = "\u0004";
const CLEAR_LINE = "\u0015";

/** The terminal of this process. Questions go to standard error, so that standard output stays clean for a pipe. */
export class ProcessTerminal implements Terminal {
	readonly interactive: boolean;
	readonly #streams: TerminalStreams;
	/** What was typed, or pasted, beyond the last answer. */
	#ahead: string[] = [];

	constructor(streams: TerminalStreams) {
		this.#streams = streams;
		this.interactive = streams.stdin.isTTY === true;
	}

	write(text: string): void {
		this.#streams.stdout.write(text);
	}

	say(text: string): void {
		this.#streams.stderr.write(text);
	}

	askSecret(question: string): Promise<string> {
		const { stdin } = this.#streams;
		this.say(question);
		// Raw, the terminal shows nothing of what is typed, and hands over each key.
		stdin.setRawMode(true);
		return new Promise<string>((resolve, reject) => {
			const line: string[] = [];
			const end = (settle: () => void) => {
				stdin.off("data", onData);
				stdin.setRawMode(false);
				stdin.pause();
				this.say("\n");
				settle();
			};
			/** Whether the line is finished. */
			const onKey = (key: string): boolean => {
				if (key === CANCEL || (key === END_OF_INPUT && line.length === 0)) {
					end(() => reject(new CancelledError("cancelled")));
				} else if (key === "\r" || key === "\n" || key === END_OF_INPUT) {
					const answer = line.join("");
					end(() => resolve(answer));
				} else {
					edit(line, key);
					return false;
				}
				return true;
			};
			const take = (keys: readonly string[]): boolean => {
				const last = keys.findIndex(onKey);
				this.#ahead = last < 0 ? [] : keys.slice(last + 1);
				return last >= 0;
			};
			const onData = (data: Buffer | string) => void take(keysOf(String(data)));
			if (take(this.#ahead)) return;
			stdin.on("data", onData);
			stdin.resume();
		});
	}
}

/** One key a piece; the sequences of arrows and function keys are left out. */
function keysOf(data: string): string[] {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of a terminal start with one
	return [...data.replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?/g, "").replace(/\r\n/g, "\r")];
}

function edit(line: string[], key: string): void {
	if (key === "\u007f" || key === "\b") line.pop();
	else if (key === CLEAR_LINE) line.length = 0;
	else if (key >= " " && line.length < MAXIMUM_CHARACTERS) line.push(key);
}
