/**
 * An executor in a process of its own, wired as `moleculer-runner services/executor` wires it, but for its disk: told to,
 * the process kills itself at the very moment a claim is being written, or has become durable.
 */
import { flushCompileCache } from "node:module";
import { ServiceBroker } from "moleculer";
import { type OpenSegment, openSegmentFile } from "../../libs/journal/segment-file.ts";
import moleculerConfig from "../../moleculer.config.ts";
import executorService from "../../services/executor/executor.service.ts";

/** `signed`: before the claim is on its way to the disk. `written`: while it is. `claimed`: when it is durable. */
export type DiskDeath = "signed" | "written" | "claimed";

let death: DiskDeath | null = null;

const openSegment: OpenSegment = (path) => {
	const file = openSegmentFile(path);
	let isClaiming = false;
	return {
		write(bytes) {
			const isClaim = Buffer.from(bytes).includes('"type":"claim"');
			if (isClaim && death === "signed") die();
			file.write(bytes);
			if (isClaim && death === "written") die();
			isClaiming ||= isClaim;
		},
		async sync() {
			await file.sync();
			if (isClaiming && death === "claimed") die();
			isClaiming = false;
		},
		close: () => file.close(),
	};
};

function die(): void {
	process.kill(process.pid, "SIGKILL");
}

async function main(): Promise<void> {
	const broker = new ServiceBroker(moleculerConfig());
	broker.createService(executorService(broker, { openSegment }));
	await broker.start();
	process.on("message", (wanted: DiskDeath) => {
		death = wanted;
		process.send?.("armed");
	});
	process.once("disconnect", () => process.exit(0));
	process.send?.("started");
	// Killed processes write none at their end.
	flushCompileCache();
}

void main();
