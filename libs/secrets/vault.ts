import { readSecretFile } from "./file-secrets.ts";
import { Redactor } from "./redactor.ts";
import { explainSecretError, type SecretsProvider, secretRemedy } from "./secrets-provider.ts";

export interface VaultOptions {
	readonly provider: SecretsProvider;
	readonly redactor?: Redactor;
	/** Asks the person in front of the process; null where there is none. */
	readonly ask?: ((question: string) => Promise<string>) | null;
	/** Called with every secret that is read: for who must forget it elsewhere. */
	readonly onRead?: (secret: string) => void;
}

const REFERENCE = "secret:";
const FILE = "file:";

/** Every secret of this process comes through here, so that none of them is ever printed. */
export class Vault {
	readonly redactor: Redactor;
	readonly #options: VaultOptions;

	constructor(options: VaultOptions) {
		this.#options = options;
		this.redactor = options.redactor ?? new Redactor();
	}

	/**
	 * A configured secret: the text itself, or what `secret:<name>` names in the provider.
	 *
	 * @throws Error naming the secret and the fix, never its value
	 */
	async resolve(configured: string): Promise<string> {
		if (!configured.startsWith(REFERENCE)) return this.know(configured);
		const { provider } = this.#options;
		const name = configured.slice(REFERENCE.length);
		const read = await provider.read(name);
		if (!read.ok) throw new Error(explainSecretError(provider, name, read.error));
		return this.know(read.value);
	}

	/**
	 * A passphrase, from `prompt`, `file:<path>` or `secret:<name>`.
	 *
	 * @throws Error naming the source and the fix
	 */
	async passphrase(source: string, what: string): Promise<string> {
		if (source.startsWith(REFERENCE)) return this.resolve(source);
		if (source.startsWith(FILE)) {
			const path = source.slice(FILE.length);
			const read = await readSecretFile(path);
			if (!read.ok) throw new Error(`The passphrase file ${path} cannot be used: ${secretRemedy(read.error)}`);
			return this.know(read.value);
		}
		const { ask } = this.#options;
		if (!ask) {
			throw new Error(
				`There is no terminal to ask for the passphrase of ${what}: set security.passphrase_source to file:<path> or secret:<name>.`,
			);
		}
		return this.know(await ask(`Passphrase of ${what}: `));
	}

	/** From now on it is taken out of everything that is printed. */
	know(secret: string): string {
		this.redactor.add(secret);
		this.#options.onRead?.(secret);
		return secret;
	}
}

/** What of a URL is secret: a password, and keys in its path or query, as nodes give them to their customers. */
export function secretsInUrl(url: string): string[] {
	if (!URL.canParse(url)) return [];
	const { password, searchParams, pathname } = new URL(url);
	const segments = pathname.split("/").filter((segment) => segment.length >= SHORTEST_KEY);
	const values = [...searchParams.values(), ...segments].filter((value) => value.length >= SHORTEST_KEY);
	return password === "" ? values : [decodeURIComponent(password), ...values];
}

const SHORTEST_KEY = 16;
