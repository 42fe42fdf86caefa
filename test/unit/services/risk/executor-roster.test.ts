import { expect, test } from "@jest/globals";
import type { Address } from "../../../../core/types/address.ts";
import { ExecutorRoster } from "../../../../services/risk/executor-roster.ts";
import { USDC, WALLET } from "../../core/risk/risk-world.ts";

function roster() {
	const errors: string[] = [];
	const made = new ExecutorRoster({ info: () => {}, warn: () => {}, error: (text) => void errors.push(text) });
	return { made, errors };
}

test("knows no wallet before the ledger has one and an executor tells it", () => {
	const { made } = roster();
	expect(made.wallet()).toEqual({ missing: "no executor has told its wallet yet" });
	made.heard("a", WALLET);
	expect(made.wallet()).toEqual({ missing: "no executor has told its wallet yet" });
	made.bindTo(WALLET);
	expect(made.wallet()).toEqual({ address: WALLET });
});

test("complains of an executor with another wallet, once, whenever it came", () => {
	const { made, errors } = roster();
	made.heard("early", USDC);
	made.bindTo(WALLET);
	made.heard("late", USDC);
	made.heard("late", USDC);
	expect(errors).toHaveLength(2);
	expect(errors[1]).toMatch(/^late signs for .*security\.wallet_path/);
	expect(made.wallet()).toEqual({ missing: `no executor signs for the ledger's wallet ${WALLET}` });
	made.heard("right", WALLET);
	expect(made.wallet()).toEqual({ address: WALLET });
});

test("remembers a bounded number of executors", () => {
	const { made, errors } = roster();
	made.bindTo(WALLET);
	for (let index = 0; index < 1_000; index++) made.heard(`x-${index}`, USDC as Address);
	expect(errors).toHaveLength(256);
});
