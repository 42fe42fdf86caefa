import { expect, test } from "@jest/globals";
import { Rehearsal, type Simulated } from "../../../../services/executor/rehearsal.ts";

test("counts what would have been, and what nobody can tell", async () => {
	const answers: (Simulated | Error)[] = [
		{ error: null, computeUnits: 7 },
		{ error: '{"Custom":1}', computeUnits: 9 },
		new Error("no answer"),
	];
	const lines: string[] = [];
	const rehearsal = new Rehearsal({
		simulate: async () => {
			const answer = answers.shift() as Simulated | Error;
			if (answer instanceof Error) throw answer;
			return answer;
		},
		onOutcome: (line) => void lines.push(line),
	});
	for (const id of ["a", "b", "c"]) await rehearsal.run(id, "");
	expect(rehearsal.counts).toEqual({ wouldLand: 1, wouldRevert: 1, unknown: 1 });
	expect(lines).toEqual([
		"dry run: a would land, 7 compute units",
		'dry run: b would revert: {"Custom":1}',
		"dry run: c could not be simulated: no answer",
	]);
});

test("does not pile up simulations", async () => {
	const release: (() => void)[] = [];
	const rehearsal = new Rehearsal({
		simulate: () => new Promise((done) => release.push(() => done({ error: null, computeUnits: 1 }))),
		onOutcome: () => {},
	});
	const running = Array.from({ length: 6 }, () => rehearsal.run("x", ""));
	expect(rehearsal.counts).toEqual({ wouldLand: 0, wouldRevert: 0, unknown: 2 });
	for (const done of release) done();
	await Promise.all(running);
	expect(rehearsal.counts).toEqual({ wouldLand: 4, wouldRevert: 0, unknown: 2 });
});
