import { failure, type Result, success } from "../../core/types/result.ts";
import { isSecretName, MAXIMUM_SECRET_BYTES, type SecretErrorCode, type SecretsProvider } from "./secrets-provider.ts";

/**
 * Secrets from environment variables. The environment is a parameter, because only the configuration reads the
 * process's own. Whoever may inspect the process sees its variables: prefer a file or a service.
 */
export class EnvironmentSecrets implements SecretsProvider {
	readonly place = "the environment";
	readonly #environment: Readonly<Record<string, string | undefined>>;

	constructor(environment: Readonly<Record<string, string | undefined>>) {
		this.#environment = environment;
	}

	async read(name: string): Promise<Result<string, SecretErrorCode>> {
		if (!isSecretName(name)) return failure("badName");
		const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
		if (value === undefined) return failure("missing");
		if (value === "") return failure("empty");
		if (Buffer.byteLength(value) > MAXIMUM_SECRET_BYTES) return failure("tooLarge");
		return success(value);
	}
}
