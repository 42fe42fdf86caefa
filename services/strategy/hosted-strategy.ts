import type { HostedStrategyStatus } from "../../broker/contracts/strategy.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { StrategyDesk } from "../../core/strategy/definition.ts";
import type { HeldPosition } from "../../core/strategy/held-position.ts";
import type { IntentProposal, Market, MarketUpdate, Strategy } from "../../core/strategy/strategy.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { StrategyPlan } from "./settings.ts";

export interface HostedStrategyOptions {
	readonly plan: StrategyPlan;
	readonly desk: StrategyDesk;
	readonly log: { error(line: string): void };
	/** What it holds, or has under way, is other than before. */
	readonly onPositions: () => void;
}

/** What every strategy of a market is told on its way in. */
export interface Surroundings {
	readonly market: Market | null;
	readonly tableEntries: ReadonlySet<Address> | null;
}

/** Of those that hold positions: landed intents that a fork may still take back. */
const MOST_LANDED = 256;
const NOTHING: readonly IntentProposal[] = [];

const IN_DOUBT =
	"nobody told how an intent of it ended, and what it holds is in doubt: read the log, then call strategy.resume";

/** What a strategy holds; null: not read yet; a text says why it cannot be. */
type Held = readonly HeldPosition[] | string | null;

/**
 * One plug-in in the host: made from its plan, made anew when the plan changes or a person resumes it after a defect, and
 * kept from pulling others down. One that holds positions is exchanged only when nothing of its own is in flight, since
 * its successor would not know what a settlement is about.
 */
export class HostedStrategy {
	readonly name: string;
	readonly #options: HostedStrategyOptions;
	#plan: StrategyPlan;
	#strategy: Strategy | null = null;
	/** The plan is another than the one that the strategy was made by. */
	#isOutdated = true;
	/** What it proposed and nobody has told the end of, with the moment at which it is given up. Monotonic microseconds. */
	readonly #pending = new Map<IntentId, number>();
	/** Of one that holds positions: overdue, so that what it holds is in doubt until its end is told, or a person has looked. */
	readonly #lost = new Set<IntentId>();
	readonly #landed = new Set<IntentId>();
	/** Monotonic microseconds, as of the last update. */
	#nowMicros = 0;
	#defect: string | null = null;
	#isPaused = false;
	/** By the strategy, or by the one to come. */
	#positions: Held = null;
	#intents = 0;
	/** Of the ones before this one. */
	#former = { opportunities: 0, unpriced: 0, tooLarge: 0 };

	constructor(options: HostedStrategyOptions) {
		this.name = options.plan.definition.name;
		this.#options = options;
		this.#plan = options.plan;
	}

	get isEnabled(): boolean {
		return this.#plan.parameters !== null;
	}

	/** Why it does not trade, or null. */
	get waitingFor(): string | null {
		if (!this.isEnabled) return this.#offReason();
		if (this.#isPaused) return "paused: call strategy.resume";
		if (this.#defect !== null) return `${this.#defect}: read the log, then call strategy.resume`;
		if (this.#lost.size > 0) return IN_DOUBT;
		if (this.#isOutdated && this.#pending.size > 0) return "its new parameters wait for the end of what is in flight";
		if (!this.holdsPositions || isKnown(this.#positions)) return null;
		return typeof this.#positions === "string" ? this.#positions : "what it holds has not been read yet";
	}

	/** Null when it holds none by its nature, or what it holds is not known. */
	get positions(): readonly HeldPosition[] | null {
		return this.holdsPositions && isKnown(this.#positions) ? this.#positions : null;
	}

	/** Of one that holds positions: its intents that nobody has told the end of. */
	get unsettled(): readonly IntentId[] {
		return this.#strategy?.positions === undefined ? [] : [...this.#pending.keys(), ...this.#lost];
	}

	/** By its nature, or because something is left of it. */
	get holdsPositions(): boolean {
		return this.#strategy?.positions !== undefined || (isKnown(this.#positions) && this.#positions.length > 0);
	}

	isOtherThan({ settings }: StrategyPlan): boolean {
		return JSON.stringify(settings) !== JSON.stringify(this.#plan.settings);
	}

	/** Runs by another plan from now on. */
	follow(plan: StrategyPlan, surroundings: Surroundings): void {
		this.#plan = plan;
		this.#isOutdated = true;
		this.renew(surroundings);
	}

	/** Takes over what was held before the process began, or why that is not known. */
	restore(positions: readonly HeldPosition[] | string, surroundings: Surroundings): void {
		this.#positions = positions;
		if (this.#strategy?.positions === undefined) return;
		this.#isOutdated = true;
		this.renew(surroundings);
	}

	/** Makes the strategy anew where that is due and possible. */
	renew({ market, tableEntries }: Surroundings): void {
		if (!this.#isOutdated || this.unsettled.length > 0) return;
		const { definition, parameters } = this.#plan;
		this.#retire();
		this.#isOutdated = false;
		if (parameters === null) return;
		this.#guard(() => {
			const strategy = definition.create({ ...this.#options.desk, parameters });
			this.#strategy = strategy;
			if (strategy.positions !== undefined) {
				if (!isKnown(this.#positions)) return;
				strategy.restore?.(this.#positions);
			}
			if (tableEntries !== null) strategy.tableChanged?.(tableEntries);
			if (market !== null) strategy.adopt(market);
		});
	}

	pause(): void {
		this.#isPaused = true;
	}

	/** Goes on; after a defect with a strategy made anew. */
	resume(surroundings: Surroundings): void {
		this.#isPaused = false;
		if (this.#defect === null && this.#lost.size === 0) return;
		// One made anew knows what is held, and nothing of what was under way.
		this.#lost.clear();
		this.#defect = null;
		this.#isOutdated = true;
		this.renew(surroundings);
	}

	tell(what: (strategy: Strategy) => void): void {
		const strategy = this.#strategy;
		if (strategy !== null && this.#isReady(strategy)) this.#guard(() => what(strategy));
	}

	/** @returns intents of its own name, or none while it must not trade */
	onUpdate(update: MarketUpdate, surroundings: Surroundings): readonly IntentProposal[] {
		this.#nowMicros = update.nowMicros;
		for (const [intentId, givenUpAt] of this.#pending) {
			if (givenUpAt > update.nowMicros) break;
			this.#giveUp(intentId);
		}
		this.renew(surroundings);
		const strategy = this.#strategy;
		if (strategy === null || this.waitingFor !== null) return NOTHING;
		return this.#guard(() => this.#propose(strategy, update)) ?? NOTHING;
	}

	/** @returns whether the intent is its own */
	settled(settlement: Settlement): boolean {
		const { intentId, outcome } = settlement;
		if (!this.#pending.has(intentId) && !this.#lost.has(intentId)) return false;
		this.tell((strategy) => strategy.settled?.(settlement));
		this.#keepPositions();
		if (outcome === "landed" && this.#strategy?.positions !== undefined) {
			this.#landed.add(intentId);
			const [oldest] = this.#landed;
			if (this.#landed.size > MOST_LANDED) this.#landed.delete(oldest as IntentId);
		}
		return true;
	}

	/**
	 * A fork took back what was told of an intent: it is under way again. A strategy that can takes the position back; of
	 * another one what it holds is in doubt, and it stands still until a person has looked.
	 */
	reversed(intentId: IntentId): void {
		const strategy = this.#strategy;
		if (!this.#landed.delete(intentId) || strategy === null) return;
		if (strategy.reversed === undefined) {
			this.#lost.add(intentId);
			this.#options.log.error(
				`The strategy ${this.name} is paused: a fork took back its intent ${intentId}. Compare what it holds with the wallet.`,
			);
		} else {
			this.#pending.set(intentId, this.#nowMicros + this.#options.desk.inFlightTimeoutMicros);
			this.#guard(() => strategy.reversed?.(intentId));
			this.#keepPositions();
		}
		this.#tellPositions();
	}

	ended(intentId: IntentId, surroundings: Surroundings): void {
		this.tell((strategy) => strategy.ended(intentId));
		if (this.#pending.delete(intentId) || this.#lost.delete(intentId)) {
			this.renew(surroundings);
			this.#tellPositions();
		}
	}

	/** @param closedBecause why no strategy trades, or null */
	status(closedBecause: string | null): HostedStrategyStatus {
		const counters = this.#guard(() => this.#strategy?.counters);
		const waitingFor = this.waitingFor ?? closedBecause;
		const { enabled: _, ...parameters } = this.#plan.settings;
		return {
			name: this.name,
			enabled: this.isEnabled,
			running: waitingFor === null,
			waitingFor,
			parameters,
			opportunities: this.#former.opportunities + (counters?.opportunities ?? 0),
			intents: this.#intents,
			inFlight: counters?.inFlight ?? this.#pending.size,
			cycles: counters?.cycles ?? 0,
			cyclesLeftOut: counters?.cyclesLeftOut ?? 0,
			unpriced: this.#former.unpriced + (counters?.unpriced ?? 0),
			tooLarge: this.#former.tooLarge + (counters?.tooLarge ?? 0),
			positions: this.positions?.length ?? null,
		};
	}

	#propose(strategy: Strategy, update: MarketUpdate): readonly IntentProposal[] {
		const proposals = strategy.onUpdate(update);
		// Another name would spend another's budget.
		const foreign = proposals.find((proposal) => proposal.strategy !== this.name);
		if (foreign) throw new Error(`it proposed an intent as ${foreign.strategy}`);
		const givenUpAt = update.nowMicros + this.#options.desk.inFlightTimeoutMicros;
		for (const { intentId } of proposals) this.#pending.set(intentId, givenUpAt);
		this.#intents += proposals.length;
		if (proposals.length > 0) this.#tellPositions();
		return proposals;
	}

	#isReady(strategy: Strategy): boolean {
		return strategy.positions === undefined || isKnown(this.#positions);
	}

	#offReason(): string {
		const key = this.name.replaceAll("-", "_");
		const held = this.positions?.length ?? 0;
		const holding = held === 0 ? "" : `, and holds ${held} positions that nobody closes`;
		return `switched off${holding}: set strategies.${key}.enabled to true`;
	}

	#keepPositions(): void {
		if (this.#strategy?.positions === undefined) return;
		this.#guard(() => {
			this.#positions = this.#strategy?.positions?.() ?? [];
		});
	}

	#tellPositions(): void {
		if (this.#strategy?.positions !== undefined) this.#options.onPositions();
	}

	#giveUp(intentId: IntentId): void {
		this.#pending.delete(intentId);
		if (this.#strategy?.positions === undefined) return;
		this.#lost.add(intentId);
		this.#options.log.error(
			`The strategy ${this.name} is paused: nobody told how its intent ${intentId} ended. Compare what it holds with the wallet.`,
		);
	}

	#retire(): void {
		const counters = this.#guard(() => this.#strategy?.counters);
		this.#former.opportunities += counters?.opportunities ?? 0;
		this.#former.unpriced += counters?.unpriced ?? 0;
		this.#former.tooLarge += counters?.tooLarge ?? 0;
		this.#strategy = null;
	}

	/** Thrown further, a defect of one strategy would stop the others, and the feed. */
	#guard<T>(call: () => T): T | undefined {
		try {
			return call();
		} catch (error) {
			const { stack, message } = error as Error;
			this.#defect = "a defect stopped it";
			this.#options.log.error(`The strategy ${this.name} broke and is paused: ${stack ?? message}`);
			return undefined;
		}
	}
}

function isKnown(held: Held): held is readonly HeldPosition[] {
	return typeof held === "object" && held !== null;
}
