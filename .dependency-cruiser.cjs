/** Who may import whom: the rooms of ARCHITECTURE.md, enforced. */
const only = (name, from, allowed, comment) => ({
	name,
	severity: "error",
	comment,
	from: { path: from },
	to: { pathNot: allowed },
});

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
	forbidden: [
		only("core-is-pure", "^core/", ["^core/"], "core imports core alone: no package, no node: module, no other room."),
		{
			name: "libs-off-the-bus",
			severity: "error",
			comment: "libs do I/O without the bus: core, packages and node: modules only, never moleculer or another room.",
			from: { path: "^libs/" },
			to: { path: ["^(programs|broker|mixins|services|config|tools|test|bench)/", "node_modules/moleculer"] },
		},
		only(
			"contracts-know-core-types",
			"^broker/contracts/",
			["^core/", "^broker/contracts/"],
			"Contracts are typed by the core.",
		),
		{
			name: "broker-below-services",
			severity: "error",
			from: { path: "^broker/" },
			to: { path: "^(mixins|services|programs|tools|test|bench)/" },
		},
		{
			name: "mixins-see-broker-and-core",
			severity: "error",
			from: { path: "^mixins/" },
			to: { path: "^(services|config|programs|tools|test|bench)/" },
		},
		{
			name: "actors-never-import-each-other",
			severity: "error",
			comment: "Actors meet on the bus.",
			from: { path: "^services/([^/]+)/" },
			to: { path: "^services/([^/]+)/", pathNot: "^services/$1/" },
		},
		{
			name: "only-tests-import-services",
			severity: "error",
			from: { pathNot: "^(test|services)/" },
			to: { path: "^services/" },
		},
		{
			name: "only-localnet-loads-programs",
			severity: "error",
			comment: "The chain's programs are the local chain's; the trading side knows them by address.",
			from: { pathNot: "^(programs|services/localnet|test|tools|bench)/" },
			to: { path: "^programs/" },
		},
		{
			name: "config-stands-alone",
			severity: "error",
			from: { path: "^config/" },
			to: { path: "^(libs|broker|mixins|services|programs|tools|test|bench)/" },
		},
		{
			name: "nobody-imports-bench",
			severity: "error",
			from: { pathNot: "^(bench|test)/" },
			to: { path: "^bench/" },
		},
		{ name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
		{
			name: "resolvable",
			severity: "error",
			from: {},
			// The mutation run has packages of its own, and its stand-in for fast-check reaches the real one under this name.
			to: { couldNotResolve: true, pathNot: "^(fast-check-itself$|@stryker-mutator/)" },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		exclude: { path: "^(services/gateway/public|node_modules/.*/node_modules)" },
		tsPreCompilationDeps: true,
		parser: "swc",
		moduleSystems: ["es6", "cjs"],
		enhancedResolveOptions: {
			conditionNames: ["import", "require", "node", "default", "types"],
			exportsFields: ["exports"],
		},
	},
};
