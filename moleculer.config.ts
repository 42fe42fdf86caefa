import { accessSync, constants, mkdirSync } from "node:fs";
import type { BrokerOptions } from "moleculer";
import { brokerOptions } from "./broker/options.ts";
import { ConfigError, loadConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { systemClock } from "./libs/clock.ts";
import { systemRandom } from "./libs/random.ts";

/** The broker of a process that a person or a supervisor started. */
export default function moleculerConfig(): BrokerOptions {
	const config = configOrExit();
	prepareDataFolder(config.data_folder);
	return brokerOptions({ config, clock: systemClock, random: systemRandom, fatal, notice });
}

/** Exit code 2: the configuration has to be mended. */
function configOrExit(): Config {
	try {
		return loadConfig();
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		for (const line of error.message.split("\n")) notice(line);
		process.exit(2);
	}
}

function prepareDataFolder(folder: string): void {
	try {
		mkdirSync(folder, { recursive: true });
		accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code;
		fatal(
			new Error(`cannot write to the data folder ${folder} (${code}): mend its permissions or set MOJO_DATA_FOLDER`),
		);
	}
}

/** Exit code 1: something around the process has to be mended. */
function fatal(error: Error): never {
	notice(error.message);
	process.exit(1);
}

function notice(line: string): void {
	process.stderr.write(`mojo-hft: ${line}\n`);
}
