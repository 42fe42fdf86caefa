import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { connect } from "node:net";
import { freePorts } from "./ports.ts";
import { until } from "./until.ts";

/** A server process that a test started. */
export interface ServerProcess {
	readonly url: string;
	readonly pid: number;
	/** Ends it at once, as a crash would. */
	kill(): Promise<void>;
}

/**
 * Whether a program is installed. Where it is not, the tests that need it are left out, and one line says so and how to
 * get it.
 */
export function isInstalled(program: "nats-server" | "redis-server", left: string): boolean {
	try {
		execFileSync(program, ["--version"], { stdio: "ignore" });
		return true;
	} catch {
		process.stderr.write(`left out: ${left}: ${program} is not installed (Debian: apt-get install ${program})\n`);
		return false;
	}
}

export async function startNats(port?: number): Promise<ServerProcess> {
	const chosen = port ?? (await freePorts(1))[0]!;
	const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(chosen)], { stdio: "ignore" });
	return started(child, chosen, `nats://127.0.0.1:${chosen}`);
}

export async function startRedis(): Promise<ServerProcess> {
	const [port] = await freePorts(1);
	const options = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no"];
	const child = spawn("redis-server", options, { stdio: "ignore" });
	return started(child, port!, `redis://127.0.0.1:${port}`);
}

async function started(child: ChildProcess, port: number, url: string): Promise<ServerProcess> {
	await until(() => answers(port), { what: `${url} to answer` });
	return {
		url,
		pid: child.pid!,
		kill: () =>
			new Promise((ended) => {
				if (child.exitCode !== null || child.signalCode !== null) return ended();
				child.once("exit", () => ended());
				child.kill("SIGKILL");
			}),
	};
}

function answers(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		socket.once("connect", () => {
			socket.destroy();
			resolve(true);
		});
		socket.once("error", () => resolve(false));
	});
}
