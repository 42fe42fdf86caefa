import { parseArgs } from "node:util";
import { ConfigError, loadConfig } from "../../config/load.ts";
import { KeystoreError } from "../../libs/keystore/keystore-error.ts";
import { CancelledError, type Terminal } from "../../libs/secrets/terminal.ts";
import { WalletError } from "../../libs/solana/keypair.ts";
import { CommandError, UsageError } from "./command-error.ts";
import { DESK_HELP, type DeskRequest, runDeskCommand } from "./desk-command.ts";
import { KEYSTORE_HELP, type KeystoreRequest, runKeystoreCommand } from "./keystore-command.ts";
import { runOrderCommand } from "./order-command.ts";
import { ORDER_HELP, type OrderCommand, parseOrderWords } from "./order-words.ts";

/** What the process ends with: 0 done, 1 failed, 2 called wrongly. */
export type ExitCode = 0 | 1 | 2;

const HELP = `mojo: the tools of this trading system

${DESK_HELP}
${ORDER_HELP}
${KEYSTORE_HELP}
Exit codes: 0 done, 1 failed, 2 called wrongly.
`;

/** Runs one command. Does not throw for what a person can cause; never writes a secret. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
	const json = words.includes("--json");
	try {
		const request = parse(words);
		if (request === "help") {
			terminal.write(HELP);
			return 0;
		}
		if ("group" in request) await runOrderCommand(request, loadConfig(), terminal);
		else if ("path" in request) await runKeystoreCommand(request, terminal);
		else await runDeskCommand(request, loadConfig(), terminal);
		return 0;
	} catch (error) {
		const known = knownError(error);
		if (!known) throw error;
		const { exitCode, code, message } = known;
		if (json) terminal.say(`${JSON.stringify({ error: { code, message } })}\n`);
		else terminal.say(exitCode === 2 ? `mojo: ${message}\nSee: mojo --help\n` : `mojo: ${message}\n`);
		return exitCode;
	}
}

function parse(words: readonly string[]): KeystoreRequest | DeskRequest | OrderCommand | "help" {
	const first = words.findIndex((word) => !word.startsWith("-"));
	if (words[first] === "order") return parseOrderWords(words.toSpliced(first, 1));
	const { values, positionals } = parseWords(words);
	const [command, action, ...rest] = positionals;
	if (values.help || (command === undefined && words.length === 0)) return "help";
	if (isDeskAction(command)) {
		if (action !== undefined) throw new UsageError(`${command} takes options only`);
		if (command === "arm" && (values.as === undefined || values.key === undefined)) {
			throw new UsageError("arm needs --as <name> and --key <file>");
		}
		const hours = Number(values.hours);
		if (!(hours > 0 && hours <= 24)) throw new UsageError("--hours is a number up to 24");
		const { as: person = null, key: keyFile = null, json } = values;
		return { action: command, reason: values.reason ?? `mojo ${command}`, json, person, keyFile, hours };
	}
	if (values.reason !== undefined) throw new UsageError("--reason belongs to halt and resume");
	if (command !== "keystore") throw new UsageError(command ? `unknown command "${command}"` : "no command given");
	if (action !== "create" && action !== "import" && action !== "address") {
		throw new UsageError(action ? `unknown command "keystore ${action}"` : "keystore needs create, import or address");
	}
	const expected = action === "import" ? 1 : 0;
	if (rest.length !== expected) {
		throw new UsageError(
			expected ? "keystore import needs one Solana key file" : `keystore ${action} takes options only`,
		);
	}
	if (values.verify && action !== "address") throw new UsageError("--verify belongs to keystore address");
	return {
		action,
		path: values.keystore,
		keyFile: rest[0] ?? null,
		passphraseFile: values["passphrase-file"] ?? null,
		verify: values.verify,
		json: values.json,
	};
}

function isDeskAction(command: string | undefined): command is DeskRequest["action"] {
	return command !== undefined && ["halt", "resume", "status", "arm", "disarm"].includes(command);
}

function parseWords(words: readonly string[]) {
	try {
		return parseArgs({
			args: [...words],
			allowPositionals: true,
			options: {
				keystore: { type: "string", default: "data/keystore.json" },
				"passphrase-file": { type: "string" },
				reason: { type: "string" },
				as: { type: "string" },
				key: { type: "string" },
				hours: { type: "string", default: "24" },
				verify: { type: "boolean", default: false },
				json: { type: "boolean", default: false },
				help: { type: "boolean", short: "h", default: false },
			},
		});
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function knownError(error: unknown): { exitCode: ExitCode; code: string; message: string } | null {
	if (error instanceof UsageError) return { exitCode: 2, code: "usage", message: error.message };
	if (error instanceof CancelledError) return { exitCode: 1, code: "cancelled", message: error.message };
	if (error instanceof ConfigError) return { exitCode: 2, code: "config", message: error.message };
	if (error instanceof CommandError || error instanceof KeystoreError || error instanceof WalletError) {
		return { exitCode: 1, code: error.code, message: error.message };
	}
	return null;
}
