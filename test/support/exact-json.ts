/** Node 22 and later; TypeScript's library does not name them yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parse = JSON.parse as unknown as (text: string, reviver: Reviver) => unknown;

/** Parses JSON; integers that a double cannot hold stay what they are when they are written again. */
export function parseExact(text: string): unknown {
	return parse(text, (_key, value, { source }) => {
		const isLarge = typeof value === "number" && source !== undefined && !Number.isSafeInteger(value);
		return isLarge && /^-?\d+$/.test(source) ? rawJSON(source) : value;
	});
}

/** JSON of what {@link parseExact} gave, and of bigints. */
export function toExactJson(value: unknown): string {
	return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? rawJSON(item.toString()) : item));
}
