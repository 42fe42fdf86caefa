import { existsSync, rmSync } from "node:fs";
import { userInfo } from "node:os";
import { currentEnvironment } from "../../config/environment.ts";
import type { Config } from "../../config/schema.ts";
import { systemClock } from "../../libs/clock.ts";
import { KillSwitch, writeHaltFile } from "../../libs/kill-switch.ts";
import { openSecrets } from "../../libs/secrets/open-secrets.ts";
import type { Terminal } from "../../libs/secrets/terminal.ts";
import { Vault } from "../../libs/secrets/vault.ts";
import { arm, disarm, toldOfArming } from "./arming-command.ts";
import { CommandError } from "./command-error.ts";
import { complaintOf, DeskApi } from "./desk-api.ts";

export const DESK_HELP = `Desk: works on the data folder and the gateway of the configuration (MOJO_ENV, MOJO_CONFIG, MOJO_*)
  mojo halt     stop all signing, by the file HALT in the data folder: also when nothing else runs
  mojo resume   remove that file, and let trading go on
  mojo status   how the trading stands
  mojo arm --as <name> --key <file> [--hours <1 to 24>]
                say with your own key that live trading may begin, with this build and this configuration; two people
                of security.arming_people have to say so
  mojo disarm   take it back at once

Options
  --reason <text>            for the record
`;

export interface DeskRequest {
	readonly action: "halt" | "resume" | "status" | "arm" | "disarm";
	readonly reason: string;
	readonly json: boolean;
	/** For `arm`: who, with which Solana key file, for how long. */
	readonly person: string | null;
	readonly keyFile: string | null;
	readonly hours: number;
}

/** What a command did, for --json. */
interface Outcome {
	readonly tradingState: string | null;
	readonly haltFile: string | null;
	/** Why the running system could not be told, or null. */
	readonly notTold: string | null;
	readonly status?: unknown;
}

/** @throws CommandError naming what to do */
export async function runDeskCommand(request: DeskRequest, config: Config, terminal: Terminal): Promise<void> {
	const { path } = new KillSwitch({ dataFolder: config.data_folder, clock: systemClock });
	const api = new DeskApi(config, new Vault({ provider: openSecrets(config.secrets, currentEnvironment()) }));
	if (request.action === "arm" || request.action === "disarm") {
		const outcome = request.action === "arm" ? await arm(request, config, api) : await disarm(config, api);
		terminal.write(request.json ? `${JSON.stringify(outcome)}\n` : toldOfArming(outcome));
		return;
	}
	const act = { halt, resume, status }[request.action];
	const outcome = await act({ request, path, api });
	if (request.json) {
		terminal.write(`${JSON.stringify(outcome)}\n`);
		return;
	}
	for (const line of told(outcome)) terminal.write(`${line}\n`);
}

interface Doing {
	readonly request: DeskRequest;
	/** Of the file that halts. */
	readonly path: string;
	readonly api: DeskApi;
}

/** The file first: it needs nobody, and stops every process of this machine within moments. */
async function halt({ request, path, api }: Doing): Promise<Outcome> {
	const { reason } = request;
	try {
		writeHaltFile(path, { by: who(), reason }, systemClock);
	} catch (error) {
		const answer = complaintOf(await api.post("/api/halt", { reason }));
		const told = answer === null ? "The running system was told and is halted" : `And ${answer}`;
		throw new CommandError("notWritten", `${path} cannot be written (${(error as Error).message}). ${told}.`);
	}
	const notTold = complaintOf(await api.post("/api/halt", { reason }));
	return { tradingState: "halted", haltFile: path, notTold };
}

async function resume({ request, path, api }: Doing): Promise<Outcome> {
	rmSync(path, { force: true });
	const answer = await api.post("/api/resume", { reason: request.reason });
	const notTold = complaintOf(answer);
	if (notTold !== null) {
		throw new CommandError(
			"notResumed",
			`The file ${path} is gone, but risk was not asked to resume: ${notTold}. Ask again when the system runs.`,
		);
	}
	return { tradingState: stateIn(answer), haltFile: null, notTold: null };
}

async function status({ path, api }: Doing): Promise<Outcome> {
	const answer = await api.get("/api/status");
	const haltFile = existsSync(path) ? path : null;
	const notTold = complaintOf(answer);
	if (notTold !== null) return { tradingState: haltFile === null ? null : "halted", haltFile, notTold };
	const { body } = answer as { readonly body: { readonly tradingState?: string } };
	return { tradingState: body.tradingState ?? null, haltFile, notTold: null, status: body };
}

function told({ tradingState, haltFile, notTold, status: answer }: Outcome): string[] {
	const lines = [`trading is ${tradingState ?? "in a state that nobody tells"}`];
	if (haltFile !== null) lines.push(`halted by ${haltFile}: mojo resume removes it`);
	if (notTold !== null) lines.push(`the running system was not reached: ${notTold}`);
	if (answer !== undefined) lines.push(JSON.stringify(answer, null, 2));
	return lines;
}

function stateIn(answer: Awaited<ReturnType<DeskApi["post"]>>): string | null {
	return answer.reached ? ((answer.body as { readonly state?: string }).state ?? null) : null;
}

function who(): string {
	try {
		return `${userInfo().username} (mojo halt)`;
	} catch {
		return "mojo halt";
	}
}
