import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { parse } from "smol-toml";
import { loadConfig } from "../../../config/load.ts";
import type { Config } from "../../../config/schema.ts";
import { strategiesSchema } from "../../../config/strategies.ts";
import { FeePolicy } from "../../../core/execution/fee-policy.ts";
import { Book } from "../../../core/market/book.ts";
import { findMalformation } from "../../../core/risk/intent-shape.ts";
import { Attempts } from "../../../core/strategy/attempts.ts";
import type { StrategyDefinition } from "../../../core/strategy/definition.ts";
import type { IntentProposal } from "../../../core/strategy/strategy.ts";
import type { IntentId } from "../../../core/types/identifiers.ts";
import { planDesk } from "../../../services/strategy/settings.ts";
import { StrategyHost } from "../../../services/strategy/strategy-host.ts";
import { clockAt } from "../../support/chain-clock.ts";
import { batchOf, poolOf, tickOf, USDC } from "../core/market/market-fixture.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const GUIDE = readFileSync(join(ROOT, "docs/add-a-strategy.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "mojo-guide-"));
const file = join(folder, "strategy.ts");
const CODE = blockOf("ts");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The guide's block in a language, of which there is one. */
function blockOf(language: string): string {
	const blocks = [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, block]) => block);
	if (blocks.length !== 1) throw new Error(`the guide has ${blocks.length} blocks of ${language}`);
	return blocks[0] as string;
}

/** The example outside the tree, with the imports that it would have in its place. */
function writeExample(code: string): void {
	const placed = code.replaceAll(/from "(\.[^"]*)"/g, (_, path: string) => {
		return `from ${JSON.stringify(resolve(ROOT, "core/strategy/dip", path))}`;
	});
	writeFileSync(file, placed);
}

function typeErrors(): string {
	const options = { noEmit: true, types: [] };
	const project = { extends: join(ROOT, "tsconfig.json"), compilerOptions: options, files: [file], include: [] };
	writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project));
	writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
	try {
		execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { encoding: "utf8" });
		return "";
	} catch (error) {
		return String((error as { stdout?: unknown }).stdout ?? error);
	}
}

test("the example is a whole strategy in less than 60 lines", () => {
	expect(CODE.trimEnd().split("\n").length).toBeLessThan(60);
});

test("the example is formatted as the linter would have it", () => {
	const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
	const options = { cwd: ROOT, input: CODE, encoding: "utf8" } as const;
	const formatted = execFileSync(process.execPath, [biome, "format", "--stdin-file-path=core/dip.ts"], options);
	expect(formatted).toBe(CODE);
});

test("the example is well typed, and the check would find it if it were not", () => {
	writeExample(CODE.replace("spend.get(mintIn)", "spend.get(7)"));
	expect(typeErrors()).toMatch(/strategy\.ts\(\d+,\d+\): error TS2345/);
	writeExample(CODE);
	expect(typeErrors()).toBe("");
}, 60_000);

test("the example trades in the host, by the guide's own configuration, when a price falls and not before", async () => {
	writeExample(CODE);
	const { dip } = (await import(file)) as { readonly dip: StrategyDefinition };
	const written = parse(blockOf("toml")) as unknown as Pick<Config, "strategies" | "risk">;
	const tables = strategiesSchema([dip]).parse(written.strategies);
	const config = loadConfig({ environment: {} });
	expect(planDesk([dip], tables, config)).toMatchObject({
		error: ["risk.budgets: the strategy dip has no budget: add a [[risk.budgets]] table for it"],
	});
	const risk = { ...config.risk, budgets: [...config.risk.budgets, ...written.risk.budgets] };
	const plan = planDesk([dip], tables, { ...config, risk });
	if (!plan.ok) throw new Error(plan.error.join("; "));

	const { strategies, terms } = plan.value;
	let ids = 0;
	const errors: string[] = [];
	const host = new StrategyHost({
		plans: strategies,
		desk: {
			...terms,
			fees: FeePolicy.fixed(terms.budget),
			nextIntentId: () => String(ids++).padStart(16, "0") as IntentId,
			attempts: new Attempts(),
			facts: () => null,
		},
		log: { error: (line) => errors.push(line) },
		onPositions: () => {},
	});
	const book = new Book({ catalogEpoch: 1, pools: [poolOf({ number: 0 })] });
	book.heal([batchOf({ snapshot: true, sequence: 1 }, [tickOf({ poolIndex: 0 })])], book.snapshotRequest());
	host.adopt({ book, lenders: [] });
	let sequence = 1;
	const at = (reserveB: bigint): readonly IntentProposal[] => {
		const proposals: IntentProposal[] = [];
		const applied = book.apply(batchOf({ sequence: ++sequence }, [tickOf({ poolIndex: 0, reserveB })]));
		if (applied.status !== "applied") throw new Error(applied.status);
		host.onUpdate({ changed: applied.changed, clock: clockAt(1n), nowMicros: 0 }, (some) => proposals.push(...some));
		return proposals;
	};

	expect(at(150_000_000_000n)).toEqual([]);
	// By 1 %: less than dip_bps.
	expect(at(148_500_000_000n)).toEqual([]);
	const [proposal] = at(147_000_000_000n);
	expect(errors).toEqual([]);
	expect(proposal).toMatchObject({
		strategy: "dip",
		loan: null,
		fundingMint: USDC,
		legs: [{ amountIn: 100_000_000n }],
	});
	expect(findMalformation({ ...proposal, deadlineMicros: 1, timings: {} })).toBeNull();
	expect(host.statuses(null)).toMatchObject([{ name: "dip", running: true, opportunities: 1, inFlight: 1 }]);
	// One at a time.
	expect(at(140_000_000_000n)).toEqual([]);
});
