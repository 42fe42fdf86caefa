import type { Result } from "../../core/types/result.ts";

/** Why a secret could not be had. */
export type SecretErrorCode =
	| "badName"
	| "missing"
	| "empty"
	| "tooLarge"
	| "tooOpen"
	| "unreadable"
	| "refused"
	| "unreachable"
	| "badAnswer";

/** A place that keeps secrets under names. Whoever reads one registers it with the log's redactor. */
export interface SecretsProvider {
	/** The place, for messages: never holds a secret itself. */
	readonly place: string;
	/** The secret of that name. Expected failures are codes; it does not throw. */
	read(name: string): Promise<Result<string, SecretErrorCode>>;
}

/** A secret is at most this long, which is what the redactor can look for. Longer ones are something else. */
export const MAXIMUM_SECRET_BYTES = 1_024;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Whether a name can be asked for anywhere: no path in it, no hidden file, bounded. */
export function isSecretName(name: string): boolean {
	return NAME.test(name);
}

const REMEDIES: Readonly<Record<SecretErrorCode, string>> = {
	badName: "its name is not allowed. Use 1 to 128 of A-Z a-z 0-9 _ . -, not starting with . or -.",
	missing: "it does not exist. Create it there, or correct its name.",
	empty: "it is empty. Put the secret there.",
	tooLarge: `it is longer than ${MAXIMUM_SECRET_BYTES} bytes. Check that its name is the right one.`,
	tooOpen: "other users can read or change it. Take their rights away (chmod 600, or 400) and think of it as known.",
	unreadable: "this user cannot read it. Give this user the right to it; it must be a plain file.",
	refused: "access was refused. Check the identity's credentials and that it may read this secret's value.",
	unreachable: "no answer came in time. Check the address, the network, and that the service is up.",
	badAnswer: "the service answered something else than a secret. Check that the address is that of the service.",
};

/** One sentence for a person: what could not be read, where, why, and what to do. Holds no secret. */
export function explainSecretError(provider: SecretsProvider, name: string, code: SecretErrorCode): string {
	const shown = isSecretName(name) ? name : "with this name";
	return `The secret ${shown} cannot be read from ${provider.place}: ${REMEDIES[code]}`;
}

/** The remedy alone, for a secret that has a path and no provider. */
export function secretRemedy(code: SecretErrorCode): string {
	return REMEDIES[code];
}
