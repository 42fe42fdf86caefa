import base from "../../jest.config.js";

/** The tests that a mutant of the money rules has to get past. */
export default {
	...base,
	rootDir: process.cwd(),
	testMatch: ["<rootDir>/test/unit/core/{risk,execution}/**/*.test.ts"],
	setupFilesAfterEnv: [],
	maxWorkers: 1,
};
