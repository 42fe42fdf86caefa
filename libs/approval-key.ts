import { join } from "node:path";
import { keptSecret } from "./secrets/kept-secret.ts";
import type { Vault } from "./secrets/vault.ts";

/** Shorter ones can be guessed. */
export const MINIMUM_APPROVAL_KEY_LENGTH = 32;

export interface ApprovalKeyOptions {
	/** The key of the configuration; null: kept in the data folder, and made there when it is absent. */
	readonly configured: string | null;
	readonly dataFolder: string;
	readonly vault: Pick<Vault, "resolve" | "know">;
}

/**
 * The secret that risk seals approvals with, and executors check them by. Processes of one machine share it by their
 * data folder; those of several machines are given it.
 *
 * @throws Error naming the file and the remedy when it cannot be read or made
 */
export async function loadApprovalKey({ configured, dataFolder, vault }: ApprovalKeyOptions): Promise<string> {
	if (configured !== null) return checked(await vault.resolve(configured));
	const path = join(dataFolder, "approval-key");
	try {
		return vault.know((await keptSecret(path, MINIMUM_APPROVAL_KEY_LENGTH)).text);
	} catch (error) {
		throw new Error(
			`the approval key cannot be kept at ${path} (${(error as Error).message}): ` +
				"set security.approval_key, the same for risk and all executors, or data_folder",
		);
	}
}

function checked(key: string): string {
	if (key.length >= MINIMUM_APPROVAL_KEY_LENGTH) return key;
	throw new Error(`security.approval_key: expected a secret of at least ${MINIMUM_APPROVAL_KEY_LENGTH} characters`);
}
