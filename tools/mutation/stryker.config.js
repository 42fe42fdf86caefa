/** Mutants of the money rules, and the unit tests that have to notice them. Run by `npm run mutation`. */
export default {
	plugins: [import.meta.resolve("./runner/index.js")],
	testRunner: "in-process",
	mutate: ["core/risk/**/*.ts", "core/execution/**/*.ts"],
	coverageAnalysis: "perTest",
	// Values made once at import would need a process of their own for every mutant.
	ignoreStatic: true,
	// Stryker rewrites this file with TypeScript's classic API, which TypeScript 7 no longer has; nothing here reads it.
	tsconfigFile: "tools/mutation/no-tsconfig.json",
	concurrency: 2,
	timeoutMS: 10_000,
	tempDirName: "coverage/mutation-sandbox",
	ignorePatterns: ["data", "coverage", "docs", "deployments", "tools/mutation/node_modules"],
	reporters: ["clear-text", "progress", "json"],
	jsonReporter: { fileName: "coverage/mutation.json" },
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
	thresholds: { high: 90, low: 85, break: 85 },
};
