/** Stands in for `@jest/globals`: the part of it that the tests of the money rules use. Tests are collected, not run. */
import { expect } from "expect";

export { expect };

/** Every test of the files loaded so far: `{ id, name, run }`. */
export const collected = [];

let path = [];
let before = [];

export function describe(name, declare) {
	const outer = { path, before };
	path = [...path, name];
	before = [...before];
	declare();
	({ path, before } = outer);
}

export function beforeEach(prepare) {
	before.push(prepare);
}

export function test(name, body) {
	const prepare = before;
	const full = [...path, name].join(" ");
	const run = async () => {
		for (const each of prepare) await each();
		await body();
	};
	collected.push({ id: `${collected.length} ${full}`, name: full, run });
}

test.each = (rows) => (name, body) => {
	for (const row of rows) {
		const values = Array.isArray(row) ? row : [row];
		test(name, () => body(...values));
	}
};

export const it = test;
