import { type ArmingStatus, type Arms, armingOf, isArmingStatement, objectionTo } from "../../core/execution/arming.ts";
import type { Clock } from "../../core/types/clock.ts";
import type { ArmingStore } from "../../libs/arming/arming-store.ts";
import { type ArmingPerson, isSignedByPerson } from "../../libs/arming/statement.ts";

export interface ArmingViewOptions {
	/** The word of two of them is needed. */
	readonly people: readonly ArmingPerson[];
	/** What runs here. */
	readonly arms: Arms;
	readonly store: ArmingStore;
	readonly clock: Clock;
	/** Whether nothing is signed, armed or not. */
	readonly isDryRun: boolean;
}

/** Whether this executor may sign where money is real: two people have said so, for this build and this configuration. */
export class ArmingView {
	readonly #options: ArmingViewOptions;
	#status: ArmingStatus;
	#objections: readonly string[] = [];
	/** A clock that is set back does not prolong what was armed. */
	#monotonicUntil = Number.NEGATIVE_INFINITY;

	constructor(options: ArmingViewOptions) {
		this.#options = options;
		this.#status = armingOf([], options.arms);
	}

	get status(): ArmingStatus {
		return this.#status;
	}

	/** Why nothing is signed, or null. */
	get lack(): string | null {
		const { isDryRun, clock } = this.#options;
		if (isDryRun) return "a dry run, by execution.dry_run";
		const until = this.#status.armedUntilMicros;
		if (until !== null && clock.epochMicros() < until && clock.monotonicMicros() < this.#monotonicUntil) return null;
		const reasons = this.#objections.length === 0 ? "" : ` (${this.#objections.join("; ")})`;
		return `a dry run until two people arm: mojo arm${reasons}`;
	}

	/** Reads what people have said. */
	async reload(): Promise<void> {
		const { people, arms, store, clock } = this.#options;
		const nowMicros = clock.epochMicros();
		const objections: string[] = [];
		const keys = new Map(people.map(({ name, key }) => [name, key]));
		const counted = new Set<string | undefined>();
		const valid = (await store.read()).filter((statement) => {
			const key = keys.get(statement.name);
			const objection = isSignedByPerson(statement, people)
				? objectionTo(statement, arms, nowMicros)
				: `what stands under the name of ${statement.name} was not signed by a person of security.arming_people`;
			if (objection !== null) objections.push(objection);
			// Two names with one key are one person.
			if (objection !== null || counted.has(key)) return false;
			counted.add(key);
			return true;
		});
		const before = this.#status.armedUntilMicros;
		this.#status = armingOf(valid, arms);
		this.#objections = objections;
		const until = this.#status.armedUntilMicros;
		if (until !== before) {
			this.#monotonicUntil = until === null ? Number.NEGATIVE_INFINITY : clock.monotonicMicros() + until - nowMicros;
		}
	}

	/** Takes a person's word from the bus, if it is one. */
	async offer(value: unknown): Promise<void> {
		if (!isArmingStatement(value) || !isSignedByPerson(value, this.#options.people)) return;
		await this.#options.store.add(value);
		await this.reload();
	}

	/** Not armed any more. */
	async withdraw(): Promise<void> {
		await this.#options.store.disarm(this.#options.clock.epochMicros());
		await this.reload();
	}
}
