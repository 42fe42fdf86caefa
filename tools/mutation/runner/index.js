/**
 * A test runner for Stryker that keeps the tests of the money rules loaded and runs them in its own process. The rules
 * are pure, and hold no state between tests; so nothing has to be loaded again for the next mutant, which is what
 * Stryker's own runner for Jest spends a second or two on for each of some thousands.
 */
import { globSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";
import { systemClock } from "../../../libs/clock.ts";
import { collected } from "./globals.js";

const TESTS = "test/unit/core/{risk,execution}/**/*.test.ts";
/** Has to see every limit reached, and needs all its runs for that: see fewer-runs.js. */
const LEFT_OUT = /gate-model\.test\.ts$/;
const STAND_INS = {
	"@jest/globals": new URL("globals.js", import.meta.url).href,
	"fast-check": new URL("fewer-runs.js", import.meta.url).href,
	"fast-check-itself": import.meta.resolve("fast-check"),
};

/** Where Stryker's changed code looks up which mutant is active, and counts what it passes through. */
globalThis.__stryker__ ??= {};
const shared = globalThis.__stryker__;

class InProcessRunner {
	#durations = new Map();

	capabilities() {
		return { reloadEnvironment: false };
	}

	async init() {
		registerHooks({
			resolve: (specifier, context, next) =>
				specifier in STAND_INS ? { url: STAND_INS[specifier], shortCircuit: true } : next(specifier, context),
		});
		for (const file of globSync(TESTS).sort()) {
			if (!LEFT_OUT.test(file)) await import(pathToFileURL(join(process.cwd(), file)).href);
		}
	}

	async dryRun() {
		const tests = [];
		for (const { id, name, run } of collected) {
			shared.currentTestId = id;
			const startedAt = systemClock.monotonicMicros();
			const failure = await failureOf(run);
			const timeSpentMs = (systemClock.monotonicMicros() - startedAt) / 1_000;
			const outcome = failure === null ? { status: 0 } : { status: 1, failureMessage: failure };
			tests.push({ id, name, timeSpentMs, ...outcome });
		}
		shared.currentTestId = undefined;
		return { status: "complete", tests, mutantCoverage: shared.mutantCoverage };
	}

	async mutantRun({ activeMutant, testFilter, hitLimit }) {
		const wanted = testFilter && new Set(testFilter);
		const tests = collected.filter(({ id }) => !wanted || wanted.has(id));
		// The quick ones first: one failure is enough.
		const durationOf = ({ id }) => this.#durations.get(id) ?? 0;
		tests.sort((one, other) => durationOf(one) - durationOf(other));
		Object.assign(shared, { activeMutant: activeMutant.id, hitLimit, hitCount: hitLimit ? 0 : undefined });
		try {
			for (const [index, { id, run }] of tests.entries()) {
				const startedAt = systemClock.monotonicMicros();
				const failure = await failureOf(run);
				if (hitLimit && shared.hitCount > hitLimit) return { status: "timeout", reason: "runs without an end" };
				if (failure !== null) {
					return { status: "killed", killedBy: [id], failureMessage: failure, nrOfTests: index + 1 };
				}
				this.#durations.set(id, systemClock.monotonicMicros() - startedAt);
			}
			return { status: "survived", nrOfTests: tests.length };
		} finally {
			shared.activeMutant = undefined;
		}
	}
}

async function failureOf(run) {
	try {
		await run();
		return null;
	} catch (error) {
		return String(error?.message ?? error);
	}
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, "in-process", InProcessRunner)];
