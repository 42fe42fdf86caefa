import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";

/** Where and of what something was measured. */
export interface Circumstances {
	/** With "+changes" when the work tree differs from it; "unknown" outside a repository. */
	readonly commit: string;
	readonly machine: string;
	readonly node: string;
	/** How many processes wanted a core in the minute before: far above 0, and the p99s tell of them too. */
	readonly loadBefore: number;
}

export function circumstances(): Circumstances {
	const processors = cpus();
	return {
		commit: commit(),
		machine: `${processors[0]?.model.trim() ?? "unknown processor"}, ${processors.length} cores`,
		node: process.version,
		loadBefore: loadavg()[0] ?? 0,
	};
}

function commit(): string {
	try {
		const hash = git("rev-parse", "HEAD");
		return git("status", "--porcelain", "--untracked-files=no") === "" ? hash : `${hash}+changes`;
	} catch {
		return "unknown";
	}
}

function git(...command: readonly string[]): string {
	return execFileSync("git", command, {
		cwd: import.meta.dirname,
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	}).trim();
}
