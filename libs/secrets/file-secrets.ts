import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { failure, type Result, success } from "../../core/types/result.ts";
import { isSecretName, MAXIMUM_SECRET_BYTES, type SecretErrorCode, type SecretsProvider } from "./secrets-provider.ts";

const ANY_RIGHT_OF_OTHERS = 0o077;
const WRITE_RIGHT_OF_OTHERS = 0o022;

export interface SecretFileOptions {
	/**
	 * Accept files that other users may read, but never ones that they may write: orchestrators mount secrets with mode
	 * 0444 into a container that has one user. False by default.
	 */
	readonly readableByOthers?: boolean;
}

export interface FileSecretsOptions extends SecretFileOptions {
	/** One file a secret, its name the secret's name: the layout of Docker and Kubernetes secrets. */
	readonly folder: string;
}

/** Secrets from the files of a folder. */
export class FileSecrets implements SecretsProvider {
	readonly place: string;
	readonly #options: FileSecretsOptions;

	constructor(options: FileSecretsOptions) {
		this.place = `the folder ${options.folder}`;
		this.#options = options;
	}

	async read(name: string): Promise<Result<string, SecretErrorCode>> {
		if (!isSecretName(name)) return failure("badName");
		return readSecretFile(join(this.#options.folder, name), this.#options);
	}
}

/** The secret in one file, without the line end that editors add. Symbolic links are followed. */
export async function readSecretFile(
	path: string,
	{ readableByOthers = false }: SecretFileOptions = {},
): Promise<Result<string, SecretErrorCode>> {
	const forbidden = readableByOthers ? WRITE_RIGHT_OF_OTHERS : ANY_RIGHT_OF_OTHERS;
	try {
		// Without blocking, or a pipe that nobody writes to would hold the start for ever.
		const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
		try {
			const status = await file.stat();
			if (!status.isFile()) return failure("unreadable");
			if (process.platform !== "win32" && (status.mode & forbidden) !== 0) return failure("tooOpen");
			return await readText(file);
		} finally {
			await file.close();
		}
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		return failure(code === "ENOENT" || code === "ENOTDIR" ? "missing" : "unreadable");
	}
}

async function readText(file: Awaited<ReturnType<typeof open>>): Promise<Result<string, SecretErrorCode>> {
	// One byte more than allowed shows that there is more, whatever size the file said it had.
	const bytes = Buffer.alloc(MAXIMUM_SECRET_BYTES + 1);
	try {
		let length = 0;
		while (length < bytes.length) {
			const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
			if (bytesRead === 0) break;
			length += bytesRead;
		}
		if (length > MAXIMUM_SECRET_BYTES) return failure("tooLarge");
		const text = bytes.toString("utf8", 0, length).replace(/\r?\n$/, "");
		return text === "" ? failure("empty") : success(text);
	} finally {
		bytes.fill(0);
	}
}
