import type { Figure } from "./figure.ts";
import type { Circumstances } from "./machine.ts";

/** A figure with what was measured. */
export interface Measured {
	readonly figure: Figure;
	readonly value: number;
}

/** One line on where the table comes from. */
export function heading({ machine, node, commit, loadBefore }: Circumstances): string {
	return `${machine}, load ${loadBefore.toFixed(1)}, Node ${node}, commit ${commit}`;
}

/** The figures as a table of plain text, columns aligned. */
export function table(measured: readonly Measured[]): string {
	const rows = [["figure", "measured", "target", "", "what"], ...measured.map(cells)];
	const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
	return rows
		.map(([key = "", value = "", target = "", verdict = "", what = ""]) =>
			[
				key.padEnd(widths[0] as number),
				value.padStart(widths[1] as number),
				target.padStart(widths[2] as number),
				verdict.padEnd(widths[3] as number),
				what,
			].join("  "),
		)
		.join("\n");
}

/** The one line that other programs read. */
export function json({ commit, machine, node }: Circumstances, measured: readonly Measured[]): string {
	const figures = Object.fromEntries(measured.map(({ figure, value }) => [figure.key, round(value)]));
	return JSON.stringify({ commit, machine, node, figures });
}

/** The page `docs/benchmarks.md`. */
export function page(circumstances: Circumstances, measured: readonly Measured[]): string {
	const rows = measured.map((each) => {
		const [key, value, target, verdict, what] = cells(each);
		return `| \`${key}\` | ${value} | ${target} | ${verdict} | ${what} |`;
	});
	return `# Benchmarks

Written by \`npm run bench -- --write\`; do not edit.

- Commit: \`${circumstances.commit}\`
- Machine: ${circumstances.machine}
- Node: ${circumstances.node}
- Load average of the machine in the minute before: ${circumstances.loadBefore.toFixed(1)}

| figure | measured | target | | what |
|---|---:|---:|---|---|
${rows.join("\n")}

Ratios are of durations that were measured in turns in one run. A ratio of p50s hardly depends on what else the machine
does. A ratio of p99s does as soon as more processes want a core than there are cores: the longer side is interrupted
more often, by milliseconds. Read the p99s beside the load average above. Percentiles are exact: every sample is kept.

The bus, the network, the executor's comparison with its catalog and the journal are not part of "account bytes → signed
bytes"; what the journal adds is its own row.
`;
}

function cells({ figure, value }: Measured): [string, string, string, string, string] {
	const { key, what, unit, atMost, atLeast } = figure;
	if (atLeast !== undefined) {
		return [key, amount(value, unit), `≥ ${amount(atLeast, unit)}`, value >= atLeast ? "met" : "MISSED", what];
	}
	const verdict = atMost === null ? "" : value <= atMost ? "met" : "MISSED";
	return [key, amount(value, unit), atMost === null ? "" : `≤ ${amount(atMost, unit)}`, verdict, what];
}

function amount(value: number, unit: Figure["unit"]): string {
	return unit === "ratio" ? `${value.toFixed(2)} ×` : `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
}

function round(value: number): number {
	return Number(value.toPrecision(4));
}
