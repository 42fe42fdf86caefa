import type { Clock } from "../../core/types/clock.ts";
import type { IntentId, Signature } from "../../core/types/identifiers.ts";
import { FINALITY_SLOTS } from "../../services/localnet/chain/types.ts";
import { AT_ONCE, LOST, type Passing, type PubsubGate, type PubsubMessage } from "../support/pubsub-gate.ts";
import { type RpcAnswer, type RpcCall, type RpcGate, type Treatment, UNTREATED } from "../support/rpc-gate.ts";
import { type Draws, drawsFor } from "./draws.ts";
import { type Fates, intentIdOf, signatureIn } from "./fates.ts";
import type { FaultTally } from "./fault-tally.ts";
import { laggingView } from "./lagging-view.ts";

/**
 * The weather at an endpoint during a spell. `balancer`: most requests reach a node that is far behind, the others one
 * that is not.
 */
export type Weather = "calm" | "flaky" | "slow" | "storm" | "unhealthy" | "lagging" | "balancer" | "silent" | "resets";

export interface FaultPlanOptions {
	readonly seed: number;
	readonly clock: Clock;
	readonly fates: Fates;
	readonly tally: FaultTally;
	/** The chain's open slot. */
	readonly slot: () => number;
	/** Hears of every transaction of an intent that leaves an executor, before anything is done to it. */
	readonly onSend: (intentId: IntentId) => void;
	/** How long a spell of weather lasts. */
	readonly spellMs: number;
	/** How often each weather comes, by endpoint. */
	readonly weather: (endpoint: string) => Readonly<Record<Weather, number>>;
}

const RESET_INTERVAL_MS = 150;
const TOO_MANY_REQUESTS = 429;
const NODE_UNHEALTHY = -32_005;
/** So far that a transaction which landed in time is not seen when its blockhash is dead. */
const FAR_BEHIND_SLOTS = 400;

/** Decides about every request, answer and notification of every endpoint, all from one seed. */
export class FaultPlan {
	readonly #options: FaultPlanOptions;
	readonly #startedMicros: number;
	readonly #timers: NodeJS.Timeout[] = [];
	readonly #gates: PubsubGate[] = [];
	#isHealed = false;

	constructor(options: FaultPlanOptions) {
		this.#options = options;
		this.#startedMicros = options.clock.monotonicMicros();
	}

	/** Rules over an endpoint from now on. */
	govern(endpoint: string, rpc: RpcGate, pubsub: PubsubGate): void {
		rpc.treat = (call) => this.#counted(this.#treat(endpoint, call));
		pubsub.pass = (message) => this.#pass(endpoint, message);
		this.#gates.push(pubsub);
		const timer = setInterval(() => this.#blow(endpoint, pubsub), RESET_INTERVAL_MS);
		this.#timers.push(timer.unref());
	}

	/** From now on the weather is calm everywhere, and nothing is held. */
	heal(): void {
		this.#isHealed = true;
		this.#options.fates.heal();
		for (const timer of this.#timers.splice(0)) clearInterval(timer);
		for (const gate of this.#gates) gate.isSilent = false;
	}

	weather(endpoint: string): Weather {
		if (this.#isHealed) return "calm";
		const { clock, seed, spellMs, weather } = this.#options;
		const spell = Math.floor((clock.monotonicMicros() - this.#startedMicros) / 1_000 / spellMs);
		return drawsFor(seed, `${endpoint} spell ${spell}`).oneOf(weather(endpoint));
	}

	/** What a PubSub endpoint suffers as a whole. */
	#blow(endpoint: string, gate: PubsubGate): void {
		const weather = this.weather(endpoint);
		if (weather === "silent" && !gate.isSilent) this.#options.tally.add("pubsub silent");
		gate.isSilent = weather === "silent";
		if (weather !== "resets") return;
		this.#options.tally.add("pubsub reset");
		gate.reset();
	}

	#counted(treatment: Treatment): Treatment {
		if (treatment.fault !== undefined) this.#options.tally.add(treatment.fault);
		return treatment;
	}

	#treat(endpoint: string, call: RpcCall): Treatment {
		const { fates, seed, onSend } = this.#options;
		if (call.method === "sendTransaction") {
			const intentId = intentIdOf(String(call.params[0]));
			if (intentId !== null) onSend(intentId);
			if (intentId !== null && fates.losesSend(intentId)) return vanished(call);
		}
		const weather = this.weather(endpoint);
		const draws = drawsFor(seed, `${endpoint} ${call.method} ${call.number}`);
		const treatment = this.#inWeather(weather, call, draws);
		const held = this.#heldBack(call);
		if (!held) return treatment;
		const { tell } = treatment;
		return {
			...treatment,
			fault: treatment.fault ?? held.fault,
			tell: (answer) => held.tell(tell?.(answer) ?? answer),
		};
	}

	#inWeather(weather: Weather, call: RpcCall, draws: Draws): Treatment {
		const { slot } = this.#options;
		switch (weather) {
			case "flaky":
				return flaky(call, draws);
			case "slow":
				return { fault: "slow", before: after(draws.between(0, 150)), after: after(draws.between(0, 250)) };
			case "storm":
				return draws.happens(0.9) ? refusedForRate() : UNTREATED;
			case "unhealthy":
				return draws.happens(0.8) ? unhealthy() : UNTREATED;
			case "lagging":
				return laggingView(call, { slots: FINALITY_SLOTS, slot });
			case "balancer":
				return draws.happens(0.8) ? laggingView(call, { slots: FAR_BEHIND_SLOTS, slot }) : UNTREATED;
			case "resets":
				return draws.happens(0.3) ? { fault: "connection reset", request: "lose" } : UNTREATED;
			case "silent":
			case "calm":
				return UNTREATED;
		}
	}

	/** Answers without what is not to be known yet. */
	#heldBack({ method, params }: RpcCall): { fault: string; tell: (answer: RpcAnswer) => RpcAnswer } | null {
		const { fates } = this.#options;
		if (this.#isHealed) return null;
		const fault = "confirmation held";
		if (method === "getSignatureStatuses") {
			const signatures = params[0] as readonly Signature[];
			const holds = signatures.map((signature) => fates.holds(signature));
			return holds.every((hold) => hold === null) ? null : { fault, tell: (answer) => statusesWithout(answer, holds) };
		}
		if (method === "getTransaction") {
			return fates.holds(String(params[0])) === null ? null : { fault, tell: () => ({ result: null }) };
		}
		if (method !== "getSignaturesForAddress") return null;
		return {
			fault: "history looked through",
			tell: ({ result, ...rest }) => ({
				...rest,
				...(Array.isArray(result) && { result: result.filter(({ signature }) => fates.holds(signature) === null) }),
			}),
		};
	}

	#pass(endpoint: string, { method, number, signature }: PubsubMessage): Passing {
		const { fates, seed, tally } = this.#options;
		if (this.#isHealed || method === "answer") return AT_ONCE;
		if (signature !== null && fates.holds(signature) !== null) {
			tally.add("notification held");
			return LOST;
		}
		const weather = this.weather(endpoint);
		if (weather === "calm") return AT_ONCE;
		const draws = drawsFor(seed, `${endpoint} ${method} ${number}`);
		const drop = weather === "balancer" && method === "signatureNotification" ? 300 : 10;
		const fault = draws.oneOf({ none: 60, drop, repeat: 10, delay: 20 });
		if (fault === "none") return AT_ONCE;
		tally.add(`notification ${fault}`);
		if (fault === "drop") return LOST;
		const later = after(draws.between(1, 150));
		return fault === "repeat" ? [null, later] : [later];
	}
}

/** The node takes the bytes, and they get lost between it and the leader. */
function vanished({ params }: RpcCall): Treatment {
	const result = signatureIn(String(params[0]));
	return { fault: "send vanished", instead: { status: 200, body: { result } } };
}

function flaky({ method }: RpcCall, draws: Draws): Treatment {
	const kind = draws.oneOf({ pass: 35, lose: 10, silence: 2, loseAnswer: 13, cut: 5, twice: 10, delay: 25 });
	switch (kind) {
		case "lose":
			return { fault: "request lost", request: "lose" };
		case "silence":
			return { fault: "request swallowed", request: "silence" };
		case "loseAnswer":
			return { fault: "answer lost", answer: "lose" };
		case "cut":
			return { fault: "answer cut", answer: "cut" };
		case "twice":
			return method === "sendTransaction" ? { fault: "send repeated", twice: true } : UNTREATED;
		case "delay":
			return { fault: "delayed", before: after(draws.between(0, 60)), after: after(draws.between(0, 120)) };
		case "pass":
			return UNTREATED;
	}
}

function refusedForRate(): Treatment {
	const error = { code: TOO_MANY_REQUESTS, message: "Too many requests" };
	const headers = { "retry-after": "1" };
	return { fault: "429", instead: { status: TOO_MANY_REQUESTS, headers, body: { error } } };
}

function unhealthy(): Treatment {
	const error = { code: NODE_UNHEALTHY, message: "Node is behind by 120 slots" };
	return { fault: "unhealthy", instead: { status: 200, body: { error } } };
}

interface Status {
	readonly slot: number;
}

function statusesWithout(answer: RpcAnswer, holds: readonly ("unseen" | "processed" | null)[]): RpcAnswer {
	if (!answer.result) return answer;
	const { context, value } = answer.result as { context: unknown; value: readonly (Status | null)[] };
	const statuses = value.map((status, index) => {
		if (status === null || !holds[index]) return status;
		return holds[index] === "unseen" ? null : { ...status, confirmations: 0, confirmationStatus: "processed" };
	});
	return { result: { context, value: statuses } };
}

function after(delayMs: number): Promise<void> {
	return new Promise((wake) => setTimeout(wake, delayMs));
}
