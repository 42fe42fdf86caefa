/** JSON with amounts as decimal strings in base units: a number would lose what a bigint holds. */
export function toJson(value: unknown): string {
	return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? inner.toString() : inner));
}
