import { isUtf8 } from "node:buffer";
import { encodeBase58 } from "../../core/types/base58.ts";

/** One way in which a secret may stand in a line. */
export interface SecretPattern {
	/** Global. */
	readonly pattern: RegExp;
	/** What stands there instead, given what was found. Keeps JSON valid where the form is JSON. */
	readonly replacement: (found: string) => string;
}

/** Stands where a secret stood. */
export const MARK = "[redacted]";
/** Between the elements of a list: white space, also as JSON text writes line ends. */
const SPACE = String.raw`(?:\s|\\n)*`;

/** Every form that a secret is looked for in. */
export function patternsOf(bytes: Buffer): SecretPattern[] {
	const texts = new Set<string>();
	if (isUtf8(bytes)) {
		const text = bytes.toString("utf8");
		const once = JSON.stringify(text).slice(1, -1);
		// A line may carry JSON in JSON text.
		for (const form of [text, once, JSON.stringify(once).slice(1, -1)]) texts.add(form);
	}
	for (const text of [bytes.toString("base64"), bytes.toString("base64url")]) texts.add(text.replace(/=+$/, ""));
	texts.add(encodeBase58(bytes));
	return [...[...texts].map(textPattern), hexPattern(bytes), listPattern(bytes), objectPattern(bytes)];
}

/** A line keeps the "=" that may follow base64: it says nothing. */
function textPattern(text: string): SecretPattern {
	return { pattern: new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`), "g"), replacement: () => MARK };
}

/** Also with a space or colon between the bytes, as a Buffer is printed. */
function hexPattern(bytes: Buffer): SecretPattern {
	return { pattern: new RegExp([...bytes].map(hexOf).join(String.raw`[\s:]?`), "gi"), replacement: () => MARK };
}

/** The elements of `[1,2,3]`: a JSON array, a printed Buffer or typed array. A number in their place stays JSON. */
function listPattern(bytes: Buffer): SecretPattern {
	const elements = [...bytes].join(`${SPACE},${SPACE}`);
	return { pattern: new RegExp(String.raw`(?<!\d)${elements}(?!\d)`, "g"), replacement: () => "0" };
}

/** The members of `{"0":1,"1":2}`, as JSON shows a typed array. */
function objectPattern(bytes: Buffer): SecretPattern {
	const members = [...bytes].map((byte, index) => String.raw`\\*"${index}\\*":${SPACE}${byte}`);
	return {
		pattern: new RegExp(`${members.join(`${SPACE},${SPACE}`)}(?!\\d)`, "g"),
		replacement: (found) => {
			const quote = found.slice(0, found.indexOf('"') + 1);
			return `${quote}0${quote}:0`;
		},
	};
}

function hexOf(byte: number): string {
	return byte.toString(16).padStart(2, "0");
}
