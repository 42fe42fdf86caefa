import { configHash } from "../../config/fingerprint.ts";
import type { Config } from "../../config/schema.ts";
import { type ArmingStatement, objectionTo, PEOPLE_NEEDED } from "../../core/execution/arming.ts";
import { ArmingStore } from "../../libs/arming/arming-store.ts";
import { buildHash } from "../../libs/arming/build-hash.ts";
import { isSignedByPerson, signStatement } from "../../libs/arming/statement.ts";
import { systemClock } from "../../libs/clock.ts";
import { readKeyFile } from "../../libs/solana/keypair.ts";
import { CommandError, UsageError } from "./command-error.ts";
import { complaintOf, type DeskApi } from "./desk-api.ts";

const MICROS_PER_HOUR = 3_600_000_000;

/** What came of arming or disarming. */
export interface ArmingOutcome {
	/** Whose word stands in the data folder now. */
	readonly people: readonly string[];
	readonly missing: number;
	readonly armedUntil: string | null;
	readonly build: string;
	readonly config: string;
	/** Why the running system could not be told, or null. It reads the data folder of its own machine anyway. */
	readonly notTold: string | null;
}

interface ArmRequest {
	readonly person: string | null;
	readonly keyFile: string | null;
	readonly hours: number;
}

/** @throws UsageError, CommandError, WalletError */
export async function arm(request: ArmRequest, config: Config, api: DeskApi): Promise<ArmingOutcome> {
	const { person: name, keyFile, hours } = request;
	if (name === null || keyFile === null) throw new UsageError("arm needs --as <name> and --key <file>");
	const { arming_people: people } = config.security;
	if (!people.some((person) => person.name === name)) {
		throw new CommandError("unknownPerson", `${name} is not listed under security.arming_people.`);
	}
	const signedAtMicros = systemClock.epochMicros();
	const expiresAtMicros = signedAtMicros + Math.floor(hours * MICROS_PER_HOUR);
	const secret = await readKeyFile(keyFile);
	let statement: ArmingStatement;
	try {
		const said = { name, build: buildHash(), config: configHash(config), signedAtMicros, expiresAtMicros };
		statement = await signStatement(said, secret);
	} finally {
		secret.fill(0);
	}
	if (!isSignedByPerson(statement, people)) {
		throw new CommandError("wrongKey", `The key in ${keyFile} is not that of ${name} in security.arming_people.`);
	}
	await new ArmingStore(config.data_folder).add(statement);
	return outcomeOf(config, complaintOf(await api.post("/api/arm", statement)));
}

export async function disarm(config: Config, api: DeskApi): Promise<ArmingOutcome> {
	await new ArmingStore(config.data_folder).disarm(systemClock.epochMicros());
	return outcomeOf(config, complaintOf(await api.post("/api/disarm", {})));
}

export function toldOfArming({ people, missing, armedUntil, build, config, notTold }: ArmingOutcome): string {
	const lines = [
		`armed by ${people.length === 0 ? "nobody" : people.join(", ")}`,
		armedUntil === null ? `not armed: ${missing} more must arm` : `armed until ${armedUntil}`,
		`build ${build}`,
		`configuration ${config}`,
	];
	if (notTold !== null) lines.push(`the running system was not reached: ${notTold}`);
	return `${lines.join("\n")}\n`;
}

async function outcomeOf(config: Config, notTold: string | null): Promise<ArmingOutcome> {
	const arms = { build: buildHash(), config: configHash(config) };
	const nowMicros = systemClock.epochMicros();
	const { arming_people: people } = config.security;
	const kept = await new ArmingStore(config.data_folder).read();
	const valid = kept.filter((one) => isSignedByPerson(one, people) && objectionTo(one, arms, nowMicros) === null);
	const ends = valid.map(({ expiresAtMicros }) => expiresAtMicros).sort((a, b) => b - a);
	const until = ends[PEOPLE_NEEDED - 1];
	return {
		people: valid.map(({ name }) => name),
		missing: Math.max(0, PEOPLE_NEEDED - valid.length),
		armedUntil: until === undefined ? null : new Date(until / 1_000).toISOString(),
		...arms,
		notTold,
	};
}
