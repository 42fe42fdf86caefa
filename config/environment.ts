/** The variables of this process: only the configuration reads them. */
export function currentEnvironment(): Readonly<Record<string, string | undefined>> {
	return process.env;
}

/** Takes a secret out of the variables of this process, so that what lists them does not show it. */
export function hideFromEnvironment(secret: string): void {
	for (const [name, value] of Object.entries(process.env)) if (value === secret) delete process.env[name];
}
