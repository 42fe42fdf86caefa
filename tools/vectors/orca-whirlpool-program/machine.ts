import { createHash } from "node:crypto";
import { Account, Clock } from "litesvm";
import { LiteSvm } from "litesvm/dist/internal.js";
import {
	arrayBytes,
	type Draft,
	type DraftAccount,
	draftOf,
	PAYER,
	PROGRAM,
	SYSTEM_KEY,
	TICK_SIZE,
	TICKS_OFFSET,
} from "./draft.ts";
import { type Scenario, TICKS_IN_ARRAY } from "./scenario.ts";
import { TAMPERINGS, type Tampering } from "./tamper.ts";

const LAMPORTS = 1_000_000_000_000n;

/** What a program did: everything it left in the accounts, or its error. */
export type Ran =
	| {
			readonly ok: true;
			readonly computeUnits: number;
			/** The pool, then the arrays that exist, in the order of the scenario. */
			readonly accounts: readonly Uint8Array[];
			/** The trader's A and B, the vaults' A and B. */
			readonly amounts: readonly bigint[];
	  }
	| { readonly ok: false; readonly error: string; readonly logs: readonly string[] };

/** A Whirlpool program in LiteSVM, run on accounts written for each scenario. */
export class Machine {
	readonly #svm = new LiteSvm();

	constructor(program: Uint8Array) {
		this.#svm.setSigverify(false);
		this.#svm.setBlockhashCheck(false);
		this.#svm.setTransactionHistory(0n);
		this.#svm.addProgram(PROGRAM, program);
	}

	/** @param tamper changes accounts and instruction beyond what the scenario says */
	run(scenario: Scenario, tamper?: (draft: Draft) => void): Ran {
		const draft = draftOf(scenario);
		tamper?.(draft);
		if (scenario.tampering !== undefined) TAMPERINGS[scenario.tampering as Tampering](draft);
		this.#svm.setClock(new Clock(1_000n, 0n, 7n, 8n, BigInt(scenario.nowSeconds)));
		const { pool, holdings, vaults, mints, oracle, arrays } = draft;
		this.#set({ key: PAYER, owner: SYSTEM_KEY, data: new Uint8Array(0) });
		for (const account of [pool, ...holdings, ...vaults, ...mints, oracle, ...arrays]) this.#set(account);
		const result = this.#svm.sendVersionedTransaction(wire(draft));
		if ("err" in result) return { ok: false, error: errorOf(result.err()), logs: result.meta().logs() };
		const existing = arrays.filter((_, index) => scenario.arrays[index]?.ticks !== null);
		return {
			ok: true,
			computeUnits: Number(result.computeUnitsConsumed()),
			accounts: [pool, ...existing].map((account) => this.#data(account)),
			amounts: [...holdings, ...vaults].map((account) =>
				new DataView(this.#data(account).buffer).getBigUint64(64, true),
			),
		};
	}

	/** An account that does not exist has no lamports. */
	#set({ key, owner, data }: DraftAccount): void {
		const isAbsent = key !== PAYER && owner === SYSTEM_KEY && data.length === 0;
		this.#svm.setAccount(key, new Account(isAbsent ? 0n : LAMPORTS, data, owner, false, 0n));
	}

	#data({ key }: DraftAccount): Uint8Array {
		const account = this.#svm.getAccount(key);
		if (account === null) throw new Error("an account of the swap is gone");
		return account.data().slice();
	}
}

/** How many ticks a swap crossed, and in how many arrays: those whose bytes it changed. */
export function crossingsOf(scenario: Scenario, ran: Ran): { readonly ticks: number; readonly arrays: number } {
	const changed = scenario.arrays
		.filter((array) => array.ticks !== null)
		.map((array, index) => {
			const [before, after] = [arrayBytes(array), ran.ok ? ran.accounts[index + 1] : undefined];
			if (after === undefined) return 0;
			const at = (data: Uint8Array, offset: number) =>
				Buffer.from(data.subarray(TICKS_OFFSET + TICK_SIZE * offset, TICKS_OFFSET + TICK_SIZE * (offset + 1)));
			return Array.from({ length: TICKS_IN_ARRAY }, (_, offset) => offset).filter(
				(offset) => !at(before, offset).equals(at(after, offset)),
			).length;
		});
	return { ticks: changed.reduce((sum, count) => sum + count, 0), arrays: changed.filter((count) => count > 0).length };
}

/** One short text for all that a run left behind. */
export function digestOf(ran: Ran): string {
	if (!ran.ok) return ran.error;
	const hash = createHash("sha256");
	for (const data of ran.accounts) hash.update(data);
	return `${ran.amounts.join(" ")} ${hash.digest("base64").slice(0, 22)}`;
}

function errorOf(error: unknown): string {
	if (typeof error === "number") return `transaction ${error}`;
	const inner = (error as { err?: () => unknown }).err?.();
	if (typeof inner === "number") return `runtime ${inner}`;
	return String((inner as { code?: number } | undefined)?.code ?? error);
}

/** One legacy transaction with an empty signature: the payer, what is written, what is only read. */
function wire(draft: Draft): Uint8Array {
	const named = new Map([PAYER, ...draft.keys, PROGRAM].map((key) => [String(key), key]));
	const isReadonly = (key: Uint8Array) => draft.readonlyKeys.some((other) => String(other) === String(key));
	const readonly = [...named.values()].filter(isReadonly);
	const keys = [...[...named.values()].filter((key) => !isReadonly(key)), ...readonly];
	const indexes = new Map(keys.map((key, index) => [String(key), index]));
	return Uint8Array.from([
		...[1, ...new Array<number>(64).fill(0)],
		...[1, 0, readonly.length, keys.length, ...keys.flatMap((key) => [...key])],
		...new Array<number>(32).fill(1),
		...[1, indexes.get(String(PROGRAM)) as number, draft.keys.length],
		...draft.keys.map((key) => indexes.get(String(key)) as number),
		...[draft.data.length, ...draft.data],
	]);
}
