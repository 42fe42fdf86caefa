/** Lets `moleculer-runner` load TypeScript: it looks for this file and, without the mask, for *.service.js only. */
export default async function () {
	if (!process.features.typescript) {
		process.stderr.write(
			"mojo-hft needs Node 22.18 or later: npm ci brings Node 24 along; run it through npm or npx.\n",
		);
		process.exit(2);
	}
	this.flags.mask ??= "**/*.service.ts";
	return (await import("./moleculer.config.ts")).default();
}
