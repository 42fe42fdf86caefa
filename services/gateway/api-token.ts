import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { keptSecret } from "../../libs/secrets/kept-secret.ts";
import type { Vault } from "../../libs/secrets/vault.ts";

const MINIMUM_LENGTH = 16;

export interface ApiTokenOptions {
	/** The token of the configuration; null: kept in the data folder, and made there when it is absent. */
	readonly configured: string | null;
	readonly dataFolder: string;
	readonly vault: Pick<Vault, "resolve" | "know">;
}

export interface ApiToken {
	readonly token: string;
	/** Where it was made just now; null when it was there before. */
	readonly madeAt: string | null;
}

/**
 * The bearer token that halt and resume ask for.
 *
 * @throws Error naming the file and the remedy when it cannot be read or made
 */
export async function loadApiToken({ configured, dataFolder, vault }: ApiTokenOptions): Promise<ApiToken> {
	if (configured !== null) return { token: await vault.resolve(configured), madeAt: null };
	const path = join(dataFolder, "api-token");
	try {
		const { text, isNew } = await keptSecret(path, MINIMUM_LENGTH);
		// One that is made just now is shown once, before it is known.
		return { token: isNew ? text : vault.know(text), madeAt: isNew ? path : null };
	} catch (error) {
		throw new Error(
			`the API token cannot be kept at ${path} (${(error as Error).message}): set security.api_token or data_folder`,
		);
	}
}

/** Compares in constant time, whatever the lengths. */
export function isToken(given: string, token: string): boolean {
	return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
	return createHash("sha256").update(text).digest();
}
