import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HeldPosition } from "../../core/strategy/held-position.ts";
import type { Address } from "../../core/types/address.ts";
import { decodeBase58 } from "../../core/types/base58.ts";
import { type IntentId, isIntentId } from "../../core/types/identifiers.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { writeFileDurably } from "../../libs/files.ts";

const VERSION = 1;
const ADDRESS_BYTES = 32;
const DIGITS = /^\d{1,20}$/;
const MOST_POOLS = 64;

/** What strategies hold, and what they have under way that may change it. */
export interface KeptPositions {
	readonly positions: readonly HeldPosition[];
	/** Intents that nobody has told the end of. */
	readonly unsettled: readonly IntentId[];
}

/** What the strategies of one shard hold on one chain, on disk. Amounts are decimal texts in base units. */
export class PositionFile {
	readonly path: string;
	readonly #genesisHash: string;

	/** @param folder of the shard on that chain */
	constructor(folder: string, genesisHash: string) {
		this.path = join(folder, "positions.json");
		this.#genesisHash = genesisHash;
	}

	/** Nothing is held where there is no file yet. What is not whole is refused, in one sentence with the remedy. */
	async read(): Promise<Result<KeptPositions, string>> {
		let text: string;
		try {
			text = await readFile(this.path, "utf8");
		} catch (error) {
			const { code, message } = error as NodeJS.ErrnoException;
			return code === "ENOENT"
				? success({ positions: [], unsettled: [] })
				: failure(`${this.path} cannot be read (${message}): mend its permissions`);
		}
		const problem = (what: string) =>
			failure(`${this.path} is damaged (${what}): restore it, or remove it and sell by hand what the wallet holds`);
		let content: unknown;
		try {
			content = JSON.parse(text);
		} catch {
			return problem("no JSON");
		}
		const { version, genesisHash, positions, unsettled } = tableOf(content) ?? {};
		if (version !== VERSION) return problem(`version ${String(version)}`);
		if (genesisHash !== this.#genesisHash) return problem(`of the chain ${String(genesisHash)}`);
		if (!Array.isArray(positions)) return problem("no positions");
		if (!Array.isArray(unsettled) || !unsettled.every(isId)) return problem("no unsettled intents");
		const read = positions.map(readPosition);
		const bad = read.indexOf(null);
		if (bad >= 0) return problem(`position ${bad}`);
		const held = read as readonly HeldPosition[];
		const names = new Set(held.map(({ strategy, mint }) => `${strategy} ${mint}`));
		if (names.size !== held.length) return problem("a strategy holds a mint twice");
		return success({ positions: held, unsettled });
	}

	/** Durable once it resolves. Rejects when the disk refuses. */
	async write(kept: KeptPositions): Promise<void> {
		const content = { version: VERSION, genesisHash: this.#genesisHash, ...kept };
		const text = JSON.stringify(content, (_, value) => (typeof value === "bigint" ? String(value) : value), "\t");
		await writeFileDurably(this.path, `${text}\n`);
	}
}

function readPosition(given: unknown): HeldPosition | null {
	const table = tableOf(given);
	if (table === null) return null;
	const { strategy, mint, fundingMint, pools } = table;
	const notes = tableOf(table["notes"]);
	const [amount, cost, openedAtSeconds] = [table["amount"], table["cost"], table["openedAtSeconds"]].map(readAmount);
	if (amount === undefined || cost === undefined || openedAtSeconds === undefined) return null;
	if (typeof strategy !== "string" || strategy === "" || !isAddress(mint) || !isAddress(fundingMint)) return null;
	if (!Array.isArray(pools) || pools.length > MOST_POOLS || !pools.every(isAddress)) return null;
	if (amount === 0n || notes === null || !Object.values(notes).every((note) => typeof note === "string")) return null;
	const texts = notes as Readonly<Record<string, string>>;
	return { strategy, mint, fundingMint, amount, cost, openedAtSeconds, pools, notes: texts };
}

function readAmount(given: unknown): bigint | undefined {
	return typeof given === "string" && DIGITS.test(given) ? BigInt(given) : undefined;
}

function isId(given: unknown): given is IntentId {
	return typeof given === "string" && isIntentId(given);
}

function isAddress(given: unknown): given is Address {
	return typeof given === "string" && decodeBase58(given)?.length === ADDRESS_BYTES;
}

function tableOf(given: unknown): Readonly<Record<string, unknown>> | null {
	return typeof given === "object" && given !== null && !Array.isArray(given)
		? (given as Record<string, unknown>)
		: null;
}
