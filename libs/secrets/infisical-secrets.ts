import type { InfisicalSDK } from "@infisical/sdk";
import { failure, type Result, success } from "../../core/types/result.ts";
import { isSecretName, MAXIMUM_SECRET_BYTES, type SecretErrorCode, type SecretsProvider } from "./secrets-provider.ts";

export interface InfisicalSettings {
	/** Base address of the service, such as "https://app.infisical.com". Plain http only on this machine. */
	readonly siteUrl: string;
	readonly projectId: string;
	/** Slug of the environment, such as "prod". */
	readonly environment: string;
	/** Folder of the secrets in the project; "/" is its root. */
	readonly secretPath: string;
	/** Credentials of a machine identity (universal auth). */
	readonly clientId: string;
	readonly clientSecret: string;
	/** The longest wait for one secret, login and the client's own retries included. */
	readonly timeoutMs: number;
}

/** What the client's errors say of the status; it carries the number nowhere else. */
const STATUS = /\[StatusCode=(\d{3})\]|^Request failed with status (\d{3})$/;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * Secrets from an Infisical project, through Infisical's own client (`@infisical/sdk` 5: universal-auth login, then
 * `secrets/raw/<name>`). The client is loaded at the first read, and stays logged in until its token is refused.
 */
export class InfisicalSecrets implements SecretsProvider {
	readonly place: string;
	readonly #settings: InfisicalSettings;
	#session: Promise<InfisicalSDK> | null = null;

	/** @throws TypeError when the address is none, or would send the credentials over an open network */
	constructor(settings: InfisicalSettings) {
		if (!URL.canParse(settings.siteUrl)) {
			throw new TypeError("The Infisical address is no URL: use one such as https://app.infisical.com.");
		}
		const { protocol, hostname, origin } = new URL(settings.siteUrl);
		if (protocol !== "https:" && !(protocol === "http:" && LOOPBACK.has(hostname))) {
			throw new TypeError(
				`The Infisical address ${origin} is not encrypted: use https://, or http:// on this machine.`,
			);
		}
		this.place = `Infisical at ${origin}`;
		this.#settings = settings;
	}

	async read(name: string): Promise<Result<string, SecretErrorCode>> {
		if (!isSecretName(name)) return failure("badName");
		let timer: NodeJS.Timeout | undefined;
		// The client retries lost connections with its own pauses and cannot be told to stop.
		const late = new Promise<Result<string, SecretErrorCode>>((resolve) => {
			timer = setTimeout(() => resolve(failure("unreachable")), this.#settings.timeoutMs);
		});
		try {
			return await Promise.race([this.#read(name), late]);
		} finally {
			clearTimeout(timer);
		}
	}

	async #read(name: string): Promise<Result<string, SecretErrorCode>> {
		const mayBeExpired = this.#session !== null;
		const first = await this.#ask(name);
		if (first.ok || first.error !== "refused" || !mayBeExpired) return first;
		return this.#ask(name);
	}

	async #ask(name: string): Promise<Result<string, SecretErrorCode>> {
		const { projectId, environment, secretPath } = this.#settings;
		this.#session ??= this.#login();
		const session = this.#session;
		try {
			const client = await session;
			const secret = await client.secrets().getSecret({ projectId, environment, secretPath, secretName: name });
			return checked(secret);
		} catch (error) {
			// A failed login is no session, and a refused token may be an expired one: the next question logs in again.
			if (this.#session === session) this.#session = null;
			return failure(codeOf(error));
		}
	}

	async #login(): Promise<InfisicalSDK> {
		const { siteUrl, clientId, clientSecret } = this.#settings;
		const { InfisicalSDK: Client } = await import("@infisical/sdk");
		return new Client({ siteUrl }).auth().universalAuth.login({ clientId, clientSecret });
	}
}

function checked(secret: unknown): Result<string, SecretErrorCode> {
	const { secretValue, secretValueHidden } = (secret ?? {}) as Record<string, unknown>;
	// The service answers a placeholder when the identity may see that the secret exists, but not its value.
	if (secretValueHidden === true) return failure("refused");
	if (typeof secretValue !== "string") return failure("badAnswer");
	if (secretValue === "") return failure("empty");
	if (Buffer.byteLength(secretValue) > MAXIMUM_SECRET_BYTES) return failure("tooLarge");
	return success(secretValue);
}

function codeOf(error: unknown): SecretErrorCode {
	const [, withBody, bare] = STATUS.exec((error as Error).message) ?? [];
	const status = Number(withBody ?? bare ?? 0);
	if (status === 401 || status === 403) return "refused";
	if (status === 404) return "missing";
	if (status >= 400 && status < 500 && status !== 429) return "badAnswer";
	return "unreachable";
}
