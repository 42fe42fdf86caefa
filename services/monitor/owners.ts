import type { ServiceBroker } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { Actions } from "../../broker/contracts/index.ts";

/** The actors that tell how they are, and the action that tells it. */
export const STATUS_ACTIONS = {
	feed: "feed.status",
	strategy: "strategy.status",
	risk: "risk.status",
	executor: "executor.status",
} as const;

export type ActorName = keyof typeof STATUS_ACTIONS;
export type StatusOf<A extends ActorName> = Actions[(typeof STATUS_ACTIONS)[A]]["result"];

export interface Answer<A extends ActorName> {
	readonly node: string;
	/** Null: the node is there, but did not answer in time. */
	readonly status: StatusOf<A> | null;
	/** The newest answer of this node, now or earlier; null when there was none. */
	readonly lastKnown: StatusOf<A> | null;
}

interface ServiceRow {
	readonly name: string;
	readonly nodeID: string;
}

/**
 * Asks the owners of the numbers, every instance on every node, with a short patience: so a monitor that starts late, or
 * again, knows as much as one that heard every event.
 */
export class Owners {
	readonly #broker: ServiceBroker;
	readonly #bus: Bus;
	readonly #timeoutMs: number;
	/** By actor; each node's newest answer, of the nodes there were when it was last asked. */
	readonly #known = new Map<ActorName, Map<string, unknown>>();

	constructor(broker: ServiceBroker, timeoutMs: number) {
		this.#broker = broker;
		this.#bus = new Bus(broker);
		this.#timeoutMs = timeoutMs;
	}

	/** One answer for each node that runs the actor. Never rejects. */
	async askAll<A extends ActorName>(actor: A): Promise<readonly Answer<A>[]> {
		const nodes = await this.#nodesOf(actor);
		const before = this.#known.get(actor) ?? new Map<string, unknown>();
		const answers = await Promise.all(
			nodes.map(async (node): Promise<Answer<A>> => {
				const status = (await this.ask(STATUS_ACTIONS[actor], node)) as StatusOf<A> | null;
				return { node, status, lastKnown: status ?? ((before.get(node) ?? null) as StatusOf<A> | null) };
			}),
		);
		// With nobody left, what the last ones said stays the last known.
		if (answers.length > 0) this.#known.set(actor, new Map(answers.map(({ node, lastKnown }) => [node, lastKnown])));
		return answers;
	}

	/** What the nodes of an actor said last, whether they are still there or not. */
	lastKnown<A extends ActorName>(actor: A): readonly StatusOf<A>[] {
		const known = [...(this.#known.get(actor)?.values() ?? [])];
		return known.filter((status) => status !== null) as StatusOf<A>[];
	}

	/** The answer to an action without parameters, or null when none came in time. */
	async ask<N extends "feed.status" | "strategy.status" | "risk.status" | "executor.status" | "risk.books">(
		action: N,
		nodeID?: string,
	): Promise<Actions[N]["result"] | null> {
		const options = { timeout: this.#timeoutMs, retries: 0, ...(nodeID === undefined ? {} : { nodeID }) };
		const call = this.#bus.call as (name: N, params: undefined, options: object) => Promise<Actions[N]["result"]>;
		try {
			return await call.call(this.#bus, action, undefined, options);
		} catch {
			// Absent, slow or failing: the caller shows it as silent.
			return null;
		}
	}

	async #nodesOf(actor: ActorName): Promise<readonly string[]> {
		const services = (await this.#broker.call("$node.services", {
			onlyAvailable: true,
			skipInternal: true,
			grouping: false,
		})) as readonly ServiceRow[];
		return services.filter(({ name }) => name === actor).map(({ nodeID }) => nodeID);
	}
}
