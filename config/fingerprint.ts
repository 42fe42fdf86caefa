import { createHash } from "node:crypto";
import type { Config } from "./schema.ts";

/**
 * One hash over everything that a configuration says of trading: the same on all machines of a desk, so without secrets,
 * and without the names and folders that differ from machine to machine.
 */
export function configHash(config: Config): string {
	const { data_folder: _folder, secrets: _secrets, security, networking, ...rest } = config;
	const { api_token, approval_key, wallet_path, keystore_path, passphrase_source, ...limits } = security;
	const { node_id, nats_url, redis_url, ...network } = networking;
	const said = { ...rest, security: limits, networking: network };
	return createHash("sha256").update(canonical(said)).digest("hex");
}

/** JSON with its keys in order. */
function canonical(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
	if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}
