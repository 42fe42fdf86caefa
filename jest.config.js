/** @type {import("jest").Config} */
export default {
	testMatch: ["<rootDir>/test/{unit,integration,sim,e2e}/**/*.test.ts"],
	transform: {
		"^.+\\.[tj]s$": [
			"@swc/jest",
			{
				jsc: { parser: { syntax: "typescript" }, target: "es2024" },
				module: { type: "commonjs" },
				sourceMaps: "inline",
			},
		],
	},
	extensionsToTreatAsEsm: [],
	transformIgnorePatterns: ["/node_modules/"],
	setupFilesAfterEnv: ["<rootDir>/test/support/second-chance.ts"],
	testTimeout: 60_000,
	maxWorkers: 2,
	coverageProvider: "babel",
	collectCoverageFrom: [
		"{core,libs,programs,broker,mixins,services,config}/**/*.ts",
		"!**/*.d.ts",
		"!services/gateway/public/**",
	],
	coverageThreshold: {
		"./core/": { lines: 95, branches: 95 },
		global: { lines: 90 },
	},
};
