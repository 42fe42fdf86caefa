import { MARK, patternsOf, type SecretPattern } from "./secret-patterns.ts";

/** Shorter secrets are words that any line may hold: they are not looked for. */
export const MINIMUM_SECRET_LENGTH = 8;
/** Far from the size at which a regular expression overflows the stack, whose error would quote the secret. */
const MAXIMUM_SECRET_LENGTH = 1_024;
const MAXIMUM_SECRETS = 64;
/** A replaced piece may, with its neighbours, spell another secret; more rounds than this are no accident. */
const MAXIMUM_ROUNDS = 4;
const SEED_BYTES = 32;
const REDACTED_LINE = `${MARK} line`;

interface Found {
	start: number;
	end: number;
	readonly replacement: string;
}

/**
 * Takes known secrets out of log lines, by their value: wherever a registered secret stands, as text, JSON text, base58,
 * base64, hexadecimal or a list of its bytes. It has to keep the secrets to do so: give it only to the process that
 * holds them anyway, and never print it.
 */
export class Redactor {
	readonly #patterns: SecretPattern[] = [];
	readonly #known = new Set<string>();

	/**
	 * Registers a secret; text stands for its UTF-8 bytes, and bytes that are UTF-8 for their text.
	 *
	 * @returns whether it will be taken out: false for one shorter than {@link MINIMUM_SECRET_LENGTH} bytes, and for one that
	 * is a piece of what is written in its place
	 * @throws RangeError when there are too many secrets, or this one is too long
	 */
	add(secret: string | Uint8Array): boolean {
		const bytes = typeof secret === "string" ? Buffer.from(secret, "utf8") : Buffer.from(secret);
		try {
			if (bytes.length < MINIMUM_SECRET_LENGTH || REDACTED_LINE.includes(bytes.toString("latin1"))) return false;
			if (bytes.length > MAXIMUM_SECRET_LENGTH) {
				throw new RangeError(
					`a secret of ${bytes.length} bytes is too long to be redacted: ${MAXIMUM_SECRET_LENGTH} at most`,
				);
			}
			const identity = bytes.toString("base64");
			if (this.#known.has(identity)) return true;
			if (this.#known.size >= MAXIMUM_SECRETS) {
				throw new RangeError(`more than ${MAXIMUM_SECRETS} secrets to redact: register each secret once, at the start`);
			}
			this.#known.add(identity);
			this.#patterns.push(...patternsOf(bytes));
			return true;
		} finally {
			bytes.fill(0);
		}
	}

	/** Registers a key of 64 bytes: the whole, and the seed alone, which is the key as well. */
	addKey(secret: Uint8Array): void {
		this.add(secret);
		this.add(secret.subarray(0, SEED_BYTES));
	}

	/** The line without any registered secret; its end and, for the forms that JSON has, its JSON stay whole. */
	readonly redact = (line: string): string => {
		try {
			return ended(this.#cleaned(line), line);
		} catch {
			// An error of the search could hold the line or a secret, and a line that was not searched is not shown.
			return ended(REDACTED_LINE, line);
		}
	};

	/** However it is printed, it shows how much it knows and nothing of it. */
	toJSON(): { readonly secrets: number } {
		return { secrets: this.#known.size };
	}

	#cleaned(line: string): string {
		let rest = line;
		for (let round = 0; round < MAXIMUM_ROUNDS; round++) {
			const found = this.#find(rest);
			if (found.length === 0) return rest;
			rest = replaced(rest, found);
		}
		return this.#find(rest).length === 0 ? rest : REDACTED_LINE;
	}

	/** Where secrets stand, in order; what overlaps is one piece, so that no tail of a secret is left over. */
	#find(line: string): Found[] {
		const found: Found[] = [];
		for (const { pattern, replacement } of this.#patterns) {
			pattern.lastIndex = 0;
			for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
				const start = match.index;
				found.push({ start, end: start + match[0].length, replacement: replacement(match[0]) });
				// Not behind the match: a secret may repeat itself and overlap its own repetition.
				pattern.lastIndex = start + 1;
			}
		}
		found.sort((a, b) => a.start - b.start || b.end - a.end);
		const merged: Found[] = [];
		for (const piece of found) {
			const last = merged.at(-1);
			if (last && piece.start < last.end) last.end = Math.max(last.end, piece.end);
			else merged.push(piece);
		}
		return merged;
	}
}

function replaced(line: string, found: readonly Found[]): string {
	let text = "";
	let position = 0;
	for (const { start, end, replacement } of found) {
		text += line.slice(position, start) + replacement;
		position = end;
	}
	return text + line.slice(position);
}

function ended(text: string, line: string): string {
	return line.endsWith("\n") && !text.endsWith("\n") ? `${text}\n` : text;
}
