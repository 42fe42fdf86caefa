import type { ActorHealth, ActorState, Equity, SystemHealth, SystemStatus } from "../../broker/contracts/monitor.ts";
import type { Books, RiskStatus } from "../../broker/contracts/risk.ts";
import type { StrategyStatus } from "../../broker/contracts/strategy.ts";
import { type ActorName, type Answer, type Owners, STATUS_ACTIONS, type StatusOf } from "./owners.ts";

export interface SystemStatusSources {
	readonly owners: Owners;
	/** The monitor's own node. */
	readonly nodeID: string;
	readonly mode: string;
	readonly uptimeSeconds: () => number;
	/** Newest slot that an event told of. */
	readonly slot: () => number;
	readonly equity: () => Equity | null;
	readonly latencies: () => SystemStatus["latencyMicros"];
	/** The newest cut of the books that an event told of, for when risk does not answer. */
	readonly books: () => Books | null;
}

const ACTORS = Object.keys(STATUS_ACTIONS) as ActorName[];

/**
 * The state of the whole system, asked from its owners each time. Feeds and strategies are summed over their nodes; what
 * became of intents is asked from risk alone: its ledger counts every executor and every earlier run once, which sums
 * over executors, gone and restarted ones among them, cannot. So `submitted` is what ended plus what is in flight.
 */
export class SystemStatusReader {
	readonly #sources: SystemStatusSources;

	constructor(sources: SystemStatusSources) {
		this.#sources = sources;
	}

	async status(): Promise<SystemStatus> {
		const { owners, ...sources } = this.#sources;
		const [feed, strategy, risk, executor, asked] = await Promise.all([
			owners.askAll("feed"),
			owners.askAll("strategy"),
			owners.askAll("risk"),
			owners.askAll("executor"),
			owners.ask("risk.books"),
		]);
		const books = asked ?? sources.books();
		const feeds = owners.lastKnown("feed");
		const strategies = owners.lastKnown("strategy");
		const ledger = leader(owners.lastKnown("risk"));
		return {
			mode: sources.mode,
			// Nobody knows: then nobody may sign, which is what halted means.
			tradingState: ledger?.tradingState.state ?? "halted",
			slot: Math.max(sources.slot(), ...feeds.map(({ slot }) => slot)),
			uptimeSeconds: sources.uptimeSeconds(),
			feed: {
				pools: sum(feeds, "pools"),
				updates: sum(feeds, "updates"),
				stalePools: sum(feeds, "stalePools"),
			},
			strategy: {
				opportunities: sum(strategies, "opportunities"),
				intents: sum(strategies, "intents"),
				strategies: strategies.flatMap((status) => status.strategies),
			},
			risk: {
				approved: ledger?.approved ?? 0,
				denied: ledger?.denied ?? 0,
				deniedByCode: ledger?.deniedByCode ?? {},
				uses: ledger?.uses ?? [],
				throttled: ledger?.throttled ?? [],
			},
			executor: {
				submitted: ledger ? ledger.landed + ledger.reverted + ledger.expired + ledger.inFlight : 0,
				landed: ledger?.landed ?? 0,
				reverted: ledger?.reverted ?? 0,
				expired: ledger?.expired ?? 0,
				reversed: ledger?.reversed ?? 0,
				unknown: ledger?.unknown ?? 0,
			},
			books: books?.lines ?? [],
			latencyMicros: sources.latencies(),
			booksSlot: books?.slot ?? 0,
			inFlight: books?.inFlight ?? ledger?.inFlight ?? 0,
			equity: sources.equity(),
			silent: silentOf({ feed, strategy, risk, executor }),
		};
	}

	/** How every actor on every node is. */
	async health(): Promise<SystemHealth> {
		const { owners, nodeID } = this.#sources;
		const [feed, strategy, risk, executor] = await Promise.all([
			owners.askAll("feed"),
			owners.askAll("strategy"),
			owners.askAll("risk"),
			owners.askAll("executor"),
		]);
		const actors: ActorHealth[] = [
			...healthOf("feed", feed, ({ connected }) => (connected ? "ok" : "disconnected")),
			...healthOf("strategy", strategy, (status) => (isTrading(status) ? "ok" : "paused")),
			...healthOf("risk", risk, ({ recovering }) => (recovering ? "recovering" : "ok")),
			...healthOf("executor", executor, ({ recovering }) => (recovering ? "recovering" : "ok")),
			{ actor: "monitor", node: nodeID, state: "ok" },
		];
		const answered = risk.flatMap(({ status }) => (status ? [status] : []));
		return {
			// A strategy paused by a person is as it should be.
			healthy: ACTORS.every((name) =>
				actors.some(({ actor, state }) => actor === name && (state === "ok" || state === "paused")),
			),
			tradingState: leader(answered)?.tradingState.state ?? null,
			actors,
		};
	}
}

/** One plug-in that stands still shows on its actor, though the others go on. */
function isTrading({ running, strategies }: StrategyStatus): boolean {
	return running && strategies.every((strategy) => strategy.running || !strategy.enabled);
}

function healthOf<A extends ActorName>(
	actor: A,
	answers: readonly Answer<A>[],
	stateOf: (status: StatusOf<A>) => ActorState,
): ActorHealth[] {
	if (answers.length === 0) return [{ actor, node: null, state: "missing" }];
	return answers.map(({ node, status }) => ({ actor, node, state: status ? stateOf(status) : "silent" }));
}

/** Of several risk actors the one of the highest epoch leads. */
function leader(answers: readonly RiskStatus[]): RiskStatus | null {
	return answers.reduce<RiskStatus | null>(
		(best, next) => (best && best.riskEpoch >= next.riskEpoch ? best : next),
		null,
	);
}

function silentOf(asked: Readonly<Record<ActorName, readonly Answer<ActorName>[]>>): string[] {
	return ACTORS.filter((actor) => asked[actor].length === 0 || asked[actor].some(({ status }) => status === null));
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], key: K): number {
	return rows.reduce((total, row) => total + row[key], 0);
}
