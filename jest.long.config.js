import config from "./jest.config.js";

/** The long suite, `npm run test:long`: what needs minutes. Progress is printed, and a failure names its seed. */
export default {
	...config,
	testMatch: ["<rootDir>/test/sim/**/*.long.ts"],
	testTimeout: 3_600_000,
	forceExit: true,
};
