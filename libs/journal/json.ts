import { JournalError } from "./journal-error.ts";

const BIGINT_KEY = "$n";
const BYTES_KEY = "$b";

/**
 * A record as JSON text, with bigint as `{"$n":"123"}` and bytes as `{"$b":"<base64>"}`.
 *
 * @throws JournalError unencodable when an object already uses one of these keys, or the record is no JSON value
 */
export function encodeRecord(record: unknown): Buffer {
	const text = JSON.stringify(record, replace);
	if (text === undefined) throw new JournalError("unencodable", "a journal record must be a JSON value");
	return Buffer.from(text, "utf8");
}

/** The record that {@link encodeRecord} made. Throws SyntaxError when the text is none. */
export function decodeRecord(text: string): unknown {
	return JSON.parse(text, revive);
}

/** A function with `this`: the `toJSON` of a Buffer runs before the replacer, the holder still has the bytes. */
function replace(this: Record<string, unknown>, key: string, value: unknown): unknown {
	if (typeof value === "bigint") return { [BIGINT_KEY]: `${value}` };
	if (typeof value !== "object" || value === null) return value;
	const held = this[key];
	if (held instanceof Uint8Array) return { [BYTES_KEY]: Buffer.from(held).toString("base64") };
	if (BIGINT_KEY in value || BYTES_KEY in value) {
		throw new JournalError("unencodable", 'a journal record must not use the keys "$n" and "$b"');
	}
	return value;
}

function revive(_: string, value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	const { [BIGINT_KEY]: number, [BYTES_KEY]: bytes } = value as Record<string, unknown>;
	if (typeof number === "string") return BigInt(number);
	if (typeof bytes === "string") return new Uint8Array(Buffer.from(bytes, "base64"));
	return value;
}
