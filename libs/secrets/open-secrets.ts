import { EnvironmentSecrets } from "./environment-secrets.ts";
import { FileSecrets } from "./file-secrets.ts";
import { InfisicalSecrets } from "./infisical-secrets.ts";
import type { SecretsProvider } from "./secrets-provider.ts";

/** Where secrets come from, as the configuration says. */
export interface SecretsSettings {
	readonly provider: "environment" | "file" | "infisical";
	readonly folder: string | null;
	readonly readable_by_others: boolean;
	readonly infisical_site_url: string;
	readonly infisical_project_id: string | null;
	readonly infisical_environment: string;
	readonly infisical_secret_path: string;
	readonly infisical_client_id: string | null;
	readonly infisical_client_secret: string | null;
	readonly timeout_ms: number;
}

/**
 * The configured place of secrets.
 *
 * @param environment the variables for the provider `environment`
 * @throws Error naming the setting that is missing or wrong
 */
export function openSecrets(
	settings: SecretsSettings,
	environment: Readonly<Record<string, string | undefined>>,
): SecretsProvider {
	switch (settings.provider) {
		case "environment":
			return new EnvironmentSecrets(environment);
		case "file": {
			const folder = required(settings, "folder");
			return new FileSecrets({ folder, readableByOthers: settings.readable_by_others });
		}
		case "infisical":
			return new InfisicalSecrets({
				siteUrl: settings.infisical_site_url,
				projectId: required(settings, "infisical_project_id"),
				environment: settings.infisical_environment,
				secretPath: settings.infisical_secret_path,
				clientId: required(settings, "infisical_client_id"),
				clientSecret: required(settings, "infisical_client_secret"),
				timeoutMs: settings.timeout_ms,
			});
	}
}

type Optional = "folder" | "infisical_project_id" | "infisical_client_id" | "infisical_client_secret";

function required(settings: SecretsSettings, key: Optional): string {
	const value = settings[key];
	if (value === null) throw new Error(`secrets.${key} is not set, and the provider "${settings.provider}" needs it`);
	return value;
}
