import { inspect } from "node:util";

/** The part of a process through which text leaves it. */
export interface OutputProcess {
	readonly stdout: { write: NodeJS.WriteStream["write"] };
	readonly stderr: { write: NodeJS.WriteStream["write"] };
	on(event: "uncaughtException", listener: (error: unknown) => void): unknown;
	exit(code: number): never;
}

const CRASH = 1;

/**
 * Takes secrets out of everything that the process prints, whoever prints it, its last words among them: Node itself
 * would write those past every stream.
 */
export function redactOutput(output: OutputProcess, redact: (text: string) => string): void {
	for (const stream of [output.stdout, output.stderr]) {
		const write = stream.write.bind(stream) as (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;
		stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
			const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
			const clean = redact(text);
			return write(clean === text ? chunk : clean, ...rest);
		}) as NodeJS.WriteStream["write"];
	}
	output.on("uncaughtException", (error) => {
		output.stderr.write(`mojo-hft: it ended by an error that nobody expected:\n${inspect(error)}\n`);
		output.exit(CRASH);
	});
}
