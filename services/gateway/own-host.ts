import { isIP } from "node:net";

/**
 * Whether a request was meant for this server by the name in its `Host` header: an address, `localhost`, or one of the
 * names given. A page elsewhere whose name is made to point here would come with its own name, and with the browser's
 * trust in that name.
 */
export function isOwnHost(host: string | undefined, names: ReadonlySet<string>): boolean {
	if (host === undefined || host === "") return false;
	const name = host
		.replace(/:\d{1,5}$/, "")
		.replace(/^\[(.*)\]$/, "$1")
		.toLowerCase();
	return isIP(name) !== 0 || name === "localhost" || names.has(name);
}
