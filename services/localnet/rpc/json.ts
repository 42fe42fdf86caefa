/** Node 22 and later; TypeScript's library does not name it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON with 64-bit integers as plain numbers of full precision, as Solana's RPC writes them. */
export function toJson(value: unknown): string {
	return JSON.stringify(value, (_key, item) => (typeof item === "bigint" ? rawJSON(item.toString()) : item));
}
