import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import type { DiskDeath } from "./executor-process.ts";

const ROOT = resolve(__dirname, "../..");

/** A real executor process. */
export class ExecutorChild {
	readonly nodeID: string;
	readonly ended: Promise<unknown>;
	readonly #child: ChildProcess;
	#errors = "";

	constructor(config: Config) {
		this.nodeID = config.networking.node_id as string;
		this.#child = fork(join(ROOT, "test/sim/executor-process.ts"), {
			cwd: ROOT,
			execArgv: [],
			env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environmentOf(config) } as NodeJS.ProcessEnv,
			stdio: ["ignore", "ignore", "pipe", "ipc"],
		});
		this.ended = once(this.#child, "exit");
		this.#child.stderr!.on("data", (data) => {
			this.#errors += data;
		});
	}

	get hasEnded(): boolean {
		return this.#child.exitCode !== null || this.#child.signalCode !== null;
	}

	/** Whether it was ended by SIGKILL and nothing else. */
	get wasKilled(): boolean {
		return this.#child.signalCode === "SIGKILL";
	}

	get errors(): string {
		return this.#errors;
	}

	/** From its next claim on it is dead. Resolves when the process knows. */
	async armDisk(death: DiskDeath): Promise<void> {
		const armed = once(this.#child, "message");
		this.#child.send(death);
		await armed;
	}

	async kill(): Promise<void> {
		this.#child.kill("SIGKILL");
		await this.ended;
	}

	/** An orderly end. */
	async stop(): Promise<void> {
		this.#child.kill("SIGTERM");
		await this.ended;
	}
}

/** A configuration as the environment gives it, but for limits and lists of tables: an executor reads none of them. */
function environmentOf(config: Config): Record<string, string> {
	const environment: Record<string, string> = {};
	for (const [section, keys] of Object.entries(config)) {
		if (typeof keys !== "object" || Array.isArray(keys) || section === "risk") continue;
		for (const [key, value] of Object.entries(keys)) {
			const isText =
				typeof value !== "object" || (Array.isArray(value) && value.every((one) => typeof one === "string"));
			if (isText) environment[`MOJO__${section}__${key}`.toUpperCase()] = JSON.stringify(value);
		}
	}
	return {
		...environment,
		MOJO_DATA_FOLDER: config.data_folder,
		NODE_COMPILE_CACHE: join(config.data_folder, "compile-cache"),
	};
}
