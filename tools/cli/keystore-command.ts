import {
	createKeystore,
	importKeystore,
	MINIMUM_PASSPHRASE_CHARACTERS,
	openKeystore,
	readKeystoreAddress,
} from "../../libs/keystore/keystore.ts";
import { readSecretFile } from "../../libs/secrets/file-secrets.ts";
import { secretRemedy } from "../../libs/secrets/secrets-provider.ts";
import type { Terminal } from "../../libs/secrets/terminal.ts";
import { readKeyFile } from "../../libs/solana/keypair.ts";
import { CommandError, UsageError } from "./command-error.ts";

export const KEYSTORE_HELP = `Keystore: the trading key in a file that only a passphrase opens
  mojo keystore create                  make a new key
  mojo keystore import <key-file>       take the key of a Solana CLI key file (which you then move to a safe place)
  mojo keystore address [--verify]      show the address; --verify opens the keystore to prove it

Options
  --keystore <file>          the keystore; data/keystore.json unless given. An existing one is never replaced
  --passphrase-file <file>   take the passphrase from a file (mode 600) instead of asking for it
  --json                     one JSON object on standard output, errors as JSON on standard error
  -h, --help                 show this

A passphrase has at least ${MINIMUM_PASSPHRASE_CHARACTERS} characters. Nobody can open a keystore without it: keep a copy apart from the file.
`;

export interface KeystoreRequest {
	readonly action: "create" | "import" | "address";
	readonly path: string;
	/** The Solana key file of an import, null otherwise. */
	readonly keyFile: string | null;
	/** Null: ask. */
	readonly passphraseFile: string | null;
	readonly verify: boolean;
	readonly json: boolean;
}

/**
 * Makes, fills or shows a keystore, and writes its address.
 *
 * @throws UsageError, CommandError, CancelledError, KeystoreError, WalletError
 */
export async function runKeystoreCommand(request: KeystoreRequest, terminal: Terminal): Promise<void> {
	const address = await (request.action === "address" ? show(request, terminal) : make(request, terminal));
	const { path, json, action } = request;
	terminal.write(json ? `${JSON.stringify({ address, keystore: path })}\n` : `${address}\n`);
	if (!json && action !== "address")
		terminal.say(`The keystore is ${path}. Keep a copy of it, and its passphrase apart.\n`);
}

async function show(request: KeystoreRequest, terminal: Terminal): Promise<string> {
	const { path, verify } = request;
	const shown = await readKeystoreAddress(path);
	if (!verify) return shown;
	const wallet = await openKeystore({ path, passphrase: await passphraseOf(request, terminal) });
	return wallet.address;
}

async function make(request: KeystoreRequest, terminal: Terminal): Promise<string> {
	const { path, keyFile } = request;
	if (keyFile === null) return createKeystore({ path, passphrase: await passphraseOf(request, terminal) });
	const secret = await readKeyFile(keyFile);
	try {
		return await importKeystore({ path, passphrase: await passphraseOf(request, terminal), secret });
	} finally {
		secret.fill(0);
	}
}

async function passphraseOf({ passphraseFile, action }: KeystoreRequest, terminal: Terminal): Promise<string> {
	if (passphraseFile !== null) {
		const read = await readSecretFile(passphraseFile);
		if (read.ok) return read.value;
		throw new CommandError(
			"passphraseFile",
			`The passphrase file ${passphraseFile} cannot be used: ${secretRemedy(read.error)}`,
		);
	}
	if (!terminal.interactive)
		throw new UsageError("there is no terminal to ask for the passphrase: give --passphrase-file");
	const passphrase = await terminal.askSecret("Passphrase: ");
	if (action !== "address" && (await terminal.askSecret("The same again: ")) !== passphrase) {
		throw new CommandError("differ", "The two passphrases differ: nothing was made. Try again.");
	}
	return passphrase;
}
