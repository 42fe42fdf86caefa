import type { HostedStrategyStatus } from "../../broker/contracts/strategy.ts";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { StrategyDesk } from "../../core/strategy/definition.ts";
import type { HeldPosition } from "../../core/strategy/held-position.ts";
import type { IntentProposal, Market, MarketUpdate } from "../../core/strategy/strategy.ts";
import type { Address } from "../../core/types/address.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { HostedStrategy, type Surroundings } from "./hosted-strategy.ts";
import type { StrategyPlan } from "./settings.ts";

export interface StrategyHostOptions {
	readonly plans: readonly StrategyPlan[];
	readonly desk: StrategyDesk;
	readonly log: { error(line: string): void };
	/** What some strategy holds, or has under way for it, is other than before. */
	readonly onPositions: () => void;
}

/** Runs any number of plug-in strategies on one market, in the order of their definitions. None can stop another. */
export class StrategyHost {
	readonly #strategies: readonly HostedStrategy[];
	readonly #attempts: StrategyDesk["attempts"];
	#surroundings: Surroundings = { market: null, tableEntries: null };
	/** Of strategies that are no more: kept until a person sells them. */
	#orphans: readonly HeldPosition[] = [];

	constructor({ plans, ...options }: StrategyHostOptions) {
		this.#attempts = options.desk.attempts;
		this.#strategies = plans.map((plan) => new HostedStrategy({ ...options, plan }));
		for (const strategy of this.#strategies) strategy.renew(this.#surroundings);
	}

	/** Whether any strategy is switched on. */
	get isEnabled(): boolean {
		return this.#strategies.some(({ isEnabled }) => isEnabled);
	}

	/** Whether any strategy holds positions by its nature. */
	get holdsPositions(): boolean {
		return this.#strategies.some(({ holdsPositions }) => holdsPositions);
	}

	/** Why none of them trades, or null. */
	get waitingFor(): string | null {
		const enabled = this.#strategies.filter(({ isEnabled }) => isEnabled);
		if (enabled.length === 0) return "no strategy is switched on: set strategies.<name>.enabled to true";
		const reasons = enabled.map(({ name, waitingFor }) => waitingFor && `${name}: ${waitingFor}`);
		return reasons.every((reason) => reason !== null) ? reasons.join("; ") : null;
	}

	/** What those that hold positions hold, and what is left of others. */
	get positions(): readonly HeldPosition[] {
		return [...this.#strategies.flatMap(({ positions }) => positions ?? []), ...this.#orphans];
	}

	/** Intents of those that hold positions that nobody has told the end of. */
	get unsettled(): readonly IntentId[] {
		return this.#strategies.flatMap(({ unsettled }) => unsettled);
	}

	/** @param closedBecause why no strategy trades, or null */
	statuses(closedBecause: string | null): readonly HostedStrategyStatus[] {
		return this.#strategies.map((strategy) => strategy.status(closedBecause));
	}

	adopt(market: Market): void {
		this.#surroundings = { ...this.#surroundings, market };
		for (const hosted of this.#strategies) hosted.tell((strategy) => strategy.adopt(market));
	}

	lendersChanged(lenders: readonly FlashLender[]): void {
		const { market } = this.#surroundings;
		if (market === null) return;
		this.#surroundings = { ...this.#surroundings, market: { ...market, lenders } };
		for (const hosted of this.#strategies) hosted.tell((strategy) => strategy.lendersChanged?.(lenders));
	}

	tableChanged(tableEntries: ReadonlySet<Address>): void {
		this.#surroundings = { ...this.#surroundings, tableEntries };
		for (const hosted of this.#strategies) hosted.tell((strategy) => strategy.tableChanged?.(tableEntries));
	}

	/** @param send takes each strategy's proposals before the next one looks */
	onUpdate(update: MarketUpdate, send: (proposals: readonly IntentProposal[]) => void): void {
		for (const hosted of this.#strategies) {
			const proposals = hosted.onUpdate(update, this.#surroundings);
			if (proposals.length > 0) send(proposals);
		}
	}

	/** How an intent ended on the chain: for the strategy whose it is. {@link ended} is to follow. */
	settled(settlement: Settlement): void {
		for (const hosted of this.#strategies) if (hosted.settled(settlement)) return;
	}

	/** A fork took back what {@link settled} told of an intent. */
	reversed(intentId: IntentId): void {
		for (const hosted of this.#strategies) hosted.reversed(intentId);
	}

	ended(intentId: IntentId): void {
		// Whose it was may be switched off by now, or broken: what it had spent is free all the same.
		this.#attempts.end(intentId);
		for (const hosted of this.#strategies) hosted.ended(intentId, this.#surroundings);
	}

	/** @param name of one; absent: of all. @returns whether there is such a strategy */
	pause(name: string): boolean {
		const hosted = this.#named(name);
		hosted?.pause();
		return hosted !== undefined;
	}

	/** Those that a person paused or a defect stopped go on: one, or all. @returns whether there is such a strategy */
	resume(name: string | null): boolean {
		const meant = this.#strategies.filter((hosted) => name === null || hosted.name === name);
		for (const hosted of meant) hosted.resume(this.#surroundings);
		return name === null || meant.length > 0;
	}

	/** Runs by other plans, of the same definitions. Strategies whose plan is the same go on undisturbed. */
	follow(plans: readonly StrategyPlan[]): readonly string[] {
		const changed = plans.filter((plan) => this.#named(plan.definition.name)?.isOtherThan(plan) ?? false);
		for (const plan of changed) this.#named(plan.definition.name)?.follow(plan, this.#surroundings);
		return changed.map(({ definition }) => definition.name);
	}

	/** What strategies held before the process began, or why that is not known. */
	restore(positions: readonly HeldPosition[] | string): void {
		if (typeof positions !== "string") {
			this.#orphans = positions.filter(({ strategy }) => this.#named(strategy) === undefined);
		}
		for (const hosted of this.#strategies) {
			const own =
				typeof positions === "string" ? positions : positions.filter(({ strategy }) => strategy === hosted.name);
			hosted.restore(own, this.#surroundings);
		}
	}

	#named(name: string): HostedStrategy | undefined {
		return this.#strategies.find((hosted) => hosted.name === name);
	}
}
