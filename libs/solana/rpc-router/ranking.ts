import type { Endpoint, Lane } from "./endpoint.ts";

/** Another endpoint takes the first place only when it costs less than this part of the present one. */
const CHANGE_BELOW = 0.5;

/**
 * The order in which endpoints are asked. The first place changes seldom: two answers of one node fit together better
 * than those of two.
 */
export class Ranking {
	/** In the order of the configuration. */
	readonly endpoints: readonly Endpoint[];
	#first: Endpoint;

	/** @throws RangeError when there is no endpoint */
	constructor(endpoints: readonly Endpoint[]) {
		const [first] = endpoints;
		if (!first) throw new RangeError("an RPC router needs at least one endpoint: set chain.rpc_url");
		this.endpoints = endpoints;
		this.#first = first;
	}

	/** Endpoints that are not out, best first; those that are when there are no others, least bad first. */
	usable(lane: Lane): Endpoint[] {
		const healthy = this.endpoints.filter(({ isHealthy }) => isHealthy);
		return healthy.length > 0 ? this.#byCost(healthy, lane) : leastBad(this.endpoints, lane);
	}

	/**
	 * Endpoints that are not out and do not want to be left alone, best first. One alone is never out: there is no other
	 * to go by, and what it failed before says nothing of what it answers now.
	 */
	available(lane: Lane): Endpoint[] {
		const isAlone = this.endpoints.length === 1;
		return this.usable(lane).filter((one) => (isAlone || one.isHealthy) && one.pausedMs(lane) === 0);
	}

	#byCost(endpoints: readonly Endpoint[], lane: Lane): Endpoint[] {
		const sorted = endpoints.toSorted(
			(a, b) => Number(a.pausedMs(lane) > 0) - Number(b.pausedMs(lane) > 0) || a.cost - b.cost,
		);
		const best = sorted[0] as Endpoint;
		const keeps = endpoints.includes(this.#first) && best.cost >= this.#first.cost * CHANGE_BELOW;
		if (!keeps) this.#first = best;
		return [this.#first, ...sorted.filter((endpoint) => endpoint !== this.#first)];
	}
}

function leastBad(endpoints: readonly Endpoint[], lane: Lane): Endpoint[] {
	return endpoints.toSorted(
		(a, b) =>
			Number(a.isDead) - Number(b.isDead) ||
			a.pausedMs(lane) - b.pausedMs(lane) ||
			a.lagSlots - b.lagSlots ||
			a.cost - b.cost,
	);
}
