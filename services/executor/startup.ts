import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../config/schema.ts";
import type { Random } from "../../core/types/clock.ts";
import { Backoff } from "../../libs/solana/backoff.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";

export interface RetryOptions {
	readonly what: string;
	readonly random: Random;
	readonly abortSignal: AbortSignal;
	readonly onTrouble: (what: string) => void;
}

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 2_000;
/** The first failures are normal while the other actors come up. */
const QUIET_FAILURES = 5;

/**
 * Tries until it works: actors and chain come up in any order.
 *
 * @throws AbortError when it is aborted
 */
export async function untilItWorks<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
	const { what, random, abortSignal, onTrouble } = options;
	const backoff = new Backoff({ minMs: RETRY_MIN_MS, maxMs: RETRY_MAX_MS, random });
	for (;;) {
		abortSignal.throwIfAborted();
		try {
			return await attempt();
		} catch (error) {
			abortSignal.throwIfAborted();
			if (backoff.failures >= QUIET_FAILURES) onTrouble(`${what}: ${(error as Error).message}; it is tried again`);
		}
		await sleep(backoff.nextMs(), undefined, { signal: abortSignal });
	}
}

/** The folder of all executors on a chain: chains are told apart by their genesis, so that books never mix. */
export async function executorsFolder(
	dataFolder: string,
	rpc: SolanaRpc,
	request: () => { readonly abortSignal: AbortSignal },
): Promise<string> {
	const genesisHash = await rpc.getGenesisHash().send(request());
	return join(dataFolder, genesisHash.slice(0, 8), "executor");
}

/** First characters of the genesis hash of Solana's mainnet-beta (`getGenesisHash`), which name its folder here. */
const MAINNET = "5eykt4Us";

/**
 * Nobody has to arm where no money is at stake: so that this is not claimed of the chain where it is.
 *
 * @throws Error when the folder is that of mainnet, and the mode is another than live
 */
export function assertModeFits(mode: Config["mode"], executors: string): void {
	if (mode === "live" || basename(dirname(executors)) !== MAINNET) return;
	throw new Error(
		`chain.rpc_url is Solana's mainnet, and mode is "${mode}", in which nobody has to arm: set mode = "live", or another chain`,
	);
}

/** The promise, or a rejection as soon as it is aborted. What it was for goes on, and nobody waits for it. */
export async function abortable<T>(promise: Promise<T>, abortSignal: AbortSignal): Promise<T> {
	abortSignal.throwIfAborted();
	let stopListening = () => {};
	const aborted = new Promise<never>((_resolve, reject) => {
		const abort = () => reject(abortSignal.reason as Error);
		abortSignal.addEventListener("abort", abort, { once: true });
		stopListening = () => abortSignal.removeEventListener("abort", abort);
	});
	try {
		return await Promise.race([promise, aborted]);
	} finally {
		stopListening();
	}
}
