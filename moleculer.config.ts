import { accessSync, constants, mkdirSync } from "node:fs";
import type { BrokerOptions } from "moleculer";
import { brokerOptions } from "./broker/options.ts";
import { currentEnvironment, hideFromEnvironment } from "./config/environment.ts";
import { ConfigError, loadConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { systemClock } from "./libs/clock.ts";
import { KillSwitch } from "./libs/kill-switch.ts";
import { systemRandom } from "./libs/random.ts";
import { openSecrets } from "./libs/secrets/open-secrets.ts";
import { redactOutput } from "./libs/secrets/redacted-output.ts";
import { Redactor } from "./libs/secrets/redactor.ts";
import type { SecretsProvider } from "./libs/secrets/secrets-provider.ts";
import { ProcessTerminal } from "./libs/secrets/terminal.ts";
import { secretsInUrl, Vault } from "./libs/secrets/vault.ts";

/** The broker of a process that a person or a supervisor started. */
export default function moleculerConfig(): BrokerOptions {
	const redactor = new Redactor();
	redactOutput(process, redactor.redact);
	const config = configOrExit();
	const vault = vaultOf(config, redactor);
	prepareDataFolder(config.data_folder);
	const killSwitch = new KillSwitch({ dataFolder: config.data_folder, clock: systemClock });
	haltOnSignal(killSwitch);
	return brokerOptions({ config, clock: systemClock, random: systemRandom, killSwitch, vault, fatal, notice });
}

/** All secrets that the configuration knows, or knows the place of. */
function vaultOf(config: Config, redactor: Redactor): Vault {
	const { chain, networking, security, secrets } = config;
	const terminal = new ProcessTerminal(process);
	const vault = new Vault({
		provider: provider(config),
		redactor,
		ask: terminal.interactive ? (question) => terminal.askSecret(question) : null,
		onRead: hideFromEnvironment,
	});
	const urls = [chain.rpc_url, chain.ws_url, ...chain.rpc_urls, networking.nats_url, networking.redis_url];
	const known = [
		security.api_token,
		security.approval_key,
		secrets.infisical_client_secret,
		...urls.flatMap((url) => (url === null ? [] : secretsInUrl(url))),
	];
	for (const secret of known) if (secret !== null && !secret.startsWith("secret:")) vault.know(secret);
	return vault;
}

function provider(config: Config): SecretsProvider {
	try {
		// A copy: what is read from it is taken out of the environment itself.
		return openSecrets(config.secrets, { ...currentEnvironment() });
	} catch (error) {
		return fatal(error as Error);
	}
}

/** SIGUSR2 halts trading: here at once, and by the file in every process of this data folder. */
function haltOnSignal(killSwitch: KillSwitch): void {
	process.on("SIGUSR2", () => {
		try {
			killSwitch.raise({ by: "signal", reason: `SIGUSR2 to process ${process.pid}` });
			notice(`trading is halted by SIGUSR2: to release it remove ${killSwitch.path}, then resume`);
		} catch (error) {
			notice((error as Error).message);
		}
	});
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
