import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../config/schema.ts";
import type { Vault } from "../../libs/secrets/vault.ts";

/** What the gateway answered, or why it did not. */
export type Answer =
	| { readonly reached: true; readonly status: number; readonly body: unknown }
	| { readonly reached: false; readonly why: string };

const TIMEOUT_MS = 3_000;

/** The gateway of a configuration, from the outside. */
export class DeskApi {
	readonly url: string;
	readonly #config: Config;
	readonly #vault: Pick<Vault, "resolve">;

	constructor(config: Config, vault: Pick<Vault, "resolve">) {
		this.#vault = vault;
		const { http_host, http_port } = config.networking;
		const host = http_host === "0.0.0.0" || http_host === "::" ? "127.0.0.1" : http_host;
		this.url = `http://${host.includes(":") ? `[${host}]` : host}:${http_port}`;
		this.#config = config;
	}

	get(path: string): Promise<Answer> {
		return this.#ask(path, {});
	}

	post(path: string, body: unknown): Promise<Answer> {
		const headers = { "content-type": "application/json" };
		return this.#askWithToken(path, { method: "POST", headers, body: JSON.stringify(body) });
	}

	/** What only the holder of the token may see. */
	read(path: string): Promise<Answer> {
		return this.#askWithToken(path, {});
	}

	remove(path: string): Promise<Answer> {
		return this.#askWithToken(path, { method: "DELETE" });
	}

	async #askWithToken(path: string, request: RequestInit): Promise<Answer> {
		const token = await this.#token();
		if (token === null) return { reached: false, why: "there is no API token yet: the gateway has never started here" };
		return this.#ask(path, { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });
	}

	async #ask(path: string, request: RequestInit): Promise<Answer> {
		try {
			const response = await fetch(this.url + path, { ...request, signal: AbortSignal.timeout(TIMEOUT_MS) });
			return { reached: true, status: response.status, body: await response.json() };
		} catch (error) {
			const { message, cause } = error as Error & { readonly cause?: { readonly code?: string } };
			return { reached: false, why: `${this.url} does not answer (${cause?.code ?? message})` };
		}
	}

	async #token(): Promise<string | null> {
		const { security, data_folder } = this.#config;
		if (security.api_token !== null) return this.#vault.resolve(security.api_token);
		return readFile(join(data_folder, "api-token"), "utf8").then(
			(text) => text.trim(),
			() => null,
		);
	}
}

/** What an answer says went wrong, or null. */
export function complaintOf(answer: Answer): string | null {
	if (!answer.reached) return answer.why;
	if (answer.status < 300) return null;
	const { error } = (answer.body ?? {}) as { readonly error?: { readonly message?: unknown } };
	return typeof error?.message === "string" ? error.message : `status ${answer.status}`;
}
