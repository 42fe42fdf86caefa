import config from "./jest.config.js";

/** The long suite, `npm run test:long`: what needs minutes. Progress is printed, and a failure names its seed. */
export default {
	...config,
	testMatch: ["<rootDir>/test/sim/**/*.long.ts"],
	testTimeout: 3_600_000,
	// No handle of ours stays open: after processes were killed by the dozen, Node 24 itself now and then spins for ever at
	// the end of its main (Environment::CleanupHandles, in uv_run). Ended by process.exit it does not go that way.
	forceExit: true,
};
